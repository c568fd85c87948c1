//! What a connection costs: the bytes that are on its shard's books for it.

use super::conn::{Connection, Protocol, Through};
use crate::events::Uid;
use crate::stream::Tcp;
use crate::worker::core::Rare;

/// What a connection takes in tables and timers, and what the allocator adds to its boxes.
const PLACES: usize = 288;

impl Connection {
    /// Bytes that it takes, what is held for it by its analyzers included; not what waits in its streams, which has a limit
    /// of its own.
    pub(super) fn cost(&self) -> usize {
        let tcp = if matches!(self.protocol, Protocol::Tcp(_)) { size_of::<Tcp>() } else { 0 };
        let rare = self.core.rare.as_ref().map_or(0, |rare| rare_cost(rare));
        let through = self
            .through
            .as_ref()
            .map_or(0, |through| size_of::<Through>() + through.parents.capacity() * size_of::<Uid>());
        PLACES
            + size_of::<Self>()
            + tcp
            + rare
            + through
            + self.party.cost()
            + self.estate.held()
            + self.core.history.spilled()
            + self.core.services.capacity() * size_of::<&str>()
    }
}

fn rare_cost(rare: &Rare) -> usize {
    size_of::<Rare>() + rare.weirds.held() + rare.failed.capacity() * size_of::<&str>()
}
