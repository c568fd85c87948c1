//! What the capture's own acknowledgements tell of it, ever so often.

use gannet::events::{Acknowledged, Event, FoldOutput, Meta, Observation};
use gannet::{Interval, Timestamp};

/// Time between two measurements.
pub(crate) const EVERY: Interval = Interval::from_secs(900);
/// The clock at which time is taken, and the time until the first measurement.
pub(crate) const LEAD: Interval = Interval::from_secs(60);

/// What was acknowledged in some time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// When it was measured.
    pub(crate) ts: Timestamp,
    /// Time since the one before.
    pub(crate) ts_delta: Interval,
    /// Acknowledgements.
    pub(crate) acks: u64,
    /// Those among them of data that was never seen.
    pub(crate) gaps: u64,
}

/// What a worker tells: an [`Acknowledged`].
struct Told {
    acks: u64,
    gaps: u64,
    over: bool,
}

pub(crate) fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Acknowledged { acks, gaps, over } = *event.get()?;
    Some(Box::new(Told { acks, gaps, over }))
}

/// Measurements at their times. The packet that makes one due belongs to it, so that it is only complete when the clock goes on.
#[derive(Default)]
pub(crate) struct Measure {
    /// When there was the last one, or the beginning.
    last: Option<Timestamp>,
    /// When there is one that is not complete yet.
    at: Option<Timestamp>,
    acks: u64,
    gaps: u64,
    ended: bool,
}

impl Measure {
    /// It is time: the first time is the beginning.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        match self.last {
            None => self.last = Some(now),
            Some(_) => self.at = Some(now),
        }
    }

    /// A worker tells. Gives back what was measured at the end of the capture, and what was not complete before.
    pub(crate) fn item(&mut self, out: &FoldOutput<'_>, item: Observation) -> [Option<Measured>; 2] {
        let Ok(told) = item.downcast::<Told>() else { return [None; 2] };
        let before = if out.at_end() { self.take() } else { None };
        self.acks += told.acks;
        self.gaps += told.gaps;
        if told.over && !std::mem::replace(&mut self.ended, true) {
            self.at = self.last.and(Some(out.now()));
            return [before, self.take()];
        }
        [before, None]
    }

    /// The clock went on: gives back what is complete now.
    pub(crate) fn advance(&mut self, now: Timestamp) -> Option<Measured> {
        if self.at? < now { self.take() } else { None }
    }

    /// What is measured so far, if it is time for it.
    fn take(&mut self) -> Option<Measured> {
        let (ts, last) = (self.at.take()?, self.last?);
        self.last = Some(ts);
        let (acks, gaps) = (std::mem::take(&mut self.acks), std::mem::take(&mut self.gaps));
        Some(Measured { ts, ts_delta: ts - last, acks, gaps })
    }
}
