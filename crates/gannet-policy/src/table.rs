//! A table whose entries live for some time from when they were made, within a limit.

use std::collections::VecDeque;
use std::hash::{Hash, RandomState};

use gannet::{Interval, Timestamp};
use hashbrown::HashMap;

use crate::memory::{Reader, Writer};

/// Entries by key. Whatever becomes of one, it goes when its time is over; when there are too many, the oldest goes first.
pub(crate) struct Table<K, V> {
    /// Keys come from the wire: their hash is secret.
    entries: HashMap<K, V, RandomState>,
    /// All keys, from the oldest to the newest, with the time from which its age is counted.
    ages: VecDeque<(Timestamp, K)>,
    life: Interval,
    most: usize,
}

impl<K: Clone + Eq + Hash, V> Table<K, V> {
    /// A table of at most so many entries that live so long.
    pub(crate) fn new(most: usize, life: Interval) -> Self {
        let entries = HashMap::with_hasher(RandomState::new());
        Self { entries, ages: VecDeque::new(), life, most }
    }

    /// The value of a key.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// Makes an entry; what there was of the key must be gone. Gives back what had to go for it.
    pub(crate) fn insert(&mut self, key: K, value: V, born: Timestamp) -> Option<V> {
        let gone = if self.entries.len() >= self.most { self.remove_oldest() } else { None };
        if self.entries.insert(key.clone(), value).is_none() {
            self.ages.push_back((born, key));
        }
        gone
    }

    /// Takes the oldest entry out.
    pub(crate) fn remove_oldest(&mut self) -> Option<V> {
        self.ages.pop_front().and_then(|(_, key)| self.entries.remove(&key))
    }

    /// Entries whose time is over go; `gone` is told of each.
    pub(crate) fn sweep(&mut self, now: Timestamp, mut gone: impl FnMut(V)) {
        while let Some((_, key)) = self.ages.pop_front_if(|(born, _)| *born + self.life < now) {
            if let Some(value) = self.entries.remove(&key) {
                gone(value);
            }
        }
        if self.entries.is_empty() {
            (self.entries, self.ages) =
                (HashMap::with_hasher(self.entries.hasher().clone()), VecDeque::new());
        }
    }

    /// Writes all entries, from the oldest on, for [`Self::read`].
    pub(crate) fn write(&self, to: &mut Writer, mut write: impl FnMut(&mut Writer, &K, &V)) {
        to.number(self.ages.len() as u64);
        for (born, key) in &self.ages {
            if let Some(value) = self.entries.get(key) {
                to.time(*born);
                write(to, key, value);
            }
        }
    }

    /// Takes in what was written; nothing if that is not whole. What is of a time that cannot be is left out.
    pub(crate) fn read(
        &mut self,
        from: &mut Reader<'_>,
        mut read: impl FnMut(&mut Reader<'_>) -> Option<(K, V)>,
    ) -> Option<()> {
        for _ in 0..from.number()? {
            let (born, wrong) = from.past()?;
            let (key, value) = read(from)?;
            if !wrong {
                self.insert(key, value, born);
            }
        }
        Some(())
    }

    /// All values.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values()
    }

    /// Number of entries.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of memory, without what keys and values have allocated.
    pub(crate) fn held(&self) -> usize {
        self.entries.allocation_size() + self.ages.capacity() * size_of::<(Timestamp, K)>()
    }
}
