//! A row of its own: the values of a record, owned, for whoever keeps it or sends it to another thread.

use std::fmt;
use std::net::IpAddr;

use super::id::{Fuid, Uid};
use super::record::{LogStream, Record};
use super::value::{List, Value, Visitor};
use crate::base::time::{Interval, Timestamp};

/// The values of a record, owned.
#[derive(Clone, Debug)]
pub struct Row {
    stream: &'static LogStream,
    values: Vec<OwnedValue>,
}

/// One value of one column, owned. Each is what the [`Value`] of the same name is.
///
/// Not `#[non_exhaustive]`: as with [`Value`], whoever takes values apart has to know of a new kind.
#[derive(Clone, Debug, PartialEq)]
pub enum OwnedValue {
    /// No value.
    Unset,
    /// A point in time.
    Time(Timestamp),
    /// A point in time far from any capture, in whole seconds since 1970.
    Date(i64),
    /// A length of time.
    Interval(Interval),
    /// A floating-point number.
    Double(f64),
    /// A number that is never negative.
    Count(u64),
    /// A number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A port, without its protocol.
    Port(u16),
    /// An address.
    Addr(IpAddr),
    /// A name from a fixed list.
    Enum(Box<str>),
    /// Bytes that usually are text.
    Text(Box<[u8]>),
    /// The id of a connection.
    Uid(Uid),
    /// The id of a file.
    Fuid(Fuid),
    /// The elements of a set or vector.
    List(Vec<OwnedValue>),
}

impl From<Value<'_>> for OwnedValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Unset => Self::Unset,
            Value::Time(time) => Self::Time(time),
            Value::Date(seconds) => Self::Date(seconds),
            Value::Interval(length) => Self::Interval(length),
            Value::Double(number) => Self::Double(number),
            Value::Count(number) => Self::Count(number),
            Value::Int(number) => Self::Int(number),
            Value::Bool(truth) => Self::Bool(truth),
            Value::Port(port) => Self::Port(port),
            Value::Addr(ip) => Self::Addr(ip),
            Value::Enum(name) => Self::Enum(name.into()),
            Value::Text(bytes) => Self::Text(bytes.into()),
            Value::Uid(uid) => Self::Uid(uid),
            Value::Fuid(fuid) => Self::Fuid(fuid),
            Value::List(list) => {
                let mut elements = Vec::with_capacity(list.count());
                list.each(&mut |element| elements.push(element.into()));
                Self::List(elements)
            }
        }
    }
}

impl From<&dyn Record> for Row {
    fn from(record: &dyn Record) -> Self {
        struct Values(Vec<OwnedValue>);
        impl Visitor for Values {
            fn value(&mut self, value: Value<'_>) {
                self.0.push(value.into());
            }
        }
        let mut values = Values(Vec::new());
        record.visit(&mut values);
        Self { stream: record.stream(), values: values.0 }
    }
}

impl Row {
    /// The values, one for each of [`LogStream::columns`].
    pub fn values(&self) -> &[OwnedValue] {
        &self.values
    }
}

/// A row is a record like any other: it has fields, and can be written to a log.
impl Record for Row {
    fn stream(&self) -> &'static LogStream {
        self.stream
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.values.iter().for_each(|value| visitor.value(value.as_value()));
    }

    fn get(&self, index: usize) -> Option<Value<'_>> {
        self.values.get(index).map(OwnedValue::as_value)
    }
}

impl OwnedValue {
    /// The same, borrowed.
    pub fn as_value(&self) -> Value<'_> {
        match self {
            Self::Unset => Value::Unset,
            Self::Time(time) => Value::Time(*time),
            Self::Date(seconds) => Value::Date(*seconds),
            Self::Interval(length) => Value::Interval(*length),
            Self::Double(number) => Value::Double(*number),
            Self::Count(number) => Value::Count(*number),
            Self::Int(number) => Value::Int(*number),
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Port(port) => Value::Port(*port),
            Self::Addr(ip) => Value::Addr(*ip),
            Self::Enum(name) => Value::Enum(name),
            Self::Text(bytes) => Value::Text(bytes),
            Self::Uid(uid) => Value::Uid(*uid),
            Self::Fuid(fuid) => Value::Fuid(*fuid),
            Self::List(elements) => Value::List(elements),
        }
    }
}

impl List for Vec<OwnedValue> {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        self.iter().for_each(|element| f(element.as_value()));
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        OwnedValue::from(*self).fmt(f)
    }
}

/// Rows are equal if they are of the same log and their values are.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.stream.name == other.stream.name && self.values == other.values
    }
}
