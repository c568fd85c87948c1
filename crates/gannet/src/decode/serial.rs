//! Layers of serial lines, rings and the kernel's packet log.

use super::layer::{Layer, Step, Walk};
use super::link::{IP, MPLS, by_type};
use crate::base::cursor::be16;

pub(crate) static PPP: Layer = Layer { label: "PPP", enter: ppp };
pub(crate) static PPP_SERIAL: Layer = Layer { label: "PPPSERIAL", enter: ppp_serial };
pub(crate) static FDDI: Layer = Layer { label: "FDDI", enter: fddi };
pub(crate) static NFLOG: Layer = Layer { label: "NFLOG", enter: nflog };

static IN_PPP: &[(u16, &Layer)] = &[(0x0021, &IP), (0x0057, &IP), (0x0281, &MPLS)];

/// PPP (RFC 1661), with or without HDLC-like framing (RFC 1662).
fn ppp(walk: &mut Walk<'_>) -> Step {
    let framed = walk.rest.starts_with(&[0xff, 0x03]);
    if walk.rest.len() <= 2 {
        return Step::Weird("truncated_ppp_header");
    }
    let at = if framed { 2 } else { 0 };
    let Some(number) = be16(walk.rest, at).filter(|_| walk.rest.len() > at + 2) else {
        return Step::Weird("truncated_ppp_hdlc_header");
    };
    walk.skip(at + 2);
    by_type(IN_PPP, number)
}

/// PPP in HDLC framing, always.
fn ppp_serial(walk: &mut Walk<'_>) -> Step {
    let &[_, _, high, low, _, ..] = walk.rest else {
        return Step::Weird("truncated_ppp_serial_header");
    };
    let number = u16::from_be_bytes([high, low]);
    walk.skip(4);
    by_type(IN_PPP, number)
}

/// FDDI: a header of its own and one of IEEE 802.2 SNAP, taken to hold IP.
fn fddi(walk: &mut Walk<'_>) -> Step {
    const HEADER: usize = 13 + 8;
    if walk.rest.len() <= HEADER {
        return Step::Weird("FDDI_analyzer_failed");
    }
    walk.skip(HEADER);
    Step::Ip
}

/// Linux's packet log: attributes, one of which is the packet. Their numbers are in little-endian order.
fn nflog(walk: &mut Walk<'_>) -> Step {
    const PAYLOAD: u16 = 9;
    let &[family, version, ..] = walk.rest else { return Step::Weird("truncated_nflog_header") };
    if walk.rest.len() <= 4 {
        return Step::Weird("truncated_nflog_header");
    }
    if version != 0 {
        return Step::Weird("unknown_nflog_version");
    }
    walk.skip(4);
    loop {
        let &[l0, l1, t0, t1, _, ..] = walk.rest else { return Step::Weird("nflog_no_pcap_payload") };
        let length = u16::from_le_bytes([l0, l1]);
        if u16::from_le_bytes([t0, t1]) == PAYLOAD {
            walk.skip(4);
            break;
        }
        if length < 4 {
            return Step::Weird("nflog_bad_tlv_len");
        }
        let padded = usize::from(length).next_multiple_of(4);
        if padded > walk.rest.len() {
            walk.lengths = Some((padded, walk.rest.len()));
            return Step::Weird("nflog_bad_tlv_len");
        }
        walk.skip(padded);
    }
    // Address families of Linux: 2 is IPv4, 10 is IPv6.
    if matches!(family, 2 | 10) { Step::Ip } else { Step::Stop }
}
