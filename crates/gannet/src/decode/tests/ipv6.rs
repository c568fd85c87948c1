//! Chains of IPv6 extension headers: what they do to the addresses, and how they break.

use super::{outcome, run, see};
use crate::decode::ip::{Around, Ip as ParsedIp};
use crate::decode::ipv6::Noted;
use crate::testing::{Ip, Lab, RAW, tcp, udp, v4, v6};

const PLAIN: &str = "udp 2001:db8::1:7 2001:db8::2:9";
/// With the last address of a routing header as destination.
const ROUTED: &str = "udp 2001:db8::1:7 2001:db8::99:9";
/// With a home address as source.
const HOME: &str = "udp 2001:db8::77:7 2001:db8::2:9";

fn datagram() -> Ip {
    v6(17, &udp((7, 9), b"0123456789"))
}

fn address(last: u8) -> [u8; 16] {
    [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
}

/// A routing header with so many addresses; the last one is `::99`.
fn routing(kind: u8, left: u8, addresses: usize) -> Vec<u8> {
    let mut header = vec![0, 2 * addresses as u8, kind, left, 0, 0, 0, 0];
    for i in 0..addresses {
        header.extend(address(if i + 1 == addresses { 0x99 } else { 0x50 }));
    }
    header
}

/// Destination options, padded to the unit with options that say nothing.
fn options(bytes: &[u8]) -> Vec<u8> {
    let mut header = vec![0, 0];
    header.extend_from_slice(bytes);
    header.resize(header.len().next_multiple_of(8), 0);
    header[1] = (header.len() / 8 - 1) as u8;
    header
}

fn home(length: u8) -> Vec<u8> {
    [&[201, length], &address(0x77)[..usize::from(length.min(16))]].concat()
}

#[test]
fn chains() {
    let pad = |length: u8| [vec![1, length], vec![0; usize::from(length)]].concat();
    let odd = [routing(0, 1, 1), vec![0; 8]].concat();
    let odd = [&[0, 3], &odd[2..]].concat();
    let rows: &[(&str, Ip, String)] = &[
        ("hop by hop", datagram().with(0, &options(&pad(4))), PLAIN.into()),
        (
            "several",
            datagram().with(0, &options(&[])).with(60, &options(&pad(12))).with(43, &routing(2, 0, 1)),
            PLAIN.into(),
        ),
        (
            "authentication",
            datagram().with(51, &[0, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
            PLAIN.into(),
        ),
        ("routing 0", datagram().with(43, &routing(0, 1, 2)), format!("{ROUTED}; routing0_hdr")),
        ("routing 0, arrived", datagram().with(43, &routing(0, 0, 2)), format!("{PLAIN}; routing0_hdr")),
        ("routing 0, odd", datagram().with(43, &odd), format!("{PLAIN}; odd_routing0_len routing0_hdr")),
        (
            "routing 0 behind an atomic fragment",
            datagram().with(44, &[0; 8]).with(43, &routing(0, 1, 2)),
            format!("{ROUTED}; routing0_hdr"),
        ),
        (
            "routing of no known type, there",
            datagram().with(44, &[0; 8]).with(43, &routing(9, 1, 1)),
            format!("{PLAIN}; unknown_routing_type(9)"),
        ),
        ("routing 2", datagram().with(43, &routing(2, 1, 1)), ROUTED.into()),
        ("routing 2, arrived", datagram().with(43, &routing(2, 0, 1)), PLAIN.into()),
        (
            "routing 2, two addresses",
            datagram().with(43, &routing(2, 1, 2)),
            format!("{PLAIN}; bad_routing2_len"),
        ),
        (
            "routing of no known type",
            datagram().with(43, &routing(9, 1, 1)),
            format!("{PLAIN}; unknown_routing_type(9)"),
        ),
        (
            "two routing headers",
            datagram().with(43, &routing(2, 1, 1)).with(43, &routing(2, 1, 1)),
            format!("{ROUTED}; multiple_routing_headers"),
        ),
        ("home address", datagram().with(60, &options(&home(16))), HOME.into()),
        (
            "home address behind padding",
            datagram().with(60, &options(&[vec![0], pad(1), home(16)].concat())),
            HOME.into(),
        ),
        (
            "home address, wrong length",
            datagram().with(60, &options(&home(8))),
            format!("{PLAIN}; bad_home_addr_len"),
        ),
        (
            "two home addresses",
            datagram().with(60, &options(&[home(16), home(16)].concat())),
            format!("{HOME}; multiple_home_addr_opts"),
        ),
        (
            "an option beyond its header",
            datagram().with(60, &[0, 0, 7, 30, 0, 0, 0, 0]),
            format!("{PLAIN}; bad_ipv6_dest_opt_len"),
        ),
        ("home address in hop by hop does nothing", datagram().with(0, &options(&home(16))), PLAIN.into()),
    ];
    for (rule, packet, expected) in rows {
        // The checksum is over the addresses that count; it is not what this is about.
        let packet = Ip { sum: false, ..packet.clone() };
        let bytes = packet.bytes();
        assert_eq!(outcome(&run(RAW, &bytes, bytes.len(), false)), *expected, "{rule}");
    }
}

#[test]
fn the_checksum_is_over_the_final_destination() {
    let mut packet = datagram().with(43, &routing(2, 1, 1));
    let sealed = Ip { dst: crate::testing::ip("2001:db8::99"), ..packet.clone() }.sealed_body();
    packet.body = sealed;
    assert_eq!(see(RAW, &packet.bytes()), ROUTED);
}

#[test]
fn a_cut_chain_ends_where_the_capture_ends() {
    let bytes = datagram().with(0, &options(&[])).with(60, &options(&[1; 20])).bytes();
    for captured in 40..48 {
        let seen = outcome(&run(RAW, &bytes[..captured], bytes.len(), true));
        assert_eq!(seen, "unknown_transport 2001:db8::1:0 2001:db8::2:0", "{captured}");
    }
}

#[test]
fn weirds_of_a_chain_come_before_those_of_the_packet() {
    let packet = datagram().with(43, &routing(0, 0, 1));
    let bytes = packet.bytes();
    let rows = run(RAW, &bytes, bytes.len() - 1, true);
    assert_eq!(outcome(&rows), "; routing0_hdr truncated_IP_len/IP");
}

/// Hop-by-hop options with the length of a jumbogram (RFC 2675, section 2).
fn jumbo(length: u32) -> Vec<u8> {
    let [a, b, c, d] = length.to_be_bytes();
    vec![6, 0, 0xc2, 4, a, b, c, d]
}

#[test]
fn a_jumbogram_is_as_long_as_its_option_says() {
    const LENGTH: usize = 100_000;
    let segments = |length: Option<u32>| {
        let mut lab = Lab::with(|config| config.checksums = false);
        let shake = [
            (false, tcp((1000, 80), 100, 0, 0x02, b"")),
            (true, tcp((80, 1000), 300, 101, 0x12, b"")),
            (false, tcp((1000, 80), 101, 301, 0x10, b"")),
        ];
        for (back, body) in shake {
            let packet = v6(6, &body);
            let packet = if back { Ip { src: packet.dst, dst: packet.src, ..packet } } else { packet };
            lab.packet(1.0, &packet);
        }
        let mut packet = v6(6, &tcp((1000, 80), 101, 301, 0x18, &vec![b'x'; LENGTH]));
        packet.length = Some(0);
        if let Some(length) = length {
            packet = packet.with(0, &jumbo(length));
        }
        lab.packet(1.5, &packet);
        let rows = lab.finish();
        let conn = &rows.conns[0];
        (conn.orig_bytes, conn.orig_ip_bytes, rows.weird_names())
    };
    let length = (8 + 20 + LENGTH) as u32;
    let (bytes, ip_bytes, weirds) = segments(Some(length));
    assert_eq!((bytes, ip_bytes), (Some(LENGTH as u64), Some(u64::from(40 + length) + 120)), "{weirds:?}");
    let (_, _, weirds) = segments(Some(length + 1));
    assert!(format!("{weirds:?}").contains("invalid_IP_header_size"), "longer than what came: {weirds:?}");
    let (_, ip_bytes, weirds) = segments(Some(65_535));
    assert_eq!(ip_bytes, Some(120), "one that fits into the header has no say");
    assert!(format!("{weirds:?}").contains("invalid_IP_header_size"), "{weirds:?}");
}

/// What a network card cuts up has no place for its length in its header (Linux, "BIG TCP").
#[test]
fn what_stands_for_several_packets_is_as_long_as_what_it_came_in() {
    let body = tcp((1000, 80), 101, 301, 0x18, &vec![b'x'; 100_000]);
    for (packet, header) in [(v4(6, &body), 20), (v6(6, &body), 40)] {
        let bytes = Ip { length: Some(0), ..packet }.bytes();
        let around = |offloaded| Around { at: 14, wire: 14 + bytes.len(), checksums: true, offloaded };
        let mut noted = Noted::default();
        let ip = ParsedIp::parse(&bytes, around(true), &mut noted).unwrap();
        assert_eq!((ip.total as usize, ip.payload.len()), (bytes.len(), bytes.len() - header));
        assert_eq!((ip.payload_len as usize, noted.net), (bytes.len() - header, None));
        let one = ParsedIp::parse(&bytes, around(false), &mut noted);
        assert!(one.is_err() || one.unwrap().payload_len == 0, "nothing of the kind was said of it");
    }
}
