//! HPACK: header blocks, and the table that each direction of a connection keeps for them (RFC 7541).
//!
//! The table follows what its sender says of its size, and holds at most [`MAX_TABLE`] bytes of it. What a block may say is
//! bounded too ([`MAX_LIST`]): one byte of it can stand for a field of any size.

use std::collections::VecDeque;

use super::huffman;
use super::static_table::STATIC;
use crate::base::cursor::Cursor;

/// Bytes of a table, as section 4.1 counts them; of one that its peers agreed to be larger, older entries are not kept.
pub(super) const MAX_TABLE: usize = 64 * 1024;
/// Bytes of fields of one block, as RFC 9113, section 6.5.2, counts them; those behind are read and not told.
pub(super) const MAX_LIST: usize = 256 * 1024;
/// Size of a table before anything is said of it.
const FIRST_TABLE: usize = 4096;
/// What an entry is taken to cost beside its bytes (section 4.1).
const OVERHEAD: usize = 32;
/// Buffers that grew larger are not kept for the next block.
const MAX_SPARE: usize = 16 * 1024;

/// An entry of the table: its name, and its value behind that.
struct Entry {
    text: Box<[u8]>,
    name: usize,
}

impl Entry {
    fn parts(&self) -> Pair<'_> {
        self.text.split_at_checked(self.name).unwrap_or_default()
    }

    fn size(&self) -> usize {
        self.text.len() + OVERHEAD
    }
}

/// Why a block cannot be read, nor those that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It ends within a field.
    Short,
    /// A number is too large, or longer than it need be.
    Number,
    /// There is no entry with that number.
    Index,
    /// A string is not coded as it must be.
    Huffman,
    /// The size of the table changes where it must not.
    Size,
}

impl Flaw {
    /// What it is called in a violation.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Short => "HPACK: a field is cut off",
            Self::Number => "HPACK: a number is too large",
            Self::Index => "HPACK: no such entry",
            Self::Huffman => "HPACK: a string is not in the Huffman code",
            Self::Size => "HPACK: the table changes its size within a block",
        }
    }
}

/// What a block turned out to be like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// Bytes of names and values that were told.
    pub(super) told: u64,
    /// There was more than is told.
    pub(super) overlong: bool,
}

/// A table, and the way from blocks to fields.
#[derive(Default)]
pub(super) struct Decoder {
    /// The newest first.
    entries: VecDeque<Entry>,
    /// What the entries are taken to cost together.
    size: usize,
    /// The size that the sender chose; none before it chose one.
    chosen: Option<usize>,
    name: Vec<u8>,
    value: Vec<u8>,
}

/// The name and the value of a field.
type Pair<'a> = (&'a [u8], &'a [u8]);

/// Who hears of fields: name, value.
pub(super) type Fields<'a> = &'a mut dyn FnMut(&[u8], &[u8]);

/// What is left to tell of a block.
struct Telling<'a> {
    to: Fields<'a>,
    left: usize,
    account: Account,
}

impl Telling<'_> {
    fn tell(&mut self, name: &[u8], value: &[u8]) {
        let size = name.len() + value.len() + OVERHEAD;
        let Some(left) = self.left.checked_sub(size) else {
            self.left = 0;
            self.account.overlong = true;
            return;
        };
        self.left = left;
        self.account.told += (name.len() + value.len()) as u64;
        (self.to)(name, value);
    }
}

impl Decoder {
    /// Reads a block and tells its fields in order. After a flaw the table is not the sender's any more.
    pub(super) fn decode(&mut self, block: &[u8], to: Fields<'_>) -> Result<Account, Flaw> {
        let mut telling = Telling { to, left: MAX_LIST, account: Account::default() };
        let mut at = Cursor::new(block);
        let (mut name, mut value) = (std::mem::take(&mut self.name), std::mem::take(&mut self.value));
        let mut first = true;
        let mut outcome = Ok(());
        while let (Ok(byte), Ok(())) = (at.u8(), outcome) {
            outcome = match byte {
                0x80.. => self.indexed(&mut at, byte, &mut telling),
                0x20..0x40 => self.resize(&mut at, byte, first),
                _ => self.literal(&mut at, byte, (&mut name, &mut value), &mut telling),
            };
            first &= (0x20..0x40).contains(&byte);
        }
        for buffer in [&mut name, &mut value] {
            buffer.clear();
            buffer.shrink_to(MAX_SPARE);
        }
        (self.name, self.value) = (name, value);
        outcome.map(|()| telling.account)
    }

    /// Section 6.1: a field that is in a table.
    fn indexed(&self, at: &mut Cursor<'_>, byte: u8, telling: &mut Telling<'_>) -> Result<(), Flaw> {
        let index = number(at, byte, 7)?;
        if let Some((name, value)) = self.entry(index)? {
            telling.tell(name, value);
        }
        Ok(())
    }

    /// Section 6.2: a field in full, or a name that is in a table and a value.
    fn literal(
        &mut self,
        at: &mut Cursor<'_>,
        byte: u8,
        (name, value): (&mut Vec<u8>, &mut Vec<u8>),
        telling: &mut Telling<'_>,
    ) -> Result<(), Flaw> {
        let kept = byte >= 0x40;
        name.clear();
        value.clear();
        match number(at, byte, if kept { 6 } else { 4 })? {
            0 => string(at, name)?,
            index => name.extend_from_slice(self.entry(index)?.unwrap_or_default().0),
        }
        string(at, value)?;
        telling.tell(name, value);
        if kept {
            self.insert(name, value);
        }
        Ok(())
    }

    /// Section 6.3: the sender chooses a size, before the first field of a block.
    fn resize(&mut self, at: &mut Cursor<'_>, byte: u8, first: bool) -> Result<(), Flaw> {
        let size = number(at, byte, 5)?;
        if !first {
            return Err(Flaw::Size);
        }
        self.chosen = Some(size);
        self.shrink_to(self.limit());
        Ok(())
    }

    /// The entry with a number: nothing if there may be one that is not kept.
    fn entry(&self, index: usize) -> Result<Option<Pair<'_>>, Flaw> {
        let place = index.checked_sub(1).ok_or(Flaw::Index)?;
        if let Some((name, value)) = STATIC.get(place) {
            return Ok(Some((name.as_bytes(), value.as_bytes())));
        }
        match self.entries.get(place - STATIC.len()) {
            Some(entry) => Ok(Some(entry.parts())),
            None if self.is_oversized() => Ok(None),
            None => Err(Flaw::Index),
        }
    }

    /// Section 4.4: an entry is added, and old ones make room for it.
    fn insert(&mut self, name: &[u8], value: &[u8]) {
        let mut entry = Entry { text: [name, value].concat().into_boxed_slice(), name: name.len() };
        if entry.size() > self.limit() {
            self.shrink_to(0);
            if !self.is_oversized() {
                return;
            }
            // It has its place in the sender's table.
            entry = Entry { text: Box::default(), name: 0 };
        }
        self.shrink_to(self.limit().saturating_sub(entry.size()));
        self.size += entry.size();
        self.entries.push_front(entry);
    }

    fn shrink_to(&mut self, size: usize) {
        while self.size > size
            && let Some(entry) = self.entries.pop_back()
        {
            self.size -= entry.size();
        }
    }

    fn limit(&self) -> usize {
        self.chosen.unwrap_or(FIRST_TABLE).min(MAX_TABLE)
    }

    /// Whether the sender's table is larger than what is kept of it.
    pub(super) fn is_oversized(&self) -> bool {
        self.chosen.is_some_and(|size| size > MAX_TABLE)
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        let texts = self.size - self.entries.len() * OVERHEAD;
        let places = self.entries.capacity() * size_of::<Entry>();
        texts + places + self.name.capacity() + self.value.capacity()
    }
}

/// Section 5.1: a number that begins in the low bits of a byte.
fn number(at: &mut Cursor<'_>, byte: u8, prefix: u32) -> Result<usize, Flaw> {
    /// Bits of the bytes that follow: four of them.
    const MAX_SHIFT: u32 = 21;
    let most = (1u32 << prefix) - 1;
    let mut value = u32::from(byte) & most;
    if value < most {
        return Ok(value as usize);
    }
    for shift in (0..=MAX_SHIFT).step_by(7) {
        let byte = at.u8().map_err(|_| Flaw::Short)?;
        value += u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value as usize);
        }
    }
    Err(Flaw::Number)
}

/// Section 5.2: a string, coded or not.
fn string(at: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<(), Flaw> {
    let byte = at.u8().map_err(|_| Flaw::Short)?;
    let length = number(at, byte, 7)?;
    let text = at.take(length).map_err(|_| Flaw::Short)?;
    if byte < 0x80 {
        out.extend_from_slice(text);
        return Ok(());
    }
    huffman::decode(text, out).ok_or(Flaw::Huffman)
}
