//! What of the traffic was not captured: `capture_loss.log`.

#[cfg(test)]
mod tests;

use gannet::events::{Acknowledged, CaptureLoss, Fold, FoldDescriptor, FoldOutput};

use crate::measure::{EVERY, LEAD, Measured, Measuring, observe};
use crate::notice::{self, Raise};
use crate::policy::Policy;
use crate::settings::{Kind, Setting, Settings};

/// What can be set.
const PERCENT: Setting =
    Setting::new("percent", Kind::Percent(10.0), "share of what was lost from which on somebody is told");

const TOO_MUCH_LOSS: &str = "CaptureLoss::Too_Much_Loss";

/// The policy.
pub const POLICY: Policy = Policy::new(
    "How much of the traffic was not captured, by what is acknowledged and was never seen",
    &FOLD,
)
.raises(&[TOO_MUCH_LOSS])
.set_by(&[&PERCENT])
.local();

static FOLD: FoldDescriptor =
    FoldDescriptor::new("capture_loss", &[CaptureLoss::STREAM], || measuring(&Settings::default()))
        .given(|given| measuring(Settings::of(given)))
        .every(EVERY)
        .led_by(LEAD)
        .watches(&[Acknowledged::STREAM], observe)
        .tells(&notice::FOLD);

fn measuring(settings: &Settings) -> Box<dyn Fold> {
    let most = settings.percent(&PERCENT);
    Box::new(Measuring::new(move |measured, out| tell(measured, most, out)))
}

fn tell(measured: Measured, most: f64, out: &mut FoldOutput<'_>) {
    let Measured { ts, ts_delta, acks, gaps } = measured;
    let percent_lost = if acks == 0 { 0.0 } else { 100.0 * gaps as f64 / acks as f64 };
    let row = CaptureLoss { ts, ts_delta, peer: "zeek".to_owned(), gaps, acks, percent_lost };
    out.emit(None, &row, &[]);
    if percent_lost >= most {
        let text =
            format!("The capture loss script detected an estimated loss rate above {percent_lost:.3}%");
        Raise::new(TOO_MUCH_LOSS, text).at(ts).to(out);
    }
}
