//! Certificates of local servers that are not valid, or will not be for long: notices.

#[cfg(test)]
mod tests;

use gannet::Interval;
use gannet::events::{Event, FoldDescriptor, Meta, Observation, Presented};
use gannet::files::x509::Certificate;

use crate::certificates::time;
use crate::notice::{self, Raise, Relay};
use crate::policy::Policy;
use crate::settings::{Kind, Setting, Settings};

/// What can be set.
const SOON: Setting = Setting::new(
    "soon",
    Kind::Time(Interval::from_secs(30 * 86_400)),
    "the time before its end in which a certificate is told",
);

/// A certificate is told once within this time, for each server.
const DAY: Interval = Interval::from_secs(86_400);

const NOT_VALID_YET: &str = "SSL::Certificate_Not_Valid_Yet";
const EXPIRED: &str = "SSL::Certificate_Expired";
const EXPIRES_SOON: &str = "SSL::Certificate_Expires_Soon";

/// The policy.
pub const POLICY: Policy =
    Policy::new("Certificates of local servers that are not valid, or for less than 30 days", &FOLD)
        .raises(&[NOT_VALID_YET, EXPIRED, EXPIRES_SOON])
        .set_by(&[&SOON]);

static FOLD: FoldDescriptor = FoldDescriptor::new("expiring_certs", &[], || Box::new(Relay))
    .watches(&[Presented::STREAM], |meta, event| observe(&Settings::default(), meta, event))
    .given(|_| Box::new(Relay))
    .watches_given(|given, meta, event| observe(Settings::of(given), meta, event))
    .tells(&notice::FOLD);

fn observe(settings: &Settings, meta: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Presented { conn, local_resp: Some(true), established: true, leaf_fuid, certificates } =
        event.get()?
    else {
        return None;
    };
    let der = certificates.0.first()?;
    let leaf = Certificate::read(der)?;
    let (from, until) = (time::seconds(&leaf.not_before)?, time::seconds(&leaf.not_after)?);
    let now = meta.now.nanos().div_euclid(1_000_000_000);
    let [subject, ..] = leaf.names();
    let (note, text, at) = if now < from {
        (NOT_VALID_YET, "isn't valid until", &leaf.not_before)
    } else if now > until {
        (EXPIRED, "expired at", &leaf.not_after)
    } else if now > until - settings.time(&SOON).nanos() / 1_000_000_000 {
        (EXPIRES_SOON, "is going to expire at", &leaf.not_after)
    } else {
        return None;
    };
    let raised = Raise::new(note, format!("Certificate {subject} {text} {}", time::shown(at)?))
        .conn(*conn)
        .fuid(*leaf_fuid)
        .identifier(notice::of_server(conn, der))
        .suppress_for(DAY);
    Some(Box::new(vec![raised]))
}
