//! Lists, what is looked up in them, and what is told.

mod matching;
mod places;
mod reading;
mod swap;

use std::sync::Arc;

use super::{Lists, Loading, Settings, Store};
use crate::testing::Play;

/// The items of a file, which has these columns first and no faults.
fn store(lines: &str) -> Store {
    stamped(lines, 0)
}

fn stamped(lines: &str, stamp: u64) -> Store {
    let mut loading = Loading::new();
    let text = format!("#fields\tindicator\tindicator_type\tmeta.source\n{lines}");
    loading.read("list", stamp, &mut text.as_bytes()).unwrap();
    let (store, faults) = loading.finish();
    assert_eq!(faults, []);
    store
}

/// The items of a kind by their indicators, all from one source.
fn items(kind: &str, indicators: &[&str]) -> Store {
    let line = |indicator: &&str| format!("{indicator}\tIntel::{kind}\tus\n");
    store(&indicators.iter().map(line).collect::<String>())
}

/// Rows of what is played, from the second column of what was seen on: the lists are these.
fn told(play: &mut Play, settings: Settings, store: Store) -> Vec<String> {
    play.given = Some(Lists::new(settings, store).given());
    play.rows(&super::POLICY)
}

fn lists(store: Store) -> Arc<Lists> {
    Lists::new(Settings::default(), store)
}
