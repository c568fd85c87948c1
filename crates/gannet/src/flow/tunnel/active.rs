//! The tunnels that something was seen in, until they end or nothing is seen in them any more.

use ahash::RandomState;
use hashbrown::HashMap;

use super::level::Level;
use crate::base::key::Addr;
use crate::base::time::{Interval, Timestamp};
use crate::events::ConnTag;
use crate::worker::timer::{Timer, TimerKind};

/// Time without a new connection inside after which a tunnel is said to be over.
const LIFE: Interval = Interval::from_secs(3600);
/// Time without a packet after which the tunnel between two addresses is forgotten; looked at once in that time.
const PAIR_LIFE: Interval = Interval::from_secs(86_400);
/// Tunnels that are remembered in one shard, of either sort.
const MAX_IN_SHARD: u32 = 1024;

type Ends = (Addr, u16, Addr, u16);

fn ends(tag: &ConnTag) -> Ends {
    (tag.orig_h.into(), tag.orig_p, tag.resp_h.into(), tag.resp_p)
}

/// A shard and two addresses, the lower one first.
type Pair = (u16, Addr, Addr);

/// Something with a timer.
struct Slot {
    what: What,
    shard: u16,
    level: Level,
    last: Timestamp,
    birth: u64,
}

enum What {
    /// The tunnel between two addresses, known by its packets.
    Pair(Pair),
    /// A tunnel that was reported.
    Reported,
}

/// What a timer found.
pub(super) enum Expiry {
    /// Nothing that anybody has to know.
    Gone,
    /// It is in use.
    Later(Timer),
    /// It is over.
    Expired(Level),
}

/// The tunnels of one engine.
pub(crate) struct Tunnels {
    pairs: HashMap<Pair, u32, RandomState>,
    reported: HashMap<(u16, Ends), u32, RandomState>,
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    /// Pairs and reported tunnels of each shard.
    counts: HashMap<u16, (u32, u32), RandomState>,
}

impl Tunnels {
    pub(crate) fn new(hasher: &RandomState) -> Self {
        Self {
            pairs: HashMap::with_hasher(hasher.clone()),
            reported: HashMap::with_hasher(hasher.clone()),
            slots: Vec::new(),
            free: Vec::new(),
            counts: HashMap::with_hasher(hasher.clone()),
        }
    }

    /// The level of a pair of addresses, made by `new` when it is first seen, and then with a timer to set.
    pub(super) fn pair(
        &mut self,
        (shard, a, b): Pair,
        now: Timestamp,
        birth: u64,
        new: impl FnOnce() -> Level,
    ) -> (Level, Option<Timer>) {
        let key = if a <= b { (shard, a, b) } else { (shard, b, a) };
        if let Some(slot) = self.pairs.get(&key).and_then(|slot| self.slots.get_mut(*slot as usize)?.as_mut())
        {
            slot.last = now;
            return (slot.level, None);
        }
        let level = new();
        let (pairs, _) = self.counts.entry(shard).or_default();
        if *pairs >= MAX_IN_SHARD {
            return (level, None);
        }
        *pairs += 1;
        let slot = self.place(Slot { what: What::Pair(key), shard, level, last: now, birth });
        self.pairs.insert(key, slot);
        (level, Some(Timer { due: now + PAIR_LIFE, birth, slot, kind: TimerKind::Tunnel }))
    }

    /// Notes that a connection was seen inside; returns a timer to set if the tunnel is new.
    pub(super) fn look_up(&mut self, shard: u16, level: &Level, now: Timestamp, birth: u64) -> Option<Timer> {
        let key = (shard, ends(&level.tag));
        if let Some(slot) = self.reported.get(&key) {
            if let Some(known) = self.slots.get_mut(*slot as usize).and_then(Option::as_mut) {
                known.last = now;
            }
            return None;
        }
        let (_, reported) = self.counts.entry(shard).or_default();
        if *reported >= MAX_IN_SHARD {
            return None;
        }
        *reported += 1;
        let slot = self.place(Slot { what: What::Reported, shard, level: *level, last: now, birth });
        self.reported.insert(key, slot);
        Some(Timer { due: now + LIFE, birth, slot, kind: TimerKind::Tunnel })
    }

    fn place(&mut self, new: Slot) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() as u32 - 1
        });
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(new);
        }
        slot
    }

    /// Forgets a tunnel whose carrier is over.
    pub(super) fn end(&mut self, shard: u16, tag: &ConnTag) -> Option<Level> {
        if self.reported.is_empty() {
            return None;
        }
        let slot = self.reported.get(&(shard, ends(tag))).copied()?;
        self.forget(slot).map(|known| known.level)
    }

    fn forget(&mut self, slot: u32) -> Option<Slot> {
        let known = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        let counts = self.counts.get_mut(&known.shard);
        match (&known.what, counts) {
            (What::Pair(key), counts) => {
                self.pairs.remove(key);
                counts.into_iter().for_each(|(pairs, _)| *pairs -= 1);
            }
            (What::Reported, counts) => {
                self.reported.remove(&(known.shard, ends(&known.level.tag)));
                counts.into_iter().for_each(|(_, reported)| *reported -= 1);
            }
        }
        Some(known)
    }

    pub(super) fn expire(&mut self, timer: Timer, now: Timestamp) -> Expiry {
        let Some(known) = self.slots.get(timer.slot as usize).and_then(Option::as_ref) else {
            return Expiry::Gone;
        };
        if known.birth != timer.birth {
            return Expiry::Gone;
        }
        let due = match known.what {
            What::Reported => known.last + LIFE,
            What::Pair(_) if known.last + PAIR_LIFE > now => now + PAIR_LIFE,
            What::Pair(_) => now,
        };
        if due > now {
            return Expiry::Later(Timer { due, ..timer });
        }
        match self.forget(timer.slot) {
            Some(Slot { what: What::Reported, level, .. }) => Expiry::Expired(level),
            _ => Expiry::Gone,
        }
    }
}
