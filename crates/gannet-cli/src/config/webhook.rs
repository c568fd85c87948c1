//! `[webhook]`: notices as requests to a web server.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

use super::value;
use crate::notify::{Receiver, Url, Webhook};

/// Requests in a minute, unless the file says otherwise.
const PER_MINUTE: usize = 60;

/// The table as it is written.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct WebhookTable {
    #[serde(deserialize_with = "value::url")]
    url: Option<Url>,
    command: Vec<String>,
    headers: BTreeMap<String, String>,
    #[serde(deserialize_with = "value::count")]
    per_minute: Option<usize>,
    #[serde(deserialize_with = "value::size")]
    queue: Option<usize>,
    #[serde(deserialize_with = "value::duration")]
    timeout: Option<Duration>,
}

/// The table; nothing if it does not say where requests go.
pub(super) fn table<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Webhook>, D::Error> {
    WebhookTable::deserialize(from)?.webhook().map_err(D::Error::custom)
}

impl WebhookTable {
    fn webhook(self) -> Result<Option<Webhook>, String> {
        let to = match (self.url, self.command.is_empty()) {
            (None, true) if self.headers.is_empty() => return Ok(None),
            (Some(url), true) => Receiver::Server(url),
            (None, false) if self.headers.is_empty() => Receiver::Program(self.command),
            (None, false) => return Err("headers go with url: a command sends its own".to_owned()),
            _ => return Err("expected one of url and command, by which requests go".to_owned()),
        };
        for (name, value) in &self.headers {
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if name.is_empty() || !name.bytes().all(token) {
                return Err(format!("headers: {name:?}: expected a name such as Authorization"));
            }
            if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                return Err(format!("headers: {name}: expected a line of ASCII"));
            }
        }
        let limits = value::limits(self.per_minute.unwrap_or(PER_MINUTE), self.queue, self.timeout);
        Ok(Some(Webhook { to, headers: self.headers.into_iter().collect(), host: value::host(), limits }))
    }
}
