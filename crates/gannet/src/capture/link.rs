//! Link types: from the numbers that files carry (LINKTYPE) to the ones that libpcap and Zeek use (DLT).

use super::LinkType;

/// The longest capture of a packet that is taken for sane, in bytes (libpcap's `MAXIMUM_SNAPLEN`).
pub(crate) const MAX_CAPTURED: u32 = 262_144;

const USB_PCAP: LinkType = LinkType(249);
const EBHSCR: LinkType = LinkType(279);
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
