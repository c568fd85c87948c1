//! Where the packets of a live run went: exactly, for each worker and for all of them.

use gannet::capture::RingStatus;
use gannet::{Shed, Stats, WorkerReport};
use serde_json::{Value, json};

use crate::human::{count, share};

/// The packets of one worker, or of all. What the kernel saw is dropped or read (or still in its ring), and what was
/// read is filtered, unusable, undecodable, of a wrong checksum or analysed (or still in hand).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    pub(crate) seen: u64,
    pub(crate) dropped: u64,
    pub(crate) read: u64,
    pub(crate) filtered: u64,
    pub(crate) unusable: u64,
    pub(crate) undecodable: u64,
    pub(crate) bad_checksum: u64,
    pub(crate) analysed: u64,
}

/// Name and value of a column.
type Column = (&'static str, fn(&Ledger) -> u64);

/// The columns of the account, in their order.
const COLUMNS: [Column; 9] = [
    ("seen", |ledger| ledger.seen),
    ("dropped", |ledger| ledger.dropped),
    ("read", |ledger| ledger.read),
    ("filtered", |ledger| ledger.filtered),
    ("unusable", |ledger| ledger.unusable),
    ("undecodable", |ledger| ledger.undecodable),
    ("bad checksum", |ledger| ledger.bad_checksum),
    ("analysed", |ledger| ledger.analysed),
    ("in hand", Ledger::in_hand),
];

impl Ledger {
    /// The account of a worker.
    pub(crate) fn of(worker: &WorkerReport) -> Self {
        let (stats, rings) = (&worker.stats, &worker.status.rings);
        let sum = |of: fn(&RingStatus) -> u64| rings.iter().map(of).sum();
        Self {
            seen: sum(|ring| ring.seen),
            dropped: sum(|ring| ring.dropped),
            read: sum(|ring| ring.read),
            filtered: stats.filtered,
            unusable: stats.unusable,
            undecodable: stats.undecodable,
            bad_checksum: stats.refused,
            analysed: stats.analysed,
        }
    }

    /// The account of all workers.
    pub(crate) fn sum(workers: &[WorkerReport]) -> Self {
        workers.iter().map(Self::of).fold(Self::default(), |sum, one| Self {
            seen: sum.seen + one.seen,
            dropped: sum.dropped + one.dropped,
            read: sum.read + one.read,
            filtered: sum.filtered + one.filtered,
            unusable: sum.unusable + one.unusable,
            undecodable: sum.undecodable + one.undecodable,
            bad_checksum: sum.bad_checksum + one.bad_checksum,
            analysed: sum.analysed + one.analysed,
        })
    }

    /// Packets that were read and are not accounted for yet; none at the end of a run.
    pub(crate) fn in_hand(&self) -> u64 {
        let done = self.filtered + self.unusable + self.undecodable + self.bad_checksum + self.analysed;
        self.read.saturating_sub(done)
    }

    fn json(&self) -> Value {
        let named = COLUMNS.iter().map(|(name, of)| (name.replace(' ', "_"), json!(of(self))));
        Value::Object(named.collect())
    }
}

/// What budgets and defects cost, by reason.
pub(crate) fn shed(stats: &Stats) -> impl Iterator<Item = (&'static str, u64)> + '_ {
    let limits = Shed::ALL.iter().map(|what| (what.counter(), stats.shed.of(*what)));
    limits.chain([("defects", stats.panics)])
}

/// The name of a worker in logs.
pub(crate) fn peer(worker: usize) -> String {
    format!("worker-{}", worker + 1)
}

/// The account as a table for people: a line for each worker, and one for all.
pub(crate) fn table(workers: &[WorkerReport]) -> Vec<String> {
    let mut rows = vec![("packets".to_owned(), COLUMNS.map(|(name, _)| name.to_owned()))];
    for (id, worker) in workers.iter().enumerate() {
        let ledger = Ledger::of(worker);
        rows.push((peer(id), COLUMNS.map(|(_, of)| count(of(&ledger)))));
    }
    let all = Ledger::sum(workers);
    if workers.len() > 1 {
        rows.push(("all".to_owned(), COLUMNS.map(|(_, of)| count(of(&all)))));
    }
    let mut widths = [0; COLUMNS.len()];
    for (_, cells) in &rows {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = cell.len().max(*width);
        }
    }
    let line = |(name, cells): &(String, [String; COLUMNS.len()])| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| format!("  {cell:>width$}"));
        format!("{name:<10}{}", cells.collect::<String>())
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    lines.push(format!("the kernel dropped {} of what it saw", share(all.dropped, all.seen)));
    let mut stats = Stats::default();
    workers.iter().for_each(|worker| stats.add(&worker.stats));
    let given_up = shed(&stats).filter(|(_, n)| *n > 0);
    let given_up: Vec<String> = given_up.map(|(name, n)| format!("{} {name}", count(n))).collect();
    if !given_up.is_empty() {
        lines.push(format!("given up: {}", given_up.join(", ")));
    }
    lines
}

/// The account for programs.
pub(crate) fn json(workers: &[WorkerReport]) -> Value {
    let worker = |(id, worker): (usize, &WorkerReport)| {
        let ring = |ring: &RingStatus| {
            json!({
                "interface": ring.interface,
                "seen": ring.seen,
                "dropped": ring.dropped,
                "read": ring.read,
                "ring_bytes": ring.bytes,
                "up": ring.up,
                "link": ring.link,
            })
        };
        json!({
            "worker": peer(id),
            "packets": Ledger::of(worker).json(),
            "rings": worker.status.rings.iter().map(ring).collect::<Vec<_>>(),
            "given_up": shed(&worker.stats).collect::<std::collections::BTreeMap<_, _>>(),
        })
    };
    json!({
        "packets": Ledger::sum(workers).json(),
        "workers": workers.iter().enumerate().map(worker).collect::<Vec<_>>(),
    })
}
