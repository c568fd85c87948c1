//! Which certificates are told.

use super::POLICY;
use crate::testing::tls::{dated, handshake};
use crate::testing::{NEXT_DAY, Play};

const A: &str = "8.8.8.8:1000";
const B: &str = "10.0.0.2:443";

fn notices(make: impl FnOnce(&mut Play)) -> Vec<String> {
    let mut play = Play::default();
    make(&mut play);
    play.notices(&POLICY)
}

/// What a notice says of a certificate of these dates, when it is 2020-09-13 12:26:40.
fn said(from: &str, until: &str) -> Vec<String> {
    let notices = notices(|play| handshake(play, 0.0, A, B, &[dated(from, until)], true));
    let part =
        |notice: &String| notice.split_once(" note=").unwrap().1.split_once(" src=").unwrap().0.to_owned();
    notices.iter().map(part).collect()
}

#[test]
fn dates_are_told_that_are_over_soon_or_not_come() {
    let told =
        |note: &str, text: &str| vec![format!("SSL::Certificate_{note} msg=\"Certificate CN=dated {text}\"")];
    assert_eq!(said("200101000000Z", "201014000000Z"), Vec::<String>::new());
    assert_eq!(
        said("200101000000Z", "201013000000Z"),
        told("Expires_Soon", "is going to expire at 2020-10-13-00:00:00")
    );
    assert_eq!(said("200101000000Z", "200913122639Z"), told("Expired", "expired at 2020-09-13-12:26:39"));
    assert_eq!(
        said("200913122642Z", "301014000000Z"),
        told("Not_Valid_Yet", "isn't valid until 2020-09-13-12:26:42")
    );
    assert_eq!(said("x00101000000Z", "200101000000Z"), Vec::<String>::new());
}

#[test]
fn once_a_day_for_local_servers_whose_handshake_is_complete() {
    let old = [dated("190101000000Z", "200101000000Z")];
    let found = notices(|play| {
        handshake(play, 0.0, A, B, &old, true);
        handshake(play, 1.0, "8.8.8.8:2", B, &old, true);
        handshake(play, 2.0, A, "10.0.0.2:444", &old, true);
        handshake(play, 3.0, B, "8.8.8.8:445", &old, true);
        handshake(play, 4.0, A, "10.0.0.2:446", &old, false);
        handshake(play, NEXT_DAY, "8.8.8.8:3", B, &old, true);
    });
    let starts: Vec<&str> = found.iter().map(|notice| notice.split(' ').next().unwrap()).collect();
    assert_eq!(starts, ["ts=0.13", "ts=2.13", "ts=86402.13"]);
    assert!(found.iter().all(|notice| notice.contains("fuid=id") && notice.contains("dst=10.0.0.2")));
}
