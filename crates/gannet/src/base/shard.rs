//! Shards: the unit of locality, and part of every key.

/// Number of shards; a worker owns a set of them. Fixed, for shards are part of what records depend on.
pub const SHARDS: u16 = 1 << SHARD_BITS;
pub(crate) const SHARD_BITS: u32 = 10;

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
    pub(crate) fn get(&self, shard: u16) -> &T {
        let (page, place) = (usize::from(shard) / PAGE, usize::from(shard) % PAGE);
        let page = self.pages.get(page).and_then(Option::as_deref);
        page.and_then(|page| page.get(place)).unwrap_or(&self.first)
    }

    /// A shard's value, to be changed; none of what is no shard.
    pub(crate) fn get_mut(&mut self, shard: u16) -> Option<&mut T> {
        let (page, place) = (usize::from(shard) / PAGE, usize::from(shard) % PAGE);
        if self.pages.is_empty() {
            self.pages.resize_with(usize::from(SHARDS) / PAGE, || None);
        }
        let first = self.first;
        self.pages.get_mut(page)?.get_or_insert_with(|| Box::new([first; PAGE])).get_mut(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_for_each_shard_and_none_for_others() {
        let mut values = PerShard::new(7_u16);
        for shard in 0..SHARDS {
            assert_eq!(*values.get(shard), 7);
            *values.get_mut(shard).unwrap() += shard;
        }
        assert!((0..SHARDS).all(|shard| *values.get(shard) == 7 + shard));
        assert!(values.get_mut(SHARDS).is_none());
        assert_eq!(*values.get(SHARDS), 7);
    }

    #[test]
    fn a_change_takes_the_memory_of_its_page_only() {
        let mut values = PerShard::new(0_u64);
        assert_eq!(values.pages.capacity(), 0, "nothing has changed");
        *values.get_mut(1000).unwrap() = 1;
        assert_eq!(values.pages.iter().flatten().count(), 1);
    }
}
