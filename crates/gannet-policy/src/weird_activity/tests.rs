//! Which oddities are told of.

use super::POLICY;
use crate::testing::Play;

/// A connection that is picked up in the middle, and begins anew.
fn again(play: &mut Play, at: f64, from: &str, to: &str) {
    play.tcp(at, from, to, "A", b"data").go_back(from, to, 5).tcp(at + 0.2, from, to, "S", b"");
}

#[test]
fn once_a_day_for_each_originator() {
    let mut play = Play::default();
    again(&mut play, 0.0, "8.8.8.8:1000", "10.0.0.1:9");
    again(&mut play, 10.0, "8.8.8.8:1001", "10.0.0.1:9");
    again(&mut play, 20.0, "8.8.8.9:1001", "10.0.0.1:9");
    let rows = play.notices(&POLICY);
    let row = |ts, host, port| {
        format!(
            "ts={ts} id.orig_h={host} id.orig_p={port} id.resp_h=10.0.0.1 id.resp_p=9 proto=tcp \
             note=Weird::Activity msg=\"SYN_after_partial\" src={host} dst=10.0.0.1 p=9"
        )
    };
    assert_eq!(rows, [row("0.20", "8.8.8.8", 1000), row("20.20", "8.8.8.9", 1001)]);
}

#[test]
fn other_oddities_are_none_of_its_business() {
    let mut play = Play::default();
    play.tcp(0.0, "8.8.8.8:1", "10.0.0.1:9", "SF", b"").tcp(0.1, "8.8.8.8:1", "10.0.0.1:9", "SR", b"");
    assert!(play.notices(&POLICY).is_empty());
}
