//! The items of one load, as nothing changes them any more.

use std::hash::BuildHasher as _;
use std::net::IpAddr;

use ahash::RandomState;
use hashbrown::HashMap;

use super::kind::{Kind, Kinds, Place};
use super::sought::{Keys, Lengths, Sought};
use super::table::Table;

/// Items that there may be.
const MAX_ITEMS: usize = 1 << 25;
/// Items that say different things of their indicators, such as another source.
const MAX_ABOUTS: usize = 1 << 18;
/// Bytes of the names of all sources.
const MAX_SOURCES: usize = 16 << 20;

/// What an item says of its indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct About {
    pub(super) kind: Kind,
    /// Who says so, by number.
    pub(super) source: u32,
    /// The file that it is from, by number.
    pub(super) file: u16,
    /// Whether it is worth a notice, and where, if not anywhere.
    pub(super) notice: bool,
    pub(super) only: Option<Place>,
    /// Whether nothing is told where it is found.
    pub(super) allows: bool,
    /// Whether there is no such item of this source any more.
    pub(super) removes: bool,
}

/// An indicator, as a file has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Indicator<'a> {
    Addr(IpAddr),
    /// Addresses whose first bits, so many, are those.
    Subnet(IpAddr, u8),
    Text(Kind, &'a [u8]),
}

/// What is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    Items,
    Sources,
}

/// Items that are held against what is seen. It holds no text of theirs but the names of their sources.
#[derive(Debug)]
pub struct Store {
    keys: Keys,
    table: Table,
    abouts: Vec<About>,
    sources: Vec<Box<[u8]>>,
    /// Kinds of which there is an item.
    kinds: Kinds,
    lengths: Lengths,
    /// What each file was like.
    stamps: Vec<u64>,
}

impl Default for Store {
    fn default() -> Self {
        Builder::default().finish()
    }
}

impl Store {
    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory.
    #[must_use]
    pub fn held(&self) -> usize {
        let texts: usize = self.sources.iter().map(|name| name.len()).sum();
        self.table.held()
            + self.abouts.capacity() * size_of::<About>()
            + self.sources.capacity() * size_of::<Box<[u8]>>()
            + texts
    }

    /// Kinds of which there is an item that look-ups of a kind may find.
    pub(super) const fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// What each file was like, in their order.
    pub(super) fn stamps(&self) -> &[u64] {
        &self.stamps
    }

    /// The name of a source.
    pub(super) fn source(&self, number: u32) -> &[u8] {
        self.sources.get(number as usize).map(|name| &**name).unwrap_or_default()
    }

    /// Whether there is an item for this.
    pub(super) fn has<T: AsRef<[u8]>>(&self, sought: &Sought<T>, above: bool) -> bool {
        self.keys.each(sought, &self.lengths, above, |key| !self.table.get(key).is_empty())
    }

    /// Calls `found` with what each item says of this.
    pub(super) fn find<T: AsRef<[u8]>>(
        &self,
        sought: &Sought<T>,
        above: bool,
        mut found: impl FnMut(&About),
    ) {
        self.keys.each(sought, &self.lengths, above, |key| {
            let items = self.table.get(key).iter();
            items.filter_map(|entry| self.abouts.get(entry.about as usize)).for_each(&mut found);
            false
        });
    }
}

/// Items that come together.
pub(super) struct Builder {
    store: Store,
    /// What items say, by number.
    abouts: HashMap<About, u32, RandomState>,
    /// Sources, by number. Who writes a list chooses their names.
    sources: HashMap<Box<[u8]>, u32, RandomState>,
    /// Bytes of their names.
    named: usize,
}

impl Default for Builder {
    fn default() -> Self {
        let random = || std::hash::RandomState::new().hash_one(());
        let store = Store {
            keys: Keys::new([random(), random()]),
            table: Table::default(),
            abouts: Vec::new(),
            sources: Vec::new(),
            kinds: Kinds::default(),
            lengths: Lengths::default(),
            stamps: Vec::new(),
        };
        let hasher = RandomState::with_seeds(random(), random(), random(), random());
        Self {
            store,
            abouts: HashMap::with_hasher(hasher.clone()),
            sources: HashMap::with_hasher(hasher),
            named: 0,
        }
    }
}

impl Builder {
    /// Another file, which is like that.
    pub(super) fn file(&mut self, stamp: u64) -> u16 {
        self.store.stamps.push(stamp);
        u16::try_from(self.store.stamps.len() - 1).unwrap_or(u16::MAX)
    }

    /// The number of a source.
    pub(super) fn source(&mut self, name: &[u8]) -> Result<u32, Full> {
        if let Some(number) = self.sources.get(name) {
            return Ok(*number);
        }
        self.named += name.len();
        if self.sources.len() >= MAX_ABOUTS || self.named > MAX_SOURCES {
            return Err(Full::Sources);
        }
        let number = self.store.sources.len() as u32;
        self.store.sources.push(name.into());
        self.sources.insert(name.into(), number);
        Ok(number)
    }

    /// One more item.
    pub(super) fn add(&mut self, indicator: Indicator<'_>, about: About) -> Result<(), Full> {
        let Store { keys, table, abouts, kinds, lengths, .. } = &mut self.store;
        if table.len() >= MAX_ITEMS {
            return Err(Full::Items);
        }
        let number = match self.abouts.get(&about) {
            Some(number) => *number,
            None if abouts.len() < MAX_ABOUTS => {
                let number = abouts.len() as u32;
                abouts.push(about);
                self.abouts.insert(about, number);
                number
            }
            None => return Err(Full::Sources),
        };
        let key = match indicator {
            Indicator::Addr(addr) => keys.addr(addr),
            Indicator::Subnet(addr, length) => {
                lengths.add(addr, length);
                keys.subnet(addr, length)
            }
            Indicator::Text(kind, text) => keys.text(kind, text),
        };
        // An address is looked up among networks too.
        kinds.add(if about.kind == Kind::Subnet { Kind::Addr } else { about.kind });
        table.push(key, number);
        Ok(())
    }

    /// All of them are there.
    pub(super) fn finish(self) -> Store {
        let mut store = self.store;
        let abouts = std::mem::take(&mut store.abouts);
        let about = |number: u32| abouts.get(number as usize);
        store.table.finish(
            |number| about(number).map_or(u32::MAX, |about| about.source),
            |number| about(number).is_some_and(|about| !about.removes),
        );
        store.abouts = abouts;
        store
    }
}
