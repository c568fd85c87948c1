//! Values of one column of Parquet by its physical type: those that wait to be written, and those that were read.

use std::ops::Range;

use gannet::events::{Kind, Value};
use gannet::{Interval, Timestamp};

use crate::format::{address, utf8};

/// Values of a column.
pub(crate) enum Values {
    Int64(Vec<i64>),
    Int32(Vec<i32>),
    Double(Vec<f64>),
    Bool(Vec<bool>),
    Bytes(Texts),
}

/// Texts, all one behind the other.
#[derive(Default)]
pub(crate) struct Texts {
    pub(super) bytes: Vec<u8>,
    /// Where each ends.
    pub(super) ends: Vec<usize>,
}

impl Texts {
    /// Adds one.
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    /// Where one stands.
    fn range(&self, place: usize) -> Option<Range<usize>> {
        let start = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.ends.get(place).map(|end| start..*end)
    }

    /// One of them.
    #[inline]
    pub(crate) fn get(&self, place: usize) -> Option<&[u8]> {
        self.bytes.get(self.range(place)?)
    }
}

/// What the numbers and texts of a column are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meaning {
    /// The type of a value: in lists, of an element.
    pub(crate) kind: Kind,
    /// Nanoseconds of a unit of times.
    pub(crate) unit: i64,
}

impl Values {
    /// How this program writes values of a type.
    pub(super) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Time | Kind::Count | Kind::Int => Self::Int64(Vec::new()),
            Kind::Port => Self::Int32(Vec::new()),
            Kind::Interval | Kind::Double => Self::Double(Vec::new()),
            Kind::Bool => Self::Bool(Vec::new()),
            _ => Self::Bytes(Texts::default()),
        }
    }

    /// None of the same physical type.
    pub(crate) fn none(&self) -> Self {
        match self {
            Self::Int64(_) => Self::Int64(Vec::new()),
            Self::Int32(_) => Self::Int32(Vec::new()),
            Self::Double(_) => Self::Double(Vec::new()),
            Self::Bool(_) => Self::Bool(Vec::new()),
            Self::Bytes(_) => Self::Bytes(Texts::default()),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Int64(values) => values.len(),
            Self::Int32(values) => values.len(),
            Self::Double(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Bytes(texts) => texts.ends.len(),
        }
    }

    /// Adds a value, if it is of the column's type; says whether it was and how many bytes it takes.
    #[inline]
    pub(super) fn push(&mut self, value: Value<'_>) -> Option<usize> {
        match (self, value) {
            (Self::Int64(to), Value::Time(at)) => to.push(at.nanos().div_euclid(1000)),
            (Self::Int64(to), Value::Date(seconds)) => to.push(seconds.saturating_mul(1_000_000)),
            (Self::Int64(to), Value::Count(count)) => to.push(i64::try_from(count).unwrap_or(i64::MAX)),
            (Self::Int64(to), Value::Int(number)) => to.push(number),
            (Self::Int32(to), Value::Port(port)) => to.push(i32::from(port)),
            (Self::Double(to), Value::Interval(length)) => to.push(length.nanos() as f64 / 1e9),
            (Self::Double(to), Value::Double(number)) => to.push(number),
            (Self::Bool(to), Value::Bool(is)) => to.push(is),
            (Self::Bytes(to), value) => {
                let start = to.bytes.len();
                text(value, &mut to.bytes)?;
                to.ends.push(to.bytes.len());
                return Some(to.bytes.len() - start + size_of::<usize>());
            }
            _ => return None,
        }
        Some(size_of::<i64>())
    }

    /// Adds values of the same physical type, by their places.
    pub(crate) fn add_from(&mut self, from: &Self, places: impl Iterator<Item = usize>) {
        fn all<T: Copy>(to: &mut Vec<T>, from: &[T], places: impl Iterator<Item = usize>) {
            to.extend(places.filter_map(|place| from.get(place).copied()));
        }
        match (self, from) {
            (Self::Int64(to), Self::Int64(from)) => all(to, from, places),
            (Self::Int32(to), Self::Int32(from)) => all(to, from, places),
            (Self::Double(to), Self::Double(from)) => all(to, from, places),
            (Self::Bool(to), Self::Bool(from)) => all(to, from, places),
            (Self::Bytes(to), Self::Bytes(from)) => {
                places.filter_map(|place| from.get(place)).for_each(|text| to.push(text));
            }
            _ => {}
        }
    }

    /// The value at a place, as a log has it; unset if it is none of its type.
    #[inline]
    pub(crate) fn value(&self, place: usize, meaning: Meaning) -> Value<'_> {
        let kind = meaning.kind;
        let value = match self {
            Self::Int64(values) => values.get(place).and_then(|number| match kind {
                Kind::Time => Some(Value::Time(Timestamp::from_nanos(number.saturating_mul(meaning.unit)))),
                _ => whole(*number, kind),
            }),
            Self::Int32(values) => values.get(place).and_then(|number| whole((*number).into(), kind)),
            Self::Double(values) => values.get(place).map(|number| match kind {
                Kind::Interval => Value::Interval(Interval::from_nanos((number * 1e9).round() as i64)),
                _ => Value::Double(*number),
            }),
            Self::Bool(values) => values.get(place).map(|truth| Value::Bool(*truth)),
            Self::Bytes(texts) => texts.get(place).map(|text| match kind {
                Kind::Addr => addr(text),
                _ => Value::Text(text),
            }),
        };
        value.unwrap_or(Value::Unset)
    }

    pub(super) fn clear(&mut self) {
        match self {
            Self::Int64(values) => values.clear(),
            Self::Int32(values) => values.clear(),
            Self::Double(values) => values.clear(),
            Self::Bool(values) => values.clear(),
            Self::Bytes(texts) => {
                texts.bytes.clear();
                texts.ends.clear();
            }
        }
    }
}

/// A whole number as a value of its type.
fn whole(number: i64, kind: Kind) -> Option<Value<'static>> {
    match kind {
        Kind::Port => u16::try_from(number).ok().map(Value::Port),
        Kind::Count => u64::try_from(number).ok().map(Value::Count),
        _ => Some(Value::Int(number)),
    }
}

/// An address that was written as text.
fn addr(text: &[u8]) -> Value<'_> {
    let text = std::str::from_utf8(text).ok();
    text.and_then(|text| text.parse().ok()).map_or(Value::Unset, Value::Addr)
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
