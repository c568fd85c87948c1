//! How lists take the place of others, and how items come to an end.

use std::sync::Arc;

use gannet::events::{Event, Meta};
use gannet::{Config, Engine, Interval, LinkType};

use super::super::{Intel, Lists, POLICY, Settings, Store};
use super::{items, lists, stamped};
use crate::testing::Play;

/// A run that is fed by hand; each connection is from and to these.
struct Run {
    engine: Engine,
    lists: Arc<Lists>,
    port: u16,
}

impl Run {
    fn new(lists: Arc<Lists>) -> Self {
        let mut config = Config::builder();
        config.only([Intel::STREAM]).folds([POLICY.fold]).give(POLICY.fold, lists.clone().given());
        Self { engine: Engine::new(config.build().unwrap()), lists, port: 1000 }
    }

    /// What is told of a handshake then.
    fn told(&mut self, at: f64) -> Vec<String> {
        let mut play = Play::default();
        self.port += 1;
        play.shake(at, &format!("10.0.0.1:{}", self.port), "10.0.0.2:80");
        let mut rows = Vec::new();
        let mut note = |_: &Meta<'_>, event: Event<'_>| {
            if let Some(Intel { indicator: Some(text), .. }) = event.get() {
                rows.push(String::from_utf8(text.clone()).unwrap());
            }
        };
        for (ts, bytes) in play.packets() {
            self.engine.feed(LinkType::ETHERNET, *ts, bytes.len() as u32, bytes, &mut note);
        }
        rows
    }
}

const ONE: [&str; 1] = ["10.0.0.1"];
const OTHER: [&str; 1] = ["10.0.0.2"];

#[test]
fn new_lists_are_in_force_two_seconds_after_they_are_met() {
    let mut run = Run::new(lists(items("ADDR", &ONE)));
    assert_eq!(run.told(0.0), ONE);
    assert!(run.lists.replace(items("ADDR", &OTHER)));
    assert!(!run.lists.is_settled());
    // They are met at the first packet of this.
    assert_eq!(run.told(11.0), ONE);
    assert!(!run.lists.replace(items("ADDR", &[])), "not before the last ones are in force");
    assert_eq!(run.told(12.9), ONE);
    assert_eq!(run.told(13.1), OTHER);
    assert!(run.lists.is_settled());
    let versions = run.lists.versions();
    assert!(versions.before.is_none() && versions.number == 1, "the old ones are let go");
    drop(versions);
    assert!(run.lists.replace(items("ADDR", &[])));
    assert_eq!(run.told(20.0), OTHER);
    assert!(run.told(23.0).is_empty());
}

#[test]
fn a_kind_that_was_not_there_is_looked_up_when_it_comes() {
    let mut run = Run::new(lists(Store::default()));
    assert!(run.told(0.0).is_empty());
    assert!(run.lists.replace(items("SUBNET", &["10.0.0.0/31"])));
    assert!(run.told(1.0).is_empty());
    assert_eq!(run.told(4.0), ONE);
}

#[test]
fn items_end_some_time_after_their_file_was_read() {
    let line = "10.0.0.1\tIntel::ADDR\tus\n";
    let settings = Settings { expire: Some(Interval::from_secs(100)), ..Settings::default() };
    let mut run = Run::new(Lists::new(settings, stamped(line, 1)));
    assert_eq!(run.told(0.0), ONE);
    assert_eq!(run.told(99.0), ONE);
    assert!(run.told(101.0).is_empty());
    // The file is the same: its items are as old as they were.
    assert!(run.lists.replace(stamped(line, 1)));
    assert!(run.told(102.0).is_empty() && run.told(105.0).is_empty() && run.lists.is_settled());
    assert!(run.lists.replace(stamped(line, 2)));
    assert!(run.told(106.0).is_empty());
    assert_eq!(run.told(110.0), ONE);
    assert_eq!(run.told(208.0), ONE);
    assert!(run.told(211.0).is_empty());
}

#[test]
fn it_goes_on_for_ever_unless_somebody_says_otherwise() {
    let mut run = Run::new(lists(items("ADDR", &ONE)));
    assert_eq!(run.told(0.0), ONE);
    assert_eq!(run.told(10_000_000.0), ONE);
}
