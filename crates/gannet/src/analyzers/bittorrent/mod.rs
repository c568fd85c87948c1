//! BitTorrent: peers that greet each other over TCP or uTP, the distributed table in which they find each other, and trackers over
//! UDP (<https://www.bittorrent.org/beps/bep_0003.html>, BEP 5, BEP 15, BEP 29).
//!
//! Two programs may use one pair of ports for uTP and the table, so that each analyzer of datagrams leaves those of others alone.

mod handshake;
mod parse;
mod record;
#[cfg(test)]
mod tests;
mod utp;

pub use record::Bittorrent;

use handshake::{Greetings, NAME};
use parse::{HANDSHAKE, Handshake};

use super::{Analyzer, Close, Context, Descriptor, Likeness, Progress, Sample};
use crate::base::direction::{Direction, Transport};

/// The analyzer of peers over TCP.
pub static BITTORRENT: Descriptor = Descriptor::new(NAME, "BITTORRENT", |_| Box::new(Peers::default()))
    .doc("BitTorrent: peers that greet each other")
    .probe(probe_peer)
    .first(&[0x13], &[0x13])
    .records(&[Bittorrent::STREAM])
    .max_tail(HANDSHAKE)
    .beyond(true);

/// The analyzer of peers over uTP.
pub static BITTORRENT_UTP: Descriptor =
    Descriptor::new("bittorrent-utp", "BITTORRENT_UTP", |_| Box::new(utp::Utp::default()))
        .doc("uTP: streams of BitTorrent in datagrams")
        .probe(|sample| {
            datagram(sample, |bytes| parse::Utp::read(bytes).is_some_and(|packet| packet.begins()))
        })
        .first(&[0x41], &[0x41])
        .records(&[Bittorrent::STREAM])
        .beyond(true);

/// The analyzer of the distributed table.
pub static BITTORRENT_DHT: Descriptor =
    Descriptor::new("bittorrent-dht", "BITTORRENT_DHT", |_| Box::new(Table))
        .doc("BitTorrent's distributed table of who has what")
        .probe(|sample| datagram(sample, parse::is_of_table))
        .first(b"d", b"d")
        .beyond(true);

/// The analyzer of trackers over UDP.
pub static BITTORRENT_TRACKER: Descriptor =
    Descriptor::new("bittorrent-tracker", "BITTORRENT_TRACKER", |_| Box::new(Tracker::default()))
        .doc("BitTorrent's trackers over UDP")
        .probe(|sample| datagram(sample, |bytes| parse::connects(bytes).is_some()))
        .first(&[0], &[0])
        .beyond(true);

/// A greeting of either side over TCP gives it away.
fn probe_peer(sample: &Sample<'_>) -> Likeness {
    match (sample.transport, Handshake::likeness(sample.orig), Handshake::likeness(sample.resp)) {
        (Transport::Udp, _, _) | (_, Likeness::No, _) | (_, _, Likeness::No) => Likeness::No,
        (_, Likeness::Match, _) | (_, _, Likeness::Match) => Likeness::Match,
        _ => Likeness::Unsure,
    }
}

fn datagram(sample: &Sample<'_>, is_ours: impl Fn(&[u8]) -> bool) -> Likeness {
    let bytes = if sample.orig.is_empty() { sample.resp } else { sample.orig };
    if sample.transport == Transport::Udp && is_ours(bytes) { Likeness::Match } else { Likeness::No }
}

/// Two peers on a TCP connection. What follows their greetings is not read.
#[derive(Default)]
struct Peers {
    greetings: Greetings,
}

impl Analyzer for Peers {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        match (Handshake::likeness(bytes), Handshake::read(bytes)) {
            (_, Some(handshake)) => {
                if !self.greetings.greet(cx, dir, &handshake) {
                    return Progress::Violation("an answer about something else");
                }
                if self.greetings.are_over() {
                    cx.confirm();
                }
                Progress::Done
            }
            (Likeness::No, None) => Progress::Violation("no greeting of a peer"),
            (_, None) => Progress::Need(HANDSHAKE),
        }
    }

    fn flipped(&mut self) {
        self.greetings.swap();
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.greetings.write(cx);
    }

    fn is_through(&self) -> bool {
        self.greetings.are_over()
    }

    fn held(&self) -> usize {
        self.greetings.held()
    }
}

/// A flow of the distributed table.
struct Table;

impl Analyzer for Table {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        if !cx.confirmed() && parse::is_of_table(bytes) {
            cx.confirm();
        }
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}

/// A flow to a tracker.
#[derive(Default)]
struct Tracker {
    /// The number of the last wish to connect, and who has it.
    asked: Option<(Direction, u32)>,
}

impl Analyzer for Tracker {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        match parse::connects(bytes) {
            Some(transaction) => self.asked = Some((dir, transaction)),
            None if self.asked.is_some_and(|(by, number)| by != dir && parse::answers(bytes, number)) => {
                cx.confirm();
            }
            None => {}
        }
        Progress::Consumed(bytes.len())
    }

    fn flipped(&mut self) {
        self.asked = self.asked.map(|(dir, number)| (dir.other(), number));
    }

    fn held(&self) -> usize {
        0
    }
}
