//! Tables, and what they do when there is too much.

use std::net::{IpAddr, Ipv4Addr};

use gannet::{Interval, Timestamp};

use super::beacon::Starts;
use super::note::{ConnNote, Note};
use super::tally::Tally;
use super::top::Top;

fn host(n: u32) -> IpAddr {
    Ipv4Addr::from(0x0a00_0000 + n).into()
}

fn conn(at: i64, from: u32, to: u32, port: u16, state: &'static str) -> ConnNote {
    ConnNote {
        ts: Timestamp::from_parts(at, 0),
        uid: format!("C{at}"),
        orig: host(from),
        resp: host(to),
        port,
        proto: "tcp",
        service: None,
        duration: Interval::from_secs(1),
        bytes: (100, 1000),
        state,
    }
}

fn tally(notes: impl IntoIterator<Item = ConnNote>) -> super::tally::Findings {
    let mut tally = Tally::new(3);
    notes.into_iter().for_each(|note| tally.add(Note::Conn(note)));
    tally.finish()
}

#[test]
fn what_is_heavy_stays_when_there_are_too_many() {
    let mut top: Top<u32, u64> = Top::new(100);
    for n in 0..100_000_u32 {
        top.add(&(n + 1000), 1, |seen| *seen += 1);
        if n % 100 == 0 {
            top.add(&7, 50, |seen| *seen += 1);
        }
    }
    assert_eq!(top.len(), 100);
    assert!(!top.is_exact());
    let (key, weight, seen) = top.sorted()[0];
    assert_eq!((*key, *seen), (7, 1000));
    assert!(weight >= 50_000, "{weight}");
    let mut few: Top<u32, ()> = Top::new(100);
    for n in 0..1000_u32 {
        few.add(&(n % 100), u64::from(n % 100), |()| ());
    }
    assert!(few.is_exact());
    assert_eq!(
        few.sorted().iter().map(|(key, weight, ())| (**key, *weight)).take(2).collect::<Vec<_>>(),
        [(99, 990), (98, 980)]
    );
}

#[test]
fn hosts_count_both_their_directions() {
    let found = tally([conn(0, 1, 2, 80, "SF"), conn(1, 1, 3, 80, "SF"), conn(2, 4, 1, 80, "SF")]);
    let (first, _, of) = &found.by_connections.rows[0];
    assert_eq!((*first, of.connections, of.sent, of.received), (host(1), 3, 1200, 2100));
    assert_eq!((found.by_bytes.all, found.by_bytes.rows.len()), (4, 3));
    assert_eq!((&*found.services.rows[0].0, found.services.rows[0].1), ("80/tcp", 3));
    // What a host says to itself counts once.
    assert_eq!(tally([conn(0, 1, 1, 80, "SF")]).by_bytes.rows[0].2.connections, 1);
}

#[test]
fn failures_are_those_that_never_came_about() {
    let states = ["SF", "S0", "REJ", "S0", "RSTO", "S1"];
    let found = tally(states.iter().map(|state| conn(0, 1, 2, 80, state)));
    let (pair, n, of) = &found.failed.rows[0];
    assert_eq!((*pair, *n, of.unanswered, of.refused), ((host(1), host(2)), 3, 2, 1));
    assert_eq!((of.port, of.other_ports), (Some(80), false));
    let scan = tally((1..50).map(|port| conn(0, 1, 2, port, "S0")));
    assert!(scan.failed.rows[0].2.other_ports);
    assert_eq!(scan.failed.all, 1);
}

#[test]
fn the_longest_are_kept_in_order() {
    let lasting = |at: i64, seconds: i64| ConnNote {
        duration: Interval::from_secs(seconds),
        ..conn(at, 1, 2, 80, "SF")
    };
    let found =
        tally([lasting(0, 5), lasting(1, 9), lasting(2, 9), lasting(3, 0), lasting(4, 7), lasting(5, 5)]);
    assert_eq!(found.longest.iter().map(|conn| conn.ts.seconds()).collect::<Vec<_>>(), [1, 2, 4]);
}

#[test]
fn beacons_are_regular() {
    let rhythm = |starts: &mut dyn Iterator<Item = i64>| {
        let mut of = Starts::default();
        starts.for_each(|millis| of.add(Timestamp::from_nanos(millis * 1_000_000)));
        of.rhythm()
    };
    // A minute, give or take three seconds, told out of order; one beat is missing.
    let jitter = |n: i64| n * 60_000 + (n * 7919 % 6000) - 3000;
    let found = rhythm(&mut (0..20).rev().filter(|n| *n != 7).map(jitter)).expect("a rhythm");
    assert!((found.interval.nanos() / 1_000_000 - 60_000).abs() < 6000, "{found:?}");
    assert!(found.regular >= 0.8, "{found:?}");
    assert_eq!(rhythm(&mut (0..9).map(|n| n * 60_000)), None, "too few");
    assert_eq!(rhythm(&mut (0..40).map(|n| n * 10)), None, "a burst");
    assert_eq!(rhythm(&mut (0..40).map(|n| n * n * 1000)), None, "not regular");
    let found = tally((0..30).map(|n| conn(n * 300, 1, 2, 443, "SF")));
    assert_eq!(found.beacons.rows.len(), 1);
    assert_eq!(found.beacons.rows[0].1, 30);
}

#[test]
fn too_many_pairs_are_told_of() {
    let found = tally((0..20_000).map(|n| conn(0, n, n + 1_000_000, 80, "S0")));
    assert!(!found.failed.exact && !found.by_bytes.exact && found.services.exact);
}
