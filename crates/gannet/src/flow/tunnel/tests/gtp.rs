//! GTP version 1: headers, options, extension headers, and messages that cannot be read.

use super::{FOUR, SENDER, SIX, check, in_udp, inner, inner6, outcome, run, see};
use crate::testing::{Ip, Lab, udp, v4};

/// A message: flags, kind, what is behind the eight bytes.
fn message(flags: u8, kind: u8, rest: &[u8]) -> Vec<u8> {
    let length = (rest.len() as u16).to_be_bytes();
    [&[flags, kind, length[0], length[1], 0, 0, 0, 1], rest].concat()
}

fn gtp(flags: u8, kind: u8, rest: &[u8]) -> Ip {
    in_udp(2152, &message(flags, kind, rest))
}

fn behind(header: &[u8]) -> Vec<u8> {
    [header, &inner().bytes()].concat()
}

const PACKET: u8 = 255;

fn failed(reason: &str) -> String {
    format!("failed GTPV1: {reason}")
}

#[test]
fn headers() {
    let good = || format!("service gtpv1; {FOUR}");
    let (four, six) = (inner().bytes(), inner6().bytes());
    let cut = || failed("parse error: message is cut");
    check(&[
        ("no option", gtp(0x30, PACKET, &four), good()),
        ("IPv6", gtp(0x30, PACKET, &six), format!("service gtpv1; {SIX}")),
        ("the control port", in_udp(2123, &message(0x30, PACKET, &four)), good()),
        ("from the responder", v4(17, &udp((2152, SENDER), &message(0x30, PACKET, &four))).back(), good()),
        ("the reserved bit is no option", gtp(0x38, PACKET, &four), good()),
        (
            "its own length does not count",
            in_udp(2152, &[&[0x30, PACKET, 0, 0, 0, 0, 0, 1], four.as_slice()].concat()),
            good(),
        ),
        ("a sequence number", gtp(0x32, PACKET, &behind(&[0, 1, 0, 0])), good()),
        ("a number of a data unit", gtp(0x31, PACKET, &behind(&[0, 0, 1, 0])), good()),
        ("an extension", gtp(0x34, PACKET, &behind(&[0, 0, 0, 0x85, 1, 1, 2, 0])), good()),
        (
            "an extension of two words",
            gtp(0x34, PACKET, &behind(&[0, 0, 0, 0x85, 2, 1, 2, 3, 4, 5, 6, 0])),
            good(),
        ),
        ("two extensions", gtp(0x37, PACKET, &behind(&[0, 0, 0, 0x85, 1, 1, 2, 0xc0, 1, 1, 2, 0])), good()),
        (
            "the first is read whatever was announced",
            gtp(0x34, PACKET, &behind(&[0, 0, 0, 0, 1, 1, 2, 0])),
            good(),
        ),
        ("seven bytes", in_udp(2152, &[0x30; 7]), cut()),
        ("nothing", in_udp(2152, &[]), cut()),
        ("options are cut", gtp(0x32, PACKET, &[0, 1, 0]), cut()),
        ("an extension is cut", gtp(0x34, PACKET, &[0, 0, 0, 0x85, 9, 1, 2, 0]), cut()),
        ("an extension without its last byte", gtp(0x34, PACKET, &[0, 0, 0, 0x85, 1, 1, 2]), cut()),
        ("an extension of no length", gtp(0x34, PACKET, &behind(&[0, 0, 0, 0x85, 0, 0, 0, 0])), cut()),
        (
            "extensions that end with the message",
            gtp(0x34, PACKET, &[0, 0, 0, 0x85, 1, 1, 2, 0x85]),
            failed("Truncated GTPv1"),
        ),
        (
            "an extension announced behind the end",
            gtp(0x34, PACKET, &[0, 0, 0, 0x85]),
            failed("Truncated GTPv1"),
        ),
        ("such a message of version 2", gtp(0x4c, 34, &[0, 0, 0, 0x10]), failed("GTPv1 bad Version")),
    ]);
}

#[test]
fn packets() {
    let (four, six) = (inner().bytes(), inner6().bytes());
    check(&[
        ("version 0", gtp(0x10, PACKET, &four), failed("GTPv1 bad Version")),
        ("version 2", gtp(0x48, 32, &[0; 12]), failed("GTPv1 bad Version")),
        ("the charging protocol", gtp(0x20, PACKET, &four), "nothing".into()),
        ("an echo", gtp(0x32, 1, &[0, 1, 0, 0]), "nothing".into()),
        ("nineteen bytes", gtp(0x30, PACKET, &four[..19]), failed("Truncated GTPv1")),
        ("no IP", gtp(0x30, PACKET, &[0x50; 40]), failed("non-IP packet in GTPv1")),
        ("IPv6 of less than a header", gtp(0x30, PACKET, &six[..39]), failed("Truncated GTPv1")),
        ("a byte is missing", gtp(0x30, PACKET, &four[..four.len() - 1]), failed("Truncated GTPv1")),
        (
            "a byte too many",
            gtp(0x30, PACKET, &[four.clone(), vec![0]].concat()),
            failed("GTPv1 payload length"),
        ),
    ]);
}

/// Of messages with information elements each has to be whole, whatever the version says.
#[test]
fn elements() {
    let cut = || failed("parse error: message is cut");
    let bytes = |count: usize| vec![0; count];
    let good = |rule: &'static str, kind: u8, rest: Vec<u8>| {
        (rule, gtp(0x30, 16, &[vec![kind], rest].concat()), "nothing".to_owned())
    };
    let bad = |rule: &'static str, kind: u8, rest: Vec<u8>| {
        (rule, gtp(0x30, 21, &[vec![kind], rest].concat()), cut())
    };
    let sized = |length: u16, rest: &[u8]| [&length.to_be_bytes(), rest].concat();
    let quintuplet = || [bytes(16), vec![2, 0, 0], bytes(32), vec![1, 0]].concat();
    let mobility =
        |security: u8, rest: &[u8]| sized(0, &[&[0, security], rest, &[0, 0, 1, 9, 0, 2, 8, 8]].concat());
    let session = sized(
        0,
        &[&[0; 2][..], &[1, 0, 2, 0, 0, 1, 0], &[0; 17], &[4, 1, 2, 3, 4, 0, 0, 1, b'a'], &[0; 2]].concat(),
    );
    for (kind, length) in [
        (1, 1),
        (2, 8),
        (3, 6),
        (4, 4),
        (5, 4),
        (8, 1),
        (9, 28),
        (11, 1),
        (12, 3),
        (13, 1),
        (14, 1),
        (15, 1),
        (16, 4),
        (17, 4),
        (18, 5),
        (19, 1),
        (20, 1),
        (21, 1),
        (22, 9),
        (23, 1),
        (24, 1),
        (25, 2),
        (26, 2),
        (27, 2),
        (28, 2),
        (29, 1),
        (127, 4),
    ] {
        check(&[good("whole", kind, bytes(length)), bad("a byte is missing", kind, bytes(length - 1))]);
    }
    check(&[
        ("none", gtp(0x30, 16, &[]), "nothing".into()),
        ("several", gtp(0x32, 17, &[0, 1, 0, 0, 1, 128, 14, 0, 133, 0, 4, 10, 0, 0, 1]), "nothing".into()),
        ("one of six", gtp(0x30, 18, &[1, 128, 6]), cut()),
        ("not looked at in other messages", gtp(0x30, 15, &[6]), "nothing".into()),
        ("not looked at in other messages", gtp(0x30, 22, &[6]), "nothing".into()),
        ("before the version is", gtp(0x48, 20, &[6]), cut()),
        bad("an unknown one has no length", 6, bytes(50)),
        good("an unknown one with a length", 200, sized(3, &[0; 3])),
        bad("and cut", 200, sized(3, &[0; 2])),
        bad("its length is cut", 200, vec![0]),
        good("an address of an end user", 128, sized(6, &[0; 6])),
        bad("without a type", 128, sized(1, &[0; 6])),
        good("a private extension", 255, sized(2, &[0; 2])),
        bad("without a number", 255, sized(1, &[0; 2])),
        good("quality of service", 135, sized(1, &[0])),
        bad("of no length", 135, sized(0, &[0])),
        good("a quintuplet", 136, sized(0, &quintuplet())),
        bad("cut", 136, sized(99, &quintuplet()[..52])),
        good("an identifier of a radio bearer", 140, sized(1, &[0])),
        good("an address of a radio bearer", 140, sized(9, &[0; 9])),
        bad("half of one", 140, sized(4, &[0; 4])),
        good("mobility: a key", 129, mobility(0x40, &bytes(8))),
        good("mobility: two triplets", 129, mobility(0x50, &bytes(8 + 56))),
        good("mobility: two keys, and a length", 129, mobility(0x80, &bytes(34))),
        good("mobility: quintuplets", 129, mobility(0x90, &[bytes(34), quintuplet(), quintuplet()].concat())),
        good("mobility: one key and a length", 129, mobility(0xc0, &bytes(10))),
        bad("mobility: cut", 129, mobility(0x50, &bytes(8 + 55))),
        good("a session", 130, session.clone()),
        bad("a session cut", 130, session[..session.len() - 1].to_vec()),
    ]);
}

/// Other than with the other kinds, packets are still looked for after a failure; but it is never confirmed then.
#[test]
fn a_failure_does_not_end_it() {
    let (good, bad) = (gtp(0x30, PACKET, &inner().bytes()), gtp(0x48, PACKET, &[]));
    let failure = failed("GTPv1 bad Version");
    assert_eq!(see(&[bad.clone(), good.clone(), bad.clone()]), format!("{FOUR}; {failure}"));
    assert_eq!(see(&[good, bad]), format!("service gtpv1; {FOUR}; {failure}"));
}

#[test]
fn none_inside_itself() {
    let nested =
        gtp(0x30, PACKET, &gtp(0x30, PACKET, &inner().bytes()).between("192.0.2.3", "192.0.2.4").bytes());
    let expected =
        format!("service gtpv1; in udp 192.0.2.3:{SENDER} 192.0.2.4:2152; {}", failed("GTP-in-GTP"));
    assert_eq!(see(&[nested]), expected);
    let through = super::in_ip(4, &gtp(0x30, PACKET, &inner().bytes()).bytes());
    let nested = gtp(0x30, PACKET, &through.between("192.0.2.3", "192.0.2.4").bytes());
    let rows = run(&[nested]);
    assert!(outcome(&rows).contains(FOUR), "something between makes it another");
}

/// Too deep is a weird of the kind, not of the packet.
#[test]
fn too_deep() {
    let mut packet = gtp(0x30, PACKET, &inner().bytes());
    for _ in 0..4 {
        packet = super::in_ip(4, &packet.bytes());
    }
    let mut lab = Lab::new();
    lab.packet(1.0, &packet);
    let rows = lab.finish();
    assert_eq!(outcome(&rows), format!("in udp 10.0.0.1:{SENDER} 10.0.0.2:2152; weird tunnel_depth/GTPV1"));
    assert_eq!(rows.conns[0].history.as_deref(), Some(&b"D"[..]));
}
