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

impl Scan<'_> {
    /// Whether a packet of this time stays for the next walk. One whose time cannot be comes where it stands.
    #[inline]
    pub(crate) fn is_later(&self, ts: Timestamp) -> bool {
        turn(ts) > self.limit
    }
}

/// When the turn of a packet of this time comes, among those of other files: at once if the time cannot be, so that the
/// packets behind it do not wait for it.
#[inline]
pub(crate) fn turn(ts: Timestamp) -> Timestamp {
    if ts.is_usable() { ts } else { Timestamp::from_nanos(i64::MIN) }
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
