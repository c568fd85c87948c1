//! The total order of records, and the limits that hold across workers.

use crate::base::time::{Interval, Timestamp};

/// Place of a record in the total order: the same for any number of workers.
///
/// Compared field by field, from the first to the last. `number` never decreases with `now`, so a capture's
/// records come out in the order in which one worker would have made them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Key {
    /// The capture's clock.
    pub now: Timestamp,
    /// Number of the packet that moved the clock there; `u64::MAX` at the end of the capture.
    pub number: u64,
    /// When the timer was due that caused the record; `Timestamp::MAX` if the packet itself did.
    pub due: Timestamp,
    /// Birth of the owning object: number of the packet that made it (high 52 bits) and index among its births.
    pub birth: u64,
    /// Step within that object.
    pub step: u32,
    /// Number of the record among those that folds made there; 0 for all others.
    pub fold: u32,
}

impl Key {
    /// Before everything else at that time; for rows that no packet and no timer caused.
    pub fn at(now: Timestamp) -> Self {
        Self { now, ..Self::default() }
    }
}

/// A limit: of all records that carry this key, only the first within `ttl` is kept.
///
/// The limits of a record are tested in their order, all must allow it, and only a record that is kept is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Once {
    /// What is limited, as a hash.
    pub key: u128,
    /// For how long, on the capture's clock.
    pub ttl: Interval,
}

impl Once {
    /// Once within so long, by the capture's clock.
    pub const fn new(key: u128, ttl: Interval) -> Self {
        Self { key, ttl }
    }
}
