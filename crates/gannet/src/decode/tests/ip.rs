//! The tests of an IP header, in their order, and what an accepted packet is handed to.

use super::{outcome, run};
use crate::testing::{ETHERNET, Ip, Lab, RAW, ethernet, icmp_bytes, udp, v4, v6};

const FOUR: &str = "udp 10.0.0.1:7 10.0.0.2:9";
const SIX: &str = "udp 2001:db8::1:7 2001:db8::2:9";

fn datagram() -> Vec<u8> {
    udp((7, 9), b"0123456789")
}

fn four() -> Ip {
    v4(17, &datagram())
}

fn six() -> Ip {
    v6(17, &datagram())
}

/// Rule, bytes, captured, outcome with checksums tested and without.
struct Row(&'static str, Vec<u8>, usize, &'static str, &'static str);

fn check(rows: &[Row]) {
    for Row(rule, bytes, captured, tested, trusted) in rows {
        for (checksums, expected) in [(true, tested), (false, trusted)] {
            let rows = run(RAW, &bytes[..*captured], bytes.len(), checksums);
            assert_eq!(outcome(&rows), *expected, "{rule}, checksums {checksums}");
        }
    }
}

fn same(rule: &'static str, bytes: Vec<u8>, captured: usize, expected: &'static str) -> Row {
    Row(rule, bytes, captured, expected, expected)
}

fn whole(rule: &'static str, packet: &Ip, expected: &'static str) -> Row {
    let bytes = packet.bytes();
    let captured = bytes.len();
    same(rule, bytes, captured, expected)
}

#[test]
fn headers_are_tested_in_order() {
    let with = |change: fn(&mut Vec<u8>)| {
        let mut bytes = four().bytes();
        change(&mut bytes);
        bytes
    };
    let offload = Ip { length: Some(0), ..four() }.bytes();
    let zero_and_long = Ip { length: Some(0), words: Some(15), ..four() }.bytes();
    let long_header = Ip { words: Some(15), ..four() }.bytes();
    let short_header = Ip { words: Some(4), ..four() }.bytes();
    let options = Ip { extra: vec![1; 40], ..four() }.bytes();
    let too_long = Ip { length: Some(39), ..four() }.bytes();
    check(&[
        same("1: nineteen bytes", four().bytes(), 19, "; truncated_IP/IP"),
        same("1: thirty-nine of IPv6", six().bytes(), 39, "; truncated_IP/IP"),
        same("1 before 2: short and of no version", with(|b| b[0] = 0x90), 19, "; truncated_IP/IP"),
        same("2: version 9", with(|b| b[0] = 0x95), 38, "; unknown_ip_version/IP"),
        Row(
            "3: length 0",
            offload,
            38,
            "; ip_hdr_len_zero/IP",
            "udp 10.0.0.1:7 10.0.0.2:9; ip_hdr_len_zero/IP",
        ),
        Row(
            "3 goes on to 5",
            zero_and_long,
            38,
            "; ip_hdr_len_zero/IP",
            "; ip_hdr_len_zero/IP invalid_IP_header_size/IP",
        ),
        same("4: longer than the wire", too_long, 38, "; truncated_IP_len/IP"),
        same("5: header longer than the packet", long_header, 38, "; invalid_IP_header_size/IP"),
        same("6: header longer than the capture", options, 59, "; internally_truncated_header/IP"),
        same("7: header below the least", short_header, 38, "; IPv4_min_header_size/IP"),
        Row("8: checksum", Ip { bad_header_sum: true, ..four() }.bytes(), 38, "; bad_IP_checksum/IP", FOUR),
        same("nothing wrong", four().bytes(), 38, FOUR),
        same("nothing wrong with IPv6", six().bytes(), 58, SIX),
        same("options are part of the header", Ip { extra: vec![1; 40], ..four() }.bytes(), 78, FOUR),
    ]);
}

#[test]
fn the_wire_decides_on_truncation() {
    let bytes = four().bytes();
    let rows = run(RAW, &bytes[..30], bytes.len(), true);
    assert_eq!(outcome(&rows), FOUR, "a snap length cut is no truncation");
    let rows = run(RAW, &bytes, bytes.len() - 1, true);
    assert_eq!(outcome(&rows), "; truncated_IP_len/IP");
    let frame = ethernet(0x0800, &bytes);
    let rows = run(ETHERNET, &frame, frame.len() - 1, true);
    assert_eq!(outcome(&rows), "; truncated_IP_len/IP", "the bytes before the IP header count");
}

#[test]
fn weirds_before_the_header_is_trusted_have_no_addresses() {
    let rows = run(RAW, &four().bytes(), 37, true);
    assert!(rows.weirds().all(|weird| weird.conn.is_none()));
    let rows = run(RAW, &Ip { bad_header_sum: true, ..four() }.bytes(), 38, true);
    let tag = rows.weirds().next().unwrap().conn.unwrap();
    let name = format!("{:?} {}:{} {}:{}", tag.uid, tag.orig_h, tag.orig_p, tag.resp_h, tag.resp_p);
    assert_eq!(name, "None 10.0.0.1:0 10.0.0.2:0");
    assert_eq!(rows.stats.bad_ip_checksums, 1);
}

#[test]
fn protocols_lead_to_transports() {
    let esp = [0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9];
    let echo = icmp_bytes(8, 0, &[]);
    let pair = "unknown_transport 10.0.0.1:0 10.0.0.2:0";
    check(&[
        whole("ICMP", &v4(1, &echo), "icmp 10.0.0.1:8 10.0.0.2:0"),
        whole("ICMPv6 over IPv4", &v4(58, &icmp_bytes(128, 0, &[])), "icmp 10.0.0.1:128 10.0.0.2:129"),
        whole("ICMP over IPv6", &v6(1, &echo), "icmp 2001:db8::1:8 2001:db8::2:0"),
        whole("ICMPv6", &v6(58, &icmp_bytes(128, 0, &[])), "icmp 2001:db8::1:128 2001:db8::2:129"),
        whole("ESP over IPv4", &v4(50, &esp), pair),
        whole("AH over IPv4", &v4(51, &[0; 24]), pair),
        whole("ESP over IPv6", &v6(59, &[1, 2, 3, 4]).with(50, &esp[..8]), "nothing"),
        whole("no next header, IPv6", &v6(59, &[]), "; ipv6_no_next/IP"),
        whole("no next header, IPv4", &v4(59, &[]), "; ipv6_no_next/IP"),
        whole("SCTP", &v4(132, &[0; 16]), pair),
        whole("OSPF over IPv6", &v6(89, &[0; 16]), "unknown_transport 2001:db8::1:0 2001:db8::2:0"),
        whole("protocol 0 over IPv4", &v4(0, &[0; 16]), pair),
    ]);
}

#[test]
fn tunnels_make_no_connection_of_their_own() {
    for proto in [4, 41, 47] {
        let rows = run(RAW, &v4(proto, &four().bytes()).bytes(), 100, true);
        assert!(rows.ends().is_empty() || rows.ends() == FOUR, "{proto}: {}", rows.ends());
    }
}

#[test]
fn igmp_makes_no_connection() {
    let report = [0x16, 0, 0, 0, 224, 0, 0, 251];
    let mut wrong = report;
    wrong[2] = 1;
    let whole_wrong = v4(2, &wrong).bytes();
    let captured = whole_wrong.len();
    check(&[
        whole("a report", &v4(2, &report), "nothing"),
        Row("a wrong checksum", whole_wrong, captured, "; igmp_invalid_checksum/IGMP", "nothing"),
    ]);
}

#[test]
fn mobility_headers_make_no_connection() {
    let header = |next: u8, sum: [u8; 2]| vec![next, 0, 5, 0, sum[0], sum[1], 0, 0];
    let packet = |next, sum| Ip { sum: false, ..v6(135, &header(next, sum)) };
    // The checksum by the book (RFC 6275, section 6.1.1): a pseudo header as for a transport.
    let words = |bytes: &[u8]| bytes.chunks(2).map(|w| u32::from(w[0]) << 8 | u32::from(w[1])).sum::<u32>();
    let sealed = |next| {
        let bytes = packet(next, [0, 0]).bytes();
        let sum = words(&bytes[8..40]) + 8 + 135 + words(&header(next, [0, 0]));
        let folded = (sum & 0xffff) + (sum >> 16);
        packet(next, (!(folded as u16)).to_be_bytes()).bytes()
    };
    let wrong = packet(59, [1, 1]).bytes();
    let captured = wrong.len();
    check(&[
        same("alone, as it should be", sealed(59), captured, "nothing"),
        same("something behind it", sealed(17), captured, "; mobility_piggyback/IP"),
        Row("a wrong checksum", wrong, captured, "; bad_MH_checksum/IP", "nothing"),
    ]);
}

#[test]
fn a_length_of_zero_takes_all_that_was_captured() {
    let empty = Ip { body: vec![], length: Some(20), ..four() };
    let padded = [empty.bytes(), vec![0; 26]].concat();
    let captured = padded.len();
    check(&[
        same(
            "padding behind an empty packet is taken for its payload",
            padded,
            captured,
            "udp 10.0.0.1:0 10.0.0.2:0; UDP_datagram_length_mismatch/UDP(0 != 26)",
        ),
        whole("a jumbogram", &Ip { length: Some(0), ..six() }, SIX),
    ]);
    let mut lab = Lab::with(|config| config.checksums = false);
    lab.packet(1.0, &Ip { length: Some(0), ..four() });
    let rows = lab.finish();
    assert_eq!((rows.conns[0].orig_pkts, rows.conns[0].orig_ip_bytes), (Some(1), Some(0)));
}
