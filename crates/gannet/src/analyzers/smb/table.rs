//! Small tables with a limit, and records that several of them name.

/// Values by number, in the order of the numbers. Nearly all are added at the end: clients count upwards.
pub(super) struct Table<T> {
    entries: Vec<(u64, T)>,
    max: usize,
}

impl<T: Copy> Table<T> {
    /// An empty one for at most so many entries.
    pub(super) const fn new(max: usize) -> Self {
        Self { entries: Vec::new(), max }
    }

    fn find(&self, key: u64) -> Result<usize, usize> {
        match self.entries.last() {
            Some((last, _)) if *last < key => Err(self.entries.len()),
            _ => self.entries.binary_search_by_key(&key, |(known, _)| *known),
        }
    }

    pub(super) fn get(&self, key: u64) -> Option<T> {
        let (_, value) = self.entries.get(self.find(key).ok()?)?;
        Some(*value)
    }

    pub(super) fn contains(&self, key: u64) -> bool {
        self.find(key).is_ok()
    }

    /// Sets a value. A full table that does not know the number is emptied first.
    pub(super) fn set(&mut self, key: u64, value: T) {
        match self.find(key) {
            Ok(at) => {
                if let Some((_, known)) = self.entries.get_mut(at) {
                    *known = value;
                }
            }
            Err(_) if self.is_full() => {
                self.entries.clear();
                self.entries.push((key, value));
            }
            Err(at) => self.entries.insert(at, (key, value)),
        }
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<T> {
        let at = self.find(key).ok()?;
        Some(self.entries.remove(at).1)
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= self.max
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = T> {
        self.entries.iter().map(|(_, value)| *value)
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.entries.capacity() * size_of::<(u64, T)>()
    }
}

/// Something that holds memory of its own.
pub(super) trait Holds {
    /// Bytes of memory held beside the struct.
    fn held(&self) -> usize;
}

/// Place of a record in a [`Pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(u32);

/// Records that several tables name. Those that none of them names any more go when there is need for room; so there are
/// never more than twice as many as are named.
pub(super) struct Pool<T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
    /// Records up to which nobody looks for those that are not named.
    enough: usize,
    /// Bytes that the records hold beside their structs.
    bytes: usize,
}

/// Records for which there is room before any is dropped.
const FEW: usize = 16;

impl<T: Holds> Pool<T> {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), enough: FEW, bytes: 0 }
    }

    /// Whether those that are not named should go before the next one comes.
    pub(super) fn is_crowded(&self) -> bool {
        self.free.is_empty() && self.slots.len() >= self.enough
    }

    pub(super) fn add(&mut self, record: T) -> Id {
        self.bytes += record.held();
        if let Some(at) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(at as usize)
        {
            *slot = Some(record);
            return Id(at);
        }
        self.slots.push(Some(record));
        Id(self.slots.len() as u32 - 1)
    }

    pub(super) fn get(&self, id: Id) -> Option<&T> {
        self.slots.get(id.0 as usize)?.as_ref()
    }

    /// Changes a record.
    pub(super) fn edit(&mut self, id: Id, change: impl FnOnce(&mut T)) {
        if let Some(Some(record)) = self.slots.get_mut(id.0 as usize) {
            let before = record.held();
            change(record);
            self.bytes = (self.bytes + record.held()).saturating_sub(before);
        }
    }

    /// Drops all but the named ones.
    pub(super) fn keep(&mut self, named: impl Iterator<Item = Id>) {
        let mut keep = vec![false; self.slots.len()];
        for id in named {
            if let Some(one) = keep.get_mut(id.0 as usize) {
                *one = true;
            }
        }
        self.free.clear();
        let mut kept = 0;
        for (at, (slot, keep)) in self.slots.iter_mut().zip(keep).enumerate() {
            if keep {
                kept += 1;
            } else {
                self.bytes -= slot.take().map_or(0, |record| record.held()).min(self.bytes);
                self.free.push(at as u32);
            }
        }
        self.enough = FEW.max(2 * kept);
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.slots.capacity() * size_of::<Option<T>>() + self.free.capacity() * size_of::<u32>() + self.bytes
    }
}
