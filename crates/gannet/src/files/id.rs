//! Which file is meant: a key that says what it is, an id that logs show, a place among those that are open.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use crate::base::direction::Direction;
use crate::events::{ConnTag, Fuid};

/// What a file is, as a hash: the same key is the same file, and has the same id in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileKey {
    hash: u128,
    /// It names no connection: another address pair may have a file of the same key, which is another file.
    is_shared: bool,
}

impl FileKey {
    /// The file that a connection carries in a direction, as told apart by the numbers.
    pub(crate) fn of(tag: ConnTag, dir: Direction, parts: &[u64]) -> Self {
        let uid = tag.uid.unwrap_or_default();
        Self::hashed(false, |hasher| {
            hasher.write_u32(uid.high);
            hasher.write_u64(uid.low);
            hasher.write_u8(u8::from(dir == Direction::Orig));
            parts.iter().for_each(|part| hasher.write_u64(*part));
        })
    }

    /// The file inside another one, as told apart by the numbers (place in an archive, part).
    pub(super) fn inside(self, parts: &[u64]) -> Self {
        Self::hashed(self.is_shared, |hasher| {
            hasher.write_u8(3);
            hasher.write_u128(self.hash);
            parts.iter().for_each(|part| hasher.write_u64(*part));
        })
    }

    /// A file that several connections of one address pair may carry parts of, such as a URL's for one client.
    pub fn shared(parts: &[&[u8]]) -> Self {
        Self::hashed(true, |hasher| {
            hasher.write_u8(2);
            for part in parts {
                hasher.write_u64(part.len() as u64);
                hasher.write(part);
            }
        })
    }

    fn hashed(is_shared: bool, write: impl FnOnce(&mut SipHasher24)) -> Self {
        let mut hasher = SipHasher24::new_with_keys(0x6669_6c65, 1);
        write(&mut hasher);
        Self { hash: hasher.finish128().as_u128(), is_shared }
    }

    /// Whether another address pair may have another file of this key, and so of its id.
    pub(super) fn is_shared(self) -> bool {
        self.is_shared
    }

    /// The file's id.
    pub(crate) fn fuid(self, seed: u128) -> Fuid {
        let mut hasher = SipHasher24::new_with_key(&seed.to_le_bytes());
        hasher.write_u128(self.hash);
        let hash = hasher.finish128();
        Fuid { high: (hash.h2 >> 32) as u32, low: hash.h1 }
    }
}

/// Place of an open file in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    pub(super) slot: u32,
    pub(super) birth: u64,
}
