//! The pages of a column of single values, unpacked here: a dictionary is read once, and rows are places in it.

use std::sync::Arc;

use ::parquet::basic::Encoding;
use ::parquet::column::page::{Page, PageReader};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ColumnChunkMetaData;
use bytes::{Buf, Bytes};

use super::super::codes::NONE;
use super::runs::Runs;
use crate::columnar::Values;

/// A column of a group of rows, from page to page.
pub(super) struct Pages {
    reader: Box<dyn PageReader>,
    /// The level at which there is a value.
    most: i16,
    /// No values, of the column's physical type.
    kind: Values,
    dictionary: Option<Arc<Values>>,
    page: Option<Data>,
    numbers: Vec<u32>,
    levels: Vec<u32>,
}

/// A page of values.
struct Data {
    /// Rows that are left.
    left: usize,
    /// Which of them have a value; all if there are no levels.
    levels: Option<Runs>,
    values: Source,
}

/// Where values come from.
enum Source {
    /// Places in the dictionary.
    Places(Runs),
    /// As they are.
    Plain(Bytes),
    /// Truths.
    Bits(Runs),
}

/// What has been read of some rows.
pub(super) struct Cells {
    pub(super) pool: Arc<Values>,
    pub(super) is_dictionary: bool,
    /// The place of each row's value in the pool.
    pub(super) codes: Vec<u32>,
}

/// Rows that are being read: as long as all are places in the dictionary that is all; else each has a value of its own.
struct Collected {
    own: Values,
    by_place: bool,
    codes: Vec<u32>,
}

impl Collected {
    /// There come values that are in no dictionary; the place of the first of them.
    fn values(&mut self, known: Option<&Values>) -> u32 {
        if std::mem::replace(&mut self.by_place, false) {
            let mut places: Vec<u32> = self.codes.iter().copied().filter(|code| *code != NONE).collect();
            self.add(known, &mut places);
            let mut next = 0..self.own.len() as u32;
            for code in self.codes.iter_mut().filter(|code| **code != NONE) {
                *code = next.next().unwrap_or(NONE);
            }
        }
        self.own.len() as u32
    }

    /// There come places in the dictionary; in a batch that has other values, too, their values are added to these.
    fn places(&mut self, known: Option<&Values>, places: &mut Vec<u32>) -> Result<(), ParquetError> {
        let values = known.map_or(0, Values::len);
        if places.iter().max().is_some_and(|most| *most as usize >= values) {
            return Err(wrong("a value is not in its column's dictionary"));
        }
        if !self.by_place {
            self.add(known, places);
        }
        Ok(())
    }

    /// Adds the values of the dictionary at these places, and takes their own places instead.
    fn add(&mut self, known: Option<&Values>, places: &mut Vec<u32>) {
        let first = self.own.len() as u32;
        if let Some(known) = known {
            self.own.add_from(known, places.iter().map(|place| *place as usize));
        }
        places.clear();
        places.extend(first..self.own.len() as u32);
    }
}

fn wrong(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

impl Pages {
    /// Whether all pages of a column are written in ways that are known here.
    pub(super) fn know(chunk: &ColumnChunkMetaData) -> bool {
        chunk.column_descr().max_rep_level() == 0
            && chunk.encodings().all(|encoding| match encoding {
                Encoding::PLAIN | Encoding::RLE | Encoding::RLE_DICTIONARY => true,
                #[allow(deprecated, reason = "older writers name it so")]
                Encoding::PLAIN_DICTIONARY => true,
                _ => false,
            })
    }

    pub(super) fn new(reader: Box<dyn PageReader>, most: i16, kind: Values) -> Self {
        let (numbers, levels) = (Vec::new(), Vec::new());
        Self { reader, most, kind, dictionary: None, page: None, numbers, levels }
    }

    /// The next rows.
    ///
    /// # Errors
    /// If there are fewer, or a page is none.
    pub(super) fn read(&mut self, rows: usize) -> Result<Cells, ParquetError> {
        let mut cells = Collected { own: self.kind.none(), by_place: true, codes: Vec::with_capacity(rows) };
        while cells.codes.len() < rows {
            self.ready()?;
            let Some(page) = &mut self.page else { break };
            let taken = page.left.min(rows - cells.codes.len());
            self.levels.clear();
            self.numbers.clear();
            let present = levels(page.levels.as_mut(), taken, self.most, &mut self.levels)?;
            page.left -= taken;
            let known = self.dictionary.as_deref();
            match &mut page.values {
                Source::Places(runs) => {
                    runs.take(present, &mut self.numbers)?;
                    cells.places(known, &mut self.numbers)?;
                }
                Source::Plain(bytes) => {
                    let first = cells.values(known);
                    plain(bytes, present, &mut cells.own)?;
                    self.numbers.extend(first..cells.own.len() as u32);
                }
                Source::Bits(runs) => {
                    let first = cells.values(known);
                    runs.take(present, &mut self.numbers)?;
                    if let Values::Bool(to) = &mut cells.own {
                        to.extend(self.numbers.iter().map(|bit| *bit != 0));
                    }
                    self.numbers.clear();
                    self.numbers.extend(first..cells.own.len() as u32);
                }
            }
            spread(&self.levels, self.most, &self.numbers, &mut cells.codes);
        }
        let Collected { own, by_place, codes } = cells;
        match &self.dictionary {
            Some(known) if by_place => Ok(Cells { pool: Arc::clone(known), is_dictionary: true, codes }),
            _ => Ok(Cells { pool: Arc::new(own), is_dictionary: false, codes }),
        }
    }

    /// Passes over rows; pages of which nothing is wanted stay packed.
    ///
    /// # Errors
    /// If there are fewer, or a page is none.
    pub(super) fn skip(&mut self, rows: usize) -> Result<(), ParquetError> {
        let mut left = rows;
        while left > 0 {
            if self.page.as_ref().is_none_or(|page| page.left == 0) {
                self.page = None;
                let Some(next) = self.reader.peek_next_page()? else {
                    return Err(wrong("a column has fewer values than there are rows"));
                };
                let whole = next.num_rows.or(next.num_levels).unwrap_or(usize::MAX);
                if next.is_dict || whole <= left {
                    // A dictionary can be had later on.
                    self.reader.skip_next_page()?;
                    left -= if next.is_dict { 0 } else { whole };
                    continue;
                }
            }
            let most = self.page.as_ref().map_or(left, |page| page.left.min(left)).min(4096);
            self.read(most)?;
            left -= most;
        }
        Ok(())
    }

    /// Sees to it that there is a page with rows left.
    fn ready(&mut self) -> Result<(), ParquetError> {
        while self.page.as_ref().is_none_or(|page| page.left == 0) {
            let Some(page) = self.reader.get_next_page()? else {
                return Err(wrong("a column has fewer values than there are rows"));
            };
            match page {
                Page::DictionaryPage { buf, num_values, .. } => self.take_dictionary(buf, num_values)?,
                Page::DataPage { buf, num_values, encoding, .. } => {
                    let (mut buf, mut levels) = (buf, None);
                    if self.most > 0 {
                        let length = buf.try_get_u32_le().map_err(|_| wrong("a page has no levels"))?;
                        levels = Some(Runs::new(split(&mut buf, length)?, self.bits())?);
                    }
                    self.begin(buf, num_values, encoding, levels)?;
                }
                Page::DataPageV2 {
                    buf,
                    num_values,
                    encoding,
                    def_levels_byte_len,
                    rep_levels_byte_len,
                    ..
                } => {
                    let mut buf = buf;
                    split(&mut buf, rep_levels_byte_len)?;
                    let levels = split(&mut buf, def_levels_byte_len)?;
                    let levels = if self.most > 0 { Some(Runs::new(levels, self.bits())?) } else { None };
                    self.begin(buf, num_values, encoding, levels)?;
                }
            }
        }
        Ok(())
    }

    /// Bits of a level.
    fn bits(&self) -> u32 {
        i16::BITS - self.most.leading_zeros()
    }

    fn begin(
        &mut self,
        mut buf: Bytes,
        rows: u32,
        encoding: Encoding,
        levels: Option<Runs>,
    ) -> Result<(), ParquetError> {
        let values = match (encoding, &self.kind) {
            (Encoding::PLAIN, Values::Bool(_)) => Source::Bits(Runs::bare_bits(buf)),
            (Encoding::PLAIN, _) => Source::Plain(buf),
            (Encoding::RLE, Values::Bool(_)) => {
                let length = buf.try_get_u32_le().map_err(|_| wrong("a page has no values"))?;
                Source::Bits(Runs::new(split(&mut buf, length)?, 1)?)
            }
            (Encoding::RLE, _) => return Err(wrong("a page has values that its column cannot have")),
            _ => {
                if self.dictionary.is_none()
                    && let Some(Page::DictionaryPage { buf, num_values, .. }) =
                        self.reader.take_deferred_dictionary()?
                {
                    self.take_dictionary(buf, num_values)?;
                }
                // Of a page without a value nothing may be left.
                let bits = if buf.has_remaining() { buf.get_u8() } else { 0 };
                Source::Places(Runs::new(buf, bits.into())?)
            }
        };
        self.page = Some(Data { left: rows as usize, levels, values });
        Ok(())
    }

    fn take_dictionary(&mut self, mut buf: Bytes, values: u32) -> Result<(), ParquetError> {
        let mut dictionary = self.kind.none();
        plain(&mut buf, values as usize, &mut dictionary)?;
        self.dictionary = Some(Arc::new(dictionary));
        Ok(())
    }
}

/// The first bytes of a page, which are behind us then.
fn split(buf: &mut Bytes, length: u32) -> Result<Bytes, ParquetError> {
    let length = length as usize;
    if length > buf.len() {
        return Err(wrong("a page ends before its levels do"));
    }
    Ok(buf.split_to(length))
}

/// Reads the levels of so many rows, and tells how many have a value. If all have, no levels are given.
fn levels(runs: Option<&mut Runs>, rows: usize, most: i16, to: &mut Vec<u32>) -> Result<usize, ParquetError> {
    let Some(runs) = runs else { return Ok(rows) };
    let mut same = 0;
    while same < rows {
        match runs.same(rows - same)? {
            Some((level, count)) if level == most as u32 && to.is_empty() => same += count,
            Some((level, count)) => {
                to.resize(same, most as u32);
                to.resize(same + count, level);
                same += count;
            }
            None => {
                to.resize(same, most as u32);
                let count = runs.at_hand(rows - same);
                runs.take(count, to)?;
                same += count;
            }
        }
    }
    if to.is_empty() {
        return Ok(rows);
    }
    to.resize(rows, most as u32);
    Ok(to.iter().filter(|level| **level == most as u32).count())
}

/// Gives each row that has a value the next number.
fn spread(levels: &[u32], most: i16, numbers: &[u32], codes: &mut Vec<u32>) {
    if levels.is_empty() {
        codes.extend_from_slice(numbers);
        return;
    }
    let mut next = 0;
    codes.extend(levels.iter().map(|level| {
        let is_there = *level == most as u32;
        let code = if is_there { numbers.get(next).copied().unwrap_or(NONE) } else { NONE };
        next += usize::from(is_there);
        code
    }));
}

/// Adds so many values that stand there as they are.
fn plain(bytes: &mut Bytes, count: usize, to: &mut Values) -> Result<(), ParquetError> {
    fn fixed<const N: usize, T>(
        bytes: &mut Bytes,
        count: usize,
        to: &mut Vec<T>,
        number: impl Fn([u8; N]) -> T,
    ) -> Option<()> {
        let all = count.checked_mul(N).filter(|length| *length <= bytes.len())?;
        to.extend(bytes.split_to(all).as_chunks::<N>().0.iter().map(|chunk| number(*chunk)));
        Some(())
    }
    let done = match to {
        Values::Int64(to) => fixed(bytes, count, to, i64::from_le_bytes),
        Values::Int32(to) => fixed(bytes, count, to, i32::from_le_bytes),
        Values::Double(to) => fixed(bytes, count, to, f64::from_le_bytes),
        Values::Bool(_) => None,
        Values::Bytes(to) => {
            let mut rest = bytes.as_ref();
            let mut done = Some(());
            for _ in 0..count {
                let text = rest.split_first_chunk::<4>().and_then(|(length, behind)| {
                    behind.split_at_checked(u32::from_le_bytes(*length) as usize)
                });
                let Some((text, behind)) = text else {
                    done = None;
                    break;
                };
                to.push(text);
                rest = behind;
            }
            let taken = bytes.len() - rest.len();
            bytes.advance(taken);
            done
        }
    };
    done.ok_or_else(|| wrong("a page has fewer values than it says"))
}
