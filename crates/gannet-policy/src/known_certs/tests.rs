//! Whose certificates are told.

use super::POLICY;
use crate::testing::tls::{certificate, handshake};
use crate::testing::{NEXT_DAY, Play};

const A: &str = "8.8.8.8:1000";
const B: &str = "10.0.0.2:443";

fn rows(make: impl FnOnce(&mut Play)) -> Vec<String> {
    let mut play = Play::default();
    make(&mut play);
    play.rows(&POLICY)
}

#[test]
fn once_a_day_for_each_host_and_certificate() {
    let chain = [certificate("a", 10), certificate("ca", 1)];
    let row = "0.13 10.0.0.2 443 \"CN=a\" \"CN=ca\" \"0A\"";
    assert_eq!(rows(|play| handshake(play, 0.0, A, B, &chain, true)), [row]);
    let many = rows(|play| {
        handshake(play, 0.0, A, B, &chain, true);
        // Another port is none of the key, another host and another certificate are.
        handshake(play, 1.0, A, "10.0.0.2:444", &chain, true);
        handshake(play, 2.0, A, "10.0.0.3:443", &chain, true);
        handshake(play, 3.0, "8.8.8.8:2", B, &[certificate("b", 11)], true);
        handshake(play, NEXT_DAY, "8.8.8.8:3", B, &chain, true);
    });
    let places: Vec<&str> = many.iter().map(|row| row.split_once(" \"").unwrap().0).collect();
    let expected = ["0.13 10.0.0.2 443", "2.13 10.0.0.3 443", "3.13 10.0.0.2 443", "86402.13 10.0.0.2 443"];
    assert_eq!(places, expected);
}

#[test]
fn no_row_without_a_handshake_a_certificate_or_a_local_server() {
    let chain = [certificate("a", 10)];
    assert!(rows(|play| handshake(play, 0.0, A, B, &chain, false)).is_empty());
    assert!(rows(|play| handshake(play, 0.0, B, A, &chain, true)).is_empty());
    assert!(rows(|play| handshake(play, 0.0, A, B, &[], true)).is_empty());
    assert!(rows(|play| handshake(play, 0.0, A, B, &[vec![1, 2, 3], certificate("a", 10)], true)).is_empty());
}

#[test]
fn a_long_name_is_cut() {
    let long = "é".repeat(700);
    let rows = rows(|play| handshake(play, 0.0, A, B, &[certificate(&long, 10)], true));
    assert_eq!(rows.len(), 1);
    assert!(rows[0].len() < 3000);
}
