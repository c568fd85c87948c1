//! Rows that are none: the first ones are told, all are counted.

use gannet_logs::ReadError;

use crate::human::some;
use crate::terminal::warn;

/// Rows that are told.
const TOLD: u64 = 3;

/// What was wrong so far.
#[derive(Debug, Default)]
pub(super) struct Faults(u64);

impl Faults {
    /// One more.
    pub(super) fn note(&mut self, error: &ReadError) {
        self.0 += 1;
        if self.0 <= TOLD {
            warn(&format!("{error}; left out"));
        }
    }

    /// Those of another thread, which have been told there.
    pub(super) fn add(&mut self, other: &Self) {
        self.0 += other.0;
    }

    /// Tells how many there were; whether there were some.
    pub(super) fn end(&self) -> bool {
        if self.0 > TOLD {
            warn(&format!("{} left out in all", some(self.0, "row", "rows")));
        }
        self.0 > 0
    }
}
