//! Hosts that take part in TCP connections: `known_hosts.log`.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::Timestamp;
use gannet::events::{Established, Event, Fold, FoldDescriptor, FoldOutput, Meta, Observation};

use crate::day::{DAY, SWEEP, Sweeps};
use crate::policy::Policy;
use crate::table::Table;

/// Hosts that are remembered.
const MAX_HOSTS: usize = 400_000;

/// The policy.
pub const POLICY: Policy =
    Policy::new("Local hosts that take part in TCP connections, each once a day", &FOLD).local();

static FOLD: FoldDescriptor =
    FoldDescriptor::new("known_hosts", &[KnownHost::STREAM], || Box::new(KnownHosts::default()))
        .every(SWEEP)
        .watches(&[Established::STREAM], observe);

gannet::record! {
    /// One row a day for each local host that takes part in a TCP connection that was accepted.
    pub struct KnownHost in "known_hosts" {
        /// When it was seen.
        ts: Timestamp,
        /// Its address.
        host: IpAddr,
    }
}

/// The local ends of a connection.
struct Ends([Option<IpAddr>; 2]);

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Established { conn, local_orig, local_resp } = event.get()?;
    let orig = (*local_orig == Some(true)).then_some(conn.orig_h);
    let resp = (*local_resp == Some(true)).then_some(conn.resp_h);
    (orig.is_some() || resp.is_some()).then(|| Box::new(Ends([orig, resp])) as Observation)
}

/// The hosts that were seen within a day.
struct KnownHosts {
    hosts: Table<IpAddr, ()>,
    sweeps: Sweeps,
}

impl Default for KnownHosts {
    fn default() -> Self {
        Self { hosts: Table::new(MAX_HOSTS, DAY), sweeps: Sweeps::default() }
    }
}

impl Fold for KnownHosts {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(ends) = item.downcast::<Ends>() else { return };
        let ts = out.now();
        for host in ends.0.into_iter().flatten() {
            if self.hosts.get_mut(&host).is_none() {
                let gone = self.hosts.insert(host, (), self.sweeps.born(ts));
                out.gave_up(u64::from(gone.is_some()));
                out.emit(None, &KnownHost { ts, host }, &[]);
            }
        }
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        if self.sweeps.due(out.now()) {
            self.hosts.sweep(out.now(), |()| ());
        }
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.hosts.held()
    }
}
