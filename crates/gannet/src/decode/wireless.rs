//! IEEE 802.11 data frames, with or without a radiotap header.

use super::layer::{Layer, Step, Walk};
use super::link::{IN_LINUX, by_type};

/// Frames as they were captured.
pub(crate) static CAPTURED: Layer = Layer { label: "IEEE802_11", enter: captured };
/// The same with a radiotap header.
pub(crate) static RADIOTAP: Layer = Layer { label: "IEEE802_11_RADIO", enter: radiotap };
/// Frames that come out of something else.
pub(crate) static IEEE802_11: Layer = Layer { label: "IEEE802_11", enter: data_frame };
static SUBFRAME: Layer = Layer { label: "IEEE802_11", enter: subframe };

/// Bits of the first two bytes, the frame control field (IEEE 802.11-2020, section 9.2.4.1).
mod control {
    pub(super) const NO_MANAGEMENT: u8 = 0x04;
    pub(super) const DATA: u8 = 0x08;
    pub(super) const NO_DATA: u8 = 0x40;
    pub(super) const QOS: u8 = 0x80;
    /// Of the second byte.
    pub(super) const BOTH_SYSTEMS: u8 = 0x03;
    pub(super) const PROTECTED: u8 = 0x40;
}

/// Least length of a data frame's header, and of what QoS adds.
const HEADER: usize = 24;
const QOS_HEADER: usize = 2;
/// IEEE 802.2, the Subnetwork Access Protocol, and an EtherType.
const SNAP_HEADER: usize = 8;

fn captured(walk: &mut Walk<'_>) -> Step {
    if !passes_filter(walk.rest, None) {
        return Step::Stop;
    }
    Step::Next(&IEEE802_11)
}

/// Radiotap: a little-endian length at offset 2. What is too short for it never got through the filter.
fn radiotap(walk: &mut Walk<'_>) -> Step {
    let length = match walk.rest {
        &[_, _, low, high, ..] => usize::from(u16::from_le_bytes([low, high])),
        _ => return Step::Stop,
    };
    let header = walk.rest;
    walk.skip(length);
    if !passes_filter(walk.rest, Some(header)) {
        return Step::Stop;
    }
    Step::Next(&IEEE802_11)
}

/// Whether a captured frame gets through the filter that captures are read through when none is given, `ip or not ip`.
/// It lets everything through, but only if it can find out: libpcap looks for the EtherType of a data frame, and a packet
/// that ends before the place where that would be is refused.
fn passes_filter(frame: &[u8], radiotap: Option<&[u8]>) -> bool {
    let Some(kind) = frame.first() else { return false };
    if kind & control::DATA == 0 || kind & control::NO_MANAGEMENT != 0 {
        return true;
    }
    let before = radiotap.map_or(0, |header| header.len() - frame.len());
    let mut header = before + HEADER;
    if kind & control::QOS != 0 {
        header += QOS_HEADER;
        match radiotap.map(is_padded) {
            Some(None) => return false,
            Some(Some(true)) => header = header.next_multiple_of(4),
            Some(Some(false)) | None => {}
        }
    }
    before + frame.len() >= header + SNAP_HEADER
}

/// Whether radiotap says that the frame's header is padded, in its flags field, which only a clock may precede; nothing if
/// that is cut.
fn is_padded(radiotap: &[u8]) -> Option<bool> {
    const FLAGS: u8 = 0x02;
    const CLOCK: u8 = 0x01;
    const MORE_BITS: u8 = 0x80;
    const PADDED: u8 = 0x20;
    let &[present, _, _, last] = radiotap.get(4..8)? else { return None };
    if present & FLAGS == 0 || last & MORE_BITS != 0 {
        return Some(false);
    }
    let flags = radiotap.get(if present & CLOCK != 0 { 16 } else { 8 })?;
    Some(flags & PADDED != 0)
}

/// A data frame (IEEE 802.11-2020, section 9.3.2). Others are of no interest, nor are encrypted ones.
fn data_frame(walk: &mut Walk<'_>) -> Step {
    const TRUNCATED: Step = Step::Weird("truncated_802_11_header");
    const AGGREGATED: u8 = 0x80;
    let mut header = HEADER;
    let &[kind, flags, ..] = walk.rest else { return TRUNCATED };
    if walk.rest.len() <= header {
        return TRUNCATED;
    }
    if kind & control::DATA == 0 || kind & control::NO_DATA != 0 {
        return Step::Stop;
    }
    if flags & control::BOTH_SYSTEMS == control::BOTH_SYSTEMS {
        header += 6;
    }
    let Some(&qos) = walk.rest.get(header) else { return TRUNCATED };
    let mut aggregated = false;
    if kind & control::QOS != 0 {
        aggregated = qos & AGGREGATED != 0;
        if flags & control::PROTECTED != 0 {
            return Step::Stop;
        }
        header += QOS_HEADER;
    }
    if walk.rest.len() <= header {
        return TRUNCATED;
    }
    walk.skip(header);
    if aggregated { Step::Next(&SUBFRAME) } else { inner(walk) }
}

/// One frame of an aggregate (A-MSDU): addresses, a length, the frame, padding.
fn subframe(walk: &mut Walk<'_>) -> Step {
    const SUBHEADER: usize = 14;
    let Some([.., high, low]) = walk.rest.first_chunk::<SUBHEADER>() else {
        return Step::Weird("truncated_802_11_amsdu_header");
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    walk.skip(SUBHEADER);
    let Some((frame, behind)) = walk.rest.split_at_checked(length) else {
        return Step::Weird("truncated_802_11_amsdu_packet");
    };
    // The last one is not padded.
    let padding = if behind.len() >= length % 4 { length % 4 } else { 0 };
    let behind = behind.get(padding..).unwrap_or_default();
    if !behind.is_empty() {
        walk.more = Some((&SUBFRAME, behind, walk.at + length + padding));
    }
    walk.rest = frame;
    walk.aggregated = true;
    inner(walk)
}

/// IEEE 802.2 SNAP with an EtherType, the only thing of interest.
fn inner(walk: &mut Walk<'_>) -> Step {
    const SNAP: &[u8] = &[0xaa, 0xaa, 3, 0, 0, 0];
    let Some([snap @ .., high, low]) = walk.rest.first_chunk::<SNAP_HEADER>() else {
        return Step::Weird("truncated_802_11_llc_header");
    };
    if snap != SNAP {
        return Step::Stop;
    }
    let number = u16::from_be_bytes([*high, *low]);
    walk.skip(SNAP_HEADER);
    by_type(IN_LINUX, number)
}
