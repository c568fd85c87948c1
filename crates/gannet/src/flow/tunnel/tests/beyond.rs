//! Tunnels that Zeek knows nothing of: by request, but for labels in GRE.

use super::{FOUR, SENDER, SIX, gre, in_ip, in_udp, inner, inner6, outcome};
use crate::testing::{Ip, Lab, ethernet};

fn see(packet: &Ip, more: bool) -> String {
    let mut lab = Lab::with(|config| config.more_tunnels = more);
    lab.packet(10.0, packet);
    let outcome = outcome(&lab.finish());
    let mut parts: Vec<_> = outcome.split("; ").collect();
    parts.sort_unstable();
    parts.join("; ")
}

fn over(port: u16, header: &[u8], rest: &[u8]) -> Ip {
    in_udp(port, &[header, rest].concat())
}

/// A label, and whether it is the last one.
fn label(last: bool) -> [u8; 4] {
    [0, 1, 0x90 | u8::from(last), 63]
}

#[test]
fn labels_in_gre() {
    for kind in [0x8847, 0x8848] {
        let stack = [label(false), label(true)].concat();
        let over = |inner: &[u8]| in_ip(47, &gre(0, kind, &[&stack, inner].concat()));
        assert_eq!(see(&over(&inner().bytes()), false), FOUR);
        assert_eq!(see(&over(&inner6().bytes()), false), SIX);
        assert_eq!(see(&in_ip(47, &gre(0, kind, &[0; 4])), false), "weird truncated_GRE/GRE");
    }
}

#[test]
fn what_is_carried() {
    let (four, six) = (inner().bytes(), inner6().bytes());
    let frame = ethernet(0x0800, &four);
    let length = (four.len() + 12) as u8;
    let cases = [
        ("mpls", over(6635, &label(true), &four), FOUR),
        ("mpls", over(6635, &[label(false), label(true)].concat(), &six), SIX),
        ("l2tp", over(1701, &[0, 2, 0, 7, 0, 9, 0xff, 3, 0, 0x21], &four), FOUR),
        ("l2tp", over(1701, &[0, 2, 0, 7, 0, 9, 0, 0x57], &six), SIX),
        ("l2tp", over(1701, &[0, 2, 0, 7, 0, 9, 0x21], &four), FOUR),
        (
            "l2tp",
            over(1701, &[0x40, 2, 0, length, 0, 7, 0, 9, 0xff, 3, 0, 0x21], &[&four[..], &[0; 9]].concat()),
            FOUR,
        ),
        ("l2tp", over(1701, &[0x0a, 2, 0, 7, 0, 9, 0, 1, 0, 2, 0, 3, 1, 2, 3, 0x21], &four), FOUR),
        ("tzsp", over(37008, &[1, 0, 0, 1, 1], &frame), FOUR),
        ("tzsp", over(37008, &[1, 0, 0, 1, 0, 0, 10, 2, 7, 7, 1], &frame), FOUR),
    ];
    for (service, packet, expected) in cases {
        assert_eq!(see(&packet, true), format!("{expected}; service {service}"), "{packet:?}");
        assert_eq!(see(&packet, false), "nothing", "not asked for: {packet:?}");
    }
}

#[test]
fn what_carries_nothing_that_is_looked_at() {
    let four = inner().bytes();
    let hello = [0xc8, 2, 0, 12, 0, 7, 0, 0, 0, 1, 0, 1];
    for (service, packet) in [
        ("l2tp", over(1701, &hello, &[])),
        ("l2tp", over(1701, &[0, 2, 0, 7, 0, 9, 0xff, 3, 0xc0, 0x21, 9, 1, 0, 8], &[])),
        ("tzsp", over(37008, &[1, 4, 0, 0], &[])),
        ("tzsp", over(37008, &[1, 0, 0, 0x77, 1], &four)),
    ] {
        assert_eq!(see(&packet, true), format!("service {service}"), "{packet:?}");
    }
    for packet in [
        over(6635, &label(false), &four),
        over(6635, &label(true), &[0; 40]),
        over(6635, &label(true), &four[..19]),
        over(1701, &[0, 3, 0, 7, 0, 9, 0x21], &four),
        over(1701, &[0, 0x12, 0, 7, 0, 9, 0x21], &four),
        over(1701, &[0x40, 2, 1, 0, 0, 7, 0, 9, 0x21], &four),
        over(1701, &[0x02, 2, 0, 7, 0, 9, 2, 0, 0x21], &four),
        over(1701, &hello[..11], &[]),
        over(37008, &[2, 0, 0, 1, 1], &four),
        over(37008, &[1, 0, 0, 1, 10, 200], &four),
        over(37008, &[1, 0], &[]),
    ] {
        assert_eq!(see(&packet, true), "nothing", "{packet:?}");
    }
    // The port is the responder's.
    let back =
        crate::testing::v4(17, &crate::testing::udp((6635, SENDER), &[&label(true)[..], &four].concat()));
    assert_eq!(see(&back, true), "nothing");
}
