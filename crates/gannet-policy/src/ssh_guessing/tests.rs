//! Which clients are told of.

use super::POLICY;
use crate::testing::Play;

/// So many connections of a client to servers in turn, which end as a byte says.
fn attempts(play: &mut Play, count: u32, client: &str, how: &[u8]) {
    for number in 0..count {
        let client = format!("{client}:{}", 1000 + number);
        play.udp(f64::from(number), &client, &format!("10.0.0.{}:2222", 1 + number % 3), how);
    }
}

#[test]
fn the_thirtieth_failure_is_told_once() {
    let mut play = Play::default();
    attempts(&mut play, 29, "8.8.8.8", b"F");
    assert!(play.notices(&POLICY).is_empty());
    let mut play = Play::default();
    attempts(&mut play, 100, "8.8.8.8", b"F");
    let text = "8.8.8.8 appears to be guessing SSH passwords (seen in 30 connections).";
    let servers = "Sampled servers:  10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.1, 10.0.0.2";
    assert_eq!(
        play.notices(&POLICY),
        [format!("ts=29.00 note=SSH::Password_Guessing msg=\"{text}\" sub=\"{servers}\" src=8.8.8.8")]
    );
}

#[test]
fn what_is_no_failure() {
    let mut play = Play::default();
    attempts(&mut play, 50, "8.8.8.8", b"T");
    attempts(&mut play, 50, "8.8.8.9", b"?");
    // The server never named itself.
    attempts(&mut play, 50, "8.8.8.10", b"Fx");
    assert!(play.notices(&POLICY).is_empty());
}
