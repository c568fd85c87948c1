//! Oddities that somebody should look at.

#[cfg(test)]
mod tests;

use std::any::Any;
use std::net::IpAddr;

use gannet::events::{ConnTag, Event, Fold, FoldDescriptor, FoldOutput, Meta, Observation, Weird};

use crate::day::{DAY, SWEEP, Sweeps};
use crate::names::{NameSet, Names};
use crate::notice::{self, Raise};
use crate::policy::Policy;
use crate::table::Table;

const ACTIVITY: &str = "Weird::Activity";

/// Originators that were told of, each by what it did.
const MAX_TOLD: usize = 50_000;
/// Bytes of a name and of what is said beside it.
const MAX_TEXT: usize = 200;

/// The policy.
pub const POLICY: Policy =
    Policy::new("The few oddities that are signs of an attack, once a day for each originator", &FOLD)
        .raises(&[ACTIVITY])
        .local();

static FOLD: FoldDescriptor = FoldDescriptor::new("weird_activity", &[], || Box::new(Told::default()))
    .every(SWEEP)
    .watches(&[Weird::STREAM], observe)
    .tells(&notice::FOLD);

/// An oddity.
struct Odd {
    name: String,
    addl: Option<Vec<u8>>,
    conn: Option<ConnTag>,
}

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Weird { name, addl, conn, notice, .. } = event.get()?;
    notice.then(|| {
        let name = name.get(..MAX_TEXT).unwrap_or(name).to_owned();
        let addl = addl.as_ref().map(|addl| addl.get(..MAX_TEXT).unwrap_or(addl).to_vec());
        Box::new(Odd { name, addl, conn: *conn }) as Observation
    })
}

/// What was told within a day.
struct Told {
    /// By originator, and by the number of the name.
    told: Table<(Option<IpAddr>, NameSet), ()>,
    names: Names,
    sweeps: Sweeps,
}

impl Default for Told {
    fn default() -> Self {
        Self { told: Table::new(MAX_TOLD, DAY), names: Names::default(), sweeps: Sweeps::default() }
    }
}

impl Fold for Told {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(odd) = item.downcast::<Odd>() else { return };
        let Odd { name, addl, conn } = *odd;
        // The names are the engine's own, and few.
        let key = (conn.map(|conn| conn.orig_h), self.names.bit(&name).unwrap_or_default());
        if self.told.get_mut(&key).is_some() {
            return;
        }
        let gone = self.told.insert(key, (), self.sweeps.born(out.now()));
        out.gave_up(u64::from(gone.is_some()));
        let mut raised = Raise::new(ACTIVITY, name);
        raised.sub = addl;
        raised.conn = conn;
        raised.to(out);
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        if self.sweeps.due(out.now()) {
            self.told.sweep(out.now(), |()| ());
        }
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.advance(out);
    }

    fn held(&self) -> usize {
        self.told.held() + self.names.held()
    }
}
