//! What a connection costs: the bytes that are on its shard's books for it.

use super::conn::{Connection, Protocol, Through};
use super::pack::{PLAIN, Packed, Rest};
use crate::events::Uid;
use crate::stream::Tcp;
use crate::worker::core::Rare;

/// What a connection takes in tables and timers, and what the allocator adds to its boxes.
const PLACES: usize = 288;
/// What the allocator adds to the rest of a packed one, and timers of its analyzers.
const REST_PLACES: usize = 96;

impl Connection {
    /// Bytes that it takes, what is held for it by its analyzers included; not what waits in its streams, which has a limit
    /// of its own. One without an answer costs what it takes when it is packed, whether it is packed yet or not: that depends
    /// on how many others a worker has, and what is given up must not. One that cannot be packed costs what it takes.
    pub(super) fn cost(&self) -> usize {
        let rare = self.core.rare.as_ref().map_or(0, |rare| rare.cost())
            + self.through.as_ref().map_or(0, |through| through.cost())
            + self.party.cost()
            + self.estate.held()
            + self.core.services.capacity() * size_of::<&str>();
        if !self.half_open || !Packed::fits(self) {
            return PLACES + size_of::<Self>() + self.protocol.cost() + self.core.history.spilled() + rare;
        }
        let told = self.protocol.is_told(self.core.last);
        let rare = rare + if told { 0 } else { self.protocol.cost() };
        let plain = told && rare == 0 && self.tunnel.is_none();
        PLAIN + rare + if plain { 0 } else { REST_PLACES + size_of::<Rest>() }
    }
}

impl Protocol {
    /// Bytes of its box.
    fn cost(&self) -> usize {
        if matches!(self, Self::Tcp(_)) { size_of::<Tcp>() } else { 0 }
    }
}

impl Through {
    fn cost(&self) -> usize {
        size_of::<Self>() + self.parents.capacity() * size_of::<Uid>()
    }
}

impl Rare {
    fn cost(&self) -> usize {
        size_of::<Self>() + self.weirds.held() + self.failed.capacity() * size_of::<&str>()
    }
}
