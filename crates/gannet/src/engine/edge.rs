//! Records of several live workers, put into one order, but never held back for long.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::merge::{Ordered, Outbox};
use crate::events::Key;
use crate::time::Timestamp;

/// How long records wait for a worker that is late.
const HOLD: Duration = Duration::from_secs(1);
/// Outboxes that wait for a worker that is late, of all workers together; when there are more, nobody waits.
const MOST_WAITING: usize = 1024;

/// The workers' records on their way out.
pub(super) struct Lanes<T> {
    lanes: Vec<Lane<T>>,
    waiting: usize,
    records: usize,
    /// Time of the last record.
    last: Timestamp,
    late: u64,
}

struct Lane<T> {
    chunks: VecDeque<(Outbox<T>, Instant)>,
    /// Record of the first chunk that is next.
    next: usize,
    /// No record of an earlier time follows.
    clock: Timestamp,
    ended: bool,
}

impl<T> Lane<T> {
    fn head(&self) -> Option<(Key, Instant)> {
        let (outbox, since) = self.chunks.front()?;
        Some((outbox.key(self.next)?, *since))
    }
}

impl<T> Lanes<T> {
    pub(super) fn new(workers: usize) -> Self {
        let lane = || Lane { chunks: VecDeque::new(), next: 0, clock: Timestamp::ZERO, ended: false };
        Self {
            lanes: (0..workers).map(|_| lane()).collect(),
            waiting: 0,
            records: 0,
            last: Timestamp::ZERO,
            late: 0,
        }
    }

    /// Records of a worker, and how far it has come.
    pub(super) fn push(&mut self, id: usize, outbox: Outbox<T>, clock: Timestamp, at: Instant) {
        let Some(lane) = self.lanes.get_mut(id) else { return };
        lane.clock = lane.clock.max(clock);
        if !outbox.is_empty() {
            self.waiting += 1;
            self.records += outbox.len();
            lane.chunks.push_back((outbox, at));
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

    /// Records behind later ones.
    pub(super) fn late(&self) -> u64 {
        self.late
    }

    /// Records that wait.
    pub(super) fn waiting(&self) -> usize {
        self.records
    }

    /// Hands out what no worker can precede any more, and what has waited long enough; gives empty outboxes back.
    pub(super) fn emit(
        &mut self,
        at: Instant,
        mut record: impl FnMut(Ordered<'_, T>),
        mut back: impl FnMut(usize, Outbox<T>),
    ) {
        loop {
            let heads = self.lanes.iter().enumerate().filter_map(|(i, lane)| Some((lane.head()?, i)));
            let Some(((key, since), i)) = heads.min_by_key(|((key, _), _)| *key) else { return };
            let may_precede = |lane: &Lane<T>| !lane.ended && lane.head().is_none() && lane.clock <= key.now;
            let others = || self.lanes.iter().enumerate().filter(|(other, _)| *other != i);
            let overdue = at.saturating_duration_since(since) >= HOLD || self.waiting > MOST_WAITING;
            if !overdue && others().any(|(_, lane)| may_precede(lane)) {
                return;
            }
            // Up to there this lane's records may go at once; a record that is overdue goes alone.
            let bound = others().filter_map(|(_, lane)| match lane.head() {
                Some((head, _)) => Some(head),
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
        let Some((outbox, _)) = lane.chunks.front() else { return };
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
        if let Some((mut outbox, _)) = lane.chunks.pop_front() {
            self.waiting -= 1;
            outbox.clear();
            back(i, outbox);
        }
    }

    /// Hands out everything; all workers are over.
    pub(super) fn emit_all(&mut self, record: impl FnMut(Ordered<'_, T>)) {
        for lane in &mut self.lanes {
            lane.ended = true;
        }
        self.emit(Instant::now(), record, |_, _| {});
    }
}
