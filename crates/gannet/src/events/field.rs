//! Columns, and the types that records' fields may have: each is one column or several.

use std::borrow::Cow;
use std::net::IpAddr;

use super::id::{Fuid, Uid};
use super::mac::Mac;
use super::value::{ConnTag, Date, Enum, Kind, List, Port, Set, Value, Vector, Visitor};
use crate::base::time::{Interval, Timestamp};

/// A column of a log stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name in the header and in JSON.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether a row may leave it unset.
    pub optional: bool,
    /// What it means.
    pub doc: &'static str,
    /// True for a column beyond Zeek's: it comes last and can be switched off.
    pub extra: bool,
}

impl Column {
    /// A column of Zeek's, for an implementation of [`Field`].
    pub const fn new(name: &'static str, kind: Kind, optional: bool, doc: &'static str) -> Self {
        Self { name, kind, optional, doc, extra: false }
    }

    /// The same as a column beyond Zeek's.
    #[must_use]
    pub const fn beyond(mut self) -> Self {
        self.extra = true;
        self
    }
}

/// A type that is one column.
pub trait Scalar {
    /// The column's type.
    const KIND: Kind;
    /// Whether it can be unset.
    const OPTIONAL: bool;
    /// The value.
    fn value(&self) -> Value<'_>;
}

/// A type that is one column or several.
pub trait Field {
    /// Number of columns.
    const COUNT: usize;
    /// Tells the columns.
    fn describe(name: &'static str, doc: &'static str, extra: bool, out: &mut dyn FnMut(Column));
    /// Hands over the values.
    fn visit(&self, visitor: &mut dyn Visitor);
    /// The value of one of the columns; unset if there are fewer.
    fn get(&self, index: usize) -> Value<'_>;
}

impl<T: Scalar> Field for T {
    const COUNT: usize = 1;

    fn describe(name: &'static str, doc: &'static str, extra: bool, out: &mut dyn FnMut(Column)) {
        out(Column { name, kind: T::KIND, optional: T::OPTIONAL, doc: doc.trim_ascii(), extra });
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.value(self.value());
    }

    fn get(&self, _index: usize) -> Value<'_> {
        self.value()
    }
}

impl<T: Scalar> List for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        for element in self {
            f(element.value());
        }
    }
}

const TAG_COLUMNS: [(&str, Kind, &str); 5] = [
    ("uid", Kind::Text, "Id of the connection."),
    ("id.orig_h", Kind::Addr, "Originator's address."),
    ("id.orig_p", Kind::Port, "Originator's port."),
    ("id.resp_h", Kind::Addr, "Responder's address."),
    ("id.resp_p", Kind::Port, "Responder's port."),
];

fn describe_tag(optional: bool, out: &mut dyn FnMut(Column)) {
    for (name, kind, doc) in TAG_COLUMNS {
        out(Column::new(name, kind, optional, doc));
    }
}

impl Field for ConnTag {
    const COUNT: usize = TAG_COLUMNS.len();

    fn describe(_name: &'static str, _doc: &'static str, extra: bool, out: &mut dyn FnMut(Column)) {
        debug_assert!(!extra);
        describe_tag(false, out);
    }

    fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.uid.map_or(Value::Unset, Value::Uid));
        let (orig_p, resp_p) = self.shown_ports();
        v.value(Value::Addr(self.orig_h));
        v.value(Value::Port(orig_p));
        v.value(Value::Addr(self.resp_h));
        v.value(Value::Port(resp_p));
    }

    fn get(&self, index: usize) -> Value<'_> {
        match index {
            0 => self.uid.map_or(Value::Unset, Value::Uid),
            1 => Value::Addr(self.orig_h),
            2 => Value::Port(self.shown_ports().0),
            3 => Value::Addr(self.resp_h),
            4 => Value::Port(self.shown_ports().1),
            _ => Value::Unset,
        }
    }
}

impl Field for Option<ConnTag> {
    const COUNT: usize = TAG_COLUMNS.len();

    fn describe(_name: &'static str, _doc: &'static str, extra: bool, out: &mut dyn FnMut(Column)) {
        debug_assert!(!extra);
        describe_tag(true, out);
    }

    fn visit(&self, v: &mut dyn Visitor) {
        match self {
            Some(tag) => tag.visit(v),
            None => TAG_COLUMNS.iter().for_each(|_| v.value(Value::Unset)),
        }
    }

    fn get(&self, index: usize) -> Value<'_> {
        self.as_ref().map_or(Value::Unset, |tag| tag.get(index))
    }
}

macro_rules! scalars {
    ($($ty:ty, $kind:expr, |$v:ident| $value:expr;)*) => {
        $(impl Scalar for $ty {
            const KIND: Kind = $kind;
            const OPTIONAL: bool = false;

            fn value(&self) -> Value<'_> {
                let $v = self;
                $value
            }
        })*
    };
}

scalars! {
    Timestamp, Kind::Time, |v| Value::Time(*v);
    Date, Kind::Time, |v| Value::Date(v.0);
    Mac, Kind::Text, |v| Value::Text(v.as_bytes());
    Interval, Kind::Interval, |v| Value::Interval(*v);
    f64, Kind::Double, |v| Value::Double(*v);
    u64, Kind::Count, |v| Value::Count(*v);
    i64, Kind::Int, |v| Value::Int(*v);
    bool, Kind::Bool, |v| Value::Bool(*v);
    IpAddr, Kind::Addr, |v| Value::Addr(*v);
    Port, Kind::Port, |v| Value::Port(v.0);
    Enum, Kind::Enum, |v| Value::Enum(v.0);
    Uid, Kind::Text, |v| Value::Uid(*v);
    Fuid, Kind::Text, |v| Value::Fuid(*v);
    &'static str, Kind::Text, |v| Value::Text(v.as_bytes());
    String, Kind::Text, |v| Value::Text(v.as_bytes());
    Cow<'static, str>, Kind::Text, |v| Value::Text(v.as_bytes());
    Vec<u8>, Kind::Text, |v| Value::Text(v);
}

impl<T: Scalar> Scalar for Option<T> {
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;

    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Unset, Scalar::value)
    }
}

impl<T: Scalar> Scalar for Set<T> {
    const KIND: Kind = Kind::Set(&T::KIND);
    const OPTIONAL: bool = false;

    fn value(&self) -> Value<'_> {
        Value::List(&self.0)
    }
}

impl<T: Scalar> Scalar for Vector<T> {
    const KIND: Kind = Kind::Vector(&T::KIND);
    const OPTIONAL: bool = false;

    fn value(&self) -> Value<'_> {
        Value::List(&self.0)
    }
}
