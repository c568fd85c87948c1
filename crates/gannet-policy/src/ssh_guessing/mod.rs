//! Hosts that try passwords of SSH.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use gannet::analyzers::ssh::Ssh;
use gannet::events::{Event, Fold, FoldDescriptor, FoldOutput, Meta, Observation};

use crate::day::{DAY, SWEEP};
use crate::guessing::{Failed, Guesses};
use crate::notice::{self, Raise};
use crate::policy::Policy;
use crate::settings::{Kind, Setting, Settings};
use crate::summary::{Plan, Summary};

const GUESSING: &str = "SSH::Password_Guessing";

/// What can be set.
const FAILURES: Setting =
    Setting::new("failures", Kind::Count(30), "failed connections from which on a client is told of");
const WITHIN: Setting =
    Setting::new("within", Kind::Time(DAY), "the time over which they are counted, from the first on");

/// Clients that are watched, and the servers that are named.
fn plan(settings: &Settings) -> Plan {
    let thresholds = vec![settings.count(&FAILURES)].into();
    Plan { most: 50_000, life: settings.time(&WITHIN), first: 5, different: 0, thresholds }
}

/// The policy.
pub const POLICY: Policy = Policy::new("Hosts of whom 30 connections of SSH in a day fail to log in", &FOLD)
    .raises(&[GUESSING])
    .set_by(&[&FAILURES, &WITHIN])
    .local();

static FOLD: FoldDescriptor = FoldDescriptor::new("ssh_guessing", &[], || guesses(&Settings::default()))
    .given(|given| guesses(Settings::of(given)))
    .every(SWEEP)
    .watches(&[Ssh::STREAM], observe)
    .tells(&notice::FOLD);

fn guesses(settings: &Settings) -> Box<dyn Fold> {
    Box::new(Guesses::new(plan(settings), tell))
}

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Ssh { conn, auth_success, client, server, .. } = event.get()?;
    let both = client.is_some() && server.is_some();
    (both && *auth_success == Some(false)).then(|| Box::new(Failed(conn.orig_h, conn.resp_h)) as Observation)
}

fn tell(client: IpAddr, summary: &Summary<IpAddr>, out: &mut FoldOutput<'_>) {
    let text =
        format!("{client} appears to be guessing SSH passwords (seen in {} connections).", summary.count);
    let servers: Vec<String> = summary.first.iter().map(|server| format!(" {server}")).collect();
    let sample = format!("Sampled servers: {}", servers.join(","));
    Raise::new(GUESSING, text).more(sample).src(client).about(client).to(out);
}
