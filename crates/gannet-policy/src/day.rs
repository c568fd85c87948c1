//! The clock of tables whose entries live for a day.

use gannet::{Interval, Timestamp};

/// How long an entry lives.
pub(crate) const DAY: Interval = Interval::from_secs(86_400);
/// Time between two sweeps of a table.
pub(crate) const SWEEP: Interval = Interval::from_secs(10);

/// When tables are swept: at the first packet, and then at the first one that is [`SWEEP`] or more behind the last sweep.
///
/// It is asked at each step of the capture's clock that a policy hears of, before anything else that happens then, and by the
/// engine's own tick; both together meet each of those packets, and the first one of the two sweeps.
#[derive(Default)]
pub(crate) struct Sweeps {
    start: Option<Timestamp>,
    last: Timestamp,
}

impl Sweeps {
    /// Whether tables are to be swept now.
    pub(crate) fn due(&mut self, now: Timestamp) -> bool {
        let due = self.start.is_none() || now >= self.last + SWEEP;
        if due {
            self.start.get_or_insert(now);
            self.last = now;
        }
        due
    }

    /// The time from which an entry's age is counted that is made now: whole seconds since the capture began.
    pub(crate) fn born(&self, now: Timestamp) -> Timestamp {
        let start = self.start.unwrap_or(now);
        start + Interval::from_secs((now - start).nanos().div_euclid(1_000_000_000))
    }
}
