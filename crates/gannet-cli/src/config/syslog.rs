//! `[[syslog]]`: receivers of syslog, each with its own selection of logs.

use std::time::Duration;

use gannet::events::LogStream;
use gannet_logs::{Facility, Publication};
use serde::Deserialize;

use super::value;

/// One receiver.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Syslog {
    #[serde(deserialize_with = "value::receiver")]
    endpoint: gannet_logs::Syslog,
    #[serde(default, deserialize_with = "value::facility")]
    facility: Option<Facility>,
    #[serde(default)]
    hostname: Option<String>,
    #[serde(default, deserialize_with = "value::streams")]
    send_logs: Vec<&'static LogStream>,
    #[serde(default, deserialize_with = "value::streams")]
    excluded_logs: Vec<&'static LogStream>,
    #[serde(default, deserialize_with = "value::size")]
    queue: Option<usize>,
    #[serde(default, deserialize_with = "value::duration")]
    wait: Option<Duration>,
    #[serde(default, deserialize_with = "value::duration")]
    linger: Option<Duration>,
}

impl Syslog {
    /// What goes there, from this host unless the file says another name.
    pub(crate) fn publication(self, host: &str) -> Publication {
        let names =
            |streams: &[&'static LogStream]| streams.iter().map(|stream| stream.name.to_owned()).collect();
        let to = self.endpoint.with_host(self.hostname.as_deref().unwrap_or(host));
        let to = to.with_facility(self.facility.unwrap_or_default());
        let mut publication = Publication::new(to);
        publication.only = names(&self.send_logs);
        publication.without = names(&self.excluded_logs);
        publication.bytes = self.queue.unwrap_or(publication.bytes);
        publication.wait = self.wait.unwrap_or(publication.wait);
        publication.linger = self.linger.unwrap_or(publication.linger);
        publication
    }
}
