//! PPP, FDDI, and Linux's packet log.

use super::{outcome, run, see};
use crate::base::packet::LinkType;
use crate::testing::{udp, v4, v6};

const PPP: LinkType = LinkType(9);
const FDDI: LinkType = LinkType(10);
const PPP_SERIAL: LinkType = LinkType(50);
const NFLOG: LinkType = LinkType(239);

const FOUR: &str = "udp 10.0.0.1:7 10.0.0.2:9";
const SIX: &str = "udp 2001:db8::1:7 2001:db8::2:9";

fn four() -> Vec<u8> {
    v4(17, &udp((7, 9), b"0123456789")).bytes()
}

fn six() -> Vec<u8> {
    v6(17, &udp((7, 9), b"0123456789")).bytes()
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn check(link: LinkType, rows: &[(&str, Vec<u8>, &str)]) {
    for (rule, bytes, expected) in rows {
        assert_eq!(see(link, bytes), *expected, "{rule}");
    }
}

#[test]
fn ppp() {
    let label: &[u8] = &[0, 1, 1, 64];
    check(
        PPP,
        &[
            ("IPv4", joined(&[&[0, 0x21], &four()]), FOUR),
            ("IPv6", joined(&[&[0, 0x57], &six()]), SIX),
            ("MPLS", joined(&[&[2, 0x81], label, &four()]), FOUR),
            ("framed, IPv4", joined(&[&[0xff, 3, 0, 0x21], &four()]), FOUR),
            ("framed, IPv6", joined(&[&[0xff, 3, 0, 0x57], &six()]), SIX),
            ("a control protocol is silent", joined(&[&[0xc0, 0x21], &four()]), "nothing"),
            ("a protocol in one byte is not known", joined(&[&[0x21], &four()]), "nothing"),
            ("not quite a frame's beginning", joined(&[&[0xff, 4, 0, 0x21], &four()]), "nothing"),
            ("two bytes", vec![0, 0x21], "; truncated_ppp_header/PPP"),
            ("two bytes of a frame", vec![0xff, 3], "; truncated_ppp_header/PPP"),
            ("a byte", vec![0xff], "; truncated_ppp_header/PPP"),
            ("three bytes of a frame", vec![0xff, 3, 0], "; truncated_ppp_hdlc_header/PPP"),
            ("four bytes of a frame", vec![0xff, 3, 0, 0x21], "; truncated_ppp_hdlc_header/PPP"),
            ("three bytes", vec![0, 0x21, 0x45], "; truncated_IP/IP"),
        ],
    );
    check(
        PPP_SERIAL,
        &[
            ("IPv4", joined(&[&[0xff, 3, 0, 0x21], &four()]), FOUR),
            ("IPv6, whatever the first two bytes are", joined(&[&[0x0f, 0, 0, 0x57], &six()]), SIX),
            ("MPLS", joined(&[&[0xff, 3, 2, 0x81], label, &six()]), SIX),
            ("a control protocol is silent", joined(&[&[0xff, 3, 0x80, 0x21], &four()]), "nothing"),
            ("header only", vec![0xff, 3, 0, 0x21], "; truncated_ppp_serial_header/PPPSERIAL"),
            ("five bytes", vec![0xff, 3, 0, 0x21, 0x45], "; truncated_IP/IP"),
        ],
    );
}

#[test]
fn fddi() {
    let header = [0; 21];
    check(
        FDDI,
        &[
            ("IPv4, whatever the header says", joined(&[&header, &four()]), FOUR),
            ("IPv6", joined(&[&header, &six()]), SIX),
            ("something else", joined(&[&header, &[0x90; 40]]), "; unknown_ip_version/IP"),
            ("header only", header.to_vec(), "; FDDI_analyzer_failed/FDDI"),
            ("a byte more", vec![0; 22], "; truncated_IP/IP"),
        ],
    );
}

/// An attribute with its padding; its length is given, since it may lie.
fn attribute(length: u16, kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = [length.to_le_bytes(), kind.to_le_bytes()].concat();
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[test]
fn packet_log() {
    let log =
        |family: u8, version: u8, parts: &[&[u8]]| joined(&[&[family, version, 0, 30], &parts.concat()]);
    let payload = |packet: &[u8]| attribute(packet.len() as u16 + 4, 9, packet);
    let (mark, prefix) = (attribute(8, 3, &[0, 0, 0, 1]), attribute(9, 10, b"lan: "));
    check(
        NFLOG,
        &[
            ("IPv4", log(2, 0, &[&payload(&four())]), FOUR),
            ("IPv6", log(10, 0, &[&payload(&six())]), SIX),
            ("attributes before it", log(2, 0, &[&mark, &prefix, &payload(&four())]), FOUR),
            ("what it says of its length does not count", log(2, 0, &[&attribute(0, 9, &four())]), FOUR),
            ("another family", log(7, 0, &[&payload(&four())]), "nothing"),
            ("header only", vec![2, 0, 0, 30], "; truncated_nflog_header/NFLOG"),
            ("a byte", vec![2], "; truncated_nflog_header/NFLOG"),
            ("another version", log(2, 1, &[&payload(&four())]), "; unknown_nflog_version/NFLOG"),
            ("no payload", log(2, 0, &[&mark, &prefix]), "; nflog_no_pcap_payload/NFLOG"),
            ("an empty payload", log(2, 0, &[&payload(&[])]), "; nflog_no_pcap_payload/NFLOG"),
            ("a length of three", log(2, 0, &[&attribute(3, 1, &[0; 4])]), "; nflog_bad_tlv_len/NFLOG"),
            ("a length of four", log(2, 0, &[&attribute(4, 1, &[]), &payload(&four())]), FOUR),
            ("too long", log(2, 0, &[&attribute(255, 1, &[0; 4])]), "; nflog_bad_tlv_len/NFLOG((256 > 8))"),
            ("too long by the padding", log(2, 0, &[&[5, 0, 1, 0, 7]]), "; nflog_bad_tlv_len/NFLOG((8 > 5))"),
            (
                "the longest",
                log(2, 0, &[&attribute(u16::MAX, 1, &[0; 4])]),
                "; nflog_bad_tlv_len/NFLOG((65536 > 8))",
            ),
        ],
    );
}

/// What these layers cannot read is no longer a packet that was cut.
#[test]
fn cut_packets() {
    let bytes = joined(&[&[0, 0x21], &four()]);
    let rows = run(PPP, &bytes[..bytes.len() - 4], bytes.len(), false);
    assert_eq!(outcome(&rows), FOUR);
    let rows = run(PPP, &bytes[..bytes.len() - 4], bytes.len() - 1, false);
    assert_eq!(outcome(&rows), "; truncated_IP_len/IP", "not even on the wire");
}
