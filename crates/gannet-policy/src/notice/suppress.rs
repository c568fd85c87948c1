//! Which notices were told already.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{BuildHasher, RandomState};

use gannet::Timestamp;
use hashbrown::HashSet;

/// Notices that are remembered; when there are more, that whose time is over first goes first.
pub(super) const MAX_TOLD: usize = 200_000;

/// A notice by its type and identifier.
pub(super) type Key = u128;

/// Notices that are not told again for some time, each for one of its own.
#[derive(Default)]
pub(super) struct Suppressed {
    members: HashSet<Key, RandomState>,
    /// All of them, by when their time is over.
    ends: BinaryHeap<Reverse<(Timestamp, Key)>>,
    /// Identifiers come from the wire: what stands for one is secret.
    other: RandomState,
}

impl Suppressed {
    /// What stands for a notice.
    pub(super) fn key(&self, note: &str, identifier: &[u8]) -> Key {
        let halves = [self.members.hasher(), &self.other].map(|hasher| hasher.hash_one((note, identifier)));
        halves.into_iter().fold(0, |key, half| key << 64 | Key::from(half))
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.members.contains(&key)
    }

    /// One more, until then. Whether another one had to go for it.
    pub(super) fn insert(&mut self, key: Key, until: Timestamp) -> bool {
        if !self.members.insert(key) {
            return false;
        }
        self.ends.push(Reverse((until, key)));
        let full = self.members.len() > MAX_TOLD;
        if full && let Some(Reverse((_, first))) = self.ends.pop() {
            self.members.remove(&first);
        }
        full
    }

    /// Those whose time is over go.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        while self.ends.peek().is_some_and(|Reverse((until, _))| *until <= now)
            && let Some(Reverse((_, key))) = self.ends.pop()
        {
            self.members.remove(&key);
        }
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        self.members.allocation_size() + self.ends.capacity() * size_of::<(Timestamp, Key)>()
    }
}
