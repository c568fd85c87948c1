//! What of the traffic was not captured: `capture_loss.log`.

#[cfg(test)]
mod tests;

use std::any::Any;

use gannet::events::{Acknowledged, CaptureLoss, Fold, FoldDescriptor, FoldOutput};

use crate::measure::{EVERY, LEAD, Measure, Measured, observe};
use crate::notice::{self, Raise};
use crate::policy::Policy;

/// Share of gaps, in percent, from which on somebody is told.
const TOO_MUCH: f64 = 10.0;
const TOO_MUCH_LOSS: &str = "CaptureLoss::Too_Much_Loss";

/// The policy.
pub const POLICY: Policy = Policy::new(
    "How much of the traffic was not captured, by what is acknowledged and was never seen",
    &FOLD,
)
.raises(&[TOO_MUCH_LOSS])
.local();

static FOLD: FoldDescriptor =
    FoldDescriptor::new("capture_loss", &[CaptureLoss::STREAM], || Box::new(Losses::default()))
        .every(EVERY)
        .led_by(LEAD)
        .watches(&[Acknowledged::STREAM], observe)
        .tells(&notice::FOLD);

#[derive(Default)]
struct Losses(Measure);

fn tell(measured: Option<Measured>, out: &mut FoldOutput<'_>) {
    let Some(Measured { ts, ts_delta, acks, gaps }) = measured else { return };
    let percent_lost = if acks == 0 { 0.0 } else { 100.0 * gaps as f64 / acks as f64 };
    let row = CaptureLoss { ts, ts_delta, peer: "zeek".to_owned(), gaps, acks, percent_lost };
    out.emit(None, &row, &[]);
    if percent_lost >= TOO_MUCH {
        let text =
            format!("The capture loss script detected an estimated loss rate above {percent_lost:.3}%");
        Raise::new(TOO_MUCH_LOSS, text).at(ts).to(out);
    }
}

impl Fold for Losses {
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
