//! Timers on capture time: due at a time, in the order of that time, whatever packets come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Timestamp;

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TimerKind {
    /// A connection has been idle for long.
    Inactivity,
    /// A first SYN got no answer.
    Attempt,
    /// A look at half-closed connections.
    Check,
    /// A closed connection goes.
    Delete,
    /// An analyzer asked: its slot in the connection and its token.
    Analyzer(u8, u16),
    /// An incomplete datagram goes.
    Fragment,
}

/// One timer. Field order is firing order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    pub(crate) due: Timestamp,
    /// Birth of the object that it belongs to.
    pub(crate) birth: u64,
    /// Place of the object in its table.
    pub(crate) slot: u32,
    pub(crate) kind: TimerKind,
}

/// The timers of one engine.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<Timer>>,
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer) {
        self.heap.push(Reverse(timer));
    }

    /// When the next one is due.
    pub(crate) fn next_due(&self) -> Timestamp {
        self.heap.peek().map_or(Timestamp::MAX, |timer| timer.0.due)
    }

    pub(crate) fn pop(&mut self) -> Option<Timer> {
        self.heap.pop().map(|timer| timer.0)
    }

    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    /// Keeps only the timers that `alive` says are still of use.
    pub(crate) fn sweep(&mut self, mut alive: impl FnMut(&Timer) -> bool) {
        self.heap.retain(|timer| alive(&timer.0));
        self.heap.shrink_to(self.heap.len() * 2);
    }
}
