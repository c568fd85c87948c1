//! What policies want somebody to look at: `notice.log`.
//!
//! A policy makes a [`Raise`] and hands it to the fold of this one ([`Raise::to`]), behind which there is one table of what was
//! told already. It names this fold in its own descriptor ([`tells`](gannet::events::FoldDescriptor::tells)) and the types in
//! its [`Policy`], so that this one runs wherever it does.

mod raise;
mod record;
mod relay;
mod suppress;
#[cfg(test)]
mod tests;

use std::any::Any;

use gannet::Interval;
use gannet::events::{Fold, FoldDescriptor, FoldOutput};

pub use self::raise::Raise;
pub use self::record::Notice;
pub(crate) use self::relay::{Relay, of_server};
use self::suppress::Suppressed;
use crate::day::{SWEEP, Sweeps};
use crate::policy::Policy;

/// How long a notice with an identifier is not repeated.
pub(crate) const SUPPRESS_FOR: Interval = Interval::from_secs(3600);

/// The policy.
pub const POLICY: Policy = Policy::new("What other policies want somebody to look at", &FOLD).local();

/// Its fold, which others hand notices to.
pub static FOLD: FoldDescriptor =
    FoldDescriptor::new("notice", &[Notice::STREAM], || Box::new(Notices::default())).every(SWEEP);

/// What was told and is not to be told again yet.
#[derive(Default)]
struct Notices {
    told: Suppressed,
    sweeps: Sweeps,
}

impl Fold for Notices {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(raised) = item.downcast::<Raise>() else { return };
        let key = raised.identifier.as_ref().map(|identifier| self.told.key(raised.note, identifier));
        if key.is_some_and(|key| self.told.contains(key)) {
            return;
        }
        let (now, conn) = (out.now(), raised.conn);
        let row = raised.row(now);
        if let Some(key) = key
            && row.suppress_for > Interval::ZERO
        {
            out.gave_up(u64::from(self.told.insert(key, row.ts + row.suppress_for)));
        }
        out.emit(conn.as_ref(), &row, &[]);
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        if self.sweeps.due(out.now()) {
            self.told.sweep(out.now());
        }
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.told.held()
    }
}
