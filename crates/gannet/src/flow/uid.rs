//! Ids of connections: a keyed hash of what the connection is, the same whatever the number of workers.

use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;

use crate::base::key::FlowKey;
use crate::base::time::Timestamp;
use crate::events::Uid;

/// Key of the hash unless the user sets one.
pub(crate) const DEFAULT_SEED: u128 = 0x6761_6e6e_6574_0000_0000_0000_0000_0001;

/// What tells two connections with the same key and the same first time apart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TieBreaker {
    /// How many connections before it had the key, since the capture's clock came to that time.
    Births(u32),
    /// Its first packet went back in time, or not all births at that time are remembered: how many connections its shard had
    /// before. That is the same for any number of workers, and for a live run and its replay.
    Nth(u64),
    /// Its first packet came in a frame with others or in fragments, so that another shard may have the key: its shard, and
    /// how many connections that had before.
    Elsewhere(u16, u64),
}

/// The id of a connection.
pub(crate) fn uid(seed: u128, parent: Option<Uid>, key: &FlowKey, first: Timestamp, tie: TieBreaker) -> Uid {
    let mut hasher = SipHasher24::new_with_key(&seed.to_le_bytes());
    let parent = parent.unwrap_or_default();
    hasher.write_u32(parent.high);
    hasher.write_u64(parent.low);
    hasher.write(&key.bytes());
    hasher.write_i64(first.nanos());
    let (kind, value) = match tie {
        TieBreaker::Births(births) => (0, u64::from(births)),
        TieBreaker::Nth(before) => (1, before),
        TieBreaker::Elsewhere(shard, before) => (2, u64::from(shard) << 48 | before & ((1 << 48) - 1)),
    };
    hasher.write_u8(kind);
    hasher.write_u64(value);
    let hash = hasher.finish128();
    Uid { high: (hash.h2 >> 32) as u32, low: hash.h1 }
}
