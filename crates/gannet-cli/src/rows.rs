//! Rows that the program writes of itself: how they are formatted, and those that count.

use gannet::events::{Key, Meta, Record};
use gannet::{Interval, Stats, Timestamp, WorkerReport};
use gannet_logs::{CaptureLoss, FilterRows, LogSink, StatsLog};

use crate::account::{Ledger, peer};
use crate::human;

/// Writes the rows of a record that belongs to no connection.
pub(crate) fn write(rows: &mut FilterRows, sink: &mut LogSink, now: Timestamp, record: &dyn Record) {
    let meta = Meta::new(Key::at(now), None);
    let mut row = Vec::new();
    rows.rows(&meta, record, &mut |stream, append| {
        row.clear();
        let _short = append(&mut row);
        sink.row(stream, now, &row);
    });
}

/// A worker then and now.
pub(crate) struct Pair<'a> {
    pub(crate) before: &'a WorkerReport,
    pub(crate) now: &'a WorkerReport,
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
        ..stats_row(ts, 0, &Pair { before: &before, now: &now })
    }
}

/// The same for `capture_loss.log`.
pub(crate) fn loss_of_run(ts: Timestamp, ts_delta: Interval, stats: &Stats) -> CaptureLoss {
    let (before, mut now) = (WorkerReport::default(), WorkerReport::default());
    now.stats = stats.clone();
    loss_row(ts, ts_delta, "zeek".to_owned(), &Pair { before: &before, now: &now })
}

/// What was lost of a worker's connections since the row before: a row at this time.
pub(crate) fn loss_row(ts: Timestamp, ts_delta: Interval, peer: String, worker: &Pair<'_>) -> CaptureLoss {
    let (acks, gaps) = (worker.stats(|stats| stats.acks), worker.stats(|stats| stats.gaps));
    CaptureLoss { ts, ts_delta, peer, gaps, acks, percent_lost: percent(gaps, acks) }
}

fn percent(gaps: u64, acks: u64) -> f64 {
    if acks == 0 { 0.0 } else { 100.0 * gaps as f64 / acks as f64 }
}

/// What a worker has done since the row before: a row at this time.
pub(crate) fn stats_row(ts: Timestamp, id: usize, worker: &Pair<'_>) -> StatsLog {
    let now = worker.now;
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
