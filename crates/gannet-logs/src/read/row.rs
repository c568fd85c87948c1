//! A row that was read.

use std::cell;

use gannet::events::{Kind, Value};
use gannet_query::Row;

use super::cell::Cell;
use super::error::ReadError;
use super::json;
#[cfg(feature = "parquet")]
use super::parquet::{Batch, Elements};
use super::shape::LogShape;
use crate::options::Format;

/// The columns of a log that somebody wants to see, so that others are passed over.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For each column of the log its place among those that are kept.
    slots: Vec<Option<usize>>,
    /// Places in the log, in their order, one for each slot.
    places: Vec<usize>,
}

impl Wanted {
    /// These columns of a log, by their places.
    pub fn new(shape: &LogShape, places: impl IntoIterator<Item = usize>) -> Self {
        let mut places: Vec<usize> =
            places.into_iter().filter(|place| *place < shape.columns.len()).collect();
        places.sort_unstable();
        places.dedup();
        let slot = |place| places.binary_search(&place).ok();
        Self { slots: (0..shape.columns.len()).map(slot).collect(), places }
    }

    /// Places of the columns, in their order.
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// All columns.
    pub fn all(shape: &LogShape) -> Self {
        Self::new(shape, 0..shape.columns.len())
    }
}

/// A row that was read: the values of the columns that are wanted.
pub struct LogRow<'a> {
    wanted: &'a Wanted,
    shape: &'a LogShape,
    cells: Vec<Cell<'a>>,
    /// The line as it stands there, without its end.
    line: &'a [u8],
    #[cfg(feature = "parquet")]
    columns: Option<InColumns<'a>>,
    /// A column whose value is none of its type, that somebody has asked for.
    malformed: cell::Cell<Option<usize>>,
}

/// A row of columns.
#[cfg(feature = "parquet")]
struct InColumns<'a> {
    batch: &'a Batch,
    row: usize,
    /// Which of the columns that are wanted have lists.
    places: Vec<usize>,
    /// The lists of the row.
    lists: Vec<(usize, Elements<'a>)>,
}

#[cfg(feature = "parquet")]
impl<'a> LogRow<'a> {
    /// A row of columns, which is gone to.
    pub(super) fn in_columns(shape: &'a LogShape, wanted: &'a Wanted, batch: &'a Batch) -> Self {
        let places = wanted.places.iter().copied().filter(|place| batch.has_lists(*place)).collect();
        let columns = InColumns { batch, row: 0, places, lists: Vec::new() };
        Self { columns: Some(columns), ..Self::new(shape, wanted) }
    }

    /// Goes to another row.
    pub(super) fn go_to(&mut self, row: usize) {
        self.malformed.set(None);
        if let Some(columns) = &mut self.columns {
            columns.row = row;
            columns.batch.lists(row, &columns.places, &mut columns.lists);
        }
    }
}

impl<'a> LogRow<'a> {
    pub(super) fn new(shape: &'a LogShape, wanted: &'a Wanted) -> Self {
        let cells = Vec::with_capacity(wanted.places.len());
        Self {
            wanted,
            shape,
            cells,
            line: b"",
            #[cfg(feature = "parquet")]
            columns: None,
            malformed: cell::Cell::new(None),
        }
    }

    /// Takes over another line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(&mut self, line: &'a [u8]) -> Result<(), String> {
        self.line = line;
        self.cells.clear();
        self.malformed.set(None);
        match self.shape.format {
            Format::Tsv => self.read_tsv(line),
            Format::Json => self.read_json(line),
        }
    }

    fn kind(&self, place: usize) -> Kind {
        self.shape.columns.get(place).map_or(Kind::Text, |column| column.kind)
    }

    fn read_tsv(&mut self, line: &'a [u8]) -> Result<(), String> {
        let mut start = 0;
        let mut place = 0;
        let mut wanted = self.wanted.places.iter().copied().peekable();
        let ends = memchr::memchr_iter(self.shape.separator, line).chain(std::iter::once(line.len()));
        for end in ends {
            if wanted.next_if_eq(&place).is_some() {
                let raw = line.get(start..end).unwrap_or_default();
                self.cells.push(Cell::new(raw, self.kind(place), self.shape));
            }
            place += 1;
            start = end + 1;
        }
        if place == self.shape.columns.len() {
            return Ok(());
        }
        Err(format!("expected {} columns, found {place}", self.shape.columns.len()))
    }

    fn read_json(&mut self, line: &'a [u8]) -> Result<(), String> {
        let places = &self.wanted.places;
        let mut raws: Vec<&[u8]> = vec![b""; places.len()];
        let mut unknown = None;
        let all = places.len() == self.shape.columns.len();
        let read = json::members(line, &mut |key, value| {
            let key = super::text::json_text(key).unwrap_or_default();
            let place = self.shape.columns.iter().position(|column| column.name.as_bytes() == key.as_ref());
            match place.map(|place| self.wanted.slots.get(place).copied().flatten()) {
                Some(slot) => {
                    if let Some(raw) = slot.and_then(|slot| raws.get_mut(slot)) {
                        *raw = value;
                    }
                }
                None if all && unknown.is_none() => {
                    unknown = Some(String::from_utf8_lossy(&key).into_owned())
                }
                None => {}
            }
            true
        });
        read.map_err(|(at, what)| format!("no JSON object: {what} at byte {at}"))?;
        if let Some(name) = unknown {
            return Err(format!(
                "column {name} is none of those that the log has, or that its first rows show"
            ));
        }
        for (place, raw) in places.iter().zip(raws) {
            let cell = Cell::new(raw, self.kind(*place), self.shape);
            self.cells.push(cell);
        }
        Ok(())
    }

    /// The line as it stands in the log, without its end; nothing where [rows are no lines](LogShape::lines).
    pub fn line(&self) -> &'a [u8] {
        self.line
    }

    /// What the log looks like.
    pub fn shape(&self) -> &'a LogShape {
        self.shape
    }

    /// What is wrong if a value that was asked for is none of its column's type.
    ///
    /// # Errors
    /// The column, and what was expected.
    pub fn check(&self, file: &str, line: u64) -> Result<(), ReadError> {
        let column = self.malformed.get().and_then(|place| self.shape.columns.get(place));
        match column {
            None => Ok(()),
            Some(column) => {
                let what = format!("column {}: expected a value of type {}", column.name, column.kind_name);
                Err(ReadError::new(file, Some(line), what))
            }
        }
    }
}

impl Row for LogRow<'_> {
    /// A value that is none of its column's type is unset, and [`LogRow::check`] tells of it.
    fn value(&self, index: usize) -> Value<'_> {
        let stray = || {
            self.malformed.set(Some(index));
            Value::Unset
        };
        #[cfg(feature = "parquet")]
        if let Some(InColumns { batch, row, lists, .. }) = &self.columns {
            return batch.value(*row, index, lists).unwrap_or_else(|_| stray());
        }
        let slot = self.wanted.slots.get(index).copied().flatten();
        let Some(cell) = slot.and_then(|slot| self.cells.get(slot)) else { return Value::Unset };
        cell.value().unwrap_or_else(|_| stray())
    }
}
