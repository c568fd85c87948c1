//! RTP and its reports, RTCP, where somebody announced them (RFC 3550): sound and pictures of calls.
//!
//! Their first bytes alone are too few to know them by, so there is neither port nor probe: who announces a flow expects it.

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub(crate) use parse::{Packet, kind};

use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::Direction;

/// The analyzer of media.
pub static RTP: Descriptor = Descriptor::new("rtp", "RTP", |_| Box::new(Media { names: ["rtp", "rtcp"] }))
    .doc("RTP: sound and pictures, as announced")
    .records(record::RECORDS)
    .beyond(true);

/// The analyzer of reports on a flow of their own.
pub static RTCP: Descriptor = Descriptor::new("rtcp", "RTCP", |_| Box::new(Media { names: ["rtp", "rtcp"] }))
    .doc("RTCP: reports on sound and pictures, as announced")
    .records(record::RECORDS)
    .beyond(true);

/// The analyzer of encrypted media, with their reports.
pub static SRTP: Descriptor =
    Descriptor::new("srtp", "SRTP", |_| Box::new(Media { names: ["srtp", "srtp"] }))
        .doc("SRTP: encrypted sound and pictures, as announced")
        .records(record::RECORDS)
        .beyond(true);

/// One flow.
struct Media {
    /// What it is called by packets of media, and by reports.
    names: [&'static str; 2],
}

impl Analyzer for Media {
    /// Keys and addresses are found out on the same flow (RFC 7983): what is none of ours is left alone.
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        let [media, reports] = self.names;
        match kind(bytes) {
            Some(Packet::Media) => cx.also(media),
            Some(Packet::Report) => cx.also(reports),
            None => {}
        }
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}
