//! Syslog: rows as messages of RFC 5424, over TCP with the number of their bytes in front (RFC 6587, section 3.4.1).

use std::fmt;
use std::str::FromStr;

use crate::format::rfc3339;

use super::endpoint::{Endpoint, host_and_port};
use super::queue::Message;

/// Facilities by name, in the order of their numbers (RFC 5424, table 1).
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];
/// The severity of all rows: informational (RFC 5424, table 2).
const SEVERITY: u8 = 6;
/// Bytes of a host's name, and of the name of a kind of message (RFC 5424, section 6).
const MOST_HOST: usize = 255;
const MOST_MSGID: usize = 32;

/// A facility of syslog, by its name, such as `daemon`; `local0` unless somebody says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility(u8);

impl Default for Facility {
    fn default() -> Self {
        Self(16)
    }
}

impl FromStr for Facility {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let number = (0..).zip(FACILITIES).find(|(_, facility)| *facility == name).map(|(number, _)| number);
        number
            .map(Self)
            .ok_or_else(|| format!("expected a facility of syslog, one of {}", FACILITIES.join(", ")))
    }
}

/// A receiver of syslog, `tcp://host:port`, and what all messages to it say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syslog {
    address: String,
    facility: Facility,
    host: String,
}

impl FromStr for Syslog {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected a receiver of syslog such as tcp://127.0.0.1:514".to_owned();
        let address =
            text.strip_prefix("tcp://").filter(|address| host_and_port(address)).ok_or_else(wrong)?;
        Ok(Self { address: address.to_owned(), facility: Facility::default(), host: "-".to_owned() })
    }
}

impl fmt::Display for Syslog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "syslog+tcp://{}", self.address)
    }
}

impl Syslog {
    /// The facility of all messages.
    #[must_use]
    pub fn with_facility(mut self, facility: Facility) -> Self {
        self.facility = facility;
        self
    }

    /// The name of this host in all messages; without, they say that it is not known.
    #[must_use]
    pub fn with_host(mut self, name: &str) -> Self {
        let mut host = Vec::new();
        word(name.as_bytes(), MOST_HOST, &mut host);
        self.host = String::from_utf8(host).unwrap_or_else(|_| "-".to_owned());
        self
    }

    /// Where the receiver is.
    pub(super) fn endpoint(&self) -> Endpoint {
        Endpoint::tcp(&self.address)
    }

    /// Appends a row as a message: who says it is `gannet`, what it is about is the log.
    pub(super) fn message(&self, row: &Message, out: &mut Vec<u8>) {
        let mut head = format!("<{}>1 ", self.facility.0 * 8 + SEVERITY).into_bytes();
        rfc3339(row.time, &mut head);
        head.extend_from_slice(format!(" {} gannet {} ", self.host, std::process::id()).as_bytes());
        word(&row.topic, MOST_MSGID, &mut head);
        head.extend_from_slice(b" - ");
        out.extend_from_slice(format!("{} ", head.len() + row.body.len()).as_bytes());
        out.extend_from_slice(&head);
        out.extend_from_slice(&row.body);
    }
}

/// Appends a word of the head: visible ASCII without spaces, `_` in the place of all else, `-` if there is none.
fn word(text: &[u8], most: usize, out: &mut Vec<u8>) {
    if text.is_empty() {
        out.push(b'-');
    }
    out.extend(text.iter().take(most).map(|byte| if byte.is_ascii_graphic() { *byte } else { b'_' }));
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use gannet::Timestamp;

    use super::*;

    fn row(topic: &str, body: &str) -> Message {
        let time = Timestamp::from_parts(1_764_527_400, 123_456_789);
        let (topic, body) = (Bytes::from(topic.to_owned()), Bytes::from(body.to_owned()));
        Message { log: 0, topic, time, body }
    }

    fn told(to: &Syslog, row: &Message) -> String {
        let mut out = Vec::new();
        to.message(row, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_is_a_message_with_its_length() {
        let to: Syslog = "tcp://192.0.2.1:514".parse().unwrap();
        let rest = format!("gannet {} ", std::process::id());
        let wanted = format!("<134>1 2025-11-30T18:30:00.123456Z - {rest}conn - {{\"a\":1}}");
        assert_eq!(told(&to, &row("conn", "{\"a\":1}")), format!("{} {wanted}", wanted.len()));
        let to = to.with_facility("daemon".parse().unwrap()).with_host("sensor a\u{e9}");
        let wanted = format!("<30>1 2025-11-30T18:30:00.123456Z sensor_a__ {rest}http-_ - {{}}");
        assert_eq!(told(&to, &row("http- ", "{}")), format!("{} {wanted}", wanted.len()));
        // A name that is too long is cut; none is not known.
        let long = told(&to.with_host(""), &row(&"x".repeat(100), "{}"));
        assert!(long.contains(&format!(" - {rest}{} - {{}}", "x".repeat(32))), "{long}");
    }

    #[test]
    fn receivers_are_read_and_shown() {
        for text in ["tcp://localhost:514", "tcp://[::1]:601"] {
            assert_eq!(text.parse::<Syslog>().unwrap().to_string(), format!("syslog+{text}"));
        }
        for text in
            ["", "localhost:514", "tcp://", "tcp://x", "@tcp://x:1", "tcp://*:1", "ipc:///x", "udp://x:1"]
        {
            assert!(text.parse::<Syslog>().is_err(), "{text}");
        }
        assert_eq!("local0".parse(), Ok(Facility::default()));
        assert!("local8".parse::<Facility>().unwrap_err().contains("local7"));
    }
}
