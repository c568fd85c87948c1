//! IEEE 802.11 data frames, with or without a radiotap header.

use super::be16;
use super::layer::{Layer, Step, Walk};
use super::link::{IN_LINUX, by_type};

pub(crate) static IEEE802_11: Layer = Layer { label: "IEEE802_11", enter: data_frame };
pub(crate) static RADIOTAP: Layer = Layer { label: "IEEE802_11_RADIO", enter: radiotap };
static SUBFRAME: Layer = Layer { label: "IEEE802_11", enter: subframe };

/// Radiotap: a little-endian length at offset 2.
fn radiotap(walk: &mut Walk<'_>) -> Step {
    let length = match walk.rest {
        &[_, _, low, high, ..] => usize::from(u16::from_le_bytes([low, high])),
        _ => return Step::Weird("truncated_radiotap_header"),
    };
    if length >= walk.rest.len() {
        return Step::Weird("truncated_radiotap_header");
    }
    walk.skip(length);
    Step::Next(&IEEE802_11)
}

/// A data frame (IEEE 802.11-2020, section 9.3.2). Others are of no interest, nor are encrypted ones.
fn data_frame(walk: &mut Walk<'_>) -> Step {
    const TRUNCATED: Step = Step::Weird("truncated_802_11_header");
    const DATA: u8 = 0x08;
    const NO_DATA: u8 = 0x40;
    const QOS: u8 = 0x80;
    const BOTH_SYSTEMS: u8 = 0x03;
    const PROTECTED: u8 = 0x40;
    const AGGREGATED: u8 = 0x80;
    let mut header = 24;
    let &[kind, flags, ..] = walk.rest else { return TRUNCATED };
    if walk.rest.len() <= header {
        return TRUNCATED;
    }
    if kind & DATA == 0 || kind & NO_DATA != 0 {
        return Step::Stop;
    }
    if flags & BOTH_SYSTEMS == BOTH_SYSTEMS {
        header += 6;
    }
    let Some(&control) = walk.rest.get(header) else { return TRUNCATED };
    let mut aggregated = false;
    if kind & QOS != 0 {
        aggregated = control & AGGREGATED != 0;
        if flags & PROTECTED != 0 {
            return Step::Stop;
        }
        header += 2;
    }
    if walk.rest.len() <= header {
        return TRUNCATED;
    }
    walk.skip(header);
    if aggregated { Step::Next(&SUBFRAME) } else { inner(walk) }
}

/// One frame of an aggregate (A-MSDU): addresses, a length, the frame, padding.
fn subframe(walk: &mut Walk<'_>) -> Step {
    const HEADER: usize = 14;
    if walk.rest.len() < HEADER {
        return Step::Weird("truncated_802_11_amsdu_header");
    }
    let length = usize::from(be16(walk.rest, 12));
    walk.skip(HEADER);
    let Some((frame, behind)) = walk.rest.split_at_checked(length) else {
        return Step::Weird("truncated_802_11_amsdu_packet");
    };
    let padding = length % 4;
    let behind = behind.get(padding..).unwrap_or(behind);
    if !behind.is_empty() {
        walk.more = Some((&SUBFRAME, behind, walk.at + length + padding));
    }
    walk.rest = frame;
    inner(walk)
}

/// IEEE 802.2 SNAP with an EtherType, the only thing of interest.
fn inner(walk: &mut Walk<'_>) -> Step {
    const SNAP: &[u8] = &[0xaa, 0xaa, 3, 0, 0, 0];
    if walk.rest.len() < 8 {
        return Step::Weird("truncated_802_11_llc_header");
    }
    if !walk.rest.starts_with(SNAP) {
        return Step::Stop;
    }
    let number = be16(walk.rest, 6);
    walk.skip(8);
    by_type(IN_LINUX, number)
}
