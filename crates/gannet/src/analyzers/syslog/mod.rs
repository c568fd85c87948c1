//! Syslog over UDP: a priority and a text in each datagram (RFC 3164, RFC 5424, RFC 5426).

mod record;
#[cfg(test)]
mod tests;

pub use record::Syslog;

use std::borrow::Cow;

use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::parsers::number::decimal;

/// The analyzer of syslog.
pub static SYSLOG: Descriptor = Descriptor::new("syslog", "SYSLOG", |_| Box::new(SyslogAnalyzer::default()))
    .doc("Syslog: messages of programs and devices")
    .ports(&[(Transport::Udp, 514)])
    .records(&[Syslog::STREAM]);

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

/// One flow's syslog.
#[derive(Default)]
struct SyslogAnalyzer {
    /// Something was no message: nothing more is read.
    over: bool,
}

/// The priority of a message, if it has one, and what follows. Nothing if the priority is none.
fn split(bytes: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let Some(rest) = bytes.strip_prefix(b"<") else { return Some((None, bytes)) };
    let at = memchr::memchr(b'>', rest)?;
    let (digits, behind) = rest.split_at_checked(at)?;
    Some((Some(decimal(digits)?), behind.get(1..)?))
}

/// The names of what a priority stands for: what the message comes from, and how bad it is.
fn names(priority: u64) -> (Cow<'static, str>, &'static str) {
    let facility = priority >> 3 & 0x7f;
    let known = FACILITIES.get(facility as usize).map(|name| Cow::Borrowed(*name));
    let facility = known.unwrap_or_else(|| Cow::Owned(format!("?-{facility}")));
    (facility, SEVERITIES.get((priority & 7) as usize).copied().unwrap_or(UNSPECIFIED))
}

impl Analyzer for SyslogAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        let Some((priority, message)) = split(bytes) else {
            self.over = true;
            return Progress::Violation("parse error: no priority");
        };
        cx.confirm();
        if cx.wants(Syslog::STREAM) {
            let none = || (Cow::Borrowed(UNSPECIFIED), UNSPECIFIED);
            let (facility, severity) = priority.map_or_else(none, names);
            let (ts, conn, proto) = (cx.now(), cx.conn(), cx.transport());
            cx.emit(&Syslog { ts, conn, proto, facility, severity, message: message.to_vec() });
        }
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}
