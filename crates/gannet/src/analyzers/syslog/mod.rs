//! Syslog over UDP: a priority and a text in each datagram (RFC 3164, RFC 5424, RFC 5426).

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Syslog;

use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};

/// The analyzer of syslog.
pub static SYSLOG: Descriptor = Descriptor::new("syslog", "SYSLOG", |_| Box::new(SyslogAnalyzer::default()))
    .doc("Syslog: messages of programs and devices")
    .ports(&[(Transport::Udp, 514)])
    .records(&[Syslog::STREAM]);

/// One flow's syslog.
#[derive(Default)]
struct SyslogAnalyzer {
    /// Something was no message: nothing more is read.
    over: bool,
}

impl Analyzer for SyslogAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        let Some((priority, message)) = parse::split(bytes) else {
            self.over = true;
            return Progress::Violation("parse error: no priority");
        };
        cx.confirm();
        if cx.wants(Syslog::STREAM) {
            let (facility, severity) = parse::names(priority);
            let (ts, conn, proto) = (cx.now(), cx.conn(), cx.transport());
            cx.emit(&Syslog { ts, conn, proto, facility, severity, message: message.to_vec() });
        }
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}
