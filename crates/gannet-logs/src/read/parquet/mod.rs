//! Logs as Parquet, read in blocks of columns: of those that somebody wants, and of the groups of rows that can have what is wanted.
//!
//! Files of this program say in their metadata of which log they are and of which types its columns. Of others the types are those
//! of the log's columns of these names, or else those that the values have.

mod batch;
mod leaf;
mod pages;
mod runs;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use ::parquet::bloom_filter::Sbbf;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::FileMetaData;
use ::parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use bytes::Bytes;
use gannet_query::Need;

use super::infer::declared;
use super::kind::of_name;
use super::shape::{LogColumn, LogShape};
use crate::columnar::{LOG_KEY, TYPES_KEY};
use crate::options::Format;
use batch::Column;
pub(crate) use batch::{Batch, Elements};
use leaf::Leaf;

/// What a file of Parquet begins with.
const MAGIC: &[u8; 4] = b"PAR1";
/// Rows of a block.
const ROWS: usize = 4096;
/// Columns of a file, at most.
const MAX_COLUMNS: usize = 4096;

/// Whether a file is one of Parquet. It is read from its beginning afterwards.
pub(super) fn is_parquet(file: &mut File) -> bool {
    // What is no plain file may not be there a second time.
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return false;
    }
    let mut magic = [0; 4];
    let found = file.read_exact(&mut magic).is_ok() && &magic == MAGIC;
    file.seek(SeekFrom::Start(0)).is_ok() && found
}

/// A file that several threads read at places of their own: the one that the system keeps for a file would be everybody's.
#[derive(Clone)]
struct Shared {
    file: Arc<File>,
    length: u64,
}

/// The file from a place on.
struct At {
    file: Arc<File>,
    at: u64,
}

impl Read for At {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read_at(to, self.at)?;
        self.at += bytes as u64;
        Ok(bytes)
    }
}

impl Length for Shared {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Shared {
    type T = BufReader<At>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(At { file: Arc::clone(&self.file), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        // What the file says of itself may be wrong.
        if start.checked_add(length as u64).is_none_or(|end| end > self.length) {
            return Err(ParquetError::EOF("the file ends before its columns do".to_owned()));
        }
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start).map_err(|error| ParquetError::External(error.into()))?;
        Ok(bytes.into())
    }
}

/// The rows of some groups of a file.
pub(super) struct ParquetRows {
    file: Arc<SerializedFileReader<Shared>>,
    plain: Shared,
    pub(super) shape: Arc<LogShape>,
    columns: Vec<Leaf>,
    /// Whether somebody wants a column.
    wanted: Vec<bool>,
    /// What columns have to have.
    needs: Vec<(usize, Need)>,
    /// Groups of rows that are left.
    groups: std::ops::Range<usize>,
    /// Rows of the group at hand that are left.
    left: usize,
    /// The number of the next row, from 1.
    row: u64,
}

impl ParquetRows {
    /// All rows of a file.
    ///
    /// # Errors
    /// What is no Parquet, or has columns that no log has.
    pub(super) fn open(file: File, log: &str) -> Result<Self, ParquetError> {
        let length = file.metadata().map_err(|error| ParquetError::External(error.into()))?.len();
        let plain = Shared { file: Arc::new(file), length };
        let file = SerializedFileReader::new(plain.clone())?;
        let (shape, columns) = columns(file.metadata().file_metadata(), log)?;
        let (groups, wanted) = (0..file.num_row_groups(), vec![true; columns.len()]);
        let (file, shape, needs) = (Arc::new(file), Arc::new(shape), Vec::new());
        Ok(Self { file, plain, shape, columns, wanted, needs, groups, left: 0, row: 1 })
    }

    /// Reads these columns alone, by their places; others are unset. One is read in any case: what a file says of the number of its
    /// rows may be wrong.
    pub(super) fn select(&mut self, places: &[usize]) {
        let first = [0];
        let places = if places.is_empty() { first.as_slice() } else { places };
        for (place, wanted) in self.wanted.iter_mut().enumerate() {
            *wanted = places.contains(&place);
        }
    }

    /// Passes over groups of rows in which a column cannot have what it has to have, and blocks of rows that have it not.
    pub(super) fn require(&mut self, needs: &[(usize, Need)]) {
        self.needs = needs.to_vec();
    }

    /// Whether a group of rows may have all that is needed.
    fn may_have(&self, group: usize) -> bool {
        let Some(group) = self.file.metadata().row_groups().get(group) else { return true };
        self.needs.iter().all(|(place, need)| {
            let Some(leaf) = self.columns.get(*place) else { return true };
            let Some(chunk) = group.columns().get(leaf.place) else { return true };
            match need {
                Need::Between(first, last) => leaf.overlaps(chunk.statistics(), *first, *last),
                Need::OneOf(texts) => {
                    // A filter that is not there, or cannot be read, keeps nothing out.
                    let filter = Sbbf::read_from_column_chunk(chunk, &self.plain).ok().flatten();
                    filter.is_none_or(|filter| {
                        filter.num_blocks() == 0 || texts.iter().any(|text| filter.check(text))
                    })
                }
                _ => true,
            }
        })
    }

    /// The same in parts, of a group of rows each.
    pub(super) fn split(self) -> Vec<Self> {
        let mut row = self.row;
        let part = |index: usize| {
            let first = row;
            let rows = self.file.metadata().row_groups().get(index).map_or(0, |group| group.num_rows());
            row += u64::try_from(rows).unwrap_or(0);
            Self {
                file: Arc::clone(&self.file),
                plain: self.plain.clone(),
                shape: Arc::clone(&self.shape),
                columns: self.columns.iter().map(Leaf::again).collect(),
                wanted: self.wanted.clone(),
                needs: self.needs.clone(),
                groups: index..index + 1,
                left: 0,
                row: first,
            }
        };
        self.groups.clone().map(part).collect()
    }

    /// The next rows, with the number of the first; nothing at the end.
    ///
    /// # Errors
    /// A file that cannot be read on.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Batch)>, ParquetError> {
        loop {
            if self.left == 0 && !self.begin()? {
                return Ok(None);
            }
            let rows = self.left.min(ROWS);
            let batch = if rows == 0 { None } else { self.read(rows)? };
            let first = self.row;
            self.left -= rows;
            self.row += rows as u64;
            if let Some(columns) = batch {
                return Ok(Some((first, Batch { columns, rows })));
            }
        }
    }

    /// Goes on to the next group of rows; false if there is none. Its rows are left, unless it cannot have what is needed.
    fn begin(&mut self) -> Result<bool, ParquetError> {
        let Some(index) = self.groups.next() else { return Ok(false) };
        let group = self.file.get_row_group(index)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
        if !self.may_have(index) {
            self.row += rows as u64;
            return Ok(true);
        }
        self.left = rows;
        for (leaf, _) in self.columns.iter_mut().zip(&self.wanted).filter(|(_, wanted)| **wanted) {
            if let Some(chunk) = group.metadata().columns().get(leaf.place) {
                leaf.begin(chunk, group.get_column_page_reader(leaf.place)?);
            }
        }
        Ok(true)
    }

    /// Reads the cells of so many rows, unless a column has a text in none of them that it has to have.
    fn read(&mut self, rows: usize) -> Result<Option<Vec<Option<Column>>>, ParquetError> {
        let Self { columns, wanted, needs, .. } = self;
        let mut read: Vec<Option<Column>> = columns.iter().map(|_| None).collect();
        let mut found = true;
        for (place, need) in needs.iter() {
            let Need::OneOf(texts) = need else { continue };
            let leaf = columns.get_mut(*place).zip(read.get_mut(*place));
            let Some((leaf, cells)) = leaf.filter(|(_, cells)| cells.is_none()) else { continue };
            if wanted.get(*place) == Some(&true) {
                let column = leaf.read(rows)?;
                found &= texts.iter().any(|text| column.has(text));
                *cells = Some(column);
            }
        }
        let left = columns.iter_mut().zip(wanted).zip(&mut read);
        for ((leaf, _), cells) in left.filter(|((_, wanted), cells)| **wanted && cells.is_none()) {
            if found {
                *cells = Some(leaf.read(rows)?);
            } else {
                leaf.skip(rows)?;
            }
        }
        Ok(found.then_some(read))
    }
}

/// What the rows of a file look like, and its columns.
fn columns(meta: &FileMetaData, log: &str) -> Result<(LogShape, Vec<Leaf>), ParquetError> {
    let said = |key: &str| {
        let all = meta.key_value_metadata()?;
        all.iter().find(|pair| pair.key == key)?.value.clone()
    };
    let mut shape = LogShape::new(Format::Tsv, &said(LOG_KEY).unwrap_or_else(|| log.to_owned()));
    shape.lines = false;
    let types = said(TYPES_KEY).unwrap_or_default();
    let mut types = types.split(' ');
    let known = declared(&shape.path);
    let schema = meta.schema_descr();
    if schema.num_columns() > MAX_COLUMNS {
        return Err(ParquetError::General(format!("expected {MAX_COLUMNS} columns at most")));
    }
    let mut columns = Vec::with_capacity(schema.num_columns());
    for (place, column) in schema.columns().iter().enumerate() {
        let (name, leaf) = Leaf::new(place, column)?;
        let said = types.next().filter(|text| !text.is_empty()).map(of_name);
        let known = known.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        let kind =
            said.into_iter().chain(known).find(|kind| leaf.fits(*kind)).unwrap_or_else(|| leaf.usual());
        shape.columns.push(LogColumn::new(&name, kind));
        columns.push(leaf.of(kind));
    }
    Ok((shape, columns))
}
