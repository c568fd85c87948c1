//! `[[zeromq]]` and `[[syslog]]`: who gets rows, each with its own selection of logs.

use std::time::Duration;

use gannet::events::LogStream;
use gannet_logs::{Destination, Endpoint, Facility, Publication};
use serde::Deserialize;

use super::value;

/// A table of a destination: what it says of its own, and what every one of them may say. (Serde's way to share fields would take what is
/// unknown.)
macro_rules! destination {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(crate) struct $name {
            $($own)*
            #[serde(default, deserialize_with = "value::streams")]
            send_logs: Vec<&'static LogStream>,
            #[serde(default, deserialize_with = "value::streams")]
            excluded_logs: Vec<&'static LogStream>,
            #[serde(default, deserialize_with = "value::size")]
            queue: Option<usize>,
            #[serde(default, deserialize_with = "value::duration")]
            linger: Option<Duration>,
        }

        impl $name {
            /// What goes there, by what every table may say.
            fn shared(&self, to: impl Into<Destination>) -> Publication {
                let names = |streams: &[&'static LogStream]| {
                    streams.iter().map(|stream| stream.name.to_owned()).collect()
                };
                let mut publication = Publication::new(to);
                publication.only = names(&self.send_logs);
                publication.without = names(&self.excluded_logs);
                publication.bytes = self.queue.unwrap_or(publication.bytes);
                publication.linger = self.linger.unwrap_or(publication.linger);
                publication
            }
        }
    };
}

destination! {
    /// Subscribers of ZeroMQ.
    Zeromq {
        #[serde(deserialize_with = "value::endpoint")]
        endpoint: Endpoint,
        #[serde(default, deserialize_with = "value::count")]
        high_water: Option<usize>,
    }
}

destination! {
    /// A receiver of syslog.
    Syslog {
        #[serde(deserialize_with = "value::receiver")]
        endpoint: gannet_logs::Syslog,
        #[serde(default, deserialize_with = "value::facility")]
        facility: Option<Facility>,
        #[serde(default)]
        hostname: Option<String>,
        #[serde(default, deserialize_with = "value::duration")]
        wait: Option<Duration>,
    }
}

impl From<Zeromq> for Publication {
    fn from(said: Zeromq) -> Self {
        let mut publication = said.shared(said.endpoint.clone());
        publication.high_water = said.high_water.unwrap_or(publication.high_water);
        publication
    }
}

impl Syslog {
    /// What goes there, from this host unless the file says another name.
    pub(crate) fn publication(self, host: &str) -> Publication {
        let to = self.endpoint.clone().with_host(self.hostname.as_deref().unwrap_or(host));
        let mut publication = self.shared(to.with_facility(self.facility.unwrap_or_default()));
        publication.wait = self.wait.unwrap_or(publication.wait);
        publication
    }
}
