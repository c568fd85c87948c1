//! The analyzers that one feeds itself, by its own keys. Most have none, so that costs a pointer.

/// Children with their keys.
pub(crate) struct Children<T>(Option<Box<List<T>>>);

struct List<T>(Vec<(u64, T)>);

impl<T> Default for Children<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Children<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |list| list.0.len())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(u64, T)> {
        self.0.iter().flat_map(|list| &list.0)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut (u64, T)> {
        self.0.iter_mut().flat_map(|list| &mut list.0)
    }

    pub(super) fn find(&mut self, key: u64) -> Option<&mut T> {
        self.iter_mut().find(|(known, _)| *known == key).map(|(_, child)| child)
    }

    pub(super) fn push(&mut self, key: u64, child: T) {
        self.0.get_or_insert_with(|| Box::new(List(Vec::new()))).0.push((key, child));
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<T> {
        let list = &mut self.0.as_mut()?.0;
        let at = list.iter().position(|(known, _)| *known == key)?;
        Some(list.swap_remove(at).1)
    }

    /// Those that are through go.
    pub(super) fn keep(&mut self, is_alive: impl Fn(&T) -> bool) {
        if let Some(list) = &mut self.0 {
            list.0.retain(|(_, child)| is_alive(child));
        }
    }

    /// All of them, which are none from now on.
    pub(super) fn take(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.0).into_iter().flat_map(|list| list.0).map(|(_, child)| child)
    }

    /// Bytes of memory that the list takes.
    pub(super) fn list_held(&self) -> usize {
        self.0.as_ref().map_or(0, |list| size_of::<List<T>>() + list.0.capacity() * size_of::<(u64, T)>())
    }
}
