//! The connection table: found by key, held by slot, listed by age in each shard.

use std::collections::VecDeque;

use ahash::RandomState;
use hashbrown::HashTable;

use super::conn::Connection;
use super::links::Links;
use super::pack::Packed;
use super::slab::Slab;
use crate::base::key::FlowKey;
use crate::base::list;
use crate::base::settings::Settings;
use crate::base::shard::PerShard;
use crate::base::time::Timestamp;
use crate::worker::budget::{Room, ShardBudget};

/// Connections without an answer that are not packed yet: most get theirs before so many more come.
pub(crate) const YOUNG: usize = 1024;

/// "No connection" in a list.
const NONE: u32 = u32::MAX;
/// No slot has this number.
pub(crate) const NO_SLOT: u32 = NONE;

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
    /// The clock when a connection that was born at that very time was removed.
    lost: Timestamp,
}

/// What the table knows of the connection in a slot.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Its birth, and as the top bit whether it is at rest; zero of a free slot.
    birth: u64,
    /// Its neighbours in the shard's list, by age.
    older: u32,
    younger: u32,
}

/// What there is of the connection in a slot.
#[derive(Default)]
enum Kept {
    /// Nothing: it is taken out, or the slot is free.
    #[default]
    Nothing,
    Whole(Box<Connection>),
    /// Its number among the packed ones.
    Packed(u32),
}

const FREE: Place = Place { birth: 0, older: NONE, younger: NONE };

/// A hash of 32 bits on as many bits as tables look at: the low ones and the highest.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The connections of one engine.
pub(crate) struct Table {
    hasher: RandomState,
    /// Hash of the key, and slot.
    index: HashTable<(u32, u32)>,
    slots: Vec<Kept>,
    /// The packed ones.
    slab: Slab,
    /// What came in front of IP, of those that are packed.
    links: Links,
    /// Slots of those without an answer that are not packed yet, by age.
    young: VecDeque<u32>,
    max_young: usize,
    /// What is asked of a connection without working on it, for each slot: small enough to stay in the cache.
    places: Vec<Place>,
    free: Vec<u32>,
    shards: PerShard<Shard>,
    /// Bytes of the connections of each shard.
    bytes: ShardBudget,
    /// Bytes of those without an answer.
    half_open_bytes: ShardBudget,
}

impl Table {
    pub(crate) fn new(hasher: RandomState, settings: &Settings) -> Self {
        let (limits, totals) = (&settings.limits, &settings.totals);
        let shard = Shard { half_open: EMPTY, others: EMPTY, count: 0, births: 0, lost: Timestamp::ZERO };
        let shards = PerShard::new(shard);
        Self {
            links: Links::new(hasher.clone()),
            hasher,
            index: HashTable::new(),
            slots: Vec::new(),
            slab: Slab::default(),
            young: VecDeque::new(),
            max_young: settings.young,
            places: Vec::new(),
            free: Vec::new(),
            shards,
            bytes: ShardBudget::new(limits.connections(), &totals.connections),
            half_open_bytes: ShardBudget::new(limits.half_open(), &totals.half_open),
        }
    }

    /// Takes over other limits; connections that are too many for them go as others come.
    pub(crate) fn reconfigure(&mut self, settings: &Settings) {
        self.bytes.reconfigure(settings.limits.connections());
        self.half_open_bytes.reconfigure(settings.limits.half_open());
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Bytes that the analyzers of all connections say they hold.
    pub(crate) fn held(&self) -> usize {
        let held = |kept: &Kept| match kept {
            Kept::Nothing => 0,
            Kept::Whole(conn) => conn.party.held(),
            Kept::Packed(at) => self.slab.get(*at).map_or(0, Packed::held),
        };
        self.slots.iter().map(held).sum()
    }

    /// Hash of a key, for all that is asked of the table about it.
    pub(crate) fn hash(&self, key: &FlowKey) -> u32 {
        self.hasher.hash_one(key) as u32
    }

    /// Slot of the connection with a key and its hash. `hint` may be where it is, and is not believed.
    #[inline]
    pub(crate) fn find(&self, key: &FlowKey, hash: u32, hint: u32) -> Option<u32> {
        let same = |slot: u32| match self.slots.get(slot as usize) {
            Some(Kept::Whole(conn)) => conn.core.key == *key,
            Some(Kept::Packed(at)) => self.slab.get(*at).is_some_and(|packed| packed.key() == *key),
            _ => false,
        };
        if same(hint) {
            return Some(hint);
        }
        self.index.find(spread(hash), |(h, slot)| *h == hash && same(*slot)).map(|(_, slot)| *slot)
    }

    /// Where a key with this hash probably is, without a look at its connection; [`NO_SLOT`] if nowhere.
    pub(crate) fn glance(&self, hash: u32) -> u32 {
        self.index.find(spread(hash), |(h, _)| *h == hash).map_or(NO_SLOT, |(_, slot)| *slot)
    }

    /// Takes a connection out to work on it; [`Self::put_back`] follows.
    #[inline]
    pub(crate) fn take(&mut self, slot: u32) -> Option<Box<Connection>> {
        match std::mem::take(self.slots.get_mut(slot as usize)?) {
            Kept::Nothing => None,
            Kept::Whole(conn) => Some(conn),
            Kept::Packed(at) => self.unpack(slot, at),
        }
    }

    #[cold]
    fn unpack(&mut self, slot: u32, at: u32) -> Option<Box<Connection>> {
        let packed = self.slab.take(at)?;
        let birth = self.places.get(slot as usize)?.birth & !AT_REST;
        let hash = self.hash(&packed.key());
        Some(packed.unpack((slot, birth, hash), &mut self.links))
    }

    /// Takes out the eldest that still has no answer, if more than may be are not packed; [`Self::pack`] follows.
    pub(super) fn take_eldest(&mut self) -> Option<Box<Connection>> {
        while self.young.len() > self.max_young {
            let kept = self.slots.get_mut(self.young.pop_front()? as usize);
            if let Some(kept) = kept
                && let Kept::Whole(conn) = kept
                && std::mem::take(&mut conn.young)
                && conn.half_open
                && let Kept::Whole(conn) = std::mem::take(kept)
            {
                return Some(conn);
            }
        }
        None
    }

    /// Puts a connection back that has no answer, packed if it fits.
    pub(super) fn pack(&mut self, conn: Box<Connection>) {
        let slot = conn.core.slot as usize;
        let kept = match Packed::new(conn, &mut self.links) {
            Err(conn) => Kept::Whole(conn),
            Ok(packed) => Kept::Packed(self.slab.put(packed)),
        };
        if let Some(place) = self.slots.get_mut(slot) {
            *place = kept;
        }
    }

    /// Takes a connection out if it is the one born then.
    pub(crate) fn take_born(&mut self, slot: u32, birth: u64) -> Option<Box<Connection>> {
        // Most timers outlive what they were set for: the connection itself is not looked at for them.
        if !self.is_born(slot, birth) {
            return None;
        }
        self.take(slot)
    }

    #[inline]
    pub(crate) fn put_back(&mut self, mut conn: Box<Connection>) {
        let slot = conn.core.slot;
        let comes = conn.half_open && !std::mem::replace(&mut conn.young, true);
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Kept::Whole(conn);
        }
        if comes {
            self.young.push_back(slot);
        }
    }

    /// Notes whether a connection's regular checks have nothing to do, so that they need not touch it.
    #[inline]
    pub(crate) fn note_rest(&mut self, conn: &mut Connection, at_rest: bool) {
        if conn.at_rest != at_rest {
            conn.at_rest = at_rest;
            self.set_rest(conn.core.slot, conn.core.birth, at_rest);
        }
    }

    fn set_rest(&mut self, slot: u32, birth: u64, at_rest: bool) {
        if let Some(place) = self.places.get_mut(slot as usize) {
            place.birth = birth | if at_rest { AT_REST } else { 0 };
        }
    }

    /// Whether the connection born then is still there and at rest.
    pub(crate) fn is_at_rest(&self, slot: u32, birth: u64) -> bool {
        self.places.get(slot as usize).is_some_and(|place| place.birth == birth | AT_REST)
    }

    /// Whether the connection born then is still there.
    pub(crate) fn is_born(&self, slot: u32, birth: u64) -> bool {
        self.places.get(slot as usize).is_some_and(|place| place.birth & !AT_REST == birth)
    }

    /// The connection in a slot, if it is there and not packed.
    pub(crate) fn peek(&self, slot: u32) -> Option<&Connection> {
        match self.slots.get(slot as usize)? {
            Kept::Whole(conn) => Some(conn),
            Kept::Packed(_) | Kept::Nothing => None,
        }
    }

    /// The packed connection in a slot, if one is there.
    pub(super) fn packed(&self, slot: u32) -> Option<&Packed> {
        match self.slots.get(slot as usize)? {
            Kept::Packed(at) => self.slab.get(*at),
            Kept::Whole(_) | Kept::Nothing => None,
        }
    }

    /// Puts on the books what a connection costs now.
    pub(crate) fn charge(&mut self, conn: &mut Connection) {
        let cost = u32::try_from(conn.cost()).unwrap_or(u32::MAX);
        if cost != conn.charged {
            self.book(conn, cost);
        }
    }

    fn book(&mut self, conn: &mut Connection, cost: u32) {
        let (before, after) = (conn.charged as usize, cost as usize);
        conn.charged = cost;
        self.bytes.change(conn.core.shard, before, after);
        if conn.half_open {
            self.half_open_bytes.change(conn.core.shard, before, after);
        }
    }

    /// Whether neither a shard nor all of them together hold too much.
    #[inline]
    pub(crate) fn has_room(&self, shard: u16) -> bool {
        self.half_open_bytes.is_easy(shard) && self.bytes.is_easy(shard)
    }

    /// The shard that has to give up a connection because this one's take more, and why.
    pub(crate) fn payer(&self, shard: u16) -> Option<(u16, Room)> {
        self.bytes.payer(shard)
    }

    /// The same of connections without an answer.
    pub(crate) fn half_open_payer(&self, shard: u16) -> Option<(u16, Room)> {
        self.half_open_bytes.payer(shard)
    }

    /// The oldest connection of a shard that no answer has been seen for.
    pub(crate) fn oldest_half_open(&self, shard: u16) -> Option<u32> {
        Some(self.shards.get(shard).half_open.oldest).filter(|slot| *slot != NONE)
    }

    /// The oldest answered connection of a shard.
    pub(crate) fn oldest_answered(&self, shard: u16) -> Option<u32> {
        Some(self.shards.get(shard).others.oldest).filter(|slot| *slot != NONE)
    }

    /// The slot that the next inserted connection gets.
    pub(crate) fn next_slot(&self) -> u32 {
        self.free.last().copied().unwrap_or(self.slots.len() as u32)
    }

    /// Adds a connection, whose slot is [`Self::next_slot`], as its shard's youngest, and leaves it taken out.
    pub(crate) fn insert(&mut self, conn: &mut Connection) {
        let slot = conn.core.slot;
        if self.free.pop().is_none() {
            list::push(&mut self.slots, Kept::Nothing);
            list::push(&mut self.places, FREE);
        }
        self.set_rest(slot, conn.core.birth, false);
        let hash = conn.hash;
        self.index.insert_unique(spread(hash), (hash, slot), |(hash, _)| spread(*hash));
        if let Some(shard) = self.shards.get_mut(conn.core.shard) {
            shard.count += 1;
            shard.births += 1;
        }
        self.link(conn);
    }

    /// Removes a connection that was taken out. `now` is the clock.
    pub(crate) fn remove(&mut self, conn: &mut Connection, now: Timestamp) {
        let slot = conn.core.slot;
        self.set_rest(slot, 0, false);
        if let Ok(entry) = self.index.find_entry(spread(conn.hash), |(_, s)| *s == slot) {
            entry.remove();
        }
        self.unlink(conn);
        self.book(conn, 0);
        if let Some(shard) = self.shards.get_mut(conn.core.shard) {
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
            self.young = VecDeque::new();
            self.places = Vec::new();
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
        self.shards.get(shard).count
    }

    /// Whether a shard's connections that were born at this time of the clock are all still there.
    pub(crate) fn remembers(&self, shard: u16, now: Timestamp) -> bool {
        self.shards.get(shard).lost != now
    }

    /// Connections that a shard ever had.
    pub(crate) fn births(&self, shard: u16) -> u64 {
        self.shards.get(shard).births
    }

    /// The connection that a full shard gives up: its oldest half-open one, or else its oldest.
    pub(crate) fn victim(&self, shard: u16) -> Option<u32> {
        self.oldest_half_open(shard).or_else(|| self.oldest_answered(shard))
    }

    /// All slots in use, oldest connection first.
    pub(crate) fn by_age(&self) -> Vec<u32> {
        let births = self.places.iter().map(|place| place.birth & !AT_REST);
        let mut all: Vec<(u64, u32)> = births.zip(0..).filter(|(birth, _)| *birth != 0).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, slot)| slot).collect()
    }

    fn list(&mut self, conn: &Connection) -> Option<&mut List> {
        let shard = self.shards.get_mut(conn.core.shard)?;
        Some(if conn.half_open { &mut shard.half_open } else { &mut shard.others })
    }

    fn link(&mut self, conn: &Connection) {
        let slot = conn.core.slot;
        let Some(list) = self.list(conn) else { return };
        let before = std::mem::replace(&mut list.youngest, slot);
        if before == NONE {
            list.oldest = slot;
        }
        if let Some(place) = self.place(slot) {
            (place.older, place.younger) = (before, NONE);
        }
        if let Some(before) = self.place(before) {
            before.younger = slot;
        }
    }

    fn unlink(&mut self, conn: &Connection) {
        let Some(Place { older, younger, .. }) = self.places.get(conn.core.slot as usize).copied() else {
            return;
        };
        if let Some(list) = self.list(conn) {
            if older == NONE {
                list.oldest = younger;
            }
            if younger == NONE {
                list.youngest = older;
            }
        }
        if let Some(older) = self.place(older) {
            older.younger = younger;
        }
        if let Some(younger) = self.place(younger) {
            younger.older = older;
        }
    }

    fn place(&mut self, slot: u32) -> Option<&mut Place> {
        self.places.get_mut(slot as usize)
    }
}
