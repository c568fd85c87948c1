//! The line on a terminal that says how a live run stands.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use gannet::WorkerReport;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::account::Ledger;
use crate::human::{bytes, count, rate};

/// Time over which rates are taken.
const EVERY: Duration = Duration::from_secs(1);

/// Shows packets a second, drops and connections: on a terminal, and only there.
pub(crate) struct Progress {
    line: Option<ProgressBar>,
    last: Instant,
    packets: u64,
    bytes: u64,
}

impl Progress {
    pub(crate) fn new(wanted: bool, now: Instant) -> Self {
        let line = (wanted && std::io::stderr().is_terminal()).then(|| {
            let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{spinner} {elapsed_precise}  {msg}");
            line.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        });
        Self { line, last: now, packets: 0, bytes: 0 }
    }

    /// Shows how it stands, unless that was done just now.
    pub(crate) fn show(&mut self, workers: &[WorkerReport], now: Instant) {
        let Some(line) = &self.line else { return };
        let time = now.saturating_duration_since(self.last);
        if time < EVERY {
            return;
        }
        let all = Ledger::sum(workers);
        let read: u64 = workers.iter().map(|worker| worker.stats.bytes).sum();
        let connections: usize = workers.iter().map(|worker| worker.connections).sum();
        line.set_message(format!(
            "{} packets/s, {}/s, {} dropped, {} connections",
            count(rate(all.read.saturating_sub(self.packets), time)),
            bytes(rate(read.saturating_sub(self.bytes), time)),
            count(all.dropped),
            count(connections as u64)
        ));
        line.tick();
        (self.last, self.packets, self.bytes) = (now, all.read, read);
    }

    /// Removes the line.
    pub(crate) fn end(&mut self) {
        if let Some(line) = self.line.take() {
            line.finish_and_clear();
        }
    }
}
