//! Time on the capture's own clock: nanoseconds since 1970 as signed integers, never the wall clock.

use std::ops::{Add, Sub};

/// A point in capture time, in nanoseconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A signed length of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval(i64);

const NANOS: i64 = 1_000_000_000;

impl Timestamp {
    /// The epoch.
    pub const ZERO: Self = Self(0);
    /// A point after every other one; stands for "never".
    pub const MAX: Self = Self(i64::MAX);
    /// The end of the year 2199: the latest time that a packet may have, and that the capture's clock may come to.
    ///
    /// It is 62 years before the end of the range, so that what is due hours or years after any packet has a time of its own.
    pub const LATEST: Self = Self(7_258_118_400 * NANOS - 1);

    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From whole seconds and nanoseconds; saturates at the ends of the range (years 1678 to 2262).
    pub const fn from_parts(seconds: i64, nanos: i64) -> Self {
        Self(seconds.saturating_mul(NANOS).saturating_add(nanos))
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whether a packet may have this time: it is in the years 1970 to 2199. Any other is a defect of the capture.
    pub const fn is_usable(self) -> bool {
        0 <= self.0 && self.0 <= Self::LATEST.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(NANOS)
    }
}

impl Interval {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From whole seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(NANOS))
    }

    /// From milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// The length in nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }
}

impl Add<Interval> for Timestamp {
    type Output = Self;

    fn add(self, rhs: Interval) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl Sub for Timestamp {
    type Output = Interval;

    fn sub(self, rhs: Self) -> Interval {
        Interval(self.0.saturating_sub(rhs.0))
    }
}
