//! `[mail]`: notices by mail.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

use super::value;
use crate::notify::{Address, Carrier, Mail};

/// What subjects begin with, unless the file says otherwise, and its longest text.
const PREFIX: &str = "[Gannet]";
const LONGEST_PREFIX: usize = 60;
/// Mails in a minute, unless the file says otherwise.
const PER_MINUTE: usize = 10;

/// The table as it is written.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct MailTable {
    command: Vec<String>,
    #[serde(deserialize_with = "value::endpoint_of_tcp")]
    relay: Option<String>,
    #[serde(deserialize_with = "value::address")]
    from: Option<Address>,
    #[serde(deserialize_with = "value::addresses")]
    to: Vec<Address>,
    prefix: Option<String>,
    #[serde(deserialize_with = "value::count")]
    per_minute: Option<usize>,
    #[serde(deserialize_with = "value::size")]
    queue: Option<usize>,
    #[serde(deserialize_with = "value::duration")]
    timeout: Option<Duration>,
}

/// The table; nothing if it does not say how mails go.
pub(super) fn table<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Mail>, D::Error> {
    MailTable::deserialize(from)?.mail().map_err(D::Error::custom)
}

impl MailTable {
    fn mail(self) -> Result<Option<Mail>, &'static str> {
        let by = match (self.command.is_empty(), self.relay) {
            (true, None) if self.to.is_empty() => return Ok(None),
            (false, None) => Carrier::Program(self.command),
            (true, Some(relay)) => Carrier::Relay(relay),
            _ => return Err("expected one of command and relay, by which mails go"),
        };
        if self.to.is_empty() {
            return Err("expected the key to, with one address at least");
        }
        let host = value::host();
        let prefix = self.prefix.unwrap_or_else(|| PREFIX.to_owned());
        if prefix.len() > LONGEST_PREFIX || !prefix.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err("prefix: expected at most 60 characters of ASCII");
        }
        let sender = format!("gannet@{host}");
        let from = match self.from {
            Some(from) => from,
            None => sender
                .parse()
                .map_err(|_| "expected the key from: this host's name is no part of an address")?,
        };
        let limits = value::limits(self.per_minute.unwrap_or(PER_MINUTE), self.queue, self.timeout);
        Ok(Some(Mail { by, from, to: self.to, prefix, host, limits }))
    }
}
