//! Teredo: how it is found, its headers, bubbles, and when it counts as confirmed.

use super::{SENDER, SIX, check, in_udp, inner6, outcome, run, see};
use crate::testing::{Ip, udp, v4, v6};

const AUTHENTICATION: &[u8] = &[0, 1, 2, 3, b'i', b'd', b'k', b'e', b'y', 0, 0, 0, 0, 0, 0, 0, 1, 0];
const ORIGIN: &[u8] = &[0, 0, 0x12, 0x34, 1, 2, 3, 4];

/// A packet of somebody with a Teredo address.
fn from_prefix() -> Ip {
    inner6().between("2001:0:1::1", "2001:db8::2")
}

/// The answer to it.
fn to_prefix() -> Ip {
    v6(17, &udp((9, 7), b"inside")).between("2001:db8::2", "2001:0:1::1")
}

const PREFIXED: &str = "in udp 2001:0:1::1:7 2001:db8::2:9";

fn teredo(parts: &[&[u8]]) -> Ip {
    in_udp(3544, &parts.concat())
}

fn elsewhere(parts: &[&[u8]]) -> Ip {
    in_udp(9999, &parts.concat())
}

fn failed(reason: &str) -> String {
    format!("failed TEREDO: {reason}")
}

/// A header that says it is followed by nothing.
fn bubble() -> Vec<u8> {
    v6(59, &[]).between("2001:0:1::1", "2001:0:2::2").bytes()
}

#[test]
fn at_its_port() {
    let six = inner6().bytes();
    let bad = || failed("Bad Teredo encapsulation");
    let inner = || failed("Truncated Teredo or invalid inner IP version");
    check(&[
        ("a packet", teredo(&[&six]), SIX.into()),
        ("origin", teredo(&[ORIGIN, &six]), SIX.into()),
        ("authentication", teredo(&[AUTHENTICATION, &six]), SIX.into()),
        ("authentication, then origin", teredo(&[AUTHENTICATION, ORIGIN, &six]), SIX.into()),
        ("origin, then authentication", teredo(&[ORIGIN, AUTHENTICATION, &six]), bad()),
        ("origin twice", teredo(&[ORIGIN, ORIGIN, &six]), bad()),
        ("authentication twice", teredo(&[AUTHENTICATION, AUTHENTICATION, &six]), bad()),
        ("another header", teredo(&[&[0, 2, 0, 0], &six]), bad()),
        ("IPv4", teredo(&[&super::inner().bytes()]), bad()),
        ("nothing", teredo(&[]), bad()),
        ("a byte", teredo(&[&[0]]), bad()),
        ("origin is cut", teredo(&[&ORIGIN[..7]]), bad()),
        ("authentication is cut", teredo(&[&AUTHENTICATION[..3]]), bad()),
        ("authentication is cut further on", teredo(&[&AUTHENTICATION[..17]]), bad()),
        ("nothing behind origin", teredo(&[ORIGIN]), bad()),
        ("less than a header", teredo(&[&six[..39]]), bad()),
        ("less than the header says", teredo(&[&six[..six.len() - 1]]), inner()),
        ("more than the header says", teredo(&[&six, &[0]]), failed("Teredo payload length")),
        ("a bubble", teredo(&[&bubble()]), "nothing".into()),
        (
            "a bubble with something behind it",
            teredo(&[&bubble(), &[1, 2, 3]]),
            "weird Teredo_bubble_with_payload/TEREDO".into(),
        ),
        (
            "a bad packet inside",
            teredo(&[&v6(17, &[0; 3]).bytes()]),
            "weird truncated_header_in_tunnel/UDP".into(),
        ),
    ]);
}

#[test]
fn by_its_looks() {
    let (plain, prefixed) = (inner6().bytes(), from_prefix().bytes());
    let to = inner6().between("2001:db8::1", "2001:0:2::2").bytes();
    let nothing = || "nothing".to_owned();
    check(&[
        ("from its prefix", elsewhere(&[&prefixed]), PREFIXED.into()),
        ("to its prefix", elsewhere(&[&to]), "in udp 2001:db8::1:7 2001:0:2::2:9".into()),
        ("neither", elsewhere(&[&plain]), nothing()),
        ("less than forty bytes", elsewhere(&[&prefixed[..39]]), nothing()),
        (
            "a false hit",
            elsewhere(&[&prefixed[..40]]),
            failed("Truncated Teredo or invalid inner IP version"),
        ),
        ("origin and a packet", elsewhere(&[ORIGIN, &plain]), SIX.into()),
        ("origin and less than a header", elsewhere(&[ORIGIN, &plain[..39]]), nothing()),
        ("origin and something else", elsewhere(&[ORIGIN, &[0x50], &plain[1..]]), nothing()),
        (
            "zeros and a six: a false hit",
            elsewhere(&[&[0; 8], &[0x60; 40]]),
            failed("Truncated Teredo or invalid inner IP version"),
        ),
    ]);
}

#[test]
fn false_hits() {
    // A first byte of version 6, a second one of zero, and version 6 again where an origin header would end.
    let long = [&[0x60, 0], [1; 6].as_slice(), &[0x6a; 60]].concat();
    check(&[
        ("no length fits", elsewhere(&[&long]), failed("Truncated Teredo or invalid inner IP version")),
        ("after authentication", elsewhere(&[AUTHENTICATION, ORIGIN, &inner6().bytes()]), SIX.into()),
        ("authentication and no zeros", elsewhere(&[AUTHENTICATION, &inner6().bytes()]), "nothing".into()),
        (
            "authentication and less than a header",
            elsewhere(&[AUTHENTICATION, ORIGIN, &[0x60; 39]]),
            "nothing".into(),
        ),
        ("another second byte", elsewhere(&[&[0, 2, 0, 0, 0, 0, 0, 0], &inner6().bytes()]), "nothing".into()),
        ("another first byte", elsewhere(&[&[1, 0, 0, 0, 0, 0, 0, 0], &inner6().bytes()]), "nothing".into()),
        (
            "not at a port of another kind",
            in_udp(4789, &from_prefix().bytes()),
            "failed VXLAN: VXLAN 'I' flag not set".into(),
        ),
    ]);
}

#[test]
fn confirmed_by_both_directions() {
    let there = elsewhere(&[&from_prefix().bytes()]);
    let back = v4(17, &udp((9999, SENDER), &to_prefix().bytes())).back();
    assert_eq!(see(&[there.clone(), there.clone()]), PREFIXED, "packets do not wait for it");
    assert_eq!(see(&[there.clone(), back.clone()]), format!("service teredo; {PREFIXED}"));
    let bubble_back = v4(17, &udp((9999, SENDER), &bubble())).back();
    assert_eq!(see(&[there.clone(), bubble_back]), format!("service teredo; {PREFIXED}"), "a bubble counts");
    let other = elsewhere(&[b"something else"]);
    assert_eq!(
        see(&[there.clone(), other, back]),
        format!("service teredo; {PREFIXED}"),
        "detection is packet by packet"
    );
}

/// Weirds of its headers count only where it is known to be Teredo, and beside the failure.
#[test]
fn weirds_wait_for_confirmation() {
    let there = teredo(&[&from_prefix().bytes()]);
    let back = v4(17, &udp((3544, SENDER), &to_prefix().bytes())).back();
    let rows: &[(&str, &[u8])] = &[
        ("truncated_Teredo", &[0]),
        ("truncated_Teredo_origin_indication", &[0, 0, 1]),
        ("truncated_Teredo_authentication", &[0, 1, 2]),
        ("truncated_IPv6_in_Teredo", &[0x60, 0, 0]),
    ];
    for (name, bytes) in rows {
        let expected = format!(
            "service teredo; {PREFIXED}; weird {name}/TEREDO; {}",
            failed("Bad Teredo encapsulation")
        );
        assert_eq!(see(&[there.clone(), back.clone(), teredo(&[bytes])]), expected, "{name}");
        let expected = format!("{PREFIXED}; {}", failed("Bad Teredo encapsulation"));
        assert_eq!(
            see(&[there.clone(), teredo(&[bytes]), back.clone()]),
            expected,
            "{name}: and then it is over"
        );
    }
}

/// A failure shows the datagram from its first byte on, but only as many bytes as had not been understood.
#[test]
fn failures_show_what_was_left() {
    let shown = |parts: &[&[u8]]| run(&[teredo(parts)]).failures[0].failure_data.clone();
    assert_eq!(shown(&[&[9; 60]]), Some(vec![9; 40]));
    assert_eq!(shown(&[ORIGIN, &[9, 9, 9]]), Some(ORIGIN[..3].to_vec()));
    assert_eq!(shown(&[AUTHENTICATION, ORIGIN, &[9]]), Some(vec![0]));
    assert_eq!(shown(&[ORIGIN]), None);
    assert_eq!(shown(&[]), None);
}

/// A packet that says it ends with its header is silent in Teredo, but only there.
#[test]
fn bubbles_are_no_weird_in_teredo_alone() {
    let bubble_in_ip = super::in_ip(41, &bubble());
    assert_eq!(see(std::slice::from_ref(&bubble_in_ip)), "weird ipv6_no_next_in_tunnel/IP");
    let rows = run(&[teredo(&[&v6(4, &v4(59, &[]).bytes()).between("2001:0:1::1", "2001:0:2::2").bytes()])]);
    assert_eq!(outcome(&rows), "weird ipv6_no_next_in_tunnel/IP", "IP in IP in Teredo");
}
