//! Instead of the keys of Initial packets, in a build without the feature `decryption`: packets are counted, and not read.

use super::version::Version;
use crate::base::direction::Direction;

/// Never made.
pub(super) struct Keys {
    pub(super) version: Version,
}

impl Keys {
    /// This build cannot decrypt.
    pub(super) const CAN_BE_MADE: bool = false;

    /// None: this build has no ciphers.
    pub(super) fn new(_version: Version, _id: &[u8]) -> Option<Self> {
        None
    }

    /// Never called.
    pub(super) fn open(&self, _dir: Direction, _packet: &[u8], _number_at: usize) -> Option<Vec<u8>> {
        None
    }
}
