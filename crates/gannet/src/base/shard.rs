//! Shards: the unit of locality, and part of every key.

/// Number of shards; a worker owns a set of them. Fixed, for shards are part of what records depend on.
pub const SHARDS: u16 = 1 << SHARD_BITS;
pub(crate) const SHARD_BITS: u32 = 10;
