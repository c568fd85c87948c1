//! The progress bar.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use gannet::capture::SourceStatus;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::human;

/// Time between two updates.
const EVERY: Duration = Duration::from_millis(100);

/// Shows how far a run has come: on a terminal, and only there.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    next: Instant,
}

impl Progress {
    /// A bar on standard error, if that is a terminal and the user wants to see it.
    pub(crate) fn new(wanted: bool) -> Self {
        let started = Instant::now();
        let bar = (wanted && std::io::stderr().is_terminal())
            .then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()));
        Self { bar, started, next: started + EVERY }
    }

    /// Shows the state of a run, unless that was done just now.
    pub(crate) fn show(&mut self, packets: u64, status: &dyn Fn() -> SourceStatus) {
        let Some(bar) = &self.bar else { return };
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now + EVERY;
        let status = status();
        if bar.length() != status.bytes_total || bar.position() == 0 {
            bar.set_style(style(status.bytes_total.is_some()));
            match status.bytes_total {
                Some(total) => bar.set_length(total),
                None => bar.unset_length(),
            }
        }
        bar.set_message(format!(
            "{} packets, {} packets/s",
            human::count(packets),
            human::count(human::rate(packets, now - self.started))
        ));
        bar.set_position(status.bytes_read);
    }

    /// Removes the bar; says how long the run took.
    pub(crate) fn end(self) -> Duration {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        self.started.elapsed()
    }
}

/// With the bytes of all files known, a bar; without, a sign of life.
fn style(known: bool) -> ProgressStyle {
    let template = if known { "{bar:30} {percent:>3} %  {msg}" } else { "{spinner} {msg}" };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
