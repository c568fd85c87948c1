//! The tunnels that something was seen in, until they end or nothing is seen in them any more; and what is said of them.
//!
//! What is in a tunnel and what carries it have shards of their own, so the tunnels are known behind the merge only: there
//! the connections inside and the ends of those that carry them come together in the order of the capture.

use std::any::Any;
use std::collections::BTreeMap;

use super::level::{Encap, Level};
use crate::base::key::Addr;
use crate::base::time::{Interval, Timestamp};
use crate::events::fold::{Crossing, Fold, FoldDescriptor, FoldOutput};
use crate::events::tunnel::Tunnel;
use crate::events::{ConnTag, Enum};
use crate::worker::state::Out;

/// Time without a new connection inside after which a tunnel is said to be over.
const LIFE: Interval = Interval::from_secs(3600);
/// Time between two looks for those that are over.
const SWEEP: Interval = Interval::from_secs(10);
/// Tunnels that are known of one shard's carriers.
const MAX_IN_SHARD: u32 = 1024;
/// Tunnels that are known of all shards together.
const MAX: usize = 1 << 17;
/// Bytes that one of them takes: itself, and its places in two trees.
const COST: usize = size_of::<Known>() + 3 * size_of::<Ends>();

/// Puts together what is said of tunnels.
pub(crate) static TUNNELS: FoldDescriptor =
    FoldDescriptor::new("tunnels", &[Tunnel::STREAM], Told::boxed).every(SWEEP);

/// A connection was seen inside these tunnels: those that are new will be reported.
pub(crate) fn seen(encap: &Encap, out: &mut Out<'_>) {
    say((out.now(), *encap), out);
}

/// A connection that carried others is over, and so is the tunnel.
pub(crate) fn over(tag: &ConnTag, out: &mut Out<'_>) {
    say(*tag, out);
}

/// Has an item cross, if anybody listens: a time and tunnels, or the ends of one.
fn say<T: Any + Send>(item: T, out: &mut Out<'_>) {
    if out.state.wants.has(Tunnel::STREAM) {
        out.cross(Crossing { to: &TUNNELS, item: Box::new(item) });
    }
}

/// The ends of a tunnel, the lower one first.
type Ends = [(Addr, u16); 2];

fn ends(tag: &ConnTag) -> Ends {
    let mut ends = [(Addr::from(tag.orig_h), tag.orig_p), (Addr::from(tag.resp_h), tag.resp_p)];
    ends.sort_unstable();
    ends
}

/// A tunnel that was reported.
struct Known {
    level: Level,
    shard: u16,
    /// The last new connection inside.
    last: Timestamp,
    /// Its place in the order of looks.
    look: (Timestamp, u64),
}

/// All tunnels that were reported and are not over.
#[derive(Default)]
struct Told {
    known: BTreeMap<Ends, Known>,
    /// When to look at each of them next.
    looks: BTreeMap<(Timestamp, u64), Ends>,
    /// How many are of each shard.
    counts: BTreeMap<u16, u32>,
    /// How many there ever were.
    total: u64,
}

impl Told {
    fn boxed() -> Box<dyn Fold> {
        Box::new(Self::default())
    }

    fn look_up(&mut self, (shard, ts): (u16, Timestamp), level: &Level, out: &mut FoldOutput<'_>) {
        let (now, key) = (out.now(), ends(&level.tag));
        if let Some(known) = self.known.get_mut(&key) {
            known.last = now;
            return;
        }
        let count = self.counts.entry(shard).or_default();
        if *count >= MAX_IN_SHARD || self.known.len() >= MAX {
            return;
        }
        *count += 1;
        self.total += 1;
        let look = (now + LIFE, self.total);
        self.looks.insert(look, key);
        self.known.insert(key, Known { level: *level, shard, last: now, look });
        row(level, ts, "Tunnel::DISCOVER", out);
    }

    fn forget(&mut self, key: &Ends) -> Option<Level> {
        let Known { level, shard, look, .. } = self.known.remove(key)?;
        self.looks.remove(&look);
        if let Some(count) = self.counts.get_mut(&shard) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&shard);
            }
        }
        Some(level)
    }

    /// Looks at those whose time has come.
    fn expire(&mut self, out: &mut FoldOutput<'_>) {
        let now = out.now();
        while let Some(look) = self.looks.first_entry().filter(|look| look.key().0 < now) {
            let ((_, nth), key) = look.remove_entry();
            let Some(known) = self.known.get_mut(&key) else { continue };
            let due = known.last + LIFE;
            if due >= now {
                known.look = (due, nth);
                self.looks.insert(known.look, key);
            } else if let Some(level) = self.forget(&key) {
                row(&level, now, "Tunnel::EXPIRE", out);
            }
        }
    }
}

impl Fold for Told {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        match item.downcast::<(Timestamp, Encap)>() {
            Ok(seen) => {
                let (ts, encap) = *seen;
                encap.levels().for_each(|level| self.look_up((encap.shard(), ts), level, out));
            }
            Err(item) => {
                let ended = item.downcast::<ConnTag>().ok().and_then(|tag| self.forget(&ends(&tag)));
                if let Some(level) = ended {
                    row(&level, out.now(), "Tunnel::CLOSE", out);
                }
            }
        }
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.expire(out);
    }

    fn held(&self) -> usize {
        self.known.len() * COST
    }
}

fn row(level: &Level, ts: Timestamp, action: &'static str, out: &mut FoldOutput<'_>) {
    let record = Tunnel { ts, conn: level.tag, tunnel_type: level.kind.text(), action: Enum(action) };
    out.emit(Some(&level.tag), &record, &[]);
}
