//! What the user says is to be done with notices.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use gannet::Interval;
use gannet::events::{Record, Set};
use gannet_query::{Predicate, Query, Saved, Scheme};

use crate::memory::Memory;

use super::action::{Action, Actions};
use super::record::Notice;

/// Rules at most.
const MAX_RULES: usize = 1000;

/// A rule as the user says it: which notices it is for, and what it says of them. What is left open is for the next rule.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RuleSpec {
    /// Types, such as `SSH::Password_Guessing`, or all that begin alike, such as `SSL::*`; all if it is empty.
    pub types: Vec<String>,
    /// A predicate over the columns of `notice`.
    pub condition: Option<String>,
    /// What is done; the notice is dropped if the list is empty.
    pub actions: Option<Vec<Action>>,
    /// For how long a notice with an identifier is not told again; zero for no time at all.
    pub suppress_for: Option<Interval>,
}

/// A rule that cannot be used: which, and why.
#[derive(Clone, Debug)]
pub struct RuleError {
    /// Its place among the rules, from 1; none if it is about all of them.
    number: Option<usize>,
    what: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "notice rule {number}: {}", self.what),
            None => write!(f, "notice rules: {}", self.what),
        }
    }
}

impl Error for RuleError {}

/// Takes a notice to somebody outside. It is called where the rows of all connections are in order, and must not wait.
pub type Sender = Arc<dyn Fn(&Notice, Actions) + Send + Sync>;

/// What is done with the notices of a run. Clones are the same: whoever holds one sees it when the rules are replaced. One thread
/// alone changes them.
#[derive(Clone, Default)]
pub struct Rules {
    now: Arc<ArcSwap<Current>>,
}

/// The rules as they hold.
#[derive(Clone, Default)]
struct Current {
    rules: Arc<[Rule]>,
    /// To whom mails go.
    mailed_to: Vec<String>,
    sender: Option<Sender>,
    memory: Memory,
}

impl Rules {
    /// Puts other rules in the place of these. The first that is for a notice and says what is done decides that; the first that
    /// says for how long it is not told again decides that. Without any, a notice is logged, and not told again for an hour.
    ///
    /// # Errors
    /// A predicate that cannot be used, or too many rules. Nothing is changed then.
    pub fn replace(&self, specs: &[RuleSpec], saved: &Saved) -> Result<(), RuleError> {
        if specs.len() > MAX_RULES {
            return Err(RuleError { number: None, what: format!("expected {MAX_RULES} at most") });
        }
        let scheme = Scheme::of(Notice::STREAM);
        let compile = |(number, spec)| {
            Rule::new(spec, &scheme, saved).map_err(|what| RuleError { number: Some(number), what })
        };
        let rules = (1..).zip(specs).map(compile).collect::<Result<_, _>>()?;
        self.change(|current| current.rules = rules);
        Ok(())
    }

    /// Mails go to these.
    pub fn mail_to(&self, addresses: Vec<String>) {
        self.change(|current| current.mailed_to = addresses);
    }

    /// What is to be mailed or sent goes this way; without one it goes nowhere.
    pub fn send_by(&self, sender: Sender) {
        self.change(|current| current.sender = Some(sender));
    }

    /// What was told is kept there.
    pub fn remember_by(&self, memory: Memory) {
        self.change(|current| current.memory = memory);
    }

    pub(super) fn memory(&self) -> Memory {
        self.current().memory.clone()
    }

    fn change(&self, change: impl FnOnce(&mut Current)) {
        let mut current = Current::clone(&self.now.load());
        change(&mut current);
        self.now.store(Arc::new(current));
    }

    fn current(&self) -> Guard<Arc<Current>> {
        self.now.load()
    }

    /// Decides what is done with a notice, and notes it in its row.
    pub(super) fn judge(&self, row: &mut Notice) -> Actions {
        let current = self.current();
        let (mut actions, mut suppress_for) = (None, None);
        for rule in current.rules.iter().filter(|rule| rule.covers(row)) {
            actions = actions.or(rule.actions);
            suppress_for = suppress_for.or(rule.suppress_for);
        }
        let actions = actions.unwrap_or(Actions::LOGGED);
        row.suppress_for = suppress_for.unwrap_or(row.suppress_for);
        row.actions = Set(actions.shown());
        if actions.contains(Action::Mail) {
            row.email_dest = Set(current.mailed_to.clone());
        }
        actions
    }

    /// Hands a notice out, if that is to be done.
    pub(super) fn send(&self, row: &Notice, actions: Actions) {
        if (actions.contains(Action::Mail) || actions.contains(Action::Webhook))
            && let Some(send) = &self.current().sender
        {
            send(row, actions);
        }
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rules").field(&self.current().rules).finish()
    }
}

/// A rule that is ready to be used.
#[derive(Debug)]
struct Rule {
    types: Vec<String>,
    predicate: Option<Predicate>,
    actions: Option<Actions>,
    suppress_for: Option<Interval>,
}

impl Rule {
    fn new(spec: &RuleSpec, scheme: &Scheme, saved: &Saved) -> Result<Self, String> {
        let check = |text: &String| Query::parse(text).and_then(|query| query.check(scheme, saved));
        let predicate = spec.condition.as_ref().map(check).transpose();
        Ok(Self {
            types: spec.types.clone(),
            predicate: predicate.map_err(|error| format!("where: {error}"))?,
            actions: spec.actions.as_ref().map(|actions| actions.iter().copied().collect()),
            suppress_for: spec.suppress_for,
        })
    }

    /// Whether it is for this notice.
    fn covers(&self, row: &Notice) -> bool {
        let record: &dyn Record = row;
        (self.types.is_empty() || self.types.iter().any(|pattern| matches(pattern, row.note.0)))
            && self.predicate.as_ref().is_none_or(|predicate| predicate.matches(record))
    }
}

/// Whether a type is the one that is named, or begins as it does before `*`.
pub fn matches(pattern: &str, note: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == note, |begin| note.starts_with(begin))
}
