//! The tunnels between two addresses that have no ports: IP in IP and GRE. One pair has one, named after the first packet
//! that was seen, until nothing is seen in it any more.

use ahash::RandomState;
use hashbrown::HashMap;

use super::level::Level;
use crate::base::key::{Addr, FlowKey};
use crate::base::time::{Interval, Timestamp};
use crate::events::ConnTag;
use crate::events::tunnel::TunnelKind;
use crate::flow::uid::{TieBreaker, uid};
use crate::worker::state::Out;
use crate::worker::timer::{Timer, TimerKind};

/// Time without a packet after which the tunnel between two addresses is forgotten; looked at once in that time.
const LIFE: Interval = Interval::from_secs(86_400);
/// Tunnels that are remembered in one shard.
const MAX_IN_SHARD: u32 = 1024;

/// A shard and two addresses, the lower one first.
type Pair = (u16, Addr, Addr);

/// A tunnel with a timer.
struct Slot {
    pair: Pair,
    level: Level,
    last: Timestamp,
    birth: u64,
}

/// The tunnels between two addresses of one engine.
pub(crate) struct Tunnels {
    pairs: HashMap<Pair, u32, RandomState>,
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    /// Tunnels of each shard.
    counts: HashMap<u16, u32, RandomState>,
}

impl Tunnels {
    pub(crate) fn new(hasher: &RandomState) -> Self {
        Self {
            pairs: HashMap::with_hasher(hasher.clone()),
            slots: Vec::new(),
            free: Vec::new(),
            counts: HashMap::with_hasher(hasher.clone()),
        }
    }

    /// The level of a pair of addresses. Its id is the pair's: whatever it is itself carried in, it is one tunnel.
    pub(crate) fn level(
        &mut self,
        shard: u16,
        (src, dst): (Addr, Addr),
        (kind, ip_proto): (TunnelKind, u8),
        out: &mut Out<'_>,
    ) -> Level {
        let (now, birth) = (out.now(), out.state.next_birth());
        let pair = if src <= dst { (shard, src, dst) } else { (shard, dst, src) };
        let known = self.pairs.get(&pair).and_then(|slot| self.slots.get_mut(*slot as usize)?.as_mut());
        if let Some(slot) = known {
            slot.last = now;
            return slot.level;
        }
        let key = FlowKey::two_way(shard, 0, (src, 0), (dst, 0));
        let id = uid(out.state.settings.uid_seed, None, &key, Timestamp::ZERO, TieBreaker::Births(0));
        let (orig_h, resp_h) = (src.ip(), dst.ip());
        let level =
            Level { tag: ConnTag { uid: Some(id), orig_h, orig_p: 0, resp_h, resp_p: 0, ip_proto }, kind };
        let count = self.counts.entry(shard).or_default();
        if *count < MAX_IN_SHARD {
            *count += 1;
            let slot = self.place(Slot { pair, level, last: now, birth });
            self.pairs.insert(pair, slot);
            out.state.timers.set(Timer { due: now + LIFE, birth, slot, kind: TimerKind::Tunnel });
        }
        level
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

    /// A tunnel's timer is due: it is forgotten, unless something was seen in it.
    pub(crate) fn timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        if out.state.finishing {
            return;
        }
        let Some(place) = self.slots.get_mut(timer.slot as usize) else { return };
        let Some(known) = place.as_ref().filter(|known| known.birth == timer.birth) else { return };
        let now = out.now();
        if known.last + LIFE > now {
            out.state.timers.set(Timer { due: now + LIFE, ..timer });
            return;
        }
        let shard = known.pair.0;
        self.pairs.remove(&known.pair);
        *place = None;
        self.free.push(timer.slot);
        if let Some(count) = self.counts.get_mut(&shard) {
            *count -= 1;
        }
    }
}
