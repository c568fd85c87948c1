//! Rows of `stats.log` and `capture_loss.log`, at their intervals.

use std::time::{Duration, Instant};

use gannet::{Interval, Stats, Timestamp, WorkerReport};
use gannet_logs::{CaptureLoss, StatsLog};

use super::journal::{Journal, wall};
use crate::account::{Ledger, peer};
use crate::args::Args;
use crate::human;

/// The first look at losses comes early: who starts a sensor wants to know.
const FIRST_LOSS: Duration = Duration::from_secs(60);

/// What was told last, and when the next rows are due.
pub(crate) struct Periodic {
    stats: Turn,
    loss: Turn,
    /// When the losses were measured last.
    measured: Timestamp,
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

/// A worker then and now.
struct Pair<'a> {
    before: &'a WorkerReport,
    now: &'a WorkerReport,
}

impl Pair<'_> {
    /// How much a counter has grown.
    fn grown(&self, of: impl Fn(&WorkerReport) -> u64) -> u64 {
        of(self.now).saturating_sub(of(self.before))
    }

    fn stats(&self, of: fn(&Stats) -> u64) -> u64 {
        self.grown(|worker| of(&worker.stats))
    }
}

impl Periodic {
    pub(crate) fn new(args: &Args, workers: usize, now: Instant) -> Self {
        let (stats, loss) = (args.live.stats_interval(), args.live.capture_loss_interval());
        Self {
            stats: Turn::new(stats, stats, workers, now),
            loss: Turn::new(loss, loss.min(FIRST_LOSS), workers, now),
            measured: wall(),
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
            let row = StatsLog { mem: memory, events_queued: waiting as u64, ..stats_row(id, &worker) };
            journal.row(StatsLog::STREAM, &row);
        }
        self.stats.done(workers, now);
    }

    fn write_loss(&mut self, workers: &[WorkerReport], now: Instant, journal: &mut Journal) {
        let ts = wall();
        for (id, worker) in self.loss.pairs(workers) {
            let (acks, gaps) = (worker.stats(|stats| stats.acks), worker.stats(|stats| stats.gaps));
            let row = CaptureLoss {
                ts,
                ts_delta: ts - self.measured,
                peer: peer(id),
                gaps,
                acks,
                percent_lost: percent(gaps, acks),
            };
            journal.row(CaptureLoss::STREAM, &row);
        }
        self.measured = ts;
        self.loss.done(workers, now);
    }
}

/// The row of a whole run on captures: nothing of it is live.
pub(crate) fn row_of_run(ts: Timestamp, stats: &Stats) -> StatsLog {
    let (before, mut now) = (WorkerReport::default(), WorkerReport::default());
    now.stats = stats.clone();
    StatsLog {
        ts,
        peer: "zeek".to_owned(),
        mem: human::resident_memory().unwrap_or_default() >> 20,
        pkts_proc: stats.packets + stats.filtered + stats.unusable,
        pkts_dropped: None,
        pkts_link: None,
        pkt_lag: None,
        ..stats_row(0, &Pair { before: &before, now: &now })
    }
}

/// The same for `capture_loss.log`.
pub(crate) fn loss_of_run(ts: Timestamp, ts_delta: Interval, stats: &Stats) -> CaptureLoss {
    let (acks, gaps) = (stats.acks, stats.gaps);
    CaptureLoss { ts, ts_delta, peer: "zeek".to_owned(), gaps, acks, percent_lost: percent(gaps, acks) }
}

fn percent(gaps: u64, acks: u64) -> f64 {
    if acks == 0 { 0.0 } else { 100.0 * gaps as f64 / acks as f64 }
}

fn stats_row(id: usize, worker: &Pair<'_>) -> StatsLog {
    let (ts, now) = (wall(), worker.now);
    let stats = &now.stats;
    let lag = (now.now > Timestamp::ZERO && !now.ended).then(|| (ts - now.now).max(Interval::ZERO));
    StatsLog {
        ts,
        peer: peer(id),
        mem: 0,
        pkts_proc: worker.grown(|worker| Ledger::of(worker).read),
        bytes_recv: worker.stats(|stats| stats.bytes),
        pkts_dropped: Some(worker.grown(|worker| Ledger::of(worker).dropped)),
        pkts_link: Some(worker.grown(|worker| Ledger::of(worker).seen)),
        pkt_lag: lag,
        pkts_filtered: Some(worker.stats(|stats| stats.filtered)),
        events_proc: worker.stats(|stats| stats.records),
        events_queued: 0,
        active_tcp_conns: stats.tcp_connections.saturating_sub(stats.tcp_ended),
        active_udp_conns: stats.udp_connections.saturating_sub(stats.udp_ended),
        active_icmp_conns: stats.icmp_connections.saturating_sub(stats.icmp_ended),
        tcp_conns: worker.stats(|stats| stats.tcp_connections),
        udp_conns: worker.stats(|stats| stats.udp_connections),
        icmp_conns: worker.stats(|stats| stats.icmp_connections),
        timers: worker.grown(|worker| worker.timers_set),
        active_timers: now.timers as u64,
        files: worker.stats(|stats| stats.files),
        active_files: now.open_files as u64,
        dns_requests: 0,
        active_dns_requests: 0,
        reassem_tcp_size: now.stream_bytes as u64,
        reassem_file_size: now.file_bytes as u64,
        reassem_frag_size: now.fragment_bytes as u64,
        reassem_unknown_size: 0,
    }
}
