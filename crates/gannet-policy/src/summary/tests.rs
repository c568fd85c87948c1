//! What is summed up, and what it may hold.

use std::borrow::Cow;

use gannet::{Interval, Timestamp};

use super::{Plan, Summaries};

const PLAN: Plan = Plan {
    most: 1000,
    life: Interval::from_secs(100),
    first: 2,
    different: 3,
    thresholds: Cow::Borrowed(&[3, 5]),
};

fn second(at: i64) -> Timestamp {
    Timestamp::from_parts(at, 0)
}

#[test]
fn each_threshold_is_reached_once() {
    let mut sums = Summaries::new(PLAN);
    let reached: Vec<i64> =
        (1..20).filter(|at| sums.observe("key", *at % 5, second(*at)).is_some()).collect();
    assert_eq!(reached, [3, 5]);
    // Other keys count for themselves.
    assert!(sums.observe("other", 1, second(20)).is_none());
}

#[test]
fn the_first_ones_and_the_different_ones() {
    let mut sums = Summaries::new(PLAN);
    let seen = [7, 7, 5, 9, 1];
    let mut last = None;
    for (at, what) in (10..).zip(seen) {
        last = sums.observe("key", what, second(at)).cloned().or(last);
    }
    let last = last.unwrap();
    assert_eq!((last.count, last.begin, last.end), (5, second(10), second(14)));
    assert_eq!((last.first.as_slice(), last.different.as_slice()), (&[7, 7][..], &[5, 7, 9][..]));
}

#[test]
fn keys_are_forgotten_when_their_time_is_over() {
    let mut sums = Summaries::new(PLAN);
    sums.sweep(second(0));
    assert!(sums.observe("key", 1, second(0)).is_none());
    assert!(sums.observe("key", 1, second(90)).is_none());
    sums.sweep(second(101));
    assert!(sums.observe("key", 1, second(101)).is_none());
    assert!(sums.observe("key", 1, second(102)).is_none());
    assert!(sums.observe("key", 1, second(103)).is_some());
}

#[test]
fn a_flood_of_keys_keeps_to_its_limit() {
    let mut sums = Summaries::new(PLAN);
    for key in 0..100_000_u32 {
        let _not_reached = sums.observe(key, key, second(1));
    }
    assert_eq!(sums.gave_up(), 99_000);
    assert_eq!(sums.gave_up(), 0);
    assert!(sums.held() < 512 << 10, "{}", sums.held());
    sums.sweep(second(1));
    sums.sweep(second(1000));
    assert_eq!(sums.held(), 0);
}
