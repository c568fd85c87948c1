//! Which clients are told of.

use super::POLICY;
use crate::testing::Play;

/// A connection on which so many passwords are refused, one each second.
fn refusals(play: &mut Play, at: f64, client: &str, server: &str, count: u32, answer: &[u8]) {
    play.shake(at, client, server);
    play.tcp(at + 0.1, server, client, "A", b"220 hello\r\n");
    for number in 0..count {
        let at = at + f64::from(number) + 0.2;
        play.tcp(at, client, server, "A", b"USER a\r\n").tcp(
            at + 0.1,
            server,
            client,
            "A",
            b"331 password\r\n",
        );
        play.tcp(at + 0.2, client, server, "A", b"PASS b\r\n").tcp(at + 0.3, server, client, "A", answer);
    }
}

#[test]
fn the_twentieth_refusal_is_told() {
    let mut play = Play::default();
    refusals(&mut play, 0.0, "8.8.8.8:1000", "10.0.0.1:21", 10, b"530 no\r\n");
    refusals(&mut play, 100.0, "8.8.8.8:1001", "10.0.0.2:21", 30, b"530 no\r\n");
    let text = "8.8.8.8 had 20 failed logins on 2 FTP servers in 1m49s";
    assert_eq!(
        play.notices(&POLICY),
        [format!("ts=109.50 note=FTP::Bruteforcing msg=\"{text}\" src=8.8.8.8")]
    );
}

#[test]
fn what_is_no_refusal_or_takes_too_long() {
    let mut play = Play::default();
    refusals(&mut play, 0.0, "8.8.8.8:1000", "10.0.0.1:21", 30, b"230 yes\r\n");
    refusals(&mut play, 0.0, "8.8.8.9:1000", "10.0.0.1:21", 15, b"530 no\r\n");
    refusals(&mut play, 1000.0, "8.8.8.9:1001", "10.0.0.1:21", 15, b"530 no\r\n");
    assert!(play.notices(&POLICY).is_empty());
}
