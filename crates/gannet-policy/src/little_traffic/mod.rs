//! Times in which nothing was acknowledged: a tap that is dead, or a capture that has no TCP.

#[cfg(test)]
mod tests;

use gannet::events::{Acknowledged, FoldDescriptor, FoldOutput};

use crate::measure::{EVERY, LEAD, Measured, Measuring, observe};
use crate::notice::{self, Raise};
use crate::policy::Policy;

const TOO_LITTLE: &str = "CaptureLoss::Too_Little_Traffic";

/// The policy. Of itself it is in no set that is meant for captures, of which most are short.
pub const POLICY: Policy =
    Policy::new("Times in which nothing is acknowledged; nearly each short capture has one", &FOLD)
        .raises(&[TOO_LITTLE])
        .local();

static FOLD: FoldDescriptor = FoldDescriptor::new("little_traffic", &[], || Box::new(Measuring::new(tell)))
    .every(EVERY)
    .led_by(LEAD)
    .watches(&[Acknowledged::STREAM], observe)
    .tells(&notice::FOLD);

fn tell(measured: Measured, out: &mut FoldOutput<'_>) {
    if let Measured { ts, acks: 0, .. } = measured {
        let text = "Only observed 0 TCP ACKs and was expecting at least 1.";
        Raise::new(TOO_LITTLE, text).at(ts).to(out);
    }
}
