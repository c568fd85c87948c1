//! NTP: RFC 5905 and the versions before it. Every message is complete in itself.

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Ntp;

use parse::{Fault, Message, mode};

use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};

/// The analyzer of NTP.
pub static NTP: Descriptor = Descriptor::new("ntp", "NTP", |_| Box::new(NtpAnalyzer::default()))
    .doc("NTP: what clients and servers say about the time")
    .ports(&[(Transport::Udp, 123)])
    .records(&[Ntp::STREAM])
    .shapes(true);

/// One connection's NTP.
#[derive(Default)]
struct NtpAnalyzer {
    /// It was seen once who the client is.
    turned: bool,
}

impl NtpAnalyzer {
    /// A server is the responder, whoever spoke first.
    fn direction(&mut self, cx: &mut Context<'_>, dir: Direction, mode: u8) {
        let is_odd = match dir {
            Direction::Orig => mode == mode::SERVER,
            Direction::Resp => mode == mode::CLIENT,
        };
        if is_odd && !std::mem::replace(&mut self.turned, true) {
            cx.flip();
        }
    }
}

impl Analyzer for NtpAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let message = match parse::message(bytes) {
            Ok(message) => message,
            Err(Fault::Short) => return Progress::Violation("message is shorter than what is in it"),
            Err(Fault::Extension) => {
                return Progress::Violation("extension field is shorter than what is in it");
            }
        };
        cx.confirm();
        self.direction(cx, dir, message.mode);
        if message.mode <= mode::BROADCAST && cx.wants(Ntp::STREAM) {
            emit(cx, message);
        }
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}

fn emit(cx: &mut Context<'_>, message: Message) {
    let times = message.times;
    let all = times.as_ref();
    let row = Ntp {
        ts: cx.now(),
        conn: cx.conn(),
        version: u64::from(message.version),
        mode: u64::from(message.mode),
        stratum: all.map(|times| u64::from(times.stratum)),
        poll: all.map(|times| times.poll),
        precision: all.map(|times| times.precision),
        root_delay: all.map(|times| times.root_delay),
        root_disp: all.map(|times| times.root_dispersion),
        ref_time: all.map(|times| times.reference),
        org_time: all.map(|times| times.origin),
        rec_time: all.map(|times| times.receive),
        xmt_time: all.map(|times| times.transmit),
        num_exts: all.map_or(0, |times| times.extensions),
        ref_id: times.map(|times| times.reference_id),
    };
    cx.emit(&row);
}
