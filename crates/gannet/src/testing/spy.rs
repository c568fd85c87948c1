//! Analyzers that write down what they are told, on the thread's own list.

use std::cell::RefCell;

use crate::analyzers::Close;
use crate::base::direction::Direction;

/// One thing that an analyzer was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Data(Direction, Vec<u8>),
    Gap(Direction, u64),
    End(Direction, Vec<u8>),
    Flipped,
    Reset,
    Timer(u16, bool),
    Close(Close),
}

thread_local! {
    static SEEN: RefCell<Vec<(&'static str, Seen)>> = const { RefCell::new(Vec::new()) };
}

/// Writes down what the analyzer of this name was told.
pub(crate) fn heard(name: &'static str, seen: Seen) {
    SEEN.with_borrow_mut(|list| list.push((name, seen)));
}

/// What was written down since the last call.
pub(crate) fn take_seen() -> Vec<(&'static str, Seen)> {
    SEEN.take()
}
