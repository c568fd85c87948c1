//! One column of a file of Parquet: its values by their physical type, and what a log calls them.

use std::sync::Arc;

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use ::parquet::column::page::PageReader;
use ::parquet::column::reader::{ColumnReader, get_column_reader};
use ::parquet::data_type::ByteArray;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::statistics::Statistics;
use ::parquet::schema::types::ColumnDescriptor;
use gannet::events::Kind;

use super::super::codes::NONE;
use super::batch::Column;
use super::pages::Pages;
use crate::columnar::{Meaning, Texts, Values};

/// A column.
pub(super) struct Leaf {
    /// Its place among those of the file.
    pub(super) place: usize,
    physical: Physical,
    /// Nanoseconds of a unit of its times, if it has times.
    unit: Option<i64>,
    /// Levels at which there is a value, and of lists.
    most: (i16, i16),
    /// Whether elements of a list can be unset.
    optional: bool,
    /// The type of its values: of lists, of the elements.
    kind: Kind,
    source: Option<Source>,
}

/// Where the values of a group of rows come from.
enum Source {
    /// Pages that are unpacked here.
    Pages(Box<Pages>),
    /// Lists, and what is written in other ways: read by the library.
    Library(Box<ColumnReader>),
}

/// No values of a physical type.
fn none(physical: Physical) -> Option<Values> {
    Some(match physical {
        Physical::INT64 => Values::Int64(Vec::new()),
        Physical::INT32 => Values::Int32(Vec::new()),
        Physical::DOUBLE => Values::Double(Vec::new()),
        Physical::BOOLEAN => Values::Bool(Vec::new()),
        Physical::BYTE_ARRAY => Values::Bytes(Texts::default()),
        _ => return None,
    })
}

impl Leaf {
    /// The column at a place, and its name.
    ///
    /// # Errors
    /// If no log has such columns.
    pub(super) fn new(place: usize, column: &ColumnDescriptor) -> Result<(String, Self), ParquetError> {
        let parts = column.path().parts();
        let most = (column.max_def_level(), column.max_rep_level());
        // A list is `name.list.element`.
        let named = if most.1 == 0 { parts.len() } else { parts.len().saturating_sub(2).max(1) };
        let name = parts.get(..named).unwrap_or_default().join(".");
        let wrong = || ParquetError::General(format!("column {name} has a type that no log has"));
        if most.1 > 1 || none(column.physical_type()).is_none() {
            return Err(wrong());
        }
        let leaf = Self {
            place,
            physical: column.physical_type(),
            unit: unit(column),
            most,
            optional: column.self_type().is_optional(),
            kind: Kind::Text,
            source: None,
        };
        Ok((name, leaf))
    }

    /// Whether its values can be of this type.
    pub(super) fn fits(&self, kind: Kind) -> bool {
        let (kind, list) = match kind {
            Kind::Set(element) | Kind::Vector(element) => (*element, true),
            scalar => (scalar, false),
        };
        let fits = match self.physical {
            Physical::INT64 if self.unit.is_some() => kind == Kind::Time,
            Physical::INT64 => matches!(kind, Kind::Count | Kind::Int),
            Physical::INT32 => matches!(kind, Kind::Port | Kind::Count | Kind::Int),
            Physical::DOUBLE => matches!(kind, Kind::Interval | Kind::Double),
            Physical::BOOLEAN => kind == Kind::Bool,
            _ => matches!(kind, Kind::Text | Kind::Enum | Kind::Addr),
        };
        fits && list == (self.most.1 > 0)
    }

    /// The type that its values are taken for if nobody knows better.
    pub(super) fn usual(&self) -> Kind {
        let list = self.most.1 > 0;
        match self.physical {
            Physical::INT64 if self.unit.is_some() => {
                if list {
                    Kind::Vector(&Kind::Time)
                } else {
                    Kind::Time
                }
            }
            Physical::INT64 | Physical::INT32 if list => Kind::Vector(&Kind::Int),
            Physical::INT64 | Physical::INT32 => Kind::Int,
            Physical::DOUBLE if list => Kind::Vector(&Kind::Double),
            Physical::DOUBLE => Kind::Double,
            Physical::BOOLEAN if list => Kind::Vector(&Kind::Bool),
            Physical::BOOLEAN => Kind::Bool,
            _ if list => Kind::Vector(&Kind::Text),
            _ => Kind::Text,
        }
    }

    /// The same, with values of this type.
    pub(super) fn of(mut self, kind: Kind) -> Self {
        self.kind = match kind {
            Kind::Set(element) | Kind::Vector(element) => *element,
            scalar => scalar,
        };
        self
    }

    /// The same column, from its beginning.
    pub(super) fn again(&self) -> Self {
        Self { source: None, ..*self }
    }

    /// The values to come are those of another group of rows.
    pub(super) fn begin(&mut self, chunk: &ColumnChunkMetaData, pages: Box<dyn PageReader>) {
        self.source = match none(self.physical) {
            Some(none) if Pages::know(chunk) => {
                Some(Source::Pages(Box::new(Pages::new(pages, self.most.0, none))))
            }
            _ => Some(Source::Library(Box::new(get_column_reader(chunk.column_descr_ptr(), pages)))),
        };
    }

    /// The cells of so many rows.
    ///
    /// # Errors
    /// If there are fewer, or they cannot be read.
    pub(super) fn read(&mut self, rows: usize) -> Result<Column, ParquetError> {
        let meaning = Meaning { kind: self.kind, unit: self.unit.unwrap_or(1) };
        match &mut self.source {
            Some(Source::Pages(pages)) => {
                let cells = pages.read(rows)?;
                let (pool, codes, is_dictionary) = (cells.pool, cells.codes, cells.is_dictionary);
                Ok(Column { meaning, pool, is_dictionary, codes, lists: None })
            }
            Some(Source::Library(reader)) => {
                let (mut defined, mut repeated) = (Vec::new(), Vec::new());
                let pool = Arc::new(records(reader, rows, self.most, &mut defined, &mut repeated)?);
                let (codes, lists) = self.cells(rows, &defined, &repeated);
                Ok(Column { meaning, pool, is_dictionary: false, codes, lists })
            }
            None => Err(ParquetError::General("a column has not begun".to_owned())),
        }
    }

    /// What the levels of some rows say: of each element the place of its value, and of each list where its elements are.
    #[expect(clippy::type_complexity, reason = "both are parts of a column")]
    fn cells(
        &self,
        rows: usize,
        defined: &[i16],
        repeated: &[i16],
    ) -> (Vec<u32>, Option<Vec<Option<(usize, usize)>>>) {
        let mut next = 0;
        let mut code = |is_there: bool| {
            next += u32::from(is_there);
            if is_there { next - 1 } else { NONE }
        };
        if self.most.0 == 0 {
            return ((0..rows).map(|_| code(true)).collect(), None);
        }
        if self.most.1 == 0 {
            return (defined.iter().map(|level| code(*level == self.most.0)).collect(), None);
        }
        // The level of a list with an element, be it unset.
        let element = self.most.0 - i16::from(self.optional);
        let (mut codes, mut lists) = (Vec::with_capacity(defined.len()), Vec::with_capacity(rows));
        for (level, goes_on) in defined.iter().zip(repeated.iter().map(|level| *level > 0)) {
            if !goes_on {
                // A list without elements is there, too.
                let is_there = *level > 0 || element == 1;
                lists.push(is_there.then_some((codes.len(), codes.len())));
            }
            if *level >= element {
                codes.push(code(*level == self.most.0));
                if let Some(Some((_, end))) = lists.last_mut() {
                    *end = codes.len();
                }
            }
        }
        (codes, Some(lists))
    }

    /// Whether a group of rows of these statistics can have a number from the first to the last one; times are in nanoseconds.
    pub(super) fn overlaps(&self, statistics: Option<&Statistics>, first: i128, last: i128) -> bool {
        let (least, most) = match statistics {
            Some(Statistics::Int64(of)) => (of.min_opt().copied(), of.max_opt().copied()),
            Some(Statistics::Int32(of)) => {
                (of.min_opt().map(|n| (*n).into()), of.max_opt().map(|n| (*n).into()))
            }
            _ => return true,
        };
        let (Some(least), Some(most)) = (least, most) else { return true };
        let unit = i128::from(self.unit.unwrap_or(1));
        // Of numbers without a sign the large ones are negative here.
        least > most || i128::from(least) * unit <= last && first <= i128::from(most) * unit
    }

    /// Passes over the values of so many rows.
    ///
    /// # Errors
    /// If they cannot be passed over.
    pub(super) fn skip(&mut self, rows: usize) -> Result<(), ParquetError> {
        let reader = match &mut self.source {
            Some(Source::Pages(pages)) => return pages.skip(rows),
            Some(Source::Library(reader)) => &mut **reader,
            None => return Ok(()),
        };
        match reader {
            ColumnReader::Int64ColumnReader(from) => from.skip_records(rows)?,
            ColumnReader::Int32ColumnReader(from) => from.skip_records(rows)?,
            ColumnReader::DoubleColumnReader(from) => from.skip_records(rows)?,
            ColumnReader::BoolColumnReader(from) => from.skip_records(rows)?,
            ColumnReader::ByteArrayColumnReader(from) => from.skip_records(rows)?,
            _ => 0,
        };
        Ok(())
    }
}

/// Reads the values of so many rows by the library, and their levels.
fn records(
    reader: &mut ColumnReader,
    rows: usize,
    most: (i16, i16),
    defined: &mut Vec<i16>,
    repeated: &mut Vec<i16>,
) -> Result<Values, ParquetError> {
    /// All rows of one reader, which may give them in parts.
    macro_rules! all {
        ($from:expr, $to:expr) => {{
            let mut left = rows;
            while left > 0 {
                let defined = (most.0 > 0).then_some(&mut *defined);
                let repeated = (most.1 > 0).then_some(&mut *repeated);
                let (read, ..) = $from.read_records(left, defined, repeated, $to)?;
                if read == 0 {
                    return Err(ParquetError::General(
                        "a column has fewer values than there are rows".to_owned(),
                    ));
                }
                left -= read;
            }
        }};
    }
    macro_rules! fixed {
        ($from:expr, $values:path) => {{
            let mut to = Vec::new();
            all!($from, &mut to);
            Ok($values(to))
        }};
    }
    match reader {
        ColumnReader::Int64ColumnReader(from) => fixed!(from, Values::Int64),
        ColumnReader::Int32ColumnReader(from) => fixed!(from, Values::Int32),
        ColumnReader::DoubleColumnReader(from) => fixed!(from, Values::Double),
        ColumnReader::BoolColumnReader(from) => fixed!(from, Values::Bool),
        ColumnReader::ByteArrayColumnReader(from) => {
            let mut to: Vec<ByteArray> = Vec::new();
            all!(from, &mut to);
            let mut texts = Texts::default();
            to.iter().for_each(|text| texts.push(text.data()));
            Ok(Values::Bytes(texts))
        }
        _ => Err(ParquetError::General("a column has a type that no log has".to_owned())),
    }
}

/// Nanoseconds of a unit of a column's times.
fn unit(column: &ColumnDescriptor) -> Option<i64> {
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::Timestamp(time)), _) => Some(match time.unit {
            TimeUnit::MILLIS => 1_000_000,
            TimeUnit::MICROS => 1_000,
            TimeUnit::NANOS => 1,
        }),
        (_, ConvertedType::TIMESTAMP_MILLIS) => Some(1_000_000),
        (_, ConvertedType::TIMESTAMP_MICROS) => Some(1_000),
        _ => None,
    }
}
