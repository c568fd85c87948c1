//! The gate before the ordered side: what all workers left passes it one by one, in order. Repeats are dropped there, and
//! items that cross between shards come together.

use super::config::Config;
use super::dedup::Dedup;
use super::folds::Folds;
use super::output::{Chunk, Ordered, Output, Sink};
use crate::base::time::Timestamp;
use crate::events::fold::Crossing;
use crate::events::{Key, Subscriber};
use crate::worker::stats::Stats;

/// One gate for all workers.
pub(super) struct Gate<'a, T> {
    dedup: Dedup,
    folds: Option<Box<dyn Place<T> + 'a>>,
}

/// The folds, and the subscriber of their records.
trait Place<T> {
    fn work(&mut self, work: Work<'_>) -> Stats;
    /// Takes what the subscriber left.
    fn left(&mut self) -> Option<Box<Chunk<T>>>;
}

enum Work<'k> {
    Advance(&'k Key),
    Item(&'k Key, Crossing),
    Finish(Timestamp),
}

struct Side<S, T, F> {
    folds: Folds,
    sink: Sink<S, T, F>,
}

impl<S: Subscriber, T, F: FnMut(&mut Box<Chunk<T>>)> Place<T> for Side<S, T, F> {
    fn work(&mut self, work: Work<'_>) -> Stats {
        match work {
            Work::Advance(key) => self.folds.advance(key, &mut self.sink),
            Work::Item(key, crossing) => self.folds.item(key, crossing, &mut self.sink),
            Work::Finish(now) => return self.folds.finish(now, &mut self.sink),
        }
        Stats::default()
    }

    fn left(&mut self) -> Option<Box<Chunk<T>>> {
        self.sink.take()
    }
}

impl<'a, T: 'a> Gate<'a, T> {
    /// The gate of a run; `subscriber` makes the one of the folds' records.
    pub(super) fn new<S: Subscriber + 'a>(config: &Config, subscriber: impl FnOnce(Output<T>) -> S) -> Self {
        let folds = Folds::new(config).map(|folds| {
            // What is left is taken after each call.
            let sink = Sink::new(subscriber, |_: &mut Box<Chunk<T>>| ());
            Box::new(Side { folds, sink }) as Box<dyn Place<T> + 'a>
        });
        Self { dedup: Dedup::new(config), folds }
    }
}

impl<T> Gate<'_, T> {
    /// Lets the next one of a chunk pass; its place.
    pub(super) fn pass(&mut self, chunk: &mut Chunk<T>, ordered: Ordered<'_, T>) -> Option<Key> {
        let key = chunk.head()?;
        if self.folds.is_some() {
            self.work(Work::Advance(&key), ordered);
        }
        if let Some(crossing) = chunk.pop(&mut self.dedup, ordered) {
            self.work(Work::Item(&key, crossing), ordered);
        }
        Some(key)
    }

    /// Lets all of a chunk pass, and empties it.
    pub(super) fn drain(&mut self, chunk: &mut Chunk<T>, ordered: Ordered<'_, T>) {
        chunk.seal();
        while self.pass(chunk, ordered).is_some() {}
        chunk.clear();
    }

    /// Nothing more comes, and this is the last time of the clock; what the folds counted.
    pub(super) fn finish(&mut self, now: Timestamp, ordered: Ordered<'_, T>) -> Stats {
        self.work(Work::Finish(now), ordered)
    }

    fn work(&mut self, work: Work<'_>, ordered: Ordered<'_, T>) -> Stats {
        let Some(folds) = &mut self.folds else { return Stats::default() };
        let stats = folds.work(work);
        if let Some(mut chunk) = folds.left() {
            chunk.seal();
            while !chunk.is_empty() {
                let _crosses_nothing = chunk.pop(&mut self.dedup, ordered);
            }
        }
        stats
    }
}
