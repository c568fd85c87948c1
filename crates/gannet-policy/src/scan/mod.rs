//! Hosts that look for others, or for what others offer.

mod source;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::events::{Event, Fold, FoldDescriptor, FoldOutput, Meta, Observation};
use gannet::flow::Conn;
use gannet::{Interval, Timestamp};

use self::source::{Kind, Source, Target};
use crate::day::{SWEEP, Sweeps};
use crate::notice::{self, Raise};
use crate::policy::Policy;
use crate::settings::{self, Setting, Settings};
use crate::table::Table;

const ADDRESS_SCAN: &str = "Scan::Address_Scan";
const PORT_SCAN: &str = "Scan::Port_Scan";
const RANDOM_SCAN: &str = "Scan::Random_Scan";

/// Hosts that are watched; the oldest goes first.
const MAX_SOURCES: usize = 50_000;
/// Bytes of what they tried; the hosts that were met first go when there are more.
const MAX_BYTES: usize = 32 << 20;
/// Places of one host that are told apart.
const MAX_PLACES: usize = 10_000;

/// What can be set. Hosts of the own networks have more reasons to try what is not there.
const REMOTE: Setting = Setting::new(
    "remote",
    settings::Kind::Count(25),
    "places that a host of elsewhere tries before it is told of",
);
const LOCAL: Setting =
    Setting::new("local", settings::Kind::Count(250), "the same for a host of the own networks");
const WITHIN: Setting = Setting::new(
    "within",
    settings::Kind::Time(Interval::from_secs(900)),
    "how long what a host tried is kept, from its first try on",
);
const QUIET: Setting = Setting::new(
    "quiet",
    settings::Kind::Time(Interval::from_secs(3600)),
    "how long a host that was told of is left alone",
);

/// The policy.
pub const POLICY: Policy = Policy::new(
    "Hosts that try 25 places in 15 minutes, or 250 if they are local, and find nobody: addresses, ports, or both",
    &FOLD,
)
.raises(&[ADDRESS_SCAN, PORT_SCAN, RANDOM_SCAN])
.set_by(&[&REMOTE, &LOCAL, &WITHIN, &QUIET]);

static FOLD: FoldDescriptor = FoldDescriptor::new("scan", &[], || Box::new(Scans::by(&Settings::default())))
    .given(|given| Box::new(Scans::by(Settings::of(given))))
    .every(SWEEP)
    .watches(&[Conn::STREAM], observe)
    .tells(&notice::FOLD);

/// An attempt that found nobody.
struct Attempt {
    ts: Timestamp,
    source: IpAddr,
    local: bool,
    target: Target,
}

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Conn { ts, conn, local_orig, history, proto, .. } = event.get()?;
    // A first segment, perhaps again, and nothing else; or a refusal.
    let vain = matches!(history.as_deref(), Some(b"S" | b"SW" | b"Sr" | b"SWr"));
    let attempt = || Attempt {
        ts: *ts,
        source: conn.orig_h,
        local: *local_orig == Some(true),
        target: Target { host: conn.resp_h, port: conn.resp_p },
    };
    (vain && proto.0 == "tcp").then(|| Box::new(attempt()) as Observation)
}

/// What hosts tried.
struct Scans {
    sources: Table<IpAddr, Source>,
    /// Hosts that were told of.
    told: Table<IpAddr, ()>,
    sweeps: Sweeps,
    /// Bytes of all that was tried.
    held: usize,
    /// Places that a host tries before it is told of: of elsewhere, of the own networks.
    most: [usize; 2],
    within: Interval,
}

impl Scans {
    fn by(settings: &Settings) -> Self {
        let within = settings.time(&WITHIN);
        Self {
            sources: Table::new(MAX_SOURCES, within),
            told: Table::new(MAX_SOURCES, settings.time(&QUIET)),
            sweeps: Sweeps::default(),
            held: 0,
            most: [&REMOTE, &LOCAL].map(|setting| settings.size(setting).min(MAX_PLACES)),
            within,
        }
    }
}

impl Scans {
    /// Notes what a host tried; how many places and of which kind, if they are too many.
    fn note(&mut self, attempt: &Attempt, out: &mut FoldOutput<'_>) -> Option<(Kind, Interval)> {
        let Attempt { ts, source, local, target } = attempt;
        let now = out.now();
        if self.sources.get_mut(source).is_none() {
            let gone = self.sources.insert(*source, Source::new(*ts), self.sweeps.born(now));
            self.give_up(gone, out);
        }
        let tried = self.sources.get_mut(source)?;
        self.held -= tried.held();
        // Attempts are told of when their connections are over, which may be late.
        if *ts - tried.since > self.within {
            *tried = Source::new(*ts);
        }
        tried.note(*target);
        self.held += tried.held();
        let [remote, own] = self.most;
        if tried.len() >= if *local { own } else { remote } {
            let kind = tried.kind();
            let span = (*ts - tried.since).max(Interval::ZERO);
            self.held -= tried.empty();
            return Some((kind, span));
        }
        while self.held > MAX_BYTES
            && let Some(gone) = self.sources.remove_oldest()
        {
            self.give_up(Some(gone), out);
        }
        None
    }

    fn give_up(&mut self, gone: Option<Source>, out: &mut FoldOutput<'_>) {
        if let Some(gone) = gone {
            self.held -= gone.held();
            out.gave_up(1);
        }
    }
}

impl Fold for Scans {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(attempt) = item.downcast::<Attempt>() else { return };
        if self.told.get_mut(&attempt.source).is_some() {
            return;
        }
        let Some((kind, span)) = self.note(&attempt, out) else { return };
        let gone = self.told.insert(attempt.source, (), self.sweeps.born(out.now()));
        out.gave_up(u64::from(gone.is_some()));
        let (source, side) = (attempt.source, if attempt.local { "local" } else { "remote" });
        let seconds = span.nanos() / 1_000_000_000;
        let span = format!("{}m{}s", seconds / 60, seconds % 60);
        let raised = match kind {
            Kind::Addresses { hosts, port } => {
                let text =
                    format!("{source} scanned at least {hosts} unique hosts on port {port}/tcp in {span}");
                Raise::new(ADDRESS_SCAN, text).port(port).n(hosts as u64)
            }
            Kind::Ports { ports, host } => {
                let text = format!("{source} scanned at least {ports} unique ports of host {host} in {span}");
                Raise::new(PORT_SCAN, text).dst(host).n(ports as u64)
            }
            Kind::Random { hosts, ports } => {
                let text = format!("{source} scanned at least {hosts} hosts on {ports} ports in {span}");
                Raise::new(RANDOM_SCAN, text).n(hosts.max(ports) as u64)
            }
        };
        raised.src(source).more(side).about(source).to(out);
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        if self.sweeps.due(out.now()) {
            self.sources.sweep(out.now(), |gone| self.held -= gone.held());
            self.told.sweep(out.now(), |()| ());
        }
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.sources.held() + self.told.held() + self.held
    }
}
