//! Names by number, for tables that hold sets of them.

/// Names that there can be; as many as a [`NameSet`] has bits.
const MOST: usize = 128;
/// Bytes of a name.
const LONGEST: usize = 64;

/// A set of names: a bit for each number.
pub(crate) type NameSet = u128;

/// The names that were met, by number.
#[derive(Default)]
pub(crate) struct Names(Vec<Box<str>>);

impl Names {
    /// The set of one name, which gets a number if it has none; nothing if there are too many.
    pub(crate) fn bit(&mut self, name: &str) -> Option<NameSet> {
        let at = match self.0.iter().position(|known| **known == *name) {
            Some(at) => at,
            None if self.0.len() < MOST && name.len() <= LONGEST => {
                self.0.push(name.into());
                self.0.len() - 1
            }
            None => return None,
        };
        Some(1 << at)
    }

    /// The names of a set.
    pub(crate) fn of(&self, set: NameSet) -> impl Iterator<Item = &str> {
        self.0.iter().enumerate().filter(move |(at, _)| set >> at & 1 == 1).map(|(_, name)| &**name)
    }

    /// Bytes of memory.
    pub(crate) fn held(&self) -> usize {
        self.0.capacity() * size_of::<Box<str>>() + self.0.iter().map(|name| name.len()).sum::<usize>()
    }
}
