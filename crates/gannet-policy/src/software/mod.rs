//! Software that hosts run: `software.log`.

mod browser;
mod kept;
#[cfg(test)]
mod tests;
mod version;
mod watch;

use std::any::Any;
use std::borrow::Cow;
use std::net::IpAddr;

use gannet::Timestamp;
use gannet::events::{Banner, Enum, Event, Fold, FoldDescriptor, FoldOutput, Observation, Port};

use self::kept::{Last, MAX_HOSTS, MAX_PROGRAMS, Programs};
use self::version::{Program, Version};
use self::watch::Watched;
use crate::day::{DAY, SWEEP, Sweeps};
use crate::memory::Keeper;
use crate::notice;
use crate::policy::Policy;
use crate::settings::{Hosts, Kind, Setting, Settings};
use crate::table::Table;

/// Bytes of all programs that are remembered; the hosts that were met first go when there are more.
const MAX_BYTES: usize = 32 << 20;
/// Bytes of a text that are looked at and told.
const MAX_TEXT: usize = 4096;

/// What can be set.
const HOSTS: Setting =
    Setting::new("hosts", Kind::Hosts(Hosts::Local), "hosts whose software is told: local, remote or all");
const VULNERABLE: Setting =
    Setting::new("vulnerable", Kind::Ranges, "versions that are vulnerable, of which somebody is told");
const CHANGES: Setting =
    Setting::new("changes", Kind::Names, "programs of whose changes of versions somebody is told");

/// The policy.
pub const POLICY: Policy = Policy::new(
    "Software of local hosts, by how it names itself, when it is new or has another version",
    &FOLD,
)
.raises(&[watch::VULNERABLE_VERSION, watch::VERSION_CHANGE])
.set_by(&[&HOSTS, &VULNERABLE, &CHANGES])
.keeps()
.local();

static FOLD: FoldDescriptor =
    FoldDescriptor::new("software", &[Software::STREAM], || Box::new(Known::default()))
        .every(SWEEP)
        .given(|given| Box::new(Known::by(Settings::of(given))))
        .watches(&[Banner::STREAM], |_, event| observe(Hosts::Local, event))
        .watches_given(|given, _, event| observe(Settings::of(given).hosts(&HOSTS), event))
        .tells(&notice::FOLD);

gannet::record! {
    /// One row for each program that a local host is found to run, and for each change of its version; once a day.
    pub struct Software in "software" {
        /// When it was seen.
        ts: Timestamp,
        /// The host's address.
        host: IpAddr,
        /// The port of a server.
        host_p: Option<Port>,
        /// What it is, such as HTTP::SERVER.
        software_type: Enum,
        /// Its name.
        name: Option<Vec<u8>>,
        /// Its version.
        major as "version.major": Option<u64>,
        /// The number behind it.
        minor as "version.minor": Option<u64>,
        /// The third number.
        minor2 as "version.minor2": Option<u64>,
        /// The fourth number.
        minor3 as "version.minor3": Option<u64>,
        /// What follows the numbers.
        addl as "version.addl": Option<Vec<u8>>,
        /// The text by which it named itself.
        unparsed_version: Option<Vec<u8>>,
    }
}

/// A program that named itself.
struct Seen {
    host: IpAddr,
    port: Option<Port>,
    kind: Enum,
    program: Program,
    text: Vec<u8>,
}

fn observe(hosts: Hosts, event: Event<'_>) -> Option<Observation> {
    let Banner { kind, host, host_p, local_host, text, .. } = event.get()?;
    if !hosts.have(*local_host) {
        return None;
    }
    let text = text.get(..MAX_TEXT).unwrap_or(text);
    let named = match kind.0 {
        "SSH::CLIENT" => version::behind_protocol(text, true),
        "SSH::SERVER" => version::behind_protocol(text, false),
        _ => text.to_vec(),
    };
    let program = program(&named);
    Some(Box::new(Seen { host: *host, port: *host_p, kind: *kind, program, text: named }))
}

/// What was seen within a day.
struct Known {
    hosts: Table<IpAddr, Programs>,
    sweeps: Sweeps,
    /// Bytes that all programs hold.
    held: usize,
    /// Of what somebody is told.
    watched: Watched,
    keeper: Keeper,
}

impl Default for Known {
    fn default() -> Self {
        let hosts = Table::new(MAX_HOSTS, DAY);
        let (sweeps, watched, keeper) = (Sweeps::default(), Watched::default(), Keeper::default());
        Self { hosts, sweeps, held: 0, watched, keeper }
    }
}

/// Bytes that a place in a tree takes: its nodes are filled to two thirds.
const PLACE: usize = size_of::<(Box<[u8]>, Last)>() * 3 / 2;

/// Bytes that a program holds.
fn cost(name: &[u8], last: &Last) -> usize {
    let kind = match &last.kind {
        Cow::Borrowed(_) => 0,
        Cow::Owned(kind) => kind.capacity(),
    };
    PLACE + name.len() + kind + last.version.held()
}

fn cost_of_all(programs: &Programs) -> usize {
    programs.iter().map(|(name, last)| cost(name, last)).sum()
}

impl Known {
    fn by(settings: &Settings) -> Self {
        let (ranges, changes) = (settings.ranges(&VULNERABLE), settings.names(&CHANGES));
        let memory = settings.memory();
        let hosts = memory.recall(kept::read).unwrap_or_else(|| Table::new(MAX_HOSTS, DAY));
        let held = hosts.values().map(cost_of_all).sum();
        let (watched, keeper) = (Watched::new(ranges, changes), Keeper::new(memory));
        Self { hosts, held, watched, keeper, ..Self::default() }
    }

    /// Notes a program. Whether it is new, or its version is, and what it was before.
    fn note(
        &mut self,
        host: IpAddr,
        (kind, program): (Enum, &Program),
        out: &mut FoldOutput<'_>,
    ) -> (bool, Option<Last>) {
        let Program { name, version } = program;
        if self.hosts.get_mut(&host).is_none() {
            let gone = self.hosts.insert(host, Programs::new(), self.sweeps.born(out.now()));
            self.give_up(gone, out);
        }
        let Some(programs) = self.hosts.get_mut(&host) else { return (true, None) };
        if programs.get(name.as_slice()).is_some_and(|last| last.version == *version) {
            return (false, None);
        }
        let last = Last { kind: Cow::Borrowed(kind.0), version: version.clone() };
        self.held += cost(name, &last);
        let before = programs.insert(name.as_slice().into(), last);
        self.held -= before.as_ref().map(|before| cost(name, before)).unwrap_or_default();
        if programs.len() > MAX_PROGRAMS
            && let Some((name, last)) = programs.pop_first()
        {
            self.held -= cost(&name, &last);
            out.gave_up(1);
        }
        while self.held > MAX_BYTES
            && let Some(gone) = self.hosts.remove_oldest()
        {
            self.give_up(Some(gone), out);
        }
        (true, before)
    }

    /// The programs of a host go before their time.
    fn give_up(&mut self, gone: Option<Programs>, out: &mut FoldOutput<'_>) {
        if let Some(gone) = gone {
            self.held -= cost_of_all(&gone);
            out.gave_up(gone.len() as u64);
        }
    }
}

impl Fold for Known {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(seen) = item.downcast::<Seen>() else { return };
        let Seen { host, port, kind, program, text } = *seen;
        let (new, before) = self.note(host, (kind, &program), out);
        if !new {
            return;
        }
        let raised =
            self.watched.look(host, &program, before.map(|last| (last.kind, last.version)), out.now());
        let Program { name, version: Version { numbers: [major, minor, minor2, minor3], addl } } = program;
        let row = Software {
            ts: out.now(),
            host,
            host_p: port,
            software_type: kind,
            name: Some(name),
            major,
            minor,
            minor2,
            minor3,
            addl: addl.map(Vec::from),
            unparsed_version: Some(text),
        };
        out.emit(None, &row, &[]);
        raised.into_iter().for_each(|raise| raise.to(out));
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        if self.sweeps.due(out.now()) {
            self.hosts.sweep(out.now(), |programs| self.held -= cost_of_all(&programs));
            self.keeper.look(out.now(), kept::write(&self.hosts));
        }
    }

    fn finish(&mut self, _: &mut FoldOutput<'_>) {
        self.keeper.keep(kept::write(&self.hosts));
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.hosts.held() + self.held + self.watched.held()
    }
}

/// The program that a text names.
fn program(text: &[u8]) -> Program {
    /// Bytes of a name.
    const MAX_NAME: usize = 256;
    let mut program = match browser::is_browser(text) {
        true => browser::program(text),
        false => version::android(text).unwrap_or_else(|| version::plain(text)),
    };
    program.name.truncate(MAX_NAME);
    program
}
