//! Services that hosts offer: `known_services.log`.

mod candidate;
mod kept;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::events::{Enum, Fold, FoldDescriptor, FoldOutput, Milestone, Port, Set, Uid};
use gannet::{Interval, Timestamp};

use self::candidate::{Candidate, Endpoint, observe};
use self::kept::{MAX_SERVICES, Services};
use crate::day::{DAY, SWEEP, Sweeps};
use crate::memory::Keeper;
use crate::names::{NameSet, Names};
use crate::policy::Policy;
use crate::recent::Recent;
use crate::schedule::Schedule;
use crate::settings::{Hosts, Kind, Setting, Settings};
use crate::table::Table;

/// Open connections that are known to have told their service.
const MAX_DONE: usize = 400_000;
/// Services without a protocol that wait.
const MAX_WAITING: usize = 100_000;
/// A service without a protocol is told so much later, for a protocol may show yet.
const DELAY: Interval = Interval::from_secs(300);
/// The name of no protocol.
const NO_PROTOCOL: &str = "";

/// What can be set.
const HOSTS: Setting =
    Setting::new("hosts", Kind::Hosts(Hosts::Local), "hosts whose services are told: local, remote or all");

/// The policy.
pub const POLICY: Policy =
    Policy::new("Services of local hosts, by port and protocol, each once a day", &FOLD)
        .set_by(&[&HOSTS])
        .keeps()
        .local();

static FOLD: FoldDescriptor =
    FoldDescriptor::new("known_services", &[KnownService::STREAM], || Box::new(KnownServices::default()))
        .every(SWEEP)
        .given(|given| Box::new(KnownServices::by(Settings::of(given))))
        .watches(&[Milestone::STREAM], |_, event| observe(Hosts::Local, event))
        .watches_given(|given, _, event| observe(Settings::of(given).hosts(&HOSTS), event));

gannet::record! {
    /// One row a day for each protocol that is seen at a port of a local host, and one for a port that is used without any.
    pub struct KnownService in "known_services" {
        /// When it was seen.
        ts: Timestamp,
        /// The host's address.
        host: IpAddr,
        /// The port.
        port_num: Port,
        /// The transport protocol: tcp or udp.
        port_proto: Enum,
        /// The protocols that are new there; an empty name if there was none.
        service: Set<String>,
    }
}

/// What was seen of all services within a day.
struct KnownServices {
    services: Services,
    names: Names,
    /// Connections that are done with, and not over.
    done: Recent<Uid>,
    /// Services without a protocol.
    waiting: Schedule<(Timestamp, Endpoint)>,
    sweeps: Sweeps,
    /// The capture is over: nothing can wait any more.
    ended: bool,
    keeper: Keeper,
}

impl Default for KnownServices {
    fn default() -> Self {
        Self {
            services: Table::new(MAX_SERVICES, DAY),
            names: Names::default(),
            done: Recent::new(MAX_DONE),
            waiting: Schedule::new(MAX_WAITING, DELAY),
            sweeps: Sweeps::default(),
            ended: false,
            keeper: Keeper::default(),
        }
    }
}

impl KnownServices {
    fn by(settings: &Settings) -> Self {
        let memory = settings.memory();
        let recalled = memory.recall(kept::read);
        let known = recalled.map_or_else(Self::default, |(services, names)| Self {
            services,
            names,
            ..Self::default()
        });
        Self { keeper: Keeper::new(memory), ..known }
    }

    /// A connection that is to be told of.
    fn take(&mut self, at: Endpoint, service: Option<&str>, out: &mut FoldOutput<'_>) {
        let ts = out.now();
        match service {
            Some(names) => {
                let set = names.split(',').filter_map(|name| self.names.bit(&shown(name)));
                let set = set.fold(0, |set, bit| set | bit);
                self.commit(ts, at, set, out);
            }
            // What would have to wait when the capture is over is never told.
            None if self.ended => {}
            None => {
                let early = self.waiting.push(ts, (ts, at));
                self.unnamed(early, out);
            }
        }
    }

    /// A service without a protocol has waited long enough.
    fn unnamed(&mut self, waited: Option<(Timestamp, Endpoint)>, out: &mut FoldOutput<'_>) {
        let Some((ts, at)) = waited else { return };
        let set = self.names.bit(NO_PROTOCOL).unwrap_or_default();
        self.commit(ts, at, set, out);
    }

    /// Tells the names that are new there.
    fn commit(&mut self, ts: Timestamp, at: Endpoint, set: NameSet, out: &mut FoldOutput<'_>) {
        let new = match self.services.get_mut(&at) {
            Some(known) => {
                let new = set & !*known;
                *known |= set;
                new
            }
            None if set == 0 => 0,
            None => {
                let gone = self.services.insert(at, set, self.sweeps.born(out.now()));
                out.gave_up(u64::from(gone.is_some()));
                set
            }
        };
        if new != 0 {
            let service = Set(self.names.of(new).map(str::to_owned).collect());
            let Endpoint { host, port, proto } = at;
            let row =
                KnownService { ts, host, port_num: Port(port), port_proto: Enum(proto.name()), service };
            out.emit(None, &row, &[]);
        }
    }

    /// The capture is over: what waits is told first.
    fn end(&mut self, out: &mut FoldOutput<'_>) {
        self.ended = true;
        while let Some(waited) = self.waiting.next() {
            self.unnamed(Some(waited), out);
        }
    }
}

/// A protocol as this log has it: in capitals, if an analyzer found it; what another connection promised is not.
fn shown(name: &str) -> String {
    /// Connections that an analyzer expected, by the name that it gave them.
    const PROMISED: [&str; 3] = ["ftp-data", "gridftp-data", "irc-dcc-data"];
    if PROMISED.contains(&name) { name.to_owned() } else { name.to_ascii_uppercase() }
}

impl Fold for KnownServices {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        if out.at_end() && !self.ended {
            self.end(out);
        }
        let Ok(seen) = item.downcast::<Candidate>() else { return };
        let Candidate { uid, over, at, tells, service } = *seen;
        let done = if over { self.done.remove(&uid) } else { self.done.contains(&uid) };
        if over && done || !tells {
            return;
        }
        if !over {
            out.gave_up(u64::from(self.done.insert(uid)));
        }
        self.take(at, service.as_deref(), out);
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        if self.sweeps.due(out.now()) {
            self.services.sweep(out.now(), |_| ());
            self.keeper.look(out.now(), kept::write(&self.services, &self.names));
        }
        while let Some(waited) = self.waiting.due(out.now()) {
            self.unnamed(Some(waited), out);
        }
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn finish(&mut self, out: &mut FoldOutput<'_>) {
        self.end(out);
        self.keeper.keep(kept::write(&self.services, &self.names));
    }

    fn held(&self) -> usize {
        self.services.held() + self.names.held() + self.done.held() + self.waiting.held()
    }
}
