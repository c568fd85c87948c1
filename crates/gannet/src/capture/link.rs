//! Link types: from the numbers that files carry (LINKTYPE) to the ones that libpcap and Zeek use (DLT).

use crate::base::packet::LinkType;

/// The longest capture of a packet that is taken for sane, in bytes (libpcap's `MAXIMUM_SNAPLEN`).
pub(crate) const MAX_CAPTURED: u32 = 262_144;

const USB_PCAP: LinkType = LinkType(249);
const EBHSCR: LinkType = LinkType(279);
const NFLOG: LinkType = LinkType(239);
pub(crate) const ETHERNET: LinkType = LinkType(1);

/// The DLT of a file's LINKTYPE, as libpcap has it on Linux.
///
/// They differ for the few types whose DLT was already taken on some system; the number is kept otherwise.
pub(crate) fn from_file(linktype: u16) -> LinkType {
    LinkType(match linktype {
        100 => 11, // ATM with RFC 1483 encapsulation
        101 => 12, // raw IP
        102 => 15, // BSD/OS SLIP
        103 => 16, // BSD/OS PPP
        106 => 19, // Classical IP over ATM
        246 => 18, // pfsync
        other => other,
    })
}

/// The inverse of [`from_file`], for the writer.
pub(crate) fn to_file(link: LinkType) -> u16 {
    match link.0 {
        11 => 100,
        12 => 101,
        15 => 102,
        16 => 103,
        19 => 106,
        18 => 246,
        other => other,
    }
}

/// The longest sane capture of a packet of this type, in bytes: two bus protocols carry larger messages.
pub(crate) fn max_captured(link: LinkType) -> u32 {
    match link {
        USB_PCAP => 1 << 20,
        EBHSCR => 8 << 20,
        _ => MAX_CAPTURED,
    }
}

/// The snap length to cut packets to: none given, or one beyond 2^31, means the largest sane one.
pub(crate) fn snap_length(link: LinkType, snaplen: u32) -> u32 {
    let max = max_captured(link);
    if snaplen == 0 { max } else { snaplen.min(max) }
}

/// Whether packets of this type begin with fields in the byte order of the host that captured them, and a later stage
/// reads those fields.
pub(crate) fn has_host_order(link: LinkType) -> bool {
    link == NFLOG
}

/// Turns the lengths and types of an NFLOG packet's attributes from big-endian to little-endian, as libpcap does: four
/// bytes of header, then attributes of length, type and value, padded to four bytes.
pub(crate) fn to_little_endian(packet: &mut [u8]) {
    let version = packet.get(1).copied();
    let Some(mut rest) = packet.get_mut(4..).filter(|_| version == Some(0)) else { return };
    while let Some(([a, b, c, d], _)) = rest.split_first_chunk_mut::<4>() {
        std::mem::swap(a, b);
        std::mem::swap(c, d);
        let length = usize::from(u16::from_le_bytes([*a, *b])).next_multiple_of(4);
        match rest.get_mut(length..) {
            Some(next) if length >= 4 => rest = next,
            _ => return,
        }
    }
}
