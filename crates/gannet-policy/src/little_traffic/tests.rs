//! When nothing is said to have been acknowledged.

use super::POLICY;
use crate::testing::Play;

const A: &str = "10.0.0.1:1000";
const B: &str = "10.0.0.2:80";
const TEXT: &str =
    "note=CaptureLoss::Too_Little_Traffic msg=\"Only observed 0 TCP ACKs and was expecting at least 1.\"";

#[test]
fn each_time_without_acknowledgements_is_told() {
    let mut play = Play::default();
    play.udp(0.0, A, B, b"x").udp(100.0, A, B, b"x").shake(200.0, A, B).talk(201.0, A, B, &[b"x", b"y"]);
    play.udp(1200.0, A, B, b"x");
    let rows = play.notices(&POLICY);
    assert_eq!(rows, [format!("ts=100.00 {TEXT}"), format!("ts=1200.00 {TEXT}")]);
}

#[test]
fn one_packet_is_enough_and_none_is_not() {
    assert_eq!(Play::default().udp(0.0, A, B, b"x").notices(&POLICY), [format!("ts=0.00 {TEXT}")]);
    assert!(Play::default().notices(&POLICY).is_empty());
    let mut play = Play::default();
    play.shake(0.0, A, B).talk(1.0, A, B, &[b"x", b"y"]);
    assert!(play.notices(&POLICY).is_empty());
}
