//! Chains of IPv6 extension headers: what they do to the addresses, and how they break.

use super::{outcome, run, see};
use crate::testing::{Ip, RAW, udp, v6};

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
