//! The registry, and what all policies share.

use gannet::events::Kind;
use gannet::{Interval, Timestamp};

use crate::names::Names;
use crate::recent::Recent;
use crate::schedule::Schedule;
use crate::table::Table;
use crate::{REGISTRY, select, streams};

#[test]
fn the_registry_is_in_order_and_every_log_has_one_policy() {
    assert!(REGISTRY.is_sorted_by_key(|policy| policy.name));
    let mut names: Vec<_> = streams().map(|stream| stream.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    for policy in REGISTRY {
        assert_eq!(policy.name, policy.fold.name);
        assert!(!policy.doc.is_empty());
        let names: Vec<_> = policy.settings.iter().map(|setting| setting.name).collect();
        assert!(names.iter().enumerate().all(|(at, name)| !names[..at].contains(name)), "{names:?}");
        // What cannot be given to the fold cannot be set.
        assert!(names.is_empty() || policy.fold.with.is_some(), "{}", policy.name);
        // One watches records, or others tell it.
        let told = REGISTRY.iter().any(|other| other.fold.told.is_some_and(|fold| fold.name == policy.name));
        assert_ne!(policy.fold.watched.is_some(), told, "{}", policy.name);
        assert_eq!(policy.fold.told.is_some(), !policy.raises.is_empty(), "{}", policy.name);
        for stream in policy.logs() {
            let columns = stream.columns();
            assert!(
                columns.len() > 1 && columns[0].name == "ts" && columns[0].kind == Kind::Time,
                "{stream:?}"
            );
        }
    }
}

#[test]
fn policies_by_name() {
    let names = |asked: &[&str]| {
        select(asked.iter().copied()).map(|found| found.iter().map(|policy| policy.name).collect::<Vec<_>>())
    };
    assert_eq!(names(&[]), Ok(vec![]));
    assert_eq!(
        names(&["known_services", "known_hosts", "known_hosts"]),
        Ok(vec!["known_hosts", "known_services"])
    );
    let local: Vec<_> = REGISTRY.iter().filter(|policy| policy.local).map(|policy| policy.name).collect();
    assert_eq!(names(&["local"]), Ok(local.clone()));
    assert_eq!(names(&["local", "known_hosts"]), Ok(local));
    assert_eq!(names(&["capture_loss"]), Ok(vec!["capture_loss", "notice"]));
    let error = names(&["known_hots"]).unwrap_err().to_string();
    assert!(
        error.starts_with("there is no policy known_hots: expected local, capture_loss, certificates, "),
        "{error}"
    );
}

fn second(at: i64) -> Timestamp {
    Timestamp::from_parts(at, 0)
}

#[test]
fn a_table_gives_up_the_oldest_and_forgets_what_is_old() {
    let mut table = Table::new(3, Interval::from_secs(10));
    for at in 0..5 {
        let gone = table.insert(at, at * 10, second(at));
        assert_eq!(gone, (at >= 3).then(|| (at - 3) * 10));
    }
    assert_eq!(table.len(), 3);
    assert_eq!(table.get_mut(&1), None);
    assert_eq!(table.get_mut(&4), Some(&mut 40));
    let mut gone = Vec::new();
    table.sweep(second(13), |value| gone.push(value));
    assert_eq!(gone, [20]);
    table.sweep(second(100), |value| gone.push(value));
    assert_eq!((gone.as_slice(), table.len(), table.held()), (&[20, 30, 40][..], 0, 0));
}

#[test]
fn a_schedule_is_in_order_and_has_an_end() {
    let mut schedule = Schedule::new(2, Interval::from_secs(10));
    assert_eq!(schedule.push(second(1), 'a'), None);
    assert_eq!(schedule.push(second(2), 'b'), None);
    assert_eq!(schedule.push(second(3), 'c'), Some('a'));
    assert_eq!(schedule.due(second(11)), None);
    assert_eq!(schedule.due(second(12)), Some('b'));
    assert_eq!((schedule.next(), schedule.next()), (Some('c'), None));
}

#[test]
fn a_set_of_recent_things_keeps_to_its_limit() {
    let mut recent = Recent::new(100);
    for member in 0..100_000_u64 {
        assert_eq!(recent.insert(member), member >= 100);
        assert!(recent.contains(&member));
    }
    assert!(!recent.contains(&99_899) && recent.contains(&99_900));
    // Members that leave at once leave nothing behind.
    for member in 200_000..300_000_u64 {
        recent.insert(member);
        assert!(recent.remove(&member) && !recent.remove(&member));
    }
    assert!(recent.held() < 64 << 10, "{}", recent.held());
}

#[test]
fn names_have_numbers_as_long_as_there_are_any() {
    let mut names = Names::default();
    let all: Vec<_> = (0..200).map(|at| names.bit(&format!("name{at}"))).collect();
    assert!(all[..128].iter().all(Option::is_some) && all[128..].iter().all(Option::is_none));
    assert_eq!(names.bit("name7"), Some(1 << 7));
    assert_eq!(names.of(1 << 7 | 1).collect::<Vec<_>>(), ["name0", "name7"]);
    assert_eq!(Names::default().bit(&"x".repeat(65)), None);
}
