//! SIP: RFC 3261. Requests and responses go either way, and say themselves which they are.

mod media;
mod parse;
mod probe;
mod reader;
mod record;
mod sdp;
mod session;
#[cfg(test)]
mod tests;

pub use record::Sip;

use reader::{Odd, Reader, Rules};
use session::Session;

use super::{Analyzer, Close, Context, Descriptor, Progress, Start};
use crate::base::direction::{Direction, Transport};

/// The analyzer of SIP over UDP.
pub static SIP: Descriptor = Descriptor::new("sip", "SIP", |_| new(Rules::Zeek))
    .doc("SIP: requests and responses of telephony")
    .ports(&[(Transport::Udp, 5060)])
    .probe(probe::datagram)
    .both_ways(true)
    .records(&[Sip::STREAM]);

/// The same over TCP too, with the media that messages announce. It is in the place of the other where more services are asked
/// for, and knows keep-alives and folded headers.
pub static SIP_MORE: Descriptor = Descriptor::new("sip", "SIP", |start: &Start| {
    new(if start.transport == Transport::Tcp { Rules::Stream } else { Rules::Datagrams })
})
.doc("SIP: requests and responses of telephony, over TCP too, and the media that they announce")
.ports(&[(Transport::Udp, 5060), (Transport::Tcp, 5060)])
.probe(probe::any)
.both_ways(true)
.records(&[Sip::STREAM])
.partial(true)
.beyond(true);

/// One connection's SIP.
struct SipAnalyzer {
    reader: Reader,
}

fn new(rules: Rules) -> Box<dyn Analyzer> {
    Box::new(SipAnalyzer { reader: Reader::new(rules) })
}

impl SipAnalyzer {
    fn datagram(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) {
        let lenient = self.reader.rules() == Rules::Datagrams;
        // Two bytes keep an address translation alive; so do line ends and zeros, for those who know.
        if matches!(bytes, [b'\r', _]) || lenient && bytes.iter().all(|byte| b"\r\n\0".contains(byte)) {
            return;
        }
        let kind = parse::kind(bytes);
        if let Err(Odd(reason)) = self.reader.datagram(cx, dir, kind, bytes) {
            self.reader.forget(kind);
            cx.violation(reason);
        }
    }
}

impl Analyzer for SipAnalyzer {
    /// One that was here before may have left its rows.
    fn start(&mut self, cx: &mut Context<'_>) {
        if let Some(session) = cx.take_left::<Session>() {
            self.reader.session = *session;
        }
        if cx.is_partial() && self.reader.rules() == Rules::Stream {
            self.reader.lose(Direction::Orig);
            self.reader.lose(Direction::Resp);
        }
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.reader.rules() != Rules::Stream {
            self.datagram(cx, dir, bytes);
        } else if let Err(Odd(reason)) = self.reader.read(cx, dir, dir, bytes) {
            return Progress::Violation(reason);
        }
        Progress::Consumed(bytes.len())
    }

    /// What follows is read from the next message on.
    fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        self.reader.gap(cx, dir, len);
        Progress::Consumed(0)
    }

    fn flipped(&mut self) {
        self.reader.swap();
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        match why {
            Close::Violation => cx.leave(Box::new(std::mem::take(&mut self.reader.session))),
            _ => self.reader.session.write(cx),
        }
    }

    fn held(&self) -> usize {
        self.reader.held()
    }
}
