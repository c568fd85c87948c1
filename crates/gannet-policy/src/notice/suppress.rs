//! Which notices were told already.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{BuildHasher, Hash, RandomState};

use gannet::Timestamp;
use hashbrown::HashSet;
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::memory::{Reader, Writer};

/// Notices that are remembered; when there are more, that whose time is over first goes first.
pub(super) const MAX_TOLD: usize = 200_000;

/// A notice by its type and identifier.
pub(super) type Key = u128;

/// Notices that are not told again for some time, each for one of its own.
pub(super) struct Suppressed {
    members: HashSet<Key, RandomState>,
    /// All of them, by when their time is over.
    ends: BinaryHeap<Reverse<(Timestamp, Key)>>,
    /// Identifiers come from the wire: what stands for one is secret.
    secret: [u8; 16],
}

impl Default for Suppressed {
    fn default() -> Self {
        let part = || RandomState::new().hash_one(0_u8);
        let secret = (u128::from(part()) << 64 | u128::from(part())).to_le_bytes();
        Self { members: HashSet::default(), ends: BinaryHeap::new(), secret }
    }
}

impl Suppressed {
    /// What stands for a notice.
    pub(super) fn key(&self, note: &str, identifier: &[u8]) -> Key {
        let mut hasher = SipHasher24::new_with_key(&self.secret);
        (note, identifier).hash(&mut hasher);
        hasher.finish128().as_u128()
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

    /// Writes what was told, and the secret, without which nobody knows it again.
    pub(super) fn write(&self, to: &mut Writer) {
        to.array(&self.secret);
        to.number(self.ends.len() as u64);
        for Reverse((until, key)) in &self.ends {
            to.time(*until);
            to.array(&key.to_le_bytes());
        }
    }

    /// What was written.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let mut told = Self { secret: from.array()?, ..Self::default() };
        for _ in 0..from.number()? {
            let (until, wrong) = from.future()?;
            let key = Key::from_le_bytes(from.array()?);
            if !wrong {
                told.insert(key, until);
            }
        }
        Some(told)
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        self.members.allocation_size() + self.ends.capacity() * size_of::<(Timestamp, Key)>()
    }
}
