//! Points in time as Windows counts them ([MS-DTYP] 2.3.3).

use crate::base::time::Timestamp;
use crate::events::{Kind, Scalar, Value};

/// Steps of 100 nanoseconds since the year 1601.
///
/// Not `#[non_exhaustive]`: it is made from what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileTime(pub u64);

/// Steps in a second.
const STEPS: u64 = 10_000_000;
/// Seconds from the year 1601 to 1970.
const EPOCH: i64 = 11_644_473_600;

impl FileTime {
    /// Whether it is later than the beginning of the year 1970.
    #[must_use]
    pub const fn is_after_1970(self) -> bool {
        self.0 > EPOCH as u64 * STEPS
    }

    /// Seconds since 1970 as floating-point arithmetic has them, in whole microseconds. Logs of this protocol show times
    /// in that way, whose last digit is not always the one that the steps say.
    fn microseconds(self) -> f64 {
        let seconds = self.0 as f64 / STEPS as f64 - EPOCH as f64;
        seconds.trunc() * 1e6 + (seconds.fract() * 1e6).round_ties_even()
    }
}

impl Scalar for FileTime {
    const KIND: Kind = Kind::Time;
    const OPTIONAL: bool = false;

    fn value(&self) -> Value<'_> {
        /// Microseconds up to which a [`Timestamp`] can hold a time.
        const NEAR: f64 = (i64::MAX / 1000) as f64;
        let micros = self.microseconds();
        if micros.abs() < NEAR {
            Value::Time(Timestamp::from_nanos(micros as i64 * 1000))
        } else {
            Value::Date((micros / 1e6) as i64)
        }
    }
}
