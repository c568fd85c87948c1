//! What is known again in the next run, and what is not.

use super::*;
use crate::testing::{NEXT_DAY, Play};
use crate::{Policy, known_hosts, known_services, scan, software};

const A: &str = "10.0.0.1:1000";
const B: &str = "10.0.0.2:80";

/// A request of HTTP at a time, and a scan.
fn play(at: f64) -> Play {
    let mut play = Play::default();
    let (ask, answer): (&[u8], &[u8]) = (
        b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: curl/7.88.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 0\r\n\r\n",
    );
    play.shake(at, A, B).talk(at + 0.1, A, B, &[ask, answer]).part(at + 0.3, A, B);
    for host in 0..30 {
        play.tcp(at + 1.0, "8.8.8.8:1000", &format!("10.0.1.{host}:22"), "S", b"");
    }
    play
}

/// Policies that keep something, and the rows that they have of the play.
const KEEPING: [(&Policy, usize); 4] = [
    (&known_hosts::POLICY, 2),
    (&known_services::POLICY, 1),
    (&software::POLICY, 2),
    // It raises notices, which are kept.
    (&scan::POLICY, 1),
];

#[test]
fn what_was_known_is_known_for_a_day_and_what_was_told_for_an_hour() {
    for (policy, rows) in KEEPING {
        let first = play(0.0).rows_kept(policy, (None, 0.0));
        assert_eq!((first.0.len(), first.2), (rows, false), "{}: {:?}", policy.name, first.0);
        let kept = first.1;
        assert!(!kept.is_empty());
        let second = play(600.0).rows_kept(policy, (Some(kept.clone()), 600.0));
        assert_eq!((second.0.len(), second.2), (0, false), "{}: {:?}", policy.name, second.0);
        // What the second run knows is what it was told, from when that was.
        let later = play(NEXT_DAY + 60.0).rows_kept(policy, (Some(second.1), NEXT_DAY));
        assert_eq!((later.0.len(), later.2), (rows, false), "{}: {:?}", policy.name, later.0);
        // A clock that was wrong keeps nobody from being told of.
        let wrong = play(-400.0 * 86_400.0).rows_kept(policy, (Some(kept), -400.0 * 86_400.0));
        assert_eq!((wrong.0.len(), wrong.2), (rows, false), "{}: {:?}", policy.name, wrong.0);
    }
}

#[test]
fn what_cannot_be_read_is_refused_and_nothing_is_known_of_it() {
    for (policy, rows) in KEEPING {
        let kept = play(0.0).rows_kept(policy, (None, 0.0)).1;
        let whole = kept.len();
        let cuts = (0..whole).step_by(7).map(|cut| kept[..cut].to_vec());
        let longer = [kept.iter().copied().chain([0]).collect()];
        for broken in cuts.chain(longer) {
            let (found, _, refused) = play(600.0).rows_kept(policy, (Some(broken.clone()), 600.0));
            assert!(refused, "{} of {whole}, {}", broken.len(), policy.name);
            assert_eq!(found.len(), rows, "{}", policy.name);
        }
        // Any other bytes: no panic, and not more than there is room for.
        for at in (0..whole).step_by(5) {
            let mut other = kept.clone();
            other[at] ^= 0xff;
            let _some = play(600.0).rows_kept(policy, (Some(other), 600.0));
        }
    }
}

#[test]
fn all_is_kept_once_an_hour() {
    let count = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&count);
    let memory = Memory::new(None, Timestamp::ZERO, move |_| *counted.lock().unwrap() += 1, || ());
    let mut keeper = Keeper::new(memory);
    for second in (0..36_000).step_by(10) {
        keeper.look(Timestamp::from_parts(second, 0), |to| to.number(1));
    }
    assert_eq!(*count.lock().unwrap(), 9);
    // Without a place, nothing is written.
    Keeper::default().keep(|_| panic!("nobody keeps it"));
}
