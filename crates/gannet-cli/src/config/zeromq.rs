//! `[[zeromq]]`: subscribers, each with its own selection of logs.

use std::time::Duration;

use gannet::events::LogStream;
use gannet_logs::{Endpoint, Publication};
use serde::Deserialize;

use super::value;

/// One endpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Zeromq {
    #[serde(deserialize_with = "value::endpoint")]
    endpoint: Endpoint,
    #[serde(default, deserialize_with = "value::streams")]
    send_logs: Vec<&'static LogStream>,
    #[serde(default, deserialize_with = "value::streams")]
    excluded_logs: Vec<&'static LogStream>,
    #[serde(default, deserialize_with = "value::count")]
    high_water: Option<usize>,
    #[serde(default, deserialize_with = "value::size")]
    queue: Option<usize>,
    #[serde(default, deserialize_with = "value::duration")]
    linger: Option<Duration>,
}

impl From<Zeromq> for Publication {
    fn from(said: Zeromq) -> Self {
        let names =
            |streams: &[&'static LogStream]| streams.iter().map(|stream| stream.name.to_owned()).collect();
        let mut publication = Self::new(said.endpoint);
        publication.only = names(&said.send_logs);
        publication.without = names(&said.excluded_logs);
        publication.high_water = said.high_water.unwrap_or(publication.high_water);
        publication.bytes = said.queue.unwrap_or(publication.bytes);
        publication.linger = said.linger.unwrap_or(publication.linger);
        publication
    }
}
