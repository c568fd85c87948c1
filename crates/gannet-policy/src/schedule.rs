//! What is to happen some time later.

use std::collections::VecDeque;

use gannet::{Interval, Timestamp};

/// Things that are due after one and the same time, so that they are due in the order in which they came. There is a limit:
/// what comes beyond it makes the oldest due at once.
pub(crate) struct Schedule<T> {
    waiting: VecDeque<(Timestamp, T)>,
    delay: Interval,
    most: usize,
}

impl<T> Schedule<T> {
    /// A schedule of at most so many things that are due so much later.
    pub(crate) fn new(most: usize, delay: Interval) -> Self {
        Self { waiting: VecDeque::new(), delay, most }
    }

    /// One more. Gives back what is due at once for it.
    pub(crate) fn push(&mut self, now: Timestamp, thing: T) -> Option<T> {
        let oldest = if self.waiting.len() >= self.most { self.waiting.pop_front() } else { None };
        self.waiting.push_back((now + self.delay, thing));
        oldest.map(|(_, thing)| thing)
    }

    /// The next one that is due now.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<T> {
        self.waiting.pop_front_if(|(due, _)| *due <= now).map(|(_, thing)| thing)
    }

    /// The next one, due or not.
    pub(crate) fn next(&mut self) -> Option<T> {
        self.waiting.pop_front().map(|(_, thing)| thing)
    }

    /// Bytes of memory, without what the things have allocated.
    pub(crate) fn held(&self) -> usize {
        self.waiting.capacity() * size_of::<(Timestamp, T)>()
    }
}
