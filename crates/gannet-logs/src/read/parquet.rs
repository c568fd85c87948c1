//! Logs as Parquet, read as rows: each block is TSV under a header that the columns make, so that whoever reads logs reads these, too.
//!
//! Files of this program say in their metadata of which log they are and of which types its columns. Of others the types are those
//! of the log's columns of these names, or else those that the values have.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use ::parquet::bloom_filter::Sbbf;
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use bytes::Bytes;
use gannet::events::Value;

use super::infer::declared;
use super::kind::of_name;
use super::leaf::Leaf;
use super::shape::{LogColumn, LogShape};
use super::write::RowWriter;
use crate::columnar::{LOG_KEY, TYPES_KEY};
use crate::format::{Unlimited, tsv_row};
use crate::options::Format;

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
    shown: Unlimited,
    /// Columns, by their places in the file, that have to have a text.
    texts: Vec<(usize, Vec<u8>)>,
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
        let meta = file.metadata().file_metadata();
        let said = |key: &str| {
            let all = meta.key_value_metadata()?;
            all.iter().find(|pair| pair.key == key)?.value.clone()
        };
        let mut shape = LogShape::new(Format::Tsv, &said(LOG_KEY).unwrap_or_else(|| log.to_owned()));
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
        let groups = 0..file.num_row_groups();
        let shown = Unlimited::new(shape.columns.iter().map(|column| column.name.as_str()));
        let shape = Arc::new(with_header(shape));
        Ok(Self {
            file: Arc::new(file),
            plain,
            shape,
            columns,
            shown,
            texts: Vec::new(),
            groups,
            left: 0,
            row: 1,
        })
    }

    /// Leaves out all columns but these, by their places; one stays in any case.
    pub(super) fn select(&mut self, places: &[usize]) {
        let first = [0];
        let places = if places.is_empty() { first.as_slice() } else { places };
        let mut shape = LogShape::clone(&self.shape);
        let mut place = 0;
        let mut keep = || {
            place += 1;
            places.contains(&(place - 1))
        };
        shape.columns.retain(|_| keep());
        place = 0;
        let mut keep = || {
            place += 1;
            places.contains(&(place - 1))
        };
        self.columns.retain(|_| keep());
        self.shown = Unlimited::new(shape.columns.iter().map(|column| column.name.as_str()));
        self.shape = Arc::new(with_header(shape));
    }

    /// Leaves out groups of rows in which a column cannot have this text, and of the others blocks of rows without it.
    pub(super) fn with_text(mut self, column: &str, text: &str) -> Vec<Self> {
        let all = std::mem::replace(&mut self.groups, 0..0);
        let place = self.shape.find(column).and_then(|place| self.columns.get(place)).map(|leaf| leaf.place);
        self.texts.extend(place.map(|place| (place, text.as_bytes().to_vec())));
        let can_have = |group: &usize| {
            let Some(chunk) = self.file.metadata().row_groups().get(*group) else { return true };
            let Some(chunk) = place.and_then(|place| chunk.columns().get(place)) else { return true };
            // A filter that is not there, or cannot be read, keeps nothing out.
            let filter = Sbbf::read_from_column_chunk(chunk, &self.plain);
            filter.ok().flatten().is_none_or(|filter| filter.check(text))
        };
        all.filter(can_have).map(|group| self.part(group..group + 1)).collect()
    }

    /// The same in parts, of a group of rows each.
    pub(super) fn split(self) -> Vec<Self> {
        self.groups.clone().map(|group| self.part(group..group + 1)).collect()
    }

    /// These groups of rows alone.
    pub(super) fn part(&self, groups: std::ops::Range<usize>) -> Self {
        let before =
            self.file.metadata().row_groups().iter().take(groups.start).map(|group| group.num_rows());
        Self {
            file: Arc::clone(&self.file),
            plain: self.plain.clone(),
            texts: self.texts.clone(),
            shape: Arc::clone(&self.shape),
            columns: self.columns.iter().map(Leaf::again).collect(),
            shown: Unlimited::new(self.shape.columns.iter().map(|column| column.name.as_str())),
            groups,
            left: 0,
            row: 1 + before.map(|rows| u64::try_from(rows).unwrap_or(0)).sum::<u64>(),
        }
    }

    /// The next rows, with the number of the first; nothing at the end.
    ///
    /// # Errors
    /// A file that cannot be read on.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Vec<u8>)>, ParquetError> {
        let rows = loop {
            if self.left == 0 {
                let Some(group) = self.groups.next() else { return Ok(None) };
                let group = self.file.get_row_group(group)?;
                self.left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
                for leaf in &mut self.columns {
                    leaf.begin(group.get_column_reader(leaf.place)?);
                }
            }
            let rows = self.left.min(ROWS);
            if self.read(rows)? {
                break rows;
            }
            self.left -= rows;
            self.row += rows as u64;
        };
        let mut out = Vec::new();
        let Self { columns, shown, .. } = self;
        for _ in 0..rows {
            let row = |visitor: &mut dyn gannet::events::Visitor| {
                columns.iter_mut().for_each(|leaf| leaf.next(&mut |value: Value<'_>| visitor.value(value)));
            };
            tsv_row(shown, row, &mut out);
        }
        let first = self.row;
        self.left -= rows;
        self.row += rows as u64;
        Ok(Some((first, out)))
    }

    /// Reads the values of so many rows, unless a column has a text in none of them that it has to have.
    fn read(&mut self, rows: usize) -> Result<bool, ParquetError> {
        if rows == 0 {
            return Ok(false);
        }
        let Self { columns, texts, .. } = self;
        let text_of =
            |leaf: &Leaf| texts.iter().find(|(place, _)| *place == leaf.place).map(|(_, text)| text);
        let mut found = true;
        for leaf in columns.iter_mut() {
            if let Some(text) = text_of(leaf) {
                leaf.read(rows)?;
                found &= leaf.has(text);
            }
        }
        for leaf in columns.iter_mut().filter(|leaf| text_of(leaf).is_none()) {
            if found {
                leaf.read(rows)?;
            } else {
                leaf.skip(rows)?;
            }
        }
        Ok(found)
    }
}

/// The shape with the lines that stand before its rows.
fn with_header(mut shape: LogShape) -> LogShape {
    let all: Vec<usize> = (0..shape.columns.len()).collect();
    let mut header = Vec::new();
    RowWriter::new(Format::Tsv, &shape, &all).header(&shape.path, b"", &mut header);
    shape.header = header;
    shape
}
