//! Connections that analyzers expect (FTP's data, what SIP announces), by shard, until they come or are not waited for any more.

use ahash::RandomState;
use hashbrown::HashMap;

use crate::analyzers::{Expectation, Wisher};
use crate::base::direction::Transport;
use crate::base::time::Timestamp;
use crate::events::ConnTag;
use crate::worker::timer::{Timer, TimerKind};

/// Connections that are expected in one shard.
const MAX_IN_SHARD: usize = 1024;

/// A connection that is expected.
pub(super) struct Expecting {
    pub(super) from: Wisher,
    pub(super) what: Box<Expectation>,
    birth: u64,
}

/// The expectations of one engine.
pub(crate) struct Expectations {
    /// Places of each shard's, oldest first.
    shards: HashMap<u16, Vec<u32>, RandomState>,
    slots: Vec<Option<Expecting>>,
    free: Vec<u32>,
}

impl Expectations {
    pub(super) fn new(hasher: RandomState) -> Self {
        Self { shards: HashMap::with_hasher(hasher), slots: Vec::new(), free: Vec::new() }
    }

    /// Waits for a connection; a timer to set, unless there are too many in the shard.
    pub(super) fn add(
        &mut self,
        from: Wisher,
        what: Box<Expectation>,
        birth: u64,
        now: Timestamp,
    ) -> Option<Timer> {
        let shard = self.shards.entry(from.shard).or_default();
        if shard.len() >= MAX_IN_SHARD {
            return None;
        }
        let due = now + what.life;
        let slot = self.free.pop().unwrap_or(self.slots.len() as u32);
        shard.push(slot);
        let new = Some(Expecting { from, what, birth });
        match self.slots.get_mut(slot as usize) {
            Some(place) => *place = new,
            None => self.slots.push(new),
        }
        Some(Timer { due, birth, slot, kind: TimerKind::Expectation })
    }

    /// Takes out the oldest expectation that a new connection of this shard fulfils.
    #[inline]
    pub(super) fn fulfil(
        &mut self,
        shard: u16,
        transport: Option<Transport>,
        tag: &ConnTag,
    ) -> Option<Expecting> {
        if self.shards.is_empty() {
            return None;
        }
        let slots = &self.slots;
        let fits = |slot: &&u32| {
            let one = slots.get(**slot as usize).and_then(Option::as_ref);
            one.is_some_and(|one| Some(one.what.transport) == transport && is_met(&one.what, tag))
        };
        let slot = *self.shards.get(&shard)?.iter().find(fits)?;
        self.take(slot)
    }

    /// Takes out one that was not fulfilled in time.
    pub(super) fn expire(&mut self, slot: u32, birth: u64) -> Option<Expecting> {
        if self.is_current(slot, birth) { self.take(slot) } else { None }
    }

    /// Whether the one born then is still waited for.
    pub(super) fn is_current(&self, slot: u32, birth: u64) -> bool {
        self.slots.get(slot as usize).and_then(Option::as_ref).is_some_and(|one| one.birth == birth)
    }

    fn take(&mut self, slot: u32) -> Option<Expecting> {
        let one = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        let shard = one.from.shard;
        if let Some(all) = self.shards.get_mut(&shard) {
            all.retain(|other| *other != slot);
            if all.is_empty() {
                self.shards.remove(&shard);
            }
        }
        Some(one)
    }
}

/// Whether a connection is the one that was described.
fn is_met(what: &Expectation, tag: &ConnTag) -> bool {
    let is = |(address, port): (Option<std::net::IpAddr>, Option<u16>), (h, p)| {
        address.is_none_or(|address| address == h) && port.is_none_or(|port| port == p)
    };
    is(what.orig, (tag.orig_h, tag.orig_p)) && is(what.resp, (tag.resp_h, tag.resp_p))
}
