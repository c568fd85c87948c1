//! Hosts that try passwords of SSH.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use gannet::analyzers::ssh::Ssh;
use gannet::events::{Event, FoldDescriptor, FoldOutput, Meta, Observation};

use crate::day::{DAY, SWEEP};
use crate::guessing::{Failed, Guesses};
use crate::notice::{self, Raise};
use crate::policy::Policy;
use crate::summary::{Plan, Summary};

const GUESSING: &str = "SSH::Password_Guessing";

/// Clients that are watched, failed connections from which on a client is told of, and the servers that are named then.
const PLAN: Plan = Plan { most: 50_000, life: DAY, first: 5, different: 0, thresholds: &[30] };

/// The policy.
pub const POLICY: Policy = Policy::new("Hosts of whom 30 connections of SSH in a day fail to log in", &FOLD)
    .raises(&[GUESSING])
    .local();

static FOLD: FoldDescriptor = FoldDescriptor::new("ssh_guessing", &[], || Box::new(Guesses::new(PLAN, tell)))
    .every(SWEEP)
    .watches(&[Ssh::STREAM], observe)
    .tells(&notice::FOLD);

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
