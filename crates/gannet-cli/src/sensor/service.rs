//! What the service manager is told: that it begins, reloads and ends, how it is doing, and that it is alive.

use std::time::{Duration, Instant};

use gannet::WorkerReport;

use crate::account::Ledger;
use crate::human::{count, share};

/// A worker without progress for longer hangs, if no watchdog wants it sooner.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time between two lines on how it stands.
const STATUS: Duration = Duration::from_secs(5);

/// The manager's socket, if there is one; without, nothing is told.
pub(crate) struct Service {
    watchdog: Option<Duration>,
    next_sign: Instant,
    next_status: Instant,
}

impl Service {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        Self { watchdog: system::watchdog(), next_sign: now, next_status: now + STATUS }
    }

    /// Time after which a worker without progress hangs: it has to be named before the watchdog acts.
    pub(crate) fn patience(&self) -> Duration {
        self.watchdog.map_or(PATIENCE, |watchdog| PATIENCE.min(watchdog / 2))
    }

    /// Packets are captured.
    pub(crate) fn ready(&self, status: &str) {
        system::tell(&[system::State::Ready, system::State::Status(status)]);
    }

    /// The configuration is read again; [`Self::ready`] says when that is over.
    pub(crate) fn reloading(&self) {
        system::tell_reloading();
    }

    /// The run ends.
    pub(crate) fn stopping(&self) {
        system::tell(&[system::State::Stopping]);
    }

    /// Answers the watchdog as long as no worker hangs, and says how the run is doing.
    pub(crate) fn tick(&mut self, alive: bool, workers: &[WorkerReport], now: Instant) {
        if let Some(watchdog) = self.watchdog
            && alive
            && now >= self.next_sign
        {
            self.next_sign = now + watchdog / 4;
            system::tell(&[system::State::Watchdog]);
        }
        if now >= self.next_status {
            self.next_status = now + STATUS;
            system::tell(&[system::State::Status(&status(workers))]);
        }
    }
}

/// How it stands, in one line.
pub(crate) fn status(workers: &[WorkerReport]) -> String {
    let all = Ledger::sum(workers);
    let connections: usize = workers.iter().map(|worker| worker.connections).sum();
    format!(
        "{} packets, {} dropped ({}), {} connections",
        count(all.read),
        count(all.dropped),
        share(all.dropped, all.seen),
        count(connections as u64)
    )
}

#[cfg(target_os = "linux")]
mod system {
    //! systemd, by its protocol; a manager that does not listen is no reason to stop.

    use std::time::Duration;

    pub(super) use sd_notify::NotifyState as State;

    pub(super) fn tell(states: &[State<'_>]) {
        let _deaf = sd_notify::notify(states);
    }

    pub(super) fn tell_reloading() {
        if let Ok(now) = State::monotonic_usec_now() {
            tell(&[State::Reloading, now]);
        }
    }

    /// The time within which a sign of life is wanted.
    pub(super) fn watchdog() -> Option<Duration> {
        sd_notify::watchdog_enabled()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    //! No service manager that we know of.

    use std::time::Duration;

    pub(super) enum State<'a> {
        Ready,
        Stopping,
        Watchdog,
        Status(#[allow(dead_code, reason = "nobody to tell")] &'a str),
    }

    pub(super) fn tell(_: &[State<'_>]) {}

    pub(super) fn tell_reloading() {}

    pub(super) fn watchdog() -> Option<Duration> {
        None
    }
}
