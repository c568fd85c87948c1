//! Workers that stand still.

use std::time::{Duration, Instant};

use gannet::WorkerReport;

use crate::account::peer;

/// Looks at the turns of each worker's loop.
pub(crate) struct Watch {
    patience: Duration,
    workers: Vec<Pulse>,
}

struct Pulse {
    turns: u64,
    /// When the turns last counted on.
    since: Instant,
    named: bool,
    ended: bool,
}

impl Watch {
    /// A worker without progress for longer than `patience` hangs.
    pub(crate) fn new(workers: usize, patience: Duration, now: Instant) -> Self {
        let pulse = || Pulse { turns: 0, since: now, named: false, ended: false };
        Self { patience, workers: (0..workers).map(|_| pulse()).collect() }
    }

    /// What there is to say of workers that began or ceased to stand still.
    pub(crate) fn look(&mut self, workers: &[WorkerReport], now: Instant) -> Vec<String> {
        let mut told = Vec::new();
        for (id, (pulse, worker)) in self.workers.iter_mut().zip(workers).enumerate() {
            pulse.ended = worker.ended;
            if worker.turns != pulse.turns {
                pulse.turns = worker.turns;
                pulse.since = now;
                if std::mem::take(&mut pulse.named) {
                    told.push(format!("{} works again", peer(id)));
                }
            } else if pulse.hangs(self.patience, now) && !pulse.named {
                pulse.named = true;
                let still = now.saturating_duration_since(pulse.since).as_secs();
                let turns = worker.turns;
                told.push(format!("{} hangs: no progress for {still} s (turn {turns})", peer(id)));
            }
        }
        told
    }

    /// Whether no worker hangs.
    pub(crate) fn all_alive(&self) -> bool {
        self.workers.iter().all(|pulse| !pulse.named)
    }
}

impl Pulse {
    fn hangs(&self, patience: Duration, now: Instant) -> bool {
        !self.ended && now.saturating_duration_since(self.since) > patience
    }
}
