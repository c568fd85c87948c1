//! Transport headers: lengths, checksums, and what a broken one still counts for.

use crate::testing::{Ip, Lab, RAW, Rows, icmp_bytes, tcp, udp, v4, v6};

const SYN: u8 = 2;

/// One packet; only `captured` bytes of it.
fn cut(packet: &Ip, captured: usize, checksums: bool) -> Rows {
    let bytes = packet.bytes();
    super::run(RAW, &bytes[..captured], bytes.len(), checksums)
}

fn whole(packet: &Ip) -> Rows {
    cut(packet, packet.bytes().len(), true)
}

fn line(rows: &Rows) -> String {
    format!("{}; {}", rows.summary(), rows.weird_names())
}

#[test]
fn headers_too_short_by_the_length_field() {
    let rows = [
        (v4(6, &tcp((1, 2), 0, 0, SYN, &[])[..19]), "; truncated_header/TCP"),
        (v4(17, &udp((1, 2), &[])[..7]), "; truncated_header/UDP"),
        (v4(1, &icmp_bytes(8, 0, &[])[..7]), "; truncated_header/ICMP"),
        (v6(6, &tcp((1, 2), 0, 0, SYN, &[])[..19]), "; truncated_header/TCP"),
        (v6(58, &icmp_bytes(128, 0, &[])[..4]), "; truncated_header/ICMP"),
    ];
    for (packet, expected) in rows {
        assert_eq!(line(&whole(&packet)), expected);
    }
}

#[test]
fn headers_too_short_by_the_capture() {
    let rows = [
        (v4(6, &tcp((1, 2), 0, 0, SYN, &[])), 39, "; internally_truncated_header/TCP"),
        (v4(17, &udp((1, 2), &[])), 27, "; internally_truncated_header/UDP"),
        (v4(1, &icmp_bytes(8, 0, &[])), 27, "; internally_truncated_header/ICMP"),
        (v4(17, &udp((1, 2), &[])), 20, "; internally_truncated_header/UDP"),
    ];
    for (packet, captured, expected) in rows {
        assert_eq!(line(&cut(&packet, captured, true)), expected);
    }
}

#[test]
fn a_tcp_header_that_lies_about_its_length() {
    let with = |words: u8, payload: &[u8]| {
        let mut bytes = tcp((1, 2), 0, 0, SYN, payload);
        bytes[12] = words << 4;
        v4(6, &bytes)
    };
    assert_eq!(line(&whole(&with(4, &[]))), "OTH - -/- 0/0; bad_TCP_header_len/TCP");
    assert_eq!(line(&whole(&with(15, &[0; 20]))), "OTH - -/- 0/0; truncated_header/TCP");
    let beyond_capture = cut(&with(15, &[0; 60]), 60, true);
    assert_eq!(line(&beyond_capture), "OTH - -/- 0/0; truncated_header/TCP");
}

#[test]
fn wrong_checksums() {
    let wrong = |packet: Ip, at: usize| {
        let mut body = packet.sealed_body();
        body[at] ^= 0x55;
        Ip { body, ..packet }
    };
    let segment = wrong(v4(6, &tcp((1, 2), 0, 0, SYN, b"xy")), 16);
    let datagram = wrong(v4(17, &udp((1, 2), b"xy")), 6);
    let message = wrong(v4(1, &icmp_bytes(8, 0, b"xy")), 2);
    assert_eq!(line(&whole(&segment)), "OTH C -/- 0/0; bad_TCP_checksum/TCP");
    assert_eq!(line(&whole(&datagram)), "OTH C -/- 0/0; bad_UDP_checksum/UDP");
    assert_eq!(line(&whole(&message)), "OTH - -/- 0/0; bad_ICMP_checksum/ICMP");
    for (packet, expected) in [
        (&segment, "S0 ST -/- 1/0; SYN_with_data/TCP"),
        (&datagram, "S0 D -/- 1/0; "),
        (&message, "OTH - -/- 1/0; "),
    ] {
        let length = packet.bytes().len();
        assert_eq!(line(&cut(packet, length, false)), expected, "checksums are not tested");
        assert!(!line(&cut(packet, length - 1, true)).contains("checksum"), "nor if not all was captured");
    }
}

#[test]
fn no_udp_checksum() {
    let none = |packet: Ip| Ip { sum: false, ..packet };
    assert_eq!(line(&whole(&none(v4(17, &udp((1, 2), b"xy"))))), "S0 D -/- 1/0; ");
    assert_eq!(line(&whole(&none(v6(17, &udp((1, 2), b"xy"))))), "OTH C -/- 0/0; bad_UDP_checksum/UDP");
    let vxlan = |flags: u8, length: usize| {
        let mut payload = vec![0; length];
        payload[0] = flags;
        none(v6(17, &udp((1, 4789), &payload)))
    };
    let bad = |packet: &Ip| line(&whole(packet)).contains("bad_UDP_checksum");
    assert!(!bad(&vxlan(8, 23)), "VXLAN may do without, even over IPv6");
    assert!(bad(&vxlan(0, 23)), "but not without its flag");
    assert!(bad(&vxlan(8, 22)), "nor too short for a frame");
}

#[test]
fn checksums_are_tested_only_on_what_was_wholly_on_the_wire() {
    let mut packet = v4(17, &udp((1, 2), b"xy"));
    packet.body = packet.sealed_body();
    packet.body[6] ^= 1;
    let bytes = packet.bytes();
    // More on the wire than was captured: a UDP checksum is left alone.
    let rows = super::run(RAW, &bytes, bytes.len() + 4, true);
    assert_eq!(line(&rows), "S0 D -/- 1/0; ");
}

#[test]
fn udp_lengths() {
    let with = |length: u16, payload: &[u8]| {
        let mut bytes = udp((1, 2), payload);
        bytes[4..6].copy_from_slice(&length.to_be_bytes());
        v4(17, &bytes)
    };
    let two = |packet: &Ip| {
        let mut lab = Lab::new();
        lab.packet(1.0, packet).packet(2.0, packet);
        line(&lab.finish())
    };
    let rows = [
        (with(12, b"1234"), "S0 D 8/0 2/0; "),
        (with(10, b"1234"), "S0 D 4/0 2/0; UDP_datagram_length_mismatch/UDP(10 != 12)"),
        (with(20, b"1234"), "S0 D 24/0 2/0; UDP_datagram_length_mismatch/UDP(20 != 12)"),
        (with(7, b"1234"), "OTH D 0/0 2/0; UDP_datagram_length_mismatch/UDP(7 != 12)"),
        (with(0, b"1234"), "OTH D 0/0 2/0; UDP_datagram_length_mismatch/UDP(0 != 12)"),
        (with(8, b""), "S0 D 0/0 2/0; "),
    ];
    for (packet, expected) in rows {
        assert_eq!(two(&packet), expected);
    }
}

#[test]
fn payload_that_was_not_captured() {
    let two = |packet: Ip, cut: usize| {
        let bytes = packet.bytes();
        let mut lab = Lab::new();
        lab.cut(1.0, &bytes, bytes.len() - cut).cut(2.0, &bytes, bytes.len() - cut);
        line(&lab.finish())
    };
    assert_eq!(two(v4(17, &udp((1, 2), &[7; 100])), 60), "S0 D 200/0 2/0; ");
    assert_eq!(two(v4(1, &icmp_bytes(8, 0, &[7; 100])), 60), "OTH - 200/0 0/0; ");
    let segment = v4(6, &tcp((1, 2), 1, 1, 0x10, &[7; 100]));
    assert_eq!(two(segment, 60), "OTH DT 100/0 2/0; truncated_tcp_payload/TCP");
}

#[test]
fn bad_checksums_make_a_connection_and_reuse_a_key() {
    let good = v4(6, &tcp((1, 2), 100, 0, SYN, &[]));
    let mut other = v4(6, &tcp((1, 2), 900, 0, SYN, &[]));
    other.body = other.sealed_body();
    other.body[16] ^= 1;
    let mut lab = Lab::new();
    lab.packet(1.0, &good).packet(2.0, &other);
    assert_eq!(line(&lab.finish()), "S0 S -/- 1/0 | OTH C -/- 0/0; SYN_seq_jump/TCP bad_TCP_checksum/TCP");
    let mut lab = Lab::new();
    lab.packet(1.0, &other).packet(3.0, &good).packet(4.0, &good);
    let rows = lab.finish();
    assert_eq!(rows.conns[0].ts, crate::testing::at(1.0), "a bad packet may be the first");
    assert_eq!(line(&rows), "OTH C -/- 0/0 | S0 S 0/0 2/0; bad_TCP_checksum/TCP active_connection_reuse/TCP");
}
