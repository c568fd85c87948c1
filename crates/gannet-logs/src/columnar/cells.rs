//! The values of one column that wait to be written.

use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::writer::SerializedColumnWriter;
use bytes::Bytes;
use gannet::events::{Kind, Value};

use super::values::{Texts, Values};

/// Rows that are written at once.
pub(super) const MOST_ROWS: usize = 131_072;
/// Texts that stand apart from each other at once, each of which takes more than its bytes.
const PART: usize = 8192;

/// Writes texts, a part of them at a time, so that few stand apart from each other at once.
fn write_texts(
    mut to: SerializedColumnWriter<'_>,
    texts: &mut Texts,
    defined: &[i16],
    repeated: Option<&[i16]>,
) -> Result<(), ParquetError> {
    // A list must not be torn.
    let (part, there) = if repeated.is_some() { (defined.len().max(1), 3) } else { (PART, 1) };
    let bytes = Bytes::from(std::mem::take(&mut texts.bytes));
    let (mut ends, mut start) = (texts.ends.as_slice(), 0);
    let mut apart: Vec<ByteArray> = Vec::new();
    for defined in defined.chunks(part) {
        let count = defined.iter().filter(|level| **level == there).count();
        let (these, behind) = ends.split_at_checked(count).unwrap_or((ends, &[]));
        ends = behind;
        apart.clear();
        apart.extend(these.iter().map(|end| bytes.slice(std::mem::replace(&mut start, *end)..*end).into()));
        to.typed::<ByteArrayType>().write_batch(&apart, Some(defined), repeated)?;
    }
    drop(apart);
    to.close()?;
    // Nobody else has it any more: the memory is used again.
    texts.bytes = bytes.into();
    Ok(())
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
        let (levels, repeated) = (self.defined.as_slice(), self.repeated.as_deref());
        let defined = Some(levels);
        match &mut self.values {
            Values::Int64(values) => to.typed::<Int64Type>().write_batch(values, defined, repeated)?,
            Values::Int32(values) => to.typed::<Int32Type>().write_batch(values, defined, repeated)?,
            Values::Double(values) => to.typed::<DoubleType>().write_batch(values, defined, repeated)?,
            Values::Bool(values) => to.typed::<BoolType>().write_batch(values, defined, repeated)?,
            Values::Bytes(texts) => {
                write_texts(to, texts, levels, repeated)?;
                self.clear();
                return Ok(());
            }
        };
        self.clear();
        to.close()
    }

    fn clear(&mut self) {
        self.values.clear();
        self.defined.clear();
        self.repeated.iter_mut().for_each(Vec::clear);
    }
}
