//! When loss is measured, and what counts.

use super::POLICY;
use crate::testing::Play;

const A: &str = "10.0.0.1:1000";
const B: &str = "10.0.0.2:80";

/// A connection of which one of so many answers is lost: each is acknowledged.
fn talk(play: &mut Play, at: f64, lost: bool) {
    play.shake(at, A, B).tcp(at + 1.0, A, B, "A", b"question").tcp(at + 1.1, B, A, "A", b"answer");
    if lost {
        play.lose(B, A, 100);
    }
    play.tcp(at + 1.2, A, B, "A", b"thanks").tcp(at + 1.3, B, A, "A", b"");
}

#[test]
fn a_capture_is_measured_at_its_end() {
    let mut play = Play::default();
    talk(&mut play, 0.0, false);
    assert_eq!(play.rows(&POLICY), ["1.30 1.3 \"zeek\" 0 3 0.000"]);
    assert!(play.notices(&POLICY).is_empty());
}

#[test]
fn a_loss_of_a_tenth_is_told() {
    let mut play = Play::default();
    talk(&mut play, 0.0, true);
    assert_eq!(play.rows(&POLICY), ["1.30 1.3 \"zeek\" 1 3 33.333"]);
    let text = "note=CaptureLoss::Too_Much_Loss msg=\"The capture loss script detected an estimated loss rate above 33.333%\"";
    assert_eq!(play.notices(&POLICY), [format!("ts=1.30 {text}")]);
}

/// The first measurement comes with the first packet a minute behind the beginning, and has it; then there is one a quarter of an
/// hour behind each.
#[test]
fn the_packet_that_makes_a_measurement_due_belongs_to_it() {
    let mut play = Play::default();
    play.shake(0.0, A, B).tcp(59.0, A, B, "A", b"one").tcp(59.5, B, A, "A", b"").tcp(59.6, A, B, "A", b"two");
    // Its acknowledgement is the packet that is due.
    play.tcp(61.0, B, A, "A", b"").tcp(61.0, A, B, "A", b"three").tcp(61.0, B, A, "A", b"");
    play.udp(960.9, "10.0.0.9:9", "10.0.0.3:9", b"x");
    play.udp(961.5, "10.0.0.8:9", "10.0.0.4:9", b"x");
    play.udp(3000.0, "10.0.0.7:9", "10.0.0.5:9", b"x");
    assert_eq!(
        play.rows(&POLICY),
        [
            "61.00 61 \"zeek\" 0 2 0.000",
            "961.50 900.5 \"zeek\" 0 1 0.000",
            "3000.00 2038.5 \"zeek\" 0 0 0.000",
            "3000.00 0 \"zeek\" 0 0 0.000"
        ]
    );
}

#[test]
fn what_does_not_count() {
    // A handshake, a connection from the middle, and what comes with the end.
    let mut play = Play::default();
    play.shake(0.0, A, B).part(1.0, A, B);
    play.tcp(2.0, "10.0.0.3:5", B, "A", b"data").tcp(2.1, B, "10.0.0.3:5", "A", b"more");
    assert_eq!(play.rows(&POLICY), ["2.10 2.1 \"zeek\" 0 0 0.000"]);
    assert!(Play::default().rows(&POLICY).is_empty());
}
