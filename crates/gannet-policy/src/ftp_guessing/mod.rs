//! Hosts that try passwords of FTP.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use gannet::Interval;
use gannet::events::{Answered, Event, Fold, FoldDescriptor, FoldOutput, Meta, Observation};

use crate::day::SWEEP;
use crate::guessing::{Failed, Guesses};
use crate::notice::{self, Raise};
use crate::policy::Policy;
use crate::settings::{Kind, Setting, Settings};
use crate::summary::{Plan, Summary};

const GUESSING: &str = "FTP::Bruteforcing";

/// What can be set.
const FAILURES: Setting =
    Setting::new("failures", Kind::Count(20), "refusals from which on a client is told of");
const WITHIN: Setting = Setting::new(
    "within",
    Kind::Time(Interval::from_secs(900)),
    "the time over which they are counted, from the first on",
);

/// Clients that are watched, servers of one that are told apart.
fn plan(settings: &Settings) -> Plan {
    let thresholds = vec![settings.count(&FAILURES)].into();
    Plan { most: 50_000, life: settings.time(&WITHIN), first: 0, different: 20, thresholds }
}

/// The policy.
pub const POLICY: Policy =
    Policy::new("Hosts whose user names or passwords servers of FTP refuse 20 times in 15 minutes", &FOLD)
        .raises(&[GUESSING])
        .set_by(&[&FAILURES, &WITHIN]);

static FOLD: FoldDescriptor = FoldDescriptor::new("ftp_guessing", &[], || guesses(&Settings::default()))
    .given(|given| guesses(Settings::of(given)))
    .every(SWEEP)
    .watches(&[Answered::STREAM], observe)
    .tells(&notice::FOLD);

fn guesses(settings: &Settings) -> Box<dyn Fold> {
    Box::new(Guesses::new(plan(settings), tell))
}

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Answered { conn, command, code, .. } = event.get()?;
    let login = matches!(command.as_slice(), b"USER" | b"PASS");
    (login && (500..600).contains(code)).then(|| Box::new(Failed(conn.orig_h, conn.resp_h)) as Observation)
}

fn tell(client: IpAddr, summary: &Summary<IpAddr>, out: &mut FoldOutput<'_>) {
    let (count, servers) = (summary.count, summary.different.len());
    let seconds = (summary.end - summary.begin).nanos() / 1_000_000_000;
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let many = if servers > 1 { "s" } else { "" };
    let text =
        format!("{client} had {count} failed logins on {servers} FTP server{many} in {minutes}m{seconds}s");
    Raise::new(GUESSING, text).src(client).about(client).to(out);
}
