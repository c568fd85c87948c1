//! The tunnels that something was seen in, until they end or nothing is seen in them any more.

use ahash::RandomState;
use hashbrown::HashMap;

use super::Level;
use crate::events::ConnTag;
use crate::flow::{Addr, Timer, TimerKind};
use crate::time::{Interval, Timestamp};

/// Time without a new connection inside after which a tunnel is said to be over.
const LIFE: Interval = Interval::from_secs(3600);
/// Tunnels that are remembered in one shard, of either sort.
const MAX_IN_SHARD: u32 = 1024;

type Ends = (Addr, u16, Addr, u16);

fn ends(tag: &ConnTag) -> Ends {
    (tag.orig_h.into(), tag.orig_p, tag.resp_h.into(), tag.resp_p)
}

struct Active {
    shard: u16,
    level: Level,
    last: Timestamp,
    birth: u64,
}

/// What a timer found.
pub(super) enum Expiry {
    /// Nothing: the tunnel was closed.
    Gone,
    /// It is in use.
    Later(Timer),
    /// It is over.
    Expired(Level),
}

/// The tunnels of one engine.
pub(crate) struct Tunnels {
    pairs: HashMap<(u16, Addr, Addr), Level, RandomState>,
    index: HashMap<(u16, Ends), u32, RandomState>,
    slots: Vec<Option<Active>>,
    free: Vec<u32>,
    /// Pairs and active tunnels of each shard.
    counts: HashMap<u16, (u32, u32), RandomState>,
}

impl Tunnels {
    pub(crate) fn new(hasher: &RandomState) -> Self {
        Self {
            pairs: HashMap::with_hasher(hasher.clone()),
            index: HashMap::with_hasher(hasher.clone()),
            slots: Vec::new(),
            free: Vec::new(),
            counts: HashMap::with_hasher(hasher.clone()),
        }
    }

    /// The level of a pair of addresses, made by `new` when it is first seen.
    pub(super) fn pair(&mut self, shard: u16, a: Addr, b: Addr, new: impl FnOnce() -> Level) -> Level {
        let key = if a <= b { (shard, a, b) } else { (shard, b, a) };
        if let Some(level) = self.pairs.get(&key) {
            return *level;
        }
        let level = new();
        let (pairs, _) = self.counts.entry(shard).or_default();
        if *pairs < MAX_IN_SHARD {
            *pairs += 1;
            self.pairs.insert(key, level);
        }
        level
    }

    /// Notes that a connection was seen inside; returns a timer to set if the tunnel is new.
    pub(super) fn look_up(&mut self, shard: u16, level: &Level, now: Timestamp, birth: u64) -> Option<Timer> {
        let key = (shard, ends(&level.tag));
        if let Some(slot) = self.index.get(&key) {
            if let Some(active) = self.slots.get_mut(*slot as usize).and_then(Option::as_mut) {
                active.last = now;
            }
            return None;
        }
        let (_, open) = self.counts.entry(shard).or_default();
        if *open >= MAX_IN_SHARD {
            return None;
        }
        *open += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() as u32 - 1
        });
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(Active { shard, level: *level, last: now, birth });
        }
        self.index.insert(key, slot);
        Some(Timer { due: now + LIFE, birth, slot, kind: TimerKind::Tunnel })
    }

    /// Forgets a tunnel whose carrier is over.
    pub(super) fn close(&mut self, shard: u16, tag: &ConnTag) -> Option<Level> {
        if self.index.is_empty() {
            return None;
        }
        let slot = self.index.get(&(shard, ends(tag))).copied()?;
        self.forget(slot)
    }

    fn forget(&mut self, slot: u32) -> Option<Level> {
        let active = self.slots.get_mut(slot as usize)?.take()?;
        self.index.remove(&(active.shard, ends(&active.level.tag)));
        self.free.push(slot);
        if let Some((_, open)) = self.counts.get_mut(&active.shard) {
            *open -= 1;
        }
        Some(active.level)
    }

    pub(super) fn expire(&mut self, timer: Timer, now: Timestamp) -> Expiry {
        let Some(active) = self.slots.get(timer.slot as usize).and_then(Option::as_ref) else {
            return Expiry::Gone;
        };
        if active.birth != timer.birth {
            return Expiry::Gone;
        }
        let due = active.last + LIFE;
        if due > now {
            return Expiry::Later(Timer { due, ..timer });
        }
        self.forget(timer.slot).map_or(Expiry::Gone, Expiry::Expired)
    }
}
