//! The connection table: found by key, held by slot, listed by age in each shard.

use ahash::RandomState;
use hashbrown::HashTable;

use super::conn::Connection;
use crate::base::key::FlowKey;
use crate::base::settings::Settings;
use crate::base::shard::SHARDS;
use crate::base::time::Timestamp;
use crate::worker::budget::{Room, ShardBudget};

/// "No connection" in a list.
const NONE: u32 = u32::MAX;

/// No birth has this bit: packets are not that many.
const AT_REST: u64 = 1 << 63;

/// Ends of a list of connections.
#[derive(Clone, Copy, Debug)]
struct List {
    oldest: u32,
    youngest: u32,
}

const EMPTY: List = List { oldest: NONE, youngest: NONE };

/// What a shard holds.
#[derive(Clone, Copy, Debug)]
struct Shard {
    /// Connections that no answer has been seen for, and all others.
    half_open: List,
    others: List,
    count: u32,
    /// Connections that there ever were.
    births: u64,
    /// Bytes that are on the books for those without an answer.
    half_open_bytes: usize,
    /// The clock when a connection that was born at that very time was removed.
    lost: Timestamp,
}

/// The connections of one engine.
pub(crate) struct Table {
    hasher: RandomState,
    /// Hash of the key, and slot.
    index: HashTable<(u64, u32)>,
    slots: Vec<Option<Box<Connection>>>,
    /// For each slot the birth of its connection, and as its top bit whether that is at rest: small enough to stay in the
    /// cache.
    rest: Vec<u64>,
    free: Vec<u32>,
    shards: Vec<Shard>,
    /// Bytes of the connections of each shard.
    bytes: ShardBudget,
    half_open_limit: usize,
}

impl Table {
    pub(crate) fn new(hasher: RandomState, settings: &Settings) -> Self {
        let limits = &settings.limits;
        let shard = Shard {
            half_open: EMPTY,
            others: EMPTY,
            count: 0,
            births: 0,
            half_open_bytes: 0,
            lost: Timestamp::ZERO,
        };
        let shards = vec![shard; SHARDS as usize];
        Self {
            hasher,
            index: HashTable::new(),
            slots: Vec::new(),
            rest: Vec::new(),
            free: Vec::new(),
            shards,
            bytes: ShardBudget::new(
                limits.connection_bytes_per_shard,
                limits.connection_bytes / settings.workers.max(1),
            ),
            half_open_limit: limits.half_open_bytes_per_shard,
        }
    }

    /// Takes over other limits; connections that are too many for them go as others come.
    pub(crate) fn reconfigure(&mut self, settings: &Settings) {
        let limits = &settings.limits;
        let brake = limits.connection_bytes / settings.workers.max(1);
        self.bytes.reconfigure(limits.connection_bytes_per_shard, brake);
        self.half_open_limit = limits.half_open_bytes_per_shard;
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// All connections, in no order.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Connection> {
        self.slots.iter().flatten().map(|conn| &**conn)
    }

    /// Slot of the connection with this key.
    pub(crate) fn find(&self, key: &FlowKey) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let same = |slot: u32| {
            self.slots.get(slot as usize).and_then(Option::as_ref).is_some_and(|conn| conn.core.key == *key)
        };
        self.index.find(hash, |(h, slot)| *h == hash && same(*slot)).map(|(_, slot)| *slot)
    }

    /// Takes a connection out to work on it; [`Self::put_back`] follows.
    pub(crate) fn take(&mut self, slot: u32) -> Option<Box<Connection>> {
        self.slots.get_mut(slot as usize)?.take()
    }

    /// Takes a connection out if it is the one born then.
    pub(crate) fn take_born(&mut self, slot: u32, birth: u64) -> Option<Box<Connection>> {
        let place = self.slots.get_mut(slot as usize)?;
        place.take_if(|conn| conn.core.birth == birth)
    }

    pub(crate) fn put_back(&mut self, conn: Box<Connection>) {
        let slot = conn.core.slot as usize;
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(conn);
        }
    }

    /// Notes whether a connection's regular checks have nothing to do, so that they need not touch it.
    pub(crate) fn note_rest(&mut self, conn: &mut Connection, at_rest: bool) {
        if conn.at_rest != at_rest {
            conn.at_rest = at_rest;
            self.set_rest(conn.core.slot, conn.core.birth, at_rest);
        }
    }

    fn set_rest(&mut self, slot: u32, birth: u64, at_rest: bool) {
        if let Some(place) = self.rest.get_mut(slot as usize) {
            *place = birth | if at_rest { AT_REST } else { 0 };
        }
    }

    /// Whether the connection born then is still there and at rest.
    pub(crate) fn is_at_rest(&self, slot: u32, birth: u64) -> bool {
        self.rest.get(slot as usize) == Some(&(birth | AT_REST))
    }

    /// Whether the connection born then is still there.
    pub(crate) fn is_born(&self, slot: u32, birth: u64) -> bool {
        self.rest.get(slot as usize).is_some_and(|place| place & !AT_REST == birth)
    }

    pub(crate) fn peek(&self, slot: u32) -> Option<&Connection> {
        self.slots.get(slot as usize)?.as_deref()
    }

    /// Puts on the books what a connection costs now.
    pub(crate) fn charge(&mut self, conn: &mut Connection) {
        let cost = u32::try_from(conn.cost()).unwrap_or(u32::MAX);
        self.book(conn, cost);
    }

    fn book(&mut self, conn: &mut Connection, cost: u32) {
        let (before, after) = (conn.charged as usize, cost as usize);
        conn.charged = cost;
        self.bytes.change(conn.core.shard, before, after);
        if conn.half_open
            && let Some(shard) = self.shards.get_mut(usize::from(conn.core.shard))
        {
            shard.half_open_bytes = (shard.half_open_bytes + after).saturating_sub(before);
        }
    }

    /// Whether a shard's connections are within their limits.
    pub(crate) fn room(&self, shard: u16) -> Room {
        self.bytes.room(shard)
    }

    /// Whether a shard's connections without an answer take more than they may.
    pub(crate) fn half_open_is_full(&self, shard: u16) -> bool {
        self.shards.get(usize::from(shard)).is_some_and(|shard| shard.half_open_bytes > self.half_open_limit)
    }

    /// The oldest connection of a shard that no answer has been seen for.
    pub(crate) fn oldest_half_open(&self, shard: u16) -> Option<u32> {
        self.shards.get(usize::from(shard)).map(|shard| shard.half_open.oldest).filter(|slot| *slot != NONE)
    }

    /// The oldest answered connection of a shard.
    pub(crate) fn oldest_answered(&self, shard: u16) -> Option<u32> {
        self.shards.get(usize::from(shard)).map(|shard| shard.others.oldest).filter(|slot| *slot != NONE)
    }

    /// The slot that the next inserted connection gets.
    pub(crate) fn next_slot(&self) -> u32 {
        self.free.last().copied().unwrap_or(self.slots.len() as u32)
    }

    /// Adds a connection, whose slot is [`Self::next_slot`], as its shard's youngest, and leaves it taken out.
    pub(crate) fn insert(&mut self, conn: &mut Connection) {
        let slot = conn.core.slot;
        if self.free.pop().is_none() {
            self.slots.push(None);
            self.rest.push(0);
        }
        self.set_rest(slot, conn.core.birth, false);
        let hash = self.hasher.hash_one(conn.core.key);
        self.index.insert_unique(hash, (hash, slot), |(hash, _)| *hash);
        if let Some(shard) = self.shards.get_mut(usize::from(conn.core.shard)) {
            shard.count += 1;
            shard.births += 1;
        }
        self.link(conn);
    }

    /// Removes a connection that was taken out. `now` is the clock.
    pub(crate) fn remove(&mut self, conn: &mut Connection, now: Timestamp) {
        let slot = conn.core.slot;
        self.set_rest(slot, 0, false);
        let hash = self.hasher.hash_one(conn.core.key);
        if let Ok(entry) = self.index.find_entry(hash, |(_, s)| *s == slot) {
            entry.remove();
        }
        self.unlink(conn);
        self.book(conn, 0);
        if let Some(shard) = self.shards.get_mut(usize::from(conn.core.shard)) {
            shard.count -= 1;
            if conn.core.born == now {
                shard.lost = now;
            }
        }
        self.free.push(slot);
        self.shrink();
    }

    /// Gives memory back after a flood.
    fn shrink(&mut self) {
        if self.index.is_empty() && self.slots.len() > 65_536 {
            self.index = HashTable::new();
            self.slots = Vec::new();
            self.rest = Vec::new();
            self.free = Vec::new();
        }
    }

    /// Moves a connection from the half-open ones to the others.
    pub(crate) fn answered(&mut self, conn: &mut Connection) {
        self.unlink(conn);
        let charged = conn.charged;
        self.book(conn, 0);
        conn.half_open = false;
        self.book(conn, charged);
        self.link(conn);
    }

    /// How many connections a shard has.
    pub(crate) fn count(&self, shard: u16) -> u32 {
        self.shards.get(usize::from(shard)).map_or(0, |shard| shard.count)
    }

    /// Whether a shard's connections that were born at this time of the clock are all still there.
    pub(crate) fn remembers(&self, shard: u16, now: Timestamp) -> bool {
        self.shards.get(usize::from(shard)).is_none_or(|shard| shard.lost != now)
    }

    /// Connections that a shard ever had.
    pub(crate) fn births(&self, shard: u16) -> u64 {
        self.shards.get(usize::from(shard)).map_or(0, |shard| shard.births)
    }

    /// The connection that a full shard gives up: its oldest half-open one, or else its oldest.
    pub(crate) fn victim(&self, shard: u16) -> Option<u32> {
        self.oldest_half_open(shard).or_else(|| self.oldest_answered(shard))
    }

    /// All slots in use, oldest connection first.
    pub(crate) fn by_age(&self) -> Vec<u32> {
        let mut all: Vec<(u64, u32)> =
            self.slots.iter().flatten().map(|conn| (conn.core.birth, conn.core.slot)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, slot)| slot).collect()
    }

    fn list(&mut self, conn: &Connection) -> Option<&mut List> {
        let shard = self.shards.get_mut(usize::from(conn.core.shard))?;
        Some(if conn.half_open { &mut shard.half_open } else { &mut shard.others })
    }

    fn link(&mut self, conn: &mut Connection) {
        let slot = conn.core.slot;
        let Some(list) = self.list(conn) else { return };
        let before = std::mem::replace(&mut list.youngest, slot);
        if before == NONE {
            list.oldest = slot;
        }
        conn.older = before;
        conn.younger = NONE;
        if let Some(before) = self.at(before) {
            before.younger = slot;
        }
    }

    fn unlink(&mut self, conn: &mut Connection) {
        let (older, younger) = (conn.older, conn.younger);
        if let Some(list) = self.list(conn) {
            if older == NONE {
                list.oldest = younger;
            }
            if younger == NONE {
                list.youngest = older;
            }
        }
        if let Some(older) = self.at(older) {
            older.younger = younger;
        }
        if let Some(younger) = self.at(younger) {
            younger.older = older;
        }
    }

    fn at(&mut self, slot: u32) -> Option<&mut Connection> {
        self.slots.get_mut(slot as usize)?.as_deref_mut()
    }
}
