//! WireGuard: handshakes and how much goes through, for nothing else is in the clear ("WireGuard: Next Generation Kernel Network
//! Tunnel").

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Wireguard;

use parse::Message;

use super::{Analyzer, Close, Context, Descriptor, Likeness, Progress, Sample};
use crate::base::direction::{Direction, Transport};
use crate::base::time::Timestamp;

/// The analyzer of WireGuard.
pub static WIREGUARD: Descriptor =
    Descriptor::new("wireguard", "WIREGUARD", |_| Box::new(WireguardAnalyzer::default()))
        .doc("WireGuard: handshakes, and how much goes through")
        .ports(&[(Transport::Udp, 51820)])
        .probe(probe)
        .first(&[1], &[1])
        .records(&[Wireguard::STREAM])
        .beyond(true);

/// A handshake begins: its length and its first bytes give it away.
fn probe(sample: &Sample<'_>) -> Likeness {
    let bytes = if sample.orig.is_empty() { sample.resp } else { sample.orig };
    match Message::read(bytes) {
        Some(Message::Initiation { .. }) if sample.transport == Transport::Udp => Likeness::Match,
        _ => Likeness::No,
    }
}

/// One flow's WireGuard.
#[derive(Default)]
struct WireguardAnalyzer {
    /// When the first handshake began.
    began: Option<Timestamp>,
    /// How the side that began the last handshake numbers it.
    sender: Option<(Direction, u32)>,
    initiations: u64,
    responses: u64,
    cookies: u64,
    data: [u64; 2],
    keepalives: [u64; 2],
}

impl WireguardAnalyzer {
    /// Whether a message answers the handshake that was begun last.
    fn answers(&self, dir: Direction, receiver: u32) -> bool {
        self.sender == Some((dir.other(), receiver))
    }
}

impl Analyzer for WireguardAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(message) = Message::read(bytes) else {
            return Progress::Violation("no message of WireGuard");
        };
        let side = usize::from(dir == Direction::Resp);
        let counted = match message {
            Message::Initiation { sender } => {
                self.began.get_or_insert(cx.packet_time());
                self.sender = Some((dir, sender));
                Some(&mut self.initiations)
            }
            Message::Response { receiver } | Message::Cookie { receiver } if !self.answers(dir, receiver) => {
                return Progress::Violation("an answer to another handshake");
            }
            Message::Response { .. } => {
                cx.confirm();
                Some(&mut self.responses)
            }
            Message::Cookie { .. } => Some(&mut self.cookies),
            Message::Data { empty: true } => self.keepalives.get_mut(side),
            Message::Data { empty: false } => self.data.get_mut(side),
        };
        if let Some(count) = counted {
            *count += 1;
        }
        Progress::Consumed(bytes.len())
    }

    fn flipped(&mut self) {
        self.data.reverse();
        self.keepalives.reverse();
        self.sender = self.sender.map(|(dir, sender)| (dir.other(), sender));
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        let Some(ts) = self.began.filter(|_| !matches!(why, Close::Violation)) else { return };
        let ([orig_data_pkts, resp_data_pkts], [orig_keepalives, resp_keepalives]) =
            (self.data, self.keepalives);
        cx.emit(&Wireguard {
            ts,
            conn: cx.conn(),
            established: self.responses > 0,
            initiations: self.initiations,
            responses: self.responses,
            cookies: self.cookies,
            orig_data_pkts,
            resp_data_pkts,
            orig_keepalives,
            resp_keepalives,
        });
    }

    fn held(&self) -> usize {
        0
    }
}
