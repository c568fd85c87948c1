//! Summaries of observations by key: how many there were, of how many different things, and the first of them; and when there are
//! as many as somebody wants to know of.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::hash::Hash;

use gannet::{Interval, Timestamp};

use crate::day::Sweeps;
use crate::table::Table;

/// What is to be summed up.
#[derive(Clone)]
pub(crate) struct Plan {
    /// Keys that are remembered; the oldest goes first.
    pub(crate) most: usize,
    /// How long a key is remembered from its first observation on.
    pub(crate) life: Interval,
    /// The first observations that are kept of a key.
    pub(crate) first: usize,
    /// Different observations that are told apart for a key; more are not counted.
    pub(crate) different: usize,
    /// The counts that somebody wants to know of, ascending. Behind the last one a key's observations are not looked at.
    pub(crate) thresholds: Cow<'static, [u64]>,
}

/// What there is of one key.
#[derive(Clone, Debug)]
pub(crate) struct Summary<O> {
    /// Number of observations.
    pub(crate) count: u64,
    /// When the first one was, and the last one.
    pub(crate) begin: Timestamp,
    pub(crate) end: Timestamp,
    /// The first ones, in order.
    pub(crate) first: Vec<O>,
    /// Different ones, in order of value.
    pub(crate) different: Vec<O>,
    /// Thresholds that were reached.
    reached: usize,
}

impl<O> Summary<O> {
    fn held(&self) -> usize {
        (self.first.capacity() + self.different.capacity()) * size_of::<O>()
    }
}

/// Summaries by key.
pub(crate) struct Summaries<K, O> {
    plan: Plan,
    keys: Table<K, Summary<O>>,
    sweeps: Sweeps,
    /// Bytes of all summaries, beside their place in the table.
    held: usize,
    /// Keys that had to go before their time.
    gone: u64,
}

impl<K: Clone + Eq + Hash, O: Clone + Ord> Summaries<K, O> {
    /// None yet.
    pub(crate) fn new(plan: Plan) -> Self {
        let keys = Table::new(plan.most, plan.life);
        Self { plan, keys, sweeps: Sweeps::default(), held: 0, gone: 0 }
    }

    /// One more observation of a key. Gives back what there is of the key if it reaches a threshold with it.
    pub(crate) fn observe(&mut self, key: K, seen: O, now: Timestamp) -> Option<&Summary<O>> {
        if self.keys.get_mut(&key).is_none() {
            let (first, different) = (Vec::new(), Vec::new());
            let new = Summary { count: 0, begin: now, end: now, first, different, reached: 0 };
            let gone = self.keys.insert(key.clone(), new, self.sweeps.born(now));
            self.gone += u64::from(gone.is_some());
            self.held -= gone.map_or(0, |gone| gone.held());
        }
        let Self { plan, keys, held, .. } = self;
        let summary = keys.get_mut(&key)?;
        let threshold = *plan.thresholds.get(summary.reached)?;
        *held -= summary.held();
        summary.note(seen, now, plan);
        *held += summary.held();
        if summary.count < threshold {
            return None;
        }
        summary.reached += 1;
        Some(summary)
    }

    /// Keys that had to go before their time, since this was asked last.
    pub(crate) fn gave_up(&mut self) -> u64 {
        std::mem::take(&mut self.gone)
    }

    /// Keys whose time is over go.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        if self.sweeps.due(now) {
            self.keys.sweep(now, |gone| self.held -= gone.held());
        }
    }

    /// Bytes of memory, without what observations have allocated.
    pub(crate) fn held(&self) -> usize {
        self.keys.held() + self.held
    }
}

impl<O: Clone + Ord> Summary<O> {
    fn note(&mut self, seen: O, now: Timestamp, plan: &Plan) {
        self.count += 1;
        self.end = now;
        if self.first.len() < plan.first {
            self.first.push(seen.clone());
        }
        if self.different.len() < plan.different
            && let Err(place) = self.different.binary_search(&seen)
        {
            self.different.insert(place, seen);
        }
    }
}
