//! The keys of all items, in little room: a gigabyte of indicators is some ten million of them.

use super::sought::Key;

/// Bits of a key by which items are shared out.
const BITS: u32 = 12;
/// Items beyond those that a list has room for, as a share: so a list that grows is never much larger than it has to be.
const SPARE: usize = 8;

/// An item: the rest of its key, and what is known of it, by number.
///
/// Twelve bytes. Sixty-four bits of the key and the twelve by which items are shared out stand for the indicator, whose text is
/// not kept: a thousand million look-ups among ten million items find by chance what is not there in one of some ten million
/// runs. Keys have a secret, so that nobody can look for a text that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    high: u32,
    low: u32,
    pub(super) about: u32,
}

impl Entry {
    fn new(key: Key, about: u32) -> Self {
        Self { high: (key >> 32) as u32, low: key as u32, about }
    }

    /// The rest of its key.
    const fn rest(&self) -> (u32, u32) {
        (self.high, self.low)
    }
}

/// Items by key.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// By the first bits of the key. Those of a list that is done are in order.
    lists: Vec<Vec<Entry>>,
    len: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { lists: vec![Vec::new(); 1 << BITS], len: 0 }
    }
}

/// Which list has a key.
const fn place(key: Key) -> usize {
    (key >> (Key::BITS - BITS)) as usize
}

impl Table {
    /// One more; items of one key may be many.
    pub(super) fn push(&mut self, key: Key, about: u32) {
        let Some(list) = self.lists.get_mut(place(key)) else { return };
        if list.len() == list.capacity() {
            list.reserve_exact(list.len() / SPARE + 4);
        }
        list.push(Entry::new(key, about));
        self.len += 1;
    }

    /// All are there: puts them into order. Of those with one key and one `source` the last one counts, and is there if it
    /// `stays`.
    pub(super) fn finish(&mut self, source: impl Fn(u32) -> u32, stays: impl Fn(u32) -> bool) {
        self.len = 0;
        for list in &mut self.lists {
            list.sort_by(|one, other| {
                // Few have the same key.
                let by_source = || source(one.about).cmp(&source(other.about));
                one.rest().cmp(&other.rest()).then_with(by_source)
            });
            // The later of two takes the place of the earlier one.
            list.dedup_by(|later, earlier| {
                let same = later.rest() == earlier.rest() && source(later.about) == source(earlier.about);
                if same {
                    *earlier = *later;
                }
                same
            });
            list.retain(|entry| stays(entry.about));
            list.shrink_to_fit();
            self.len += list.len();
        }
    }

    /// The items of a key.
    pub(super) fn get(&self, key: Key) -> &[Entry] {
        let Some(list) = self.lists.get(place(key)) else { return &[] };
        let rest = Entry::new(key, 0).rest();
        let from = list.partition_point(|entry| entry.rest() < rest);
        let found = list.get(from..).unwrap_or_default();
        let count = found.iter().take_while(|entry| entry.rest() == rest).count();
        found.get(..count).unwrap_or_default()
    }

    /// Number of items.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        let entries: usize = self.lists.iter().map(Vec::capacity).sum();
        entries * size_of::<Entry>() + self.lists.capacity() * size_of::<Vec<Entry>>()
    }
}
