//! Hashes of what logs say, which others write: with a key that nobody knows.

use std::hash::BuildHasher;

/// A quick hash with a key of its own.
#[derive(Clone)]
pub(super) struct Hash(ahash::RandomState);

impl Default for Hash {
    fn default() -> Self {
        let keys = std::hash::RandomState::new();
        let key = |number: u64| keys.hash_one(number);
        Self(ahash::RandomState::with_seeds(key(1), key(2), key(3), key(4)))
    }
}

impl BuildHasher for Hash {
    type Hasher = ahash::AHasher;

    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}
