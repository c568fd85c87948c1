//! Records of several live workers, put into one order, but never held back for long.

use std::collections::VecDeque;

use super::merge::{Ordered, Outbox};
use crate::events::Key;
use crate::time::{Interval, Timestamp};

/// So far behind the first worker's clock the others' are waited for.
const HOLD: Interval = Interval::from_secs(1);
/// Outboxes that wait for a worker that is late, of all workers together; when there are more, nobody waits.
const MOST_WAITING: usize = 1024;

/// The workers' records on their way out.
pub(super) struct Lanes<T> {
    lanes: Vec<Lane<T>>,
    chunks: usize,
    records: usize,
    /// Time of the last record.
    last: Timestamp,
    late: u64,
}

struct Lane<T> {
    chunks: VecDeque<Outbox<T>>,
    /// Record of the first chunk that is next.
    next: usize,
    /// No record of an earlier time follows.
    clock: Timestamp,
    ended: bool,
}

impl<T> Lane<T> {
    fn head(&self) -> Option<Key> {
        self.chunks.front()?.key(self.next)
    }
}

impl<T> Lanes<T> {
    pub(super) fn new(workers: usize) -> Self {
        let lane = || Lane { chunks: VecDeque::new(), next: 0, clock: Timestamp::ZERO, ended: false };
        Self {
            lanes: (0..workers).map(|_| lane()).collect(),
            chunks: 0,
            records: 0,
            last: Timestamp::ZERO,
            late: 0,
        }
    }

    /// Records of a worker, and how far it has come.
    pub(super) fn push(&mut self, id: usize, outbox: Outbox<T>, clock: Timestamp) {
        let Some(lane) = self.lanes.get_mut(id) else { return };
        lane.clock = lane.clock.max(clock);
        if !outbox.is_empty() {
            self.chunks += 1;
            self.records += outbox.len();
            lane.chunks.push_back(outbox);
        }
    }

    /// A worker is over.
    pub(super) fn end(&mut self, id: usize) {
        if let Some(lane) = self.lanes.get_mut(id) {
            lane.ended = true;
        }
    }

    /// How far all workers have come that are not over.
    pub(super) fn clock(&self) -> Timestamp {
        let clocks = self.lanes.iter().filter(|lane| !lane.ended).map(|lane| lane.clock);
        clocks.min().unwrap_or(self.last)
    }

    /// How far the first of them has come.
    pub(super) fn first_clock(&self) -> Timestamp {
        self.lanes.iter().map(|lane| lane.clock).max().unwrap_or_default()
    }

    /// Records behind later ones.
    pub(super) fn late(&self) -> u64 {
        self.late
    }

    /// Records that wait.
    pub(super) fn records(&self) -> usize {
        self.records
    }

    /// Hands out what no worker can precede any more, and what has waited long enough; gives empty outboxes back.
    pub(super) fn emit(
        &mut self,
        mut record: impl FnMut(Ordered<'_, T>),
        mut back: impl FnMut(usize, Outbox<T>),
    ) {
        let first = self.first_clock();
        loop {
            let heads = self.lanes.iter().enumerate().filter_map(|(i, lane)| Some((lane.head()?, i)));
            let Some((key, i)) = heads.min() else { return };
            let may_precede = |lane: &Lane<T>| !lane.ended && lane.head().is_none() && lane.clock <= key.now;
            let others = || self.lanes.iter().enumerate().filter(|(other, _)| *other != i);
            let overdue = first >= key.now + HOLD || self.chunks > MOST_WAITING;
            if !overdue && others().any(|(_, lane)| may_precede(lane)) {
                return;
            }
            // Up to there this lane's records may go at once; a record that is overdue goes alone.
            let bound = others().filter_map(|(_, lane)| match lane.head() {
                Some(head) => Some(head),
                None if lane.ended => None,
                None => Some(Key { now: lane.clock, ..Key::default() }),
            });
            let bound = bound.min();
            self.run(i, bound, &mut record, &mut back);
        }
    }

    /// Hands out the head of a lane, and what follows it up to a bound in the same chunk.
    fn run(
        &mut self,
        i: usize,
        bound: Option<Key>,
        record: &mut impl FnMut(Ordered<'_, T>),
        back: &mut impl FnMut(usize, Outbox<T>),
    ) {
        let Some(lane) = self.lanes.get_mut(i) else { return };
        let Some(outbox) = lane.chunks.front() else { return };
        let mut first = true;
        while let Some(next) = outbox.get(lane.next) {
            if !first && bound.as_ref().is_some_and(|bound| next.key >= *bound) {
                return;
            }
            first = false;
            self.late += u64::from(next.key.now < self.last);
            self.last = self.last.max(next.key.now);
            record(next);
            lane.next += 1;
            self.records -= 1;
        }
        lane.next = 0;
        if let Some(mut outbox) = lane.chunks.pop_front() {
            self.chunks -= 1;
            outbox.clear();
            back(i, outbox);
        }
    }

    /// Hands out everything; all workers are over.
    pub(super) fn emit_all(&mut self, record: impl FnMut(Ordered<'_, T>)) {
        for lane in &mut self.lanes {
            lane.ended = true;
        }
        self.emit(record, |_, _| {});
    }
}
