//! Connections at regular intervals.

use std::collections::VecDeque;

use gannet::{Interval, Timestamp};

/// Beginnings of connections that are kept of one pair, the latest.
const STARTS: usize = 65;
/// Intervals that it takes.
const LEAST: usize = 9;
/// Intervals below this are a burst.
const SHORTEST: Interval = Interval::from_secs(1);
/// How far an interval may be from the median, as a share of it.
const NEAR: f64 = 0.1;
/// The share of intervals that has to be that near.
const REGULAR: f64 = 0.8;

/// When the latest connections of a pair began.
#[derive(Clone, Debug, Default)]
pub(super) struct Starts(VecDeque<Timestamp>);

/// Regular intervals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rhythm {
    /// The median of the intervals.
    pub(super) interval: Interval,
    /// Share of the intervals that are near it.
    pub(super) regular: f64,
}

impl Starts {
    pub(super) fn add(&mut self, ts: Timestamp) {
        if self.0.len() == STARTS {
            self.0.pop_front();
        }
        self.0.push_back(ts);
    }

    /// The rhythm, if there is one.
    pub(super) fn rhythm(&self) -> Option<Rhythm> {
        // A connection has its row when it ends.
        let mut starts: Vec<Timestamp> = self.0.iter().copied().collect();
        starts.sort_unstable();
        let mut intervals: Vec<i64> =
            starts.iter().zip(starts.iter().skip(1)).map(|(one, next)| (*next - *one).nanos()).collect();
        if intervals.len() < LEAST {
            return None;
        }
        intervals.sort_unstable();
        let median = *intervals.get(intervals.len() / 2)?;
        let near = |interval: &&i64| (**interval - median).abs() as f64 <= NEAR * median as f64;
        let regular = intervals.iter().filter(near).count() as f64 / intervals.len() as f64;
        let interval = Interval::from_nanos(median);
        (interval >= SHORTEST && regular >= REGULAR).then_some(Rhythm { interval, regular })
    }
}
