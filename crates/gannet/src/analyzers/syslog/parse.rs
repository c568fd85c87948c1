//! What stands before the text of a message: its priority (RFC 5424, section 6.2.1).

use std::borrow::Cow;

use crate::parsers::number::decimal;

/// Names of facilities from number 0 on (RFC 5424, table 1).
const FACILITIES: [&str; 24] = [
    "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV", "FTP",
    "NTP", "AUDIT", "ALERT", "CLOCK", "LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3", "LOCAL4", "LOCAL5", "LOCAL6",
    "LOCAL7",
];
/// Names of severities from number 0 on (RFC 5424, table 2).
const SEVERITIES: [&str; 8] = ["EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"];
/// Facility and severity of a message without priority.
const UNSPECIFIED: &str = "UNSPECIFIED";

/// The priority of a message, if it has one, and what follows. Nothing if the priority is none.
pub(super) fn split(bytes: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let Some(rest) = bytes.strip_prefix(b"<") else { return Some((None, bytes)) };
    let at = memchr::memchr(b'>', rest)?;
    let (digits, behind) = rest.split_at_checked(at)?;
    Some((Some(decimal(digits)?), behind.get(1..)?))
}

/// The names of what a priority stands for: what the message comes from, and how bad it is.
pub(super) fn names(priority: Option<u64>) -> (Cow<'static, str>, &'static str) {
    let Some(priority) = priority else { return (Cow::Borrowed(UNSPECIFIED), UNSPECIFIED) };
    let facility = priority >> 3 & 0x7f;
    let known = FACILITIES.get(facility as usize).map(|name| Cow::Borrowed(*name));
    let facility = known.unwrap_or_else(|| Cow::Owned(format!("?-{facility}")));
    (facility, SEVERITIES.get((priority & 7) as usize).copied().unwrap_or(UNSPECIFIED))
}
