//! What the capture's own acknowledgements tell of it, ever so often.

use std::any::Any;

use gannet::events::{Acknowledged, Event, Fold, FoldOutput, Meta, Observation};
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
struct Measure {
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
    fn tick(&mut self, now: Timestamp) {
        match self.last {
            None => self.last = Some(now),
            Some(_) => self.at = Some(now),
        }
    }

    /// A worker tells. Gives back what was measured at the end of the capture, and what was not complete before.
    fn item(&mut self, out: &FoldOutput<'_>, item: Observation) -> [Option<Measured>; 2] {
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
    fn advance(&mut self, now: Timestamp) -> Option<Measured> {
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

/// A policy that tells of each measurement.
pub(crate) struct Measuring {
    measure: Measure,
    tell: Tell,
}

/// Tells of a measurement.
type Tell = Box<dyn Fn(Measured, &mut FoldOutput<'_>) + Send>;

impl Measuring {
    pub(crate) fn new(tell: impl Fn(Measured, &mut FoldOutput<'_>) + Send + 'static) -> Self {
        Self { measure: Measure::default(), tell: Box::new(tell) }
    }
}

impl Fold for Measuring {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        for measured in self.measure.item(out, item).into_iter().flatten() {
            (self.tell)(measured, out);
        }
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        if let Some(measured) = self.measure.advance(out.now()) {
            (self.tell)(measured, out);
        }
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.measure.tick(out.now());
    }

    fn held(&self) -> usize {
        0
    }
}
