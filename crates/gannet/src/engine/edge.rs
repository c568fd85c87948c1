//! Records of several live workers, put into one order, but never held back for long.

use std::collections::VecDeque;

use super::config::Config;
use super::gate::Gate;
use super::output::{Chunk, Ordered};
use crate::base::time::{Interval, Timestamp};
use crate::events::Key;
use crate::worker::stats::Stats;

/// So far behind the first worker's clock the others' are waited for.
const HOLD: Interval = Interval::from_secs(1);
/// Chunks that wait for a worker that is late, of all workers together; when there are more, nobody waits.
const MOST_WAITING: usize = 1024;

/// The workers' records on their way out.
pub(super) struct Lanes<'a, T> {
    lanes: Vec<Lane<T>>,
    chunks: usize,
    records: usize,
    /// Time of the last record, in the last setting of the clock.
    last: (u32, Timestamp),
    late: u64,
    gate: Gate<'a, T>,
}

struct Lane<T> {
    /// Each with the setting of the clock that it belongs to.
    chunks: VecDeque<(Box<Chunk<T>>, u32)>,
    /// No record of an earlier time follows, while the clock is not set back.
    clock: Timestamp,
    /// How often its clock was set back.
    setting: u32,
    ended: bool,
}

impl<T> Lane<T> {
    /// The next record, behind all of an earlier setting of the clock.
    fn head(&self) -> Option<(u32, Key)> {
        let (chunk, setting) = self.chunks.front()?;
        Some((*setting, chunk.head()?))
    }

    /// Up to there no record follows.
    fn bound(&self) -> Option<(u32, Key)> {
        let open = (self.setting, Key { now: self.clock, ..Key::default() });
        self.head().or_else(|| (!self.ended).then_some(open))
    }
}

impl<'a, T: 'a> Lanes<'a, T> {
    pub(super) fn new(config: &Config, gate: Gate<'a, T>) -> Self {
        let lane = || Lane { chunks: VecDeque::new(), clock: Timestamp::ZERO, setting: 0, ended: false };
        Self {
            lanes: (0..config.workers).map(|_| lane()).collect(),
            chunks: 0,
            records: 0,
            last: (0, Timestamp::ZERO),
            late: 0,
            gate,
        }
    }

    /// Records of a worker, and how far it has come.
    pub(super) fn push(&mut self, id: usize, mut chunk: Box<Chunk<T>>, (setting, clock): (u32, Timestamp)) {
        let Some(lane) = self.lanes.get_mut(id) else { return };
        (lane.setting, lane.clock) = (lane.setting, lane.clock).max((setting, clock));
        if !chunk.is_empty() {
            self.chunks += 1;
            self.records += chunk.len();
            chunk.seal();
            lane.chunks.push_back((chunk, setting));
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
        clocks.min().unwrap_or(self.last.1)
    }

    /// How far the first of them has come.
    pub(super) fn first_clock(&self) -> Timestamp {
        self.first().1
    }

    fn first(&self) -> (u32, Timestamp) {
        self.lanes.iter().map(|lane| (lane.setting, lane.clock)).max().unwrap_or_default()
    }

    /// Records behind later ones.
    pub(super) fn late(&self) -> u64 {
        self.late
    }

    /// Records that wait.
    pub(super) fn records(&self) -> usize {
        self.records
    }

    /// Hands out what no worker can precede any more, and what has waited long enough; gives empty chunks back.
    pub(super) fn emit(&mut self, record: Ordered<'_, T>, mut back: impl FnMut(usize, Box<Chunk<T>>)) {
        let (newest, first) = self.first();
        loop {
            let heads = self.lanes.iter().enumerate().filter_map(|(i, lane)| Some((lane.head()?, i)));
            let Some(((setting, key), i)) = heads.min() else { return };
            let may_precede = |lane: &Lane<T>| {
                !lane.ended && lane.head().is_none() && (lane.setting, lane.clock) <= (setting, key.now)
            };
            let others = || self.lanes.iter().enumerate().filter(|(other, _)| *other != i);
            // When a clock was set back, what is from before is not held back.
            let overdue = setting < newest || first >= key.now + HOLD || self.chunks > MOST_WAITING;
            if !overdue && others().any(|(_, lane)| may_precede(lane)) {
                return;
            }
            // Up to there this lane's records may go at once; a record that is overdue goes alone.
            let bound = others().filter_map(|(_, lane)| lane.bound()).min();
            self.run(i, bound, record, &mut back);
        }
    }

    /// Hands out the head of a lane, and what follows it up to a bound in the same chunk.
    fn run(
        &mut self,
        i: usize,
        bound: Option<(u32, Key)>,
        record: Ordered<'_, T>,
        back: &mut impl FnMut(usize, Box<Chunk<T>>),
    ) {
        let Some(lane) = self.lanes.get_mut(i) else { return };
        let Some((chunk, setting)) = lane.chunks.front_mut() else { return };
        let setting = *setting;
        let mut first = true;
        while let Some(key) = chunk.head() {
            if !first && bound.as_ref().is_some_and(|bound| (setting, key) >= *bound) {
                return;
            }
            first = false;
            let at = (setting, key.now);
            self.late += u64::from(at < self.last);
            self.last = self.last.max(at);
            self.gate.pass(chunk, record);
            self.records -= 1;
        }
        if let Some((mut chunk, _)) = lane.chunks.pop_front() {
            self.chunks -= 1;
            chunk.clear();
            back(i, chunk);
        }
    }

    /// Hands out everything, all workers being over; what the folds counted.
    pub(super) fn emit_all(&mut self, record: Ordered<'_, T>) -> Stats {
        for lane in &mut self.lanes {
            lane.ended = true;
        }
        self.emit(record, |_, _| {});
        let (_, now) = self.first();
        self.gate.finish(now, record)
    }
}
