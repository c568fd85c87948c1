//! What is given up when a limit is reached: counted each time, and told now and then; and the books that tell when.

use super::state::Out;
use crate::base::shard::SHARDS;
use crate::base::time::{Interval, Timestamp};
use crate::events::weird::{Limits, Weird};
use crate::events::{ConnTag, Record};

/// Time in which a shard tells once of each kind.
const TELL_EVERY: Interval = Interval::from_secs(600);

/// What a limit gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shed {
    /// A connection.
    Connection,
    /// An analyzer of a connection.
    Analyzer,
    /// A direction of a connection whose bytes waited for a hole to be filled.
    Reassembly,
    /// An incomplete datagram.
    Fragments,
    /// A file.
    File,
    /// Any of them, for a limit of all shards together.
    Brake,
}

const KINDS: usize = 6;

impl Shed {
    /// Name of its weird.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connections_shed",
            Self::Analyzer => "analyzers_shed",
            Self::Reassembly => "reassembly_shed",
            Self::Fragments => "fragments_shed",
            Self::File => "files_shed",
            Self::Brake => "memory_brake",
        }
    }
}

/// When each shard told of each kind last.
pub(crate) struct Told(Vec<[Timestamp; KINDS]>);

impl Default for Told {
    fn default() -> Self {
        Self(vec![[Timestamp::ZERO; KINDS]; usize::from(SHARDS)])
    }
}

impl Told {
    /// Whether it is time to tell; if so, it is told now.
    fn again(&mut self, what: Shed, shard: u16, now: Timestamp) -> bool {
        let place = self.0.get_mut(usize::from(shard)).and_then(|kinds| kinds.get_mut(what as usize));
        let Some(last) = place.filter(|last| **last == Timestamp::ZERO || now - **last >= TELL_EVERY) else {
            return false;
        };
        *last = now;
        true
    }
}

impl Out<'_> {
    /// A limit gave something of a shard up. It is counted; a weird about it comes once in a while from each shard, and at
    /// most one of all of them gets through. That names a connection, if one is at hand.
    #[cold]
    pub(crate) fn shed(&mut self, what: Shed, shard: u16, about: Option<ConnTag>) {
        let stats = &mut self.state.stats;
        *match what {
            Shed::Connection => &mut stats.connections_shed,
            Shed::Analyzer => &mut stats.analyzers_shed,
            Shed::Reassembly => &mut stats.reassembly_stops,
            Shed::Fragments => &mut stats.datagrams_shed,
            Shed::File => &mut stats.files_shed,
            Shed::Brake => &mut stats.brakes,
        } += 1;
        let now = self.now();
        if self.state.told.again(what, shard, now) {
            self.tell_of(what.name(), about);
        }
    }

    #[cold]
    fn tell_of(&mut self, name: &'static str, about: Option<ConnTag>) {
        self.state.stats.weirds += 1;
        if !self.state.wants.has(Weird::STREAM) {
            return;
        }
        let record = Weird { conn: about, ..Weird::net(self.now(), name, "") };
        let limits = Limits::of_net(name);
        self.emit(about.as_ref(), &record as &dyn Record, limits.once());
    }
}

/// Whether there is room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is.
    Enough,
    /// The shard is full.
    Full,
    /// All shards together hold too much.
    Brake,
}

/// Memory that what is in a shard shares.
pub(crate) struct ShardBudget {
    limit: usize,
    brake: usize,
    held: Vec<usize>,
    all: usize,
}

impl ShardBudget {
    /// A limit for each shard, and one for all shards of this engine together.
    pub(crate) fn new(limit: usize, brake: usize) -> Self {
        Self { limit, brake, held: vec![0; usize::from(SHARDS)], all: 0 }
    }

    /// Takes over other limits.
    pub(crate) fn reconfigure(&mut self, limit: usize, brake: usize) {
        (self.limit, self.brake) = (limit, brake);
    }

    /// Bytes of all shards.
    pub(crate) fn held(&self) -> usize {
        self.all
    }

    /// Something holds `after` bytes where it held `before`. What holds less than before has room in any case.
    pub(crate) fn change(&mut self, shard: u16, before: usize, after: usize) -> Room {
        let Some(held) = self.held.get_mut(usize::from(shard)) else { return Room::Enough };
        *held = (*held + after).saturating_sub(before);
        self.all = (self.all + after).saturating_sub(before);
        if after <= before { Room::Enough } else { self.room(shard) }
    }

    /// Whether what a shard holds is within the limits.
    pub(crate) fn room(&self, shard: u16) -> Room {
        let held = self.held.get(usize::from(shard)).copied().unwrap_or_default();
        if held > self.limit {
            Room::Full
        } else if self.all > self.brake {
            Room::Brake
        } else {
            Room::Enough
        }
    }
}
