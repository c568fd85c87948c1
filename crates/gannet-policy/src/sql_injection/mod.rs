//! Requests of HTTP that try to get at a database: a tag in `http.log`, and notices of who does it to whom.

mod pattern;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::Timestamp;
use gannet::analyzers::http::Http;
use gannet::events::{
    Enum, Event, Fold, FoldDescriptor, FoldOutput, Label, Labels, Meta, Observation, Record, Uid, Value,
};

use self::pattern::Forms;
use crate::day::{DAY, SWEEP};
use crate::notice::{self, Raise};
use crate::policy::Policy;
use crate::settings::{Kind, Setting, Settings};
use crate::summary::{Plan, Summaries};

/// The tag.
const TAG: &str = "HTTP::URI_SQLI";
const ATTACKER: &str = "HTTP::SQL_Injection_Attacker";
const VICTIM: &str = "HTTP::SQL_Injection_Victim";

/// What can be set.
const REQUESTS: Setting =
    Setting::new("requests", Kind::Count(50), "requests from which on a host is told of");
const WITHIN: Setting =
    Setting::new("within", Kind::Time(DAY), "the time over which they are counted, from the first on");

/// Hosts that are watched in either part.
fn plan(settings: &Settings) -> Plan {
    let thresholds = vec![settings.count(&REQUESTS)].into();
    Plan { most: 50_000, life: settings.time(&WITHIN), first: 1, different: 0, thresholds }
}

/// The policy.
pub const POLICY: Policy = Policy::new(
    "Requests of HTTP whose target looks like an attempt to inject SQL: tagged in http.log",
    &FOLD,
)
.labels(&LABEL)
.raises(&[ATTACKER, VICTIM])
.set_by(&[&REQUESTS, &WITHIN])
.local();

static LABEL: Label = Label::new(Http::STREAM, labels);

static FOLD: FoldDescriptor =
    FoldDescriptor::new("sql_injection", &[], || Box::new(Attacks::by(&Settings::default())))
        .given(|given| Box::new(Attacks::by(Settings::of(given))))
        .every(SWEEP)
        .watches(&[Http::STREAM], observe)
        .tells(&notice::FOLD);

fn labels() -> Box<Labels> {
    let forms = Forms::new();
    Box::new(move |record: &dyn Record| match record.field("uri") {
        Some(Value::Text(uri)) => forms.match_some(uri).then_some(Enum(TAG)),
        _ => None,
    })
}

/// A request with the tag.
struct Attack {
    ts: Timestamp,
    uid: Option<Uid>,
    orig: IpAddr,
    resp: IpAddr,
}

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Http { ts, conn, tags, .. } = event.get()?;
    let attack = Attack { ts: *ts, uid: conn.uid, orig: conn.orig_h, resp: conn.resp_h };
    tags.0.contains(&Enum(TAG)).then(|| Box::new(attack) as Observation)
}

/// The other end of a request, and its connection.
type Other = (IpAddr, Option<Uid>);

struct Attacks {
    attackers: Summaries<IpAddr, Other>,
    victims: Summaries<IpAddr, Other>,
}

impl Attacks {
    fn by(settings: &Settings) -> Self {
        Self { attackers: Summaries::new(plan(settings)), victims: Summaries::new(plan(settings)) }
    }
}

impl Fold for Attacks {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(attack) = item.downcast::<Attack>() else { return };
        let Attack { ts, uid, orig, resp } = *attack;
        if let Some(Some((victim, uid))) =
            self.attackers.observe(orig, (resp, uid), out.now()).map(|summary| summary.first.first().copied())
        {
            let text = "An SQL injection attacker was discovered!";
            Raise::new(ATTACKER, text).at(ts).src(orig).dst(victim).example(uid).about(orig).to(out);
        }
        if let Some(Some((attacker, uid))) =
            self.victims.observe(resp, (orig, uid), out.now()).map(|summary| summary.first.first().copied())
        {
            let text = "An SQL injection victim was discovered!";
            Raise::new(VICTIM, text).at(ts).src(attacker).dst(resp).example(uid).about(resp).to(out);
        }
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        out.gave_up(self.attackers.gave_up() + self.victims.gave_up());
        self.attackers.sweep(out.now());
        self.victims.sweep(out.now());
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.attackers.held() + self.victims.held()
    }
}
