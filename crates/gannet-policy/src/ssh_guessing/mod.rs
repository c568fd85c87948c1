//! Hosts that try passwords of SSH.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::analyzers::ssh::Ssh;
use gannet::events::{Event, Fold, FoldDescriptor, FoldOutput, Meta, Observation};

use crate::day::{DAY, SWEEP};
use crate::notice::{self, Raise};
use crate::policy::Policy;
use crate::summary::{Plan, Summaries};

const GUESSING: &str = "SSH::Password_Guessing";

/// Clients that are watched, failed connections from which on a client is told of, and the servers that are named then.
const PLAN: Plan = Plan { most: 50_000, life: DAY, first: 5, different: 0, thresholds: &[30] };

/// The policy.
pub const POLICY: Policy = Policy::new("Hosts of whom 30 connections of SSH in a day fail to log in", &FOLD)
    .raises(&[GUESSING])
    .local();

static FOLD: FoldDescriptor = FoldDescriptor::new("ssh_guessing", &[], || Box::new(Guesses::default()))
    .every(SWEEP)
    .watches(&[Ssh::STREAM], observe)
    .tells(&notice::FOLD);

/// A client and the server that did not let it in.
struct Failed(IpAddr, IpAddr);

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Ssh { conn, auth_success, client, server, .. } = event.get()?;
    let both = client.is_some() && server.is_some();
    (both && *auth_success == Some(false)).then(|| Box::new(Failed(conn.orig_h, conn.resp_h)) as Observation)
}

struct Guesses(Summaries<IpAddr, IpAddr>);

impl Default for Guesses {
    fn default() -> Self {
        Self(Summaries::new(PLAN))
    }
}

impl Fold for Guesses {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(failed) = item.downcast::<Failed>() else { return };
        let Failed(client, server) = *failed;
        if let Some(summary) = self.0.observe(client, server, out.now()) {
            let count = summary.count;
            let text =
                format!("{client} appears to be guessing SSH passwords (seen in {count} connections).");
            let servers: Vec<String> = summary.first.iter().map(|server| format!(" {server}")).collect();
            let sample = format!("Sampled servers: {}", servers.join(","));
            Raise::new(GUESSING, text).more(sample).src(client).about(client).to(out);
        }
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        out.gave_up(self.0.gave_up());
        self.0.sweep(out.now());
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.0.held()
    }
}
