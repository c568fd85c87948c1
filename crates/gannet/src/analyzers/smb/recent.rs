//! Rows that were written not long ago, so that none comes twice.

use ahash::RandomState;
use hashbrown::HashMap;

use crate::base::time::{Interval, Timestamp};

/// Rows that are remembered.
const MAX_RECENT: usize = 4096;
/// How long they are.
const RECENTLY: Interval = Interval::from_secs(180);

/// What rows are about, and when one was last to be written.
type Rows = HashMap<u64, Timestamp, RandomState>;

/// Rows of this spell and of the one before. A spell ends when it has lasted so long that what is older does not matter any more,
/// or has half the rows there is room for: so nobody has to look for what is too old.
pub(super) struct Recent {
    now: Rows,
    before: Rows,
    began: Timestamp,
}

impl Recent {
    /// Nothing was written. The seed is the secret of this run.
    pub(super) fn new(seed: u128) -> Self {
        let [low, high] = [seed as u64, (seed >> 64) as u64];
        let hasher = RandomState::with_seeds(low, high, 0x736d_6220, 2);
        let rows = || HashMap::with_hasher(hasher.clone());
        Self { now: rows(), before: rows(), began: Timestamp::default() }
    }

    /// A row is to be written: whether the same one was, a short time ago.
    pub(super) fn repeats(&mut self, same: u64, now: Timestamp) -> bool {
        if now - self.began >= RECENTLY || self.now.len() >= MAX_RECENT / 2 {
            std::mem::swap(&mut self.now, &mut self.before);
            self.now.clear();
            self.began = now;
        }
        let known = self.now.insert(same, now);
        let last = known.or_else(|| self.before.get(&same).copied());
        last.is_some_and(|last| now - last < RECENTLY)
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.now.allocation_size() + self.before.allocation_size()
    }
}
