//! Shards: the unit of locality, and part of every key.

/// Number of shards; a worker owns a set of them. Fixed, for shards are part of what records depend on.
pub const SHARDS: u16 = 1 << SHARD_BITS;
pub(crate) const SHARD_BITS: u32 = 10;
/// Added to a packet's shard where the packet is a carrier: one that, by its outer headers alone, may have another packet in
/// it. So nothing that carriers share is shared with other packets, and the two may be worked on apart from each other.
pub(crate) const CARRIERS: u16 = SHARDS;
/// Shards that an engine keeps books for, those of carriers included.
pub(crate) const BOOKS: usize = 2 * SHARDS as usize;

/// Whether a shard is one of carriers.
pub(crate) const fn is_carriers(shard: u16) -> bool {
    shard & CARRIERS != 0
}

/// The same without the mark of carriers.
pub(crate) const fn plain(shard: u16) -> u16 {
    shard & !CARRIERS
}
