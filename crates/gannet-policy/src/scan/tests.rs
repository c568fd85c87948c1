//! Which attempts make a scan, and of which kind.

use super::POLICY;
use crate::settings::{Settings, Value};
use crate::testing::Play;

/// First segments to these places, one each second.
fn tries(play: &mut Play, at: f64, source: &str, targets: impl Iterator<Item = (u32, u16)>) {
    for (number, (host, port)) in targets.enumerate() {
        let source = format!("{source}:{}", 10_000 + number);
        let target = format!("10.0.{}.{}:{port}", host / 200, host % 200 + 1);
        play.tcp(at + number as f64, &source, &target, "S", b"");
    }
}

fn kinds(play: &Play) -> Vec<String> {
    let rows = play.notices(&POLICY);
    rows.iter().map(|row| row.split_once("note=Scan::").unwrap().1.to_owned()).collect()
}

#[test]
fn addresses_ports_and_both() {
    let mut play = Play::default();
    tries(&mut play, 0.0, "8.8.8.1", (0..40).map(|host| (host, 22)));
    tries(&mut play, 100.0, "8.8.8.2", (0..40).map(|port| (1, 100 + port)));
    tries(&mut play, 200.0, "8.8.8.3", (0..40).map(|at| (at % 5, 100 + at as u16 / 5)));
    let rows = kinds(&play);
    assert_eq!(rows.len(), 3, "{rows:?}");
    let has = |text: &str| assert!(rows.iter().any(|row| row.contains(text)), "{text}: {rows:?}");
    has("Address_Scan msg=\"8.8.8.1 scanned at least 25 unique hosts on port 22/tcp in 0m24s");
    has("Port_Scan msg=\"8.8.8.2 scanned at least 25 unique ports of host 10.0.0.2 in ");
    has("Random_Scan msg=\"8.8.8.3 scanned at least 5 hosts on 5 ports in ");
    has("sub=\"remote\" src=8.8.8.1 p=22 n=25");
}

#[test]
fn local_hosts_may_try_more() {
    let mut play = Play::default();
    tries(&mut play, 0.0, "10.9.9.9", (0..249).map(|host| (host, 22)));
    assert!(kinds(&play).is_empty());
    tries(&mut play, 300.0, "10.9.9.8", (0..251).map(|host| (host, 22)));
    let rows = kinds(&play);
    assert_eq!(rows.len(), 1);
    assert!(rows[0].contains("at least 250 unique hosts") && rows[0].contains("sub=\"local\""), "{rows:?}");
}

#[test]
fn what_is_no_scan() {
    let mut play = Play::default();
    // The same places again and again, places that answer, and places that are tried slowly.
    for round in 0..5 {
        tries(&mut play, f64::from(round) * 100.0, "8.8.8.1", (0..20).map(|host| (host, 22)));
    }
    for number in 0..40 {
        play.shake(
            1000.0 + f64::from(number),
            &format!("8.8.8.2:{}", 1000 + number),
            &format!("10.0.0.{}:80", number + 1),
        );
    }
    tries(&mut play, 2000.0, "8.8.8.3", (0..20).map(|host| (host, 22)));
    tries(&mut play, 4000.0, "8.8.8.3", (20..40).map(|host| (host, 22)));
    assert!(kinds(&play).is_empty(), "{:?}", kinds(&play));
}

/// Of a host that was told of there is nothing for an hour.
#[test]
fn quiet_for_an_hour() {
    let mut play = Play::default();
    for at in [0.0, 1000.0, 2000.0] {
        tries(&mut play, at, "8.8.8.1", (0..30).map(|host| (host, 22)));
    }
    assert_eq!(kinds(&play).len(), 1);
    tries(&mut play, 4000.0, "8.8.8.1", (0..30).map(|host| (host, 22)));
    assert_eq!(kinds(&play).len(), 2);
}

#[test]
fn how_many_are_a_scan_can_be_set() {
    let mut play = Play::default();
    tries(&mut play, 0.0, "8.8.8.1", (0..6).map(|host| (host, 22)));
    tries(&mut play, 100.0, "8.8.8.2", (0..40).map(|port| (1, 100 + port)));
    let mut settings = Settings::default();
    settings.set(&super::REMOTE, Value::Count(5));
    assert_eq!(play.notices_set(&POLICY, Some(&settings)).len(), 2);
    settings.set(&super::REMOTE, Value::Count(41));
    assert!(play.notices_set(&POLICY, Some(&settings)).is_empty());
    // What was tried before is forgotten.
    settings.set(&super::REMOTE, Value::Count(5));
    settings.set(&super::WITHIN, Value::Time(gannet::Interval::from_secs(3)));
    assert!(play.notices_set(&POLICY, Some(&settings)).is_empty());
}
