//! Values as they are compared.

use std::fmt;

use gannet::events::Value;
use gannet_logs::value_text;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field {
    /// None.
    Unset,
    /// A time, a length of time or a number with a point, which two programs may round differently.
    Number(f64),
    /// Anything else, as text.
    Text(Vec<u8>),
    /// Elements; those of a set are sorted.
    List(Vec<Vec<u8>>),
}

impl Field {
    /// Of a value; `set` says that the order of its elements means nothing.
    pub(super) fn of(value: Value<'_>, set: bool) -> Self {
        match value {
            Value::Unset => Self::Unset,
            Value::Time(time) => Self::Number(time.nanos() as f64 / 1e9),
            Value::Date(seconds) => Self::Number(seconds as f64),
            Value::Interval(length) => Self::Number(length.nanos() as f64 / 1e9),
            Value::Double(number) => Self::Number(number),
            Value::List(list) => {
                let mut elements = Vec::with_capacity(list.count());
                list.each(&mut |element| elements.push(text(element)));
                if set {
                    elements.sort_unstable();
                }
                Self::List(elements)
            }
            scalar => Self::Text(text(scalar)),
        }
    }

    /// Whether both are the same, but for how they were rounded.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => {
                (one - other).abs() <= 2.5e-6 + 4e-16 * one.abs() || one == other
            }
            _ => self == other,
        }
    }
}

/// Elements that are times are rounded here, for they are not compared one by one.
fn text(value: Value<'_>) -> Vec<u8> {
    match Field::of(value, false) {
        Field::Number(number) => format!("{number:.5}").into_bytes(),
        Field::List(_) => Vec::new(),
        _ => {
            let mut text = Vec::new();
            value_text(value, &mut text);
            text
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => f.write_str("-"),
            Self::Number(number) => write!(f, "{number:.6}"),
            Self::Text(text) => f.write_str(&String::from_utf8_lossy(text)),
            Self::List(elements) => {
                let texts: Vec<_> = elements.iter().map(|element| String::from_utf8_lossy(element)).collect();
                write!(f, "{{{}}}", texts.join(", "))
            }
        }
    }
}
