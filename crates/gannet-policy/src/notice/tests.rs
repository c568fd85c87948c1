//! Which notices are told again, and what their rows have.

use gannet::events::{ConnTag, Enum, Port};
use gannet::{Interval, Timestamp};

use super::Raise;
use super::suppress::{MAX_TOLD, Suppressed};

fn second(at: i64) -> Timestamp {
    Timestamp::from_parts(at, 0)
}

fn tag(proto: u8) -> ConnTag {
    let (orig_h, resp_h) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
    ConnTag { uid: None, orig_h, orig_p: 1000, resp_h, resp_p: 80, ip_proto: proto }
}

#[test]
fn what_is_not_said_comes_of_the_connection() {
    let row = Raise::new("A::B", "text").conn(tag(6)).row(second(5));
    assert_eq!((row.ts, row.note, row.msg.as_slice()), (second(5), Enum("A::B"), &b"text"[..]));
    assert_eq!((row.src, row.dst), (Some(tag(6).orig_h), Some(tag(6).resp_h)));
    assert_eq!((row.p, row.proto), (Some(Port(80)), Some(Enum("tcp"))));
    assert_eq!(row.suppress_for, Interval::from_secs(3600));
    let row =
        Raise::new("A::B", "text").conn(tag(17)).src(tag(6).resp_h).port(7).at(second(2)).n(3).row(second(5));
    assert_eq!((row.ts, row.src, row.p, row.n), (second(2), Some(tag(6).resp_h), Some(Port(7)), Some(3)));
    assert_eq!(row.proto, Some(Enum("udp")));
    let row = Raise::new("A::B", "text").dst(tag(6).orig_h).row(second(5));
    assert_eq!((row.orig_h, row.src, row.dst, row.proto), (None, None, Some(tag(6).orig_h), None));
    assert_eq!((row.uid, row.resp_p), (None, None));
    assert_eq!(Raise::new("A::B", vec![b'x'; 100_000]).row(second(0)).msg.len(), 4096);
}

#[test]
fn each_is_remembered_for_a_time_of_its_own() {
    let mut told = Suppressed::default();
    let (long, short, other) = (told.key("A", b"x"), told.key("A", b"y"), told.key("B", b"x"));
    assert!(!told.insert(long, second(100)) && !told.insert(short, second(10)));
    assert!(told.contains(long) && told.contains(short) && !told.contains(other));
    told.sweep(second(9));
    assert!(told.contains(short));
    told.sweep(second(10));
    assert!(told.contains(long) && !told.contains(short));
    // What is remembered already keeps its time.
    assert!(!told.insert(long, second(1000)));
    told.sweep(second(100));
    assert!(!told.contains(long));
}

#[test]
fn a_flood_of_notices_keeps_to_its_limit() {
    let mut told = Suppressed::default();
    let mut gone = 0;
    for host in 0..MAX_TOLD as u32 + 50_000 {
        let key = told.key("A", &host.to_be_bytes());
        gone += usize::from(told.insert(key, second(i64::from(host))));
    }
    assert_eq!(gone, 50_000);
    assert!(!told.contains(told.key("A", &7_u32.to_be_bytes())));
    assert!(told.contains(told.key("A", &60_000_u32.to_be_bytes())));
    assert!(told.held() < 24 << 20, "{}", told.held());
}
