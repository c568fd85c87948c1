//! What policies want somebody to look at: `notice.log`.
//!
//! A policy makes a [`Raise`] and hands it to the fold of this one ([`Raise::to`]), behind which there is one table of what was
//! told already. It names this fold in its own descriptor ([`tells`](gannet::events::FoldDescriptor::tells)) and the types in
//! its [`Policy`], so that this one runs wherever it does. What is done with a notice is decided here, by [`Rules`].

mod action;
mod raise;
mod record;
mod relay;
mod rules;
mod suppress;
#[cfg(test)]
mod tests;

use std::any::Any;

use gannet::Interval;
use gannet::events::{Fold, FoldDescriptor, FoldOutput, Given};

pub use self::action::{Action, Actions};
pub use self::raise::Raise;
pub use self::record::{Notice, NoticeAlarm};
pub(crate) use self::relay::{Relay, of_server};
pub use self::rules::{RuleError, RuleSpec, Rules, Sender, matches};
use self::suppress::Suppressed;
use crate::day::{SWEEP, Sweeps};
use crate::memory::Keeper;
use crate::policy::Policy;

/// How long a notice with an identifier is not repeated.
pub(crate) const SUPPRESS_FOR: Interval = Interval::from_secs(3600);

/// The policy.
pub const POLICY: Policy = Policy::new("What other policies want somebody to look at", &FOLD).keeps().local();

/// Its fold, which others hand notices to; a run may give it [`Rules`].
pub static FOLD: FoldDescriptor =
    FoldDescriptor::new("notice", &[Notice::STREAM, NoticeAlarm::STREAM], || Box::new(Notices::default()))
        .given(|given| Box::new(Notices::by(given)))
        .every(SWEEP);

/// What was told and is not to be told again yet.
#[derive(Default)]
struct Notices {
    rules: Rules,
    told: Suppressed,
    sweeps: Sweeps,
    keeper: Keeper,
}

impl Notices {
    /// By the [`Rules`] that a run is given.
    fn by(given: &Given) -> Self {
        let rules = given.downcast_ref::<Rules>().cloned().unwrap_or_default();
        let memory = rules.memory();
        let told = memory.recall(Suppressed::read).unwrap_or_default();
        Self { rules, told, sweeps: Sweeps::default(), keeper: Keeper::new(memory) }
    }
}

impl Fold for Notices {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(raised) = item.downcast::<Raise>() else { return };
        let key = raised.identifier.as_ref().map(|identifier| self.told.key(raised.note, identifier));
        if key.is_some_and(|key| self.told.contains(key)) {
            return;
        }
        let (now, conn) = (out.now(), raised.conn);
        let mut row = raised.row(now);
        let actions = self.rules.judge(&mut row);
        // What is dropped is as if nobody had raised it: the next one of its kind may be wanted.
        if actions.is_empty() {
            return;
        }
        if let Some(key) = key
            && row.suppress_for > Interval::ZERO
        {
            out.gave_up(u64::from(self.told.insert(key, row.ts + row.suppress_for)));
        }
        self.rules.send(&row, actions);
        if actions.contains(Action::Log) {
            out.emit(conn.as_ref(), &row, &[]);
        }
        if actions.contains(Action::Alarm) {
            out.emit(conn.as_ref(), &NoticeAlarm::of(row), &[]);
        }
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        if self.sweeps.due(out.now()) {
            self.told.sweep(out.now());
            self.keeper.look(out.now(), |to| self.told.write(to));
        }
    }

    fn finish(&mut self, _: &mut FoldOutput<'_>) {
        self.keeper.keep(|to| self.told.write(to));
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.told.held()
    }
}
