//! Which worker a packet belongs to: by its address pair, so that both directions and all fragments meet.

use crate::capture::{Batch, PacketMeta};
use crate::decode::{Found, Walk, ip, walk};
use crate::flow::Addr;

#[cfg(test)]
mod tests;

/// Number of shards; a worker owns a set of them. Fixed, for shards are part of what records depend on.
pub const SHARDS: u16 = 1 << SHARD_BITS;
pub(crate) const SHARD_BITS: u32 = 10;

/// What decides which worker a packet goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Balance {
    /// The two addresses: all that two hosts say to each other meets in one place.
    #[default]
    Pair,
    /// Addresses and ports: a few heavy pairs of addresses spread over the workers, and what spans several connections of
    /// a pair, or comes in fragments, does not always meet.
    Flow,
}

/// Key of the shard hash. Documented and plain, so that a filter program in a kernel can compute the same.
pub(crate) const KEY: u32 = 0x9e37_79b1;

/// Shard of an address pair: the same for both directions, in 32-bit arithmetic.
///
/// Each address is folded to 32 bits by exclusive or of its four words (an IPv4 address is its only word); the two are
/// added, multiplied by an odd key, mixed by a shift and multiplied again; the top ten bits are the shard.
pub(crate) fn shard(a: Addr, b: Addr) -> u16 {
    let fold = |addr: Addr| match addr.as_v4() {
        Some(v4) => v4,
        None => (addr.0 >> 96) as u32 ^ (addr.0 >> 64) as u32 ^ (addr.0 >> 32) as u32 ^ addr.0 as u32,
    };
    let sum = fold(a).wrapping_add(fold(b)).wrapping_mul(KEY);
    let mixed = (sum ^ (sum >> 15)).wrapping_mul(KEY);
    (mixed >> (32 - SHARD_BITS)) as u16
}

/// Worker that owns a shard.
pub(crate) fn owner(shard: u16, workers: usize) -> usize {
    usize::from(shard) * workers / usize::from(SHARDS)
}

/// Shard of a packet. Packets without addresses all belong to the first one.
pub(crate) fn shard_of(packet: &PacketMeta, bytes: &[u8]) -> u16 {
    let mut layers = Walk::new(bytes);
    match walk(packet.link, &mut layers) {
        Found::Ip => ip::addresses(layers.rest).map_or(0, |(src, dst)| shard(src, dst)),
        Found::Handled | Found::Nothing | Found::Weird(..) => 0,
    }
}

/// Fills a batch's lists: for each worker, which packets are its own.
pub(crate) fn distribute(batch: &mut Batch, workers: usize) {
    let Batch { block, packets, lists, .. } = batch;
    lists.resize_with(workers, Vec::new);
    lists.iter_mut().for_each(Vec::clear);
    for (index, packet) in packets.iter_mut().enumerate() {
        let start = packet.at as usize;
        let bytes = block.bytes().get(start..start + packet.captured as usize).unwrap_or_default();
        packet.shard = shard_of(packet, bytes);
        if let Some(list) = lists.get_mut(owner(packet.shard, workers)) {
            list.push(index as u32);
        }
    }
}
