//! Hosts that take part in TCP connections: `known_hosts.log`.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::Timestamp;
use gannet::events::{Established, Event, Fold, FoldDescriptor, FoldOutput, Observation};

use crate::day::{DAY, SWEEP, Sweeps};
use crate::memory::{Keeper, Reader, Writer};
use crate::policy::Policy;
use crate::settings::{Hosts, Kind, Setting, Settings};
use crate::table::Table;

/// Hosts that are remembered.
const MAX_HOSTS: usize = 400_000;

/// What can be set.
const HOSTS: Setting =
    Setting::new("hosts", Kind::Hosts(Hosts::Local), "hosts that are told of: local, remote or all");

/// The policy.
pub const POLICY: Policy =
    Policy::new("Local hosts that take part in TCP connections, each once a day", &FOLD)
        .set_by(&[&HOSTS])
        .keeps()
        .local();

static FOLD: FoldDescriptor =
    FoldDescriptor::new("known_hosts", &[KnownHost::STREAM], || Box::new(KnownHosts::default()))
        .every(SWEEP)
        .given(|given| Box::new(KnownHosts::by(Settings::of(given))))
        .watches(&[Established::STREAM], |_, event| observe(Hosts::Local, event))
        .watches_given(|given, _, event| observe(Settings::of(given).hosts(&HOSTS), event));

gannet::record! {
    /// One row a day for each local host that takes part in a TCP connection that was accepted.
    pub struct KnownHost in "known_hosts" {
        /// When it was seen.
        ts: Timestamp,
        /// Its address.
        host: IpAddr,
    }
}

/// The ends of a connection that are told of.
struct Ends([Option<IpAddr>; 2]);

fn observe(hosts: Hosts, event: Event<'_>) -> Option<Observation> {
    let Established { conn, local_orig, local_resp } = event.get()?;
    let orig = hosts.have(*local_orig).then_some(conn.orig_h);
    let resp = hosts.have(*local_resp).then_some(conn.resp_h);
    (orig.is_some() || resp.is_some()).then(|| Box::new(Ends([orig, resp])) as Observation)
}

/// The hosts that were seen within a day.
struct KnownHosts {
    hosts: Table<IpAddr, ()>,
    sweeps: Sweeps,
    keeper: Keeper,
}

impl Default for KnownHosts {
    fn default() -> Self {
        let hosts = Table::new(MAX_HOSTS, DAY);
        Self { hosts, sweeps: Sweeps::default(), keeper: Keeper::default() }
    }
}

impl KnownHosts {
    fn by(settings: &Settings) -> Self {
        let memory = settings.memory();
        let read = |from: &mut Reader<'_>| {
            let mut hosts = Table::new(MAX_HOSTS, DAY);
            hosts.read(from, |from| Some((from.host()?, ())))?;
            Some(hosts)
        };
        let known = memory.recall(read).map_or_else(Self::default, |hosts| Self { hosts, ..Self::default() });
        Self { keeper: Keeper::new(memory), ..known }
    }
}

/// Writes what is known.
fn write(hosts: &Table<IpAddr, ()>) -> impl FnOnce(&mut Writer) {
    |to| hosts.write(to, |to, host, ()| to.host(*host))
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
            self.keeper.look(out.now(), write(&self.hosts));
        }
    }

    fn finish(&mut self, _: &mut FoldOutput<'_>) {
        self.keeper.keep(write(&self.hosts));
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.hosts.held()
    }
}
