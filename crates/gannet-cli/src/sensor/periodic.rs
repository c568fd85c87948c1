//! Rows of `stats.log` and `capture_loss.log`, at their intervals.

use std::time::{Duration, Instant};

use gannet::{Timestamp, WorkerReport};
use gannet_logs::{CaptureLoss, StatsLog};

use super::journal::{Journal, wall};
use crate::account::peer;
use crate::args::Args;
use crate::human;
use crate::rows::{Pair, loss_row, stats_row};

/// The first look at losses comes early: who starts a sensor wants to know.
const FIRST_LOSS: Duration = Duration::from_secs(60);

/// What was told last, and when the next rows are due.
pub(crate) struct Periodic {
    stats: Turn,
    loss: Turn,
    /// When the losses were measured last.
    measured: Timestamp,
    /// A policy writes the rows of losses.
    by_policy: bool,
}

/// Rows of one log.
struct Turn {
    every: Duration,
    last: Instant,
    next: Instant,
    /// The workers when the rows before were written.
    before: Vec<WorkerReport>,
}

impl Turn {
    fn new(every: Duration, first: Duration, workers: usize, now: Instant) -> Self {
        Self { every, last: now, next: now + first, before: vec![WorkerReport::default(); workers] }
    }

    /// Another interval, from the last rows on.
    fn follow(&mut self, every: Duration) {
        if every != self.every {
            self.every = every;
            self.next = self.last + every;
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        now >= self.next
    }

    /// Rows are written now; those that a busy machine has missed are not made up for.
    fn done(&mut self, workers: &[WorkerReport], now: Instant) {
        self.last = now;
        self.next = (self.next + self.every).max(now);
        self.before.clear();
        self.before.extend_from_slice(workers);
    }

    fn pairs<'a>(&'a self, workers: &'a [WorkerReport]) -> impl Iterator<Item = (usize, Pair<'a>)> {
        self.before.iter().zip(workers).map(|(before, now)| Pair { before, now }).enumerate()
    }
}

impl Periodic {
    pub(crate) fn new(args: &Args, workers: usize, now: Instant) -> Self {
        let (stats, loss) = (args.live.stats_interval(), args.live.capture_loss_interval());
        Self {
            stats: Turn::new(stats, stats, workers, now),
            loss: Turn::new(loss, loss.min(FIRST_LOSS), workers, now),
            measured: wall(),
            by_policy: args.policy_measures_loss(),
        }
    }

    /// Takes over other intervals.
    pub(crate) fn follow(&mut self, args: &Args) {
        self.stats.follow(args.live.stats_interval());
        self.loss.follow(args.live.capture_loss_interval());
    }

    /// Writes the rows that are due.
    pub(crate) fn tick(
        &mut self,
        workers: &[WorkerReport],
        waiting: usize,
        now: Instant,
        journal: &mut Journal,
    ) {
        if self.stats.is_due(now) {
            self.write_stats(workers, waiting, now, journal);
        }
        if self.loss.is_due(now) {
            self.write_loss(workers, now, journal);
        }
    }

    /// Writes the rows of the rest, so that the rows of a run add up.
    pub(crate) fn last(
        &mut self,
        workers: &[WorkerReport],
        waiting: usize,
        now: Instant,
        journal: &mut Journal,
    ) {
        self.write_stats(workers, waiting, now, journal);
        self.write_loss(workers, now, journal);
    }

    fn write_stats(&mut self, workers: &[WorkerReport], waiting: usize, now: Instant, journal: &mut Journal) {
        let memory = human::resident_memory().unwrap_or_default() >> 20;
        for (id, worker) in self.stats.pairs(workers) {
            let row =
                StatsLog { mem: memory, events_queued: waiting as u64, ..stats_row(wall(), id, &worker) };
            journal.row(StatsLog::STREAM, &row);
        }
        self.stats.done(workers, now);
    }

    fn write_loss(&mut self, workers: &[WorkerReport], now: Instant, journal: &mut Journal) {
        let ts = wall();
        for (id, worker) in self.loss.pairs(workers).filter(|_| !self.by_policy) {
            let row = loss_row(ts, ts - self.measured, peer(id), &worker);
            journal.row(CaptureLoss::STREAM, &row);
        }
        self.measured = ts;
        self.loss.done(workers, now);
    }
}
