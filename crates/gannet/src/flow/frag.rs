//! IP datagrams put together from fragments (RFC 791, section 3.2; RFC 8200, section 4.5), within a budget.

use std::collections::VecDeque;

use ahash::RandomState;
use hashbrown::HashMap;

use crate::base::key::Addr;
use crate::base::settings::Settings;
use crate::decode::ip::{Fragment, Ip};
use crate::worker::budget::{Room, ShardBudget};

/// Fragments of one datagram that may wait.
const MAX_BLOCKS: usize = 2048;
/// What a waiting fragment costs beside its bytes.
const OVERHEAD: usize = 64;
/// What an incomplete datagram costs beside its fragments.
const DATAGRAM: usize = 384;
/// Entries of datagrams that are gone which a shard's list may keep, beside as many as it has of others.
const ORDER_SLACK: usize = 64;
/// Shortest packet that is no last fragment and not suspicious.
const MIN_LENGTH: u32 = 64;
/// End of the largest datagram that is not suspicious.
const MAX_END: u32 = 64_000;

/// Identity of a datagram; the protocol is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    src: Addr,
    dst: Addr,
    id: u32,
    shard: u16,
}

/// A datagram of which something is missing.
#[derive(Debug)]
struct Partial {
    key: Key,
    birth: u64,
    v4: bool,
    /// Header length of the fragment that came first, without a fragment header.
    header: u32,
    proto: u8,
    /// End of the payload; 0 while it is not known.
    size: u32,
    /// Sorted, not overlapping.
    blocks: Vec<(u32, Box<[u8]>)>,
    held: usize,
}

/// A whole datagram.
pub(crate) struct Datagram {
    pub(crate) header: u32,
    pub(crate) proto: u8,
    /// Header and payload, as a 16-bit length field says it.
    pub(crate) total: u32,
    pub(crate) payload: Vec<u8>,
}

/// What became of a fragment.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) weirds: Vec<&'static str>,
    pub(crate) whole: Option<Datagram>,
    /// Slot and birth of a datagram that began with it and is not complete: it needs a timer.
    pub(crate) begun: Option<(u32, u64)>,
    /// Datagrams given up for the budget.
    pub(crate) shed: u64,
    /// How many of these for what all shards hold together.
    pub(crate) braked: u64,
}

/// What one shard holds, beside the bytes.
#[derive(Debug, Default)]
struct Held {
    /// Datagrams.
    count: usize,
    /// Slots and births by age; those that are gone are passed over, and swept out before they are many.
    order: VecDeque<(u32, u64)>,
}

/// The incomplete datagrams of one engine.
pub(crate) struct Fragments {
    index: HashMap<Key, u32, RandomState>,
    slots: Vec<Option<Partial>>,
    free: Vec<u32>,
    shards: HashMap<u16, Held, RandomState>,
    /// Bytes of waiting fragments, what they cost beside their bytes included.
    bytes: ShardBudget,
}

impl Fragments {
    pub(crate) fn new(hasher: RandomState, settings: &Settings) -> Self {
        Self {
            index: HashMap::with_hasher(hasher.clone()),
            slots: Vec::new(),
            free: Vec::new(),
            shards: HashMap::with_hasher(hasher),
            bytes: ShardBudget::new(settings.limits.fragments(), &settings.totals.fragments),
        }
    }

    /// Takes over other limits.
    pub(crate) fn reconfigure(&mut self, settings: &Settings) {
        self.bytes.reconfigure(settings.limits.fragments());
    }

    /// Adds a fragment; `birth` is for the datagram, should it begin with this one.
    pub(crate) fn add(&mut self, shard: u16, ip: &Ip<'_>, fragment: Fragment, birth: u64) -> Outcome {
        let mut outcome = Outcome::default();
        let key = Key { src: ip.src, dst: ip.dst, id: fragment.id, shard };
        let (slot, new) = match self.index.get(&key) {
            Some(slot) => (*slot, false),
            None => (self.begin(key, ip, birth), true),
        };
        let Some(partial) = self.slots.get_mut(slot as usize).and_then(Option::as_mut) else {
            return outcome;
        };
        let before = partial.held;
        partial.add(ip, fragment, &mut outcome.weirds);
        let after = partial.held;
        let crowded = partial.blocks.len() > MAX_BLOCKS;
        outcome.whole = partial.whole(&mut outcome.weirds);
        self.bytes.change(shard, before, after);
        if outcome.whole.is_some() || crowded {
            outcome.shed += u64::from(crowded && outcome.whole.is_none());
            self.remove(slot, None);
        } else if new {
            outcome.begun = Some((slot, birth));
        }
        self.keep_budget(shard, &mut outcome);
        outcome
    }

    fn begin(&mut self, key: Key, ip: &Ip<'_>, birth: u64) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() as u32 - 1
        });
        let header = header_length(ip);
        let partial = Partial {
            key,
            birth,
            v4: ip.v4,
            header,
            proto: ip.proto,
            size: 0,
            blocks: Vec::new(),
            held: DATAGRAM,
        };
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(partial);
        }
        self.index.insert(key, slot);
        let held = self.shards.entry(key.shard).or_default();
        held.count += 1;
        held.order.push_back((slot, birth));
        self.bytes.change(key.shard, 0, DATAGRAM);
        slot
    }

    /// Removes a datagram; with a birth, only if it is the one born then.
    pub(crate) fn remove(&mut self, slot: u32, birth: Option<u64>) -> bool {
        let Some(place) = self.slots.get_mut(slot as usize) else { return false };
        let Some(partial) = place.take_if(|partial| birth.is_none_or(|birth| birth == partial.birth)) else {
            return false;
        };
        self.index.remove(&partial.key);
        self.free.push(slot);
        let shard = partial.key.shard;
        self.bytes.change(shard, partial.held, 0);
        if let Some(held) = self.shards.get_mut(&shard) {
            held.count -= 1;
            if held.count == 0 {
                self.shards.remove(&shard);
            } else if held.order.len() > 2 * held.count + ORDER_SLACK {
                let slots = &self.slots;
                held.order.retain(|(slot, birth)| is_born(slots, *slot, *birth));
            }
        }
        true
    }

    /// Whether the datagram born then is still incomplete.
    pub(crate) fn is_current(&self, slot: u32, birth: u64) -> bool {
        is_born(&self.slots, slot, birth)
    }

    fn keep_budget(&mut self, shard: u16, outcome: &mut Outcome) {
        while let Some((payer, room)) = self.bytes.payer(shard)
            && let Some(held) = self.shards.get_mut(&payer)
        {
            let Some((slot, birth)) = held.order.pop_front() else { break };
            let gone = u64::from(self.remove(slot, Some(birth)));
            outcome.shed += gone;
            outcome.braked += if room == Room::Brake { gone } else { 0 };
            if outcome.begun == Some((slot, birth)) {
                outcome.begun = None;
            }
        }
    }

    /// Bytes of all incomplete datagrams.
    pub(crate) fn held(&self) -> usize {
        self.bytes.held()
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }
}

fn is_born(slots: &[Option<Partial>], slot: u32, birth: u64) -> bool {
    slots.get(slot as usize).and_then(Option::as_ref).is_some_and(|partial| partial.birth == birth)
}

/// Header length without a fragment header.
fn header_length(ip: &Ip<'_>) -> u32 {
    if ip.v4 { ip.header } else { ip.header.saturating_sub(8) }
}

impl Partial {
    fn add(&mut self, ip: &Ip<'_>, fragment: Fragment, weirds: &mut Vec<&'static str>) {
        if ip.proto != self.proto || header_length(ip) != self.header {
            weirds.push("fragment_protocol_inconsistency");
        }
        if fragment.dont_fragment {
            weirds.push("fragment_with_DF");
        }
        let end = fragment.offset + ip.total.saturating_sub(ip.header);
        if fragment.offset == 0 && !self.v4 {
            self.proto = ip.proto;
        }
        if !fragment.more {
            if self.size == 0 {
                self.size = end;
            } else if end != self.size {
                weirds.push("fragment_size_inconsistency");
                self.size = self.size.max(end);
            }
        } else if ip.total < MIN_LENGTH {
            weirds.push("excessively_small_fragment");
        }
        if end > MAX_END {
            weirds.push("excessively_large_fragment");
        }
        if self.size != 0 && end > self.size {
            weirds.push("fragment_size_inconsistency");
            self.size = end;
        }
        let payload = ip.payload.get(..(end - fragment.offset) as usize).unwrap_or(ip.payload);
        self.insert(fragment.offset, payload, weirds);
    }

    /// Copies what no earlier fragment holds.
    fn insert(&mut self, mut start: u32, mut bytes: &[u8], weirds: &mut Vec<&'static str>) {
        let mut at = self.blocks.partition_point(|(seq, block)| seq + block.len() as u32 <= start);
        while !bytes.is_empty() {
            let end = start + bytes.len() as u32;
            let Some((seq, block)) = self.blocks.get(at).filter(|(seq, _)| *seq < end) else {
                self.put(at, start, bytes);
                return;
            };
            let (seq, upper) = (*seq, seq + block.len() as u32);
            if start < seq {
                let (new, rest) = bytes.split_at_checked((seq - start) as usize).unwrap_or((bytes, &[]));
                self.put(at, start, new);
                (start, bytes) = (seq, rest);
                at += 1;
                continue;
            }
            let common = (end.min(upper) - start) as usize;
            let old = block.get((start - seq) as usize..(start - seq) as usize + common);
            let same = old == bytes.get(..common);
            weirds.push(if same { "fragment_overlap" } else { "fragment_inconsistency" });
            bytes = bytes.get(common..).unwrap_or_default();
            start += common as u32;
            at += 1;
        }
    }

    fn put(&mut self, at: usize, start: u32, bytes: &[u8]) {
        self.held += bytes.len() + OVERHEAD;
        self.blocks.insert(at, (start, bytes.into()));
    }

    /// The datagram, if nothing is missing.
    fn whole(&mut self, weirds: &mut Vec<&'static str>) -> Option<Datagram> {
        if self.size == 0 || self.blocks.first()?.0 > 0 {
            return None;
        }
        let mut contiguous = 0;
        let mut used = 0;
        for (start, block) in &self.blocks {
            if *start != contiguous {
                break;
            }
            contiguous += block.len() as u32;
            used += 1;
        }
        let holes = used < self.blocks.len();
        if contiguous < self.size {
            return None;
        }
        if holes || contiguous > self.size {
            weirds.push("fragment_size_inconsistency");
            self.size = contiguous;
        }
        let payload: Vec<u8> =
            self.blocks.iter().take(used).flat_map(|(_, block)| block.iter().copied()).collect();
        let total = (self.header + self.size) & 0xffff;
        Some(Datagram { header: self.header, proto: self.proto, total, payload })
    }
}
