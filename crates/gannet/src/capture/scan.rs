//! What a reader and the formats say to each other: where to look for records, and why no more were found.

use crate::base::packet::PacketMeta;
use crate::base::time::Timestamp;

/// A walk over the whole records in a run of bytes.
pub(crate) struct Scan<'a> {
    /// The bytes of the block that are there.
    pub(crate) bytes: &'a [u8],
    /// Where the next record begins.
    pub(crate) at: usize,
    /// Where metas go.
    pub(crate) out: &'a mut Vec<PacketMeta>,
    /// Packets in `out` at most.
    pub(crate) max: usize,
    /// The last time to take; a later packet stays for the next walk.
    pub(crate) limit: Timestamp,
}

/// Why a walk ended.
#[derive(Debug)]
pub(crate) enum Stop {
    /// `max` packets are there.
    Full,
    /// The next packet is later than the limit.
    Later,
    /// So many bytes from `at` on are needed to go on.
    More(usize),
    /// The record at `at` makes no sense.
    Malformed(String),
}
