//! Limits in capture time.

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_parts(seconds, 0)
}

fn once(key: u128, seconds: i64) -> Once {
    Once { key, ttl: Interval::from_secs(seconds) }
}

#[test]
fn no_limits_no_memory() {
    let mut dedup = Dedup::new(&Config::default());
    assert!(dedup.admit(at(1), &[]) && dedup.admit(at(1), &[]));
    assert!(dedup.is_empty());
}

#[test]
fn once_within_its_time() {
    let mut dedup = Dedup::new(&Config::default());
    assert!(dedup.admit(at(-100), &[once(1, 600)]));
    assert!(!dedup.admit(at(499), &[once(1, 600)]));
    assert!(dedup.admit(at(499), &[once(2, 600)]));
    // The refused row above did not extend it.
    assert!(dedup.admit(at(500), &[once(1, 600)]));
    assert!(!dedup.admit(at(1098), &[once(2, 600)]));
    assert_eq!((dedup.suppressed(), dedup.len()), (2, 2));
}

#[test]
fn only_kept_rows_are_remembered() {
    let mut dedup = Dedup::new(&Config::default());
    assert!(dedup.admit(at(0), &[once(1, 86_400)]));
    assert!(!dedup.admit(at(0), &[once(2, 600), once(1, 86_400)]));
    assert!(dedup.admit(at(0), &[once(2, 600)]));
    assert!(dedup.admit(at(600), &[once(3, 600), once(3, 600), once(2, 600)]));
    assert_eq!(dedup.len(), 3);
}

#[test]
fn time_does_not_run_back() {
    let mut dedup = Dedup::new(&Config::default());
    assert!(dedup.admit(at(1000), &[once(1, 10)]));
    assert!(dedup.admit(at(5), &[once(2, 10)]));
    assert!(!dedup.admit(at(1009), &[once(2, 10)]));
    assert!(dedup.admit(at(1010), &[once(2, 10)]));
}

#[test]
fn the_oldest_go_first_when_full() {
    let mut dedup = Dedup::with_cap(RandomState::new(), 2);
    assert!(dedup.admit(at(0), &[once(1, 1000)]));
    assert!(dedup.admit(at(1), &[once(2, 10)]));
    assert!(dedup.admit(at(2), &[once(3, 10)]));
    assert_eq!((dedup.len(), dedup.evicted()), (2, 1));
    assert!(dedup.admit(at(3), &[once(1, 1000)]));
    assert!(!dedup.admit(at(3), &[once(3, 10)]));
    assert!(dedup.admit(at(3), &[once(2, 10)]));
}
