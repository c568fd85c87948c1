//! Which segments make a host known.

use super::POLICY;
use crate::settings::{Hosts, Settings, Value};
use crate::testing::{NEXT_DAY, Play};

const A: &str = "10.0.0.1:1000";
const B: &str = "10.0.0.2:80";
const FAR: &str = "8.8.8.8:80";

/// A name, segments and rows.
type Case = (&'static str, &'static [(f64, &'static str)], &'static [&'static str]);

/// Times, senders (`>` for A) and flags of segments between A and B.
fn between(segments: &[(f64, &str)]) -> Vec<String> {
    let mut play = Play::default();
    for (at, what) in segments {
        let (from, to) = if what.starts_with('>') { (A, B) } else { (B, A) };
        play.tcp(*at, from, to, &what[1..], b"");
    }
    play.rows(&POLICY)
}

#[test]
fn both_ends_are_known_at_the_answer_to_a_first_segment() {
    let both: &[&str] = &["0.10 10.0.0.1", "0.10 10.0.0.2"];
    let cases: [Case; 11] = [
        ("answered, and no more", &[(0.0, ">S"), (0.1, "<SA")], both),
        ("whole", &[(0.0, ">S"), (0.1, "<SA"), (0.2, ">A"), (0.3, ">FA"), (0.4, "<FA")], both),
        ("answered without an ACK", &[(0.0, ">S"), (0.1, "<S")], both),
        ("no answer", &[(0.0, ">S"), (1.0, ">S")], &[]),
        ("rejected", &[(0.0, ">S"), (0.1, "<RA")], &[]),
        ("accepted and reset in one", &[(0.0, ">S"), (0.1, "<SRA")], &[]),
        ("accepted and closed in one", &[(0.0, ">S"), (0.1, "<SFA")], &[]),
        ("the answer comes first", &[(0.0, "<SA"), (0.1, ">S"), (0.2, ">A")], &[]),
        ("the answer alone", &[(0.0, "<SA"), (0.2, ">A")], &[]),
        ("from the middle on", &[(0.0, ">A"), (0.1, "<A")], &[]),
        ("both answer", &[(0.0, ">SA"), (0.1, "<SA")], &[]),
    ];
    for (name, segments, rows) in cases {
        assert_eq!(between(segments), rows, "{name}");
    }
}

#[test]
fn only_local_hosts_are_known_and_each_once() {
    let mut play = Play::default();
    play.shake(0.0, A, FAR).shake(1.0, "8.8.4.4:9", B).shake(2.0, A, B).shake(3.0, "8.8.4.4:10", FAR);
    assert_eq!(play.rows(&POLICY), ["0.01 10.0.0.1", "1.01 10.0.0.2"]);
}

#[test]
fn one_address_on_both_ends_is_one_host() {
    let rows = Play::default().shake(0.0, "127.0.0.1:9", "127.0.0.1:10").rows(&POLICY);
    assert_eq!(rows, ["0.01 127.0.0.1"]);
}

#[test]
fn sixth_version() {
    let rows = Play::default().shake(0.0, "[fe80::1]:9", "[2001:4860::8]:80").rows(&POLICY);
    assert_eq!(rows, ["0.01 fe80::1"]);
}

#[test]
fn datagrams_make_nobody_known() {
    let rows = Play::default().udp(0.0, A, B, b"x").udp(0.1, B, A, b"y").rows(&POLICY);
    assert!(rows.is_empty(), "{rows:?}");
}

/// A day is counted from the first row, whatever comes between, in whole seconds since the capture began, and ends with the
/// sweep behind it.
#[test]
fn known_for_a_day() {
    let again = |at: f64| {
        let mut play = Play::default();
        play.shake(0.5, A, FAR).shake(40_000.0, "10.0.0.1:2", FAR).shake(at, "10.0.0.1:3", FAR);
        play.rows(&POLICY).len()
    };
    assert_eq!(again(86_000.0), 1);
    assert_eq!(again(86_400.0), 1);
    assert_eq!(again(NEXT_DAY), 2);
    // A packet of somebody else makes the sweep, and the next one is ten seconds later.
    let mut play = Play::default();
    play.shake(0.0, A, FAR).udp(86_399.0, "9.9.9.9:1", FAR, b"x").shake(86_408.0, "10.0.0.1:3", FAR);
    assert_eq!(play.rows(&POLICY).len(), 1);
    play.shake(86_409.0, "10.0.0.1:4", FAR);
    assert_eq!(play.rows(&POLICY).len(), 2);
}

#[test]
fn whose_hosts_are_told_of_can_be_set() {
    let mut play = Play::default();
    play.tcp(0.0, A, FAR, "S", b"").tcp(0.1, FAR, A, "SA", b"");
    let rows = |hosts| {
        let mut settings = Settings::default();
        settings.set(&super::HOSTS, Value::Hosts(hosts));
        play.rows_set(&POLICY, &settings)
    };
    assert_eq!(rows(Hosts::Local), ["0.10 10.0.0.1"]);
    assert_eq!(rows(Hosts::Remote), ["0.10 8.8.8.8"]);
    assert_eq!(rows(Hosts::All), ["0.10 10.0.0.1", "0.10 8.8.8.8"]);
}
