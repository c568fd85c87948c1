//! Times in which nothing was acknowledged: a tap that is dead, or a capture that has no TCP.

#[cfg(test)]
mod tests;

use std::any::Any;

use gannet::events::{Acknowledged, Fold, FoldDescriptor, FoldOutput};

use crate::measure::{EVERY, LEAD, Measure, Measured, observe};
use crate::notice::{self, Raise};
use crate::policy::Policy;

const TOO_LITTLE: &str = "CaptureLoss::Too_Little_Traffic";

/// The policy. Of itself it is in no set that is meant for captures, of which most are short.
pub const POLICY: Policy =
    Policy::new("Times in which nothing is acknowledged; nearly each short capture has one", &FOLD)
        .raises(&[TOO_LITTLE])
        .local();

static FOLD: FoldDescriptor = FoldDescriptor::new("little_traffic", &[], || Box::new(Silence::default()))
    .every(EVERY)
    .led_by(LEAD)
    .watches(&[Acknowledged::STREAM], observe)
    .tells(&notice::FOLD);

#[derive(Default)]
struct Silence(Measure);

fn tell(measured: Option<Measured>, out: &mut FoldOutput<'_>) {
    if let Some(Measured { ts, acks: 0, .. }) = measured {
        let text = "Only observed 0 TCP ACKs and was expecting at least 1.";
        Raise::new(TOO_LITTLE, text).at(ts).to(out);
    }
}

impl Fold for Silence {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        for measured in self.0.item(out, item) {
            tell(measured, out);
        }
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        tell(self.0.advance(out.now()), out);
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.0.tick(out.now());
    }

    fn held(&self) -> usize {
        0
    }
}
