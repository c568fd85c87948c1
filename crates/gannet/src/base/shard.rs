//! Shards: the unit of locality, and part of every key.

/// Number of shards; a worker owns a set of them. Fixed, for shards are part of what records depend on.
pub const SHARDS: u16 = 1 << SHARD_BITS;
pub(crate) const SHARD_BITS: u32 = 10;
/// Added to a packet's shard where the packet is a carrier: one that, by its outer headers alone, may have another packet in
/// it. So nothing that carriers share is shared with other packets, and the two may be worked on apart from each other.
pub(crate) const CARRIERS: u16 = SHARDS;
/// Shards that an engine keeps books for, those of carriers included.
pub(crate) const BOOKS: usize = 2 * SHARDS as usize;

/// Whether a shard is one of carriers.
pub(crate) const fn is_carriers(shard: u16) -> bool {
    shard & CARRIERS != 0
}

/// The same without the mark of carriers.
pub(crate) const fn plain(shard: u16) -> u16 {
    shard & !CARRIERS
}

/// Shards whose values lie side by side.
const PAGE: usize = 16;

/// A value for each shard. Only the pages that a value was ever changed in take memory, so that an engine costs little before it
/// sees packets.
pub(crate) struct PerShard<T> {
    pages: Vec<Option<Box<[T; PAGE]>>>,
    /// What a shard has at first.
    first: T,
}

impl<T: Copy> PerShard<T> {
    /// The same value for all shards.
    pub(crate) fn new(first: T) -> Self {
        Self { pages: Vec::new(), first }
    }

    /// A shard's value.
    #[inline]
    pub(crate) fn get(&self, shard: u16) -> &T {
        let (page, place) = (usize::from(shard) / PAGE, usize::from(shard) % PAGE);
        let page = self.pages.get(page).and_then(Option::as_deref);
        page.and_then(|page| page.get(place)).unwrap_or(&self.first)
    }

    /// The values that were ever changed, those beside them, and whose they are.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (u16, &T)> {
        let pages = self.pages.iter().zip((0..).step_by(PAGE));
        pages.flat_map(|(page, first)| (first..).zip(page.iter().flat_map(|page| page.iter())))
    }

    /// A shard's value, to be changed; none of what is no shard.
    #[inline]
    pub(crate) fn get_mut(&mut self, shard: u16) -> Option<&mut T> {
        let (page, place) = (usize::from(shard) / PAGE, usize::from(shard) % PAGE);
        if !matches!(self.pages.get(page), Some(Some(_))) {
            self.make(page);
        }
        self.pages.get_mut(page)?.as_deref_mut()?.get_mut(place)
    }

    /// Gives a page its memory.
    #[cold]
    fn make(&mut self, page: usize) {
        self.pages.resize_with(BOOKS / PAGE, || None);
        if let Some(page) = self.pages.get_mut(page) {
            *page = Some(Box::new([self.first; PAGE]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_for_each_shard_and_none_for_others() {
        let mut values = PerShard::new(7_u16);
        for shard in 0..BOOKS as u16 {
            assert_eq!(*values.get(shard), 7);
            *values.get_mut(shard).unwrap() += shard;
        }
        assert!((0..BOOKS as u16).all(|shard| *values.get(shard) == 7 + shard));
        assert!(values.get_mut(BOOKS as u16).is_none());
        assert_eq!(*values.get(BOOKS as u16), 7);
    }

    #[test]
    fn a_change_takes_the_memory_of_its_page_only() {
        let mut values = PerShard::new(0_u64);
        assert_eq!(values.pages.capacity(), 0, "nothing has changed");
        *values.get_mut(1000).unwrap() = 1;
        assert_eq!(values.pages.iter().flatten().count(), 1);
        let changed: Vec<_> = values.changed().filter(|(_, value)| **value > 0).collect();
        assert_eq!(changed, [(1000, &1)]);
    }
}
