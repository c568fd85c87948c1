//! One column of a file of Parquet: its values by their physical type, and what a log calls them.

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use ::parquet::column::reader::ColumnReader;
use ::parquet::data_type::ByteArray;
use ::parquet::errors::ParquetError;
use ::parquet::schema::types::ColumnDescriptor;
use gannet::events::{Kind, List, Value};
use gannet::{Interval, Timestamp};

/// Values of a part of a column.
enum Values {
    Int64(Vec<i64>),
    Int32(Vec<i32>),
    Double(Vec<f64>),
    Bool(Vec<bool>),
    Bytes(Vec<ByteArray>),
}

impl Values {
    fn of(physical: Physical) -> Option<Self> {
        Some(match physical {
            Physical::INT64 => Self::Int64(Vec::new()),
            Physical::INT32 => Self::Int32(Vec::new()),
            Physical::DOUBLE => Self::Double(Vec::new()),
            Physical::BOOLEAN => Self::Bool(Vec::new()),
            Physical::BYTE_ARRAY => Self::Bytes(Vec::new()),
            _ => return None,
        })
    }

    fn clear(&mut self) {
        match self {
            Self::Int64(values) => values.clear(),
            Self::Int32(values) => values.clear(),
            Self::Double(values) => values.clear(),
            Self::Bool(values) => values.clear(),
            Self::Bytes(values) => values.clear(),
        }
    }
}

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
    reader: Option<ColumnReader>,
    values: Values,
    defined: Vec<i16>,
    repeated: Vec<i16>,
    /// How many values and levels are behind us.
    at: (usize, usize),
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
        let values = Values::of(column.physical_type()).ok_or_else(wrong)?;
        if most.1 > 1 {
            return Err(wrong());
        }
        let leaf = Self {
            place,
            physical: column.physical_type(),
            unit: unit(column),
            most,
            optional: column.self_type().is_optional(),
            kind: Kind::Text,
            reader: None,
            values,
            defined: Vec::new(),
            repeated: Vec::new(),
            at: (0, 0),
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
        Self {
            place: self.place,
            physical: self.physical,
            unit: self.unit,
            most: self.most,
            optional: self.optional,
            kind: self.kind,
            reader: None,
            values: Values::of(self.physical).unwrap_or(Values::Bytes(Vec::new())),
            defined: Vec::new(),
            repeated: Vec::new(),
            at: (0, 0),
        }
    }

    /// The values to come are those of another group of rows.
    pub(super) fn begin(&mut self, reader: ColumnReader) {
        self.reader = Some(reader);
    }

    /// Reads the values of so many rows.
    ///
    /// # Errors
    /// If there are fewer, or they cannot be read.
    pub(super) fn read(&mut self, rows: usize) -> Result<(), ParquetError> {
        self.values.clear();
        self.defined.clear();
        self.repeated.clear();
        self.at = (0, 0);
        let mut left = rows;
        while left > 0 {
            let (defined, repeated) = (&mut self.defined, &mut self.repeated);
            let defined = (self.most.0 > 0).then_some(defined);
            let repeated = (self.most.1 > 0).then_some(repeated);
            let (read, ..) = match (&mut self.reader, &mut self.values) {
                (Some(ColumnReader::Int64ColumnReader(from)), Values::Int64(to)) => {
                    from.read_records(left, defined, repeated, to)?
                }
                (Some(ColumnReader::Int32ColumnReader(from)), Values::Int32(to)) => {
                    from.read_records(left, defined, repeated, to)?
                }
                (Some(ColumnReader::DoubleColumnReader(from)), Values::Double(to)) => {
                    from.read_records(left, defined, repeated, to)?
                }
                (Some(ColumnReader::BoolColumnReader(from)), Values::Bool(to)) => {
                    from.read_records(left, defined, repeated, to)?
                }
                (Some(ColumnReader::ByteArrayColumnReader(from)), Values::Bytes(to)) => {
                    from.read_records(left, defined, repeated, to)?
                }
                _ => (0, 0, 0),
            };
            if read == 0 {
                return Err(ParquetError::General(
                    "a column has fewer values than there are rows".to_owned(),
                ));
            }
            left -= read;
        }
        Ok(())
    }

    /// Passes over the values of so many rows.
    ///
    /// # Errors
    /// If they cannot be passed over.
    pub(super) fn skip(&mut self, rows: usize) -> Result<(), ParquetError> {
        match &mut self.reader {
            Some(ColumnReader::Int64ColumnReader(from)) => from.skip_records(rows)?,
            Some(ColumnReader::Int32ColumnReader(from)) => from.skip_records(rows)?,
            Some(ColumnReader::DoubleColumnReader(from)) => from.skip_records(rows)?,
            Some(ColumnReader::BoolColumnReader(from)) => from.skip_records(rows)?,
            Some(ColumnReader::ByteArrayColumnReader(from)) => from.skip_records(rows)?,
            _ => 0,
        };
        Ok(())
    }

    /// Whether one of the values that were read is this text.
    pub(super) fn has(&self, text: &[u8]) -> bool {
        match &self.values {
            Values::Bytes(values) => values.iter().any(|value| value.data() == text),
            // What is no text is compared by somebody else.
            _ => true,
        }
    }

    /// Gives the next cell.
    pub(super) fn next(&mut self, take: &mut dyn FnMut(Value<'_>)) {
        let (value, level) = self.at;
        if self.most.1 == 0 {
            let is_there = self.most.0 == 0 || self.defined.get(level) == Some(&self.most.0);
            take(if is_there { self.value(value) } else { Value::Unset });
            self.at = (value + usize::from(is_there), level + 1);
            return;
        }
        let rest = self.repeated.get(level + 1..).unwrap_or_default();
        let length = 1 + rest.iter().take_while(|level| **level > 0).count();
        let levels = self.defined.get(level..level + length).unwrap_or_default();
        let values = levels.iter().filter(|level| **level == self.most.0).count();
        // The level of a list with an element, be it unset.
        let element = self.most.0 - i16::from(self.optional);
        match levels.first() {
            Some(first) if *first >= element => {
                take(Value::List(&Elements { leaf: self, levels, from: value }))
            }
            Some(first) if *first > 0 || element == 1 => {
                take(Value::List(&Elements { leaf: self, levels: &[], from: value }));
            }
            _ => take(Value::Unset),
        }
        self.at = (value + values, level + length);
    }

    fn value(&self, place: usize) -> Value<'_> {
        let value = match (&self.values, self.kind) {
            (Values::Int64(values), Kind::Time) => values
                .get(place)
                .map(|at| Value::Time(Timestamp::from_nanos(at.saturating_mul(self.unit.unwrap_or(1))))),
            (Values::Int64(values), Kind::Count) => {
                values.get(place).and_then(|number| u64::try_from(*number).ok()).map(Value::Count)
            }
            (Values::Int64(values), _) => values.get(place).map(|number| Value::Int(*number)),
            (Values::Int32(values), Kind::Port) => {
                values.get(place).and_then(|port| u16::try_from(*port).ok()).map(Value::Port)
            }
            (Values::Int32(values), Kind::Count) => {
                values.get(place).and_then(|number| u64::try_from(*number).ok()).map(Value::Count)
            }
            (Values::Int32(values), _) => values.get(place).map(|number| Value::Int((*number).into())),
            (Values::Double(values), Kind::Interval) => values
                .get(place)
                .map(|seconds| Value::Interval(Interval::from_nanos((seconds * 1e9).round() as i64))),
            (Values::Double(values), _) => values.get(place).map(|number| Value::Double(*number)),
            (Values::Bool(values), _) => values.get(place).map(|truth| Value::Bool(*truth)),
            (Values::Bytes(values), _) => values.get(place).map(|text| Value::Text(text.data())),
        };
        value.unwrap_or(Value::Unset)
    }
}

/// The elements of a list.
struct Elements<'a> {
    leaf: &'a Leaf,
    /// Of each, whether it is there.
    levels: &'a [i16],
    /// The place of the first value.
    from: usize,
}

impl List for Elements<'_> {
    fn count(&self) -> usize {
        self.levels.len()
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        let mut place = self.from;
        for level in self.levels {
            if *level == self.leaf.most.0 {
                f(self.leaf.value(place));
                place += 1;
            } else {
                f(Value::Unset);
            }
        }
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
