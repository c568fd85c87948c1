//! Who speaks Modbus.

use super::POLICY;
use crate::testing::{NEXT_DAY, Play};

/// Reads a register; and what is there.
const READ: &[u8] = &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
const VALUE: &[u8] = &[0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 7];
const MASTER: &str = "8.8.8.8:1000";
const SLAVE: &str = "10.0.0.2:502";

#[test]
fn both_ends_once_a_day_wherever_they_are() {
    let rows = ["0.03 8.8.8.8 Known::MODBUS_MASTER", "0.03 10.0.0.2 Known::MODBUS_SLAVE"];
    let mut play = Play::default();
    play.shake(0.0, MASTER, SLAVE).talk(0.03, MASTER, SLAVE, &[READ, VALUE, READ, VALUE]);
    assert_eq!(play.rows(&POLICY), rows);
    // The other way round they are other devices.
    play.shake(1.0, "10.0.0.2:9", "8.8.8.8:502").talk(1.03, "10.0.0.2:9", "8.8.8.8:502", &[READ]);
    assert_eq!(
        play.rows(&POLICY)[2..],
        ["1.03 10.0.0.2 Known::MODBUS_MASTER", "1.03 8.8.8.8 Known::MODBUS_SLAVE"]
    );
    play.shake(NEXT_DAY, "8.8.8.8:2", SLAVE).talk(NEXT_DAY + 0.03, "8.8.8.8:2", SLAVE, &[READ]);
    assert_eq!(play.rows(&POLICY).len(), 6);
}

#[test]
fn who_sends_nothing_is_no_device() {
    assert!(Play::default().shake(0.0, MASTER, SLAVE).part(1.0, MASTER, SLAVE).rows(&POLICY).is_empty());
}
