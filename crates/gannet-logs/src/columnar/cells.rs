//! The values of one column that wait to be written.

use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::writer::SerializedColumnWriter;
use bytes::Bytes;
use gannet::events::{Kind, Value};

use crate::format::{address, utf8};

/// Rows that are written at once.
pub(super) const MOST_ROWS: usize = 131_072;

/// Values by the physical type of their column.
enum Values {
    Int64(Vec<i64>),
    Int32(Vec<i32>),
    Double(Vec<f64>),
    Bool(Vec<bool>),
    /// All texts one behind the other, and where each ends.
    Bytes(Vec<u8>, Vec<usize>),
}

impl Values {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Time | Kind::Count | Kind::Int => Self::Int64(Vec::new()),
            Kind::Port => Self::Int32(Vec::new()),
            Kind::Interval | Kind::Double => Self::Double(Vec::new()),
            Kind::Bool => Self::Bool(Vec::new()),
            _ => Self::Bytes(Vec::new(), Vec::new()),
        }
    }

    /// Adds a value, if it is of the column's type; says whether it was and how many bytes it takes.
    fn push(&mut self, value: Value<'_>) -> Option<usize> {
        match (self, value) {
            (Self::Int64(to), Value::Time(at)) => to.push(at.nanos().div_euclid(1000)),
            (Self::Int64(to), Value::Date(seconds)) => to.push(seconds.saturating_mul(1_000_000)),
            (Self::Int64(to), Value::Count(count)) => to.push(i64::try_from(count).unwrap_or(i64::MAX)),
            (Self::Int64(to), Value::Int(number)) => to.push(number),
            (Self::Int32(to), Value::Port(port)) => to.push(i32::from(port)),
            (Self::Double(to), Value::Interval(length)) => to.push(length.nanos() as f64 / 1e9),
            (Self::Double(to), Value::Double(number)) => to.push(number),
            (Self::Bool(to), Value::Bool(is)) => to.push(is),
            (Self::Bytes(to, ends), value) => {
                let start = to.len();
                text(value, to)?;
                ends.push(to.len());
                return Some(to.len() - start + size_of::<ByteArray>());
            }
            _ => return None,
        }
        Some(size_of::<i64>())
    }

    fn clear(&mut self) {
        match self {
            Self::Int64(values) => values.clear(),
            Self::Int32(values) => values.clear(),
            Self::Double(values) => values.clear(),
            Self::Bool(values) => values.clear(),
            Self::Bytes(bytes, ends) => {
                bytes.clear();
                ends.clear();
            }
        }
    }
}

/// Texts that stand one behind the other, each for itself; they share their memory.
fn apart(bytes: &mut Vec<u8>, ends: &[usize]) -> Vec<ByteArray> {
    let bytes = Bytes::from(std::mem::take(bytes));
    let mut start = 0;
    let text = |end: &usize| bytes.slice(std::mem::replace(&mut start, *end)..*end).into();
    ends.iter().map(text).collect()
}

/// Appends a value as text, of which no byte is none of UTF-8; nothing if it is none.
fn text(value: Value<'_>, text: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::Text(bytes) => utf8(bytes, text),
        Value::Enum(name) => text.extend_from_slice(name.as_bytes()),
        Value::Addr(at) => address(at, text),
        Value::Uid(uid) => uid.with_text(|uid| text.extend_from_slice(uid.as_bytes())),
        Value::Fuid(fuid) => fuid.with_text(|fuid| text.extend_from_slice(fuid.as_bytes())),
        _ => return None,
    }
    Some(())
}

/// The cells of a column, one after the other: what is there, and by levels what is not.
pub(super) struct Cells {
    values: Values,
    /// How much of each is there: nothing (0), all (1); in lists nothing (0), no element (1), one that is unset (2) or one (3).
    defined: Vec<i16>,
    /// In lists, whether each goes on with the list before.
    repeated: Option<Vec<i16>>,
}

impl Cells {
    pub(super) fn of(kind: Kind) -> Self {
        let (element, repeated) = match kind {
            Kind::Set(element) | Kind::Vector(element) => (*element, Some(Vec::new())),
            scalar => (scalar, None),
        };
        Self { values: Values::of(element), defined: Vec::new(), repeated }
    }

    /// Adds a cell; what is not of the column's type is unset. The bytes that it takes, about.
    pub(super) fn push(&mut self, value: Value<'_>) -> usize {
        let Some(repeated) = &mut self.repeated else {
            let bytes = self.values.push(value);
            self.defined.push(i16::from(bytes.is_some()));
            return bytes.unwrap_or_default() + size_of::<i16>();
        };
        let Value::List(list) = value else {
            self.defined.push(0);
            repeated.push(0);
            return 2 * size_of::<i16>();
        };
        let (mut first, mut bytes) = (true, 0);
        list.each(&mut |element| {
            let taken = self.values.push(element);
            bytes += taken.unwrap_or_default() + 2 * size_of::<i16>();
            self.defined.push(if taken.is_some() { 3 } else { 2 });
            repeated.push(i16::from(!std::mem::take(&mut first)));
        });
        if first {
            self.defined.push(1);
            repeated.push(0);
        }
        bytes
    }

    /// Writes the cells, which are gone then.
    pub(super) fn write(&mut self, mut to: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let (defined, repeated) = (Some(self.defined.as_slice()), self.repeated.as_deref());
        match &mut self.values {
            Values::Int64(values) => to.typed::<Int64Type>().write_batch(values, defined, repeated)?,
            Values::Int32(values) => to.typed::<Int32Type>().write_batch(values, defined, repeated)?,
            Values::Double(values) => to.typed::<DoubleType>().write_batch(values, defined, repeated)?,
            Values::Bool(values) => to.typed::<BoolType>().write_batch(values, defined, repeated)?,
            Values::Bytes(bytes, ends) => {
                to.typed::<ByteArrayType>().write_batch(&apart(bytes, ends), defined, repeated)?
            }
        };
        self.values.clear();
        self.defined.clear();
        self.repeated.iter_mut().for_each(Vec::clear);
        to.close()
    }
}
