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
        if let Some(number) = number(value) {
            return Self::Number(number);
        }
        match value {
            Value::Unset => Self::Unset,
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

/// What two programs may round differently.
fn number(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Time(time) => Some(time.nanos() as f64 / 1e9),
        Value::Date(seconds) => Some(seconds as f64),
        Value::Interval(length) => Some(length.nanos() as f64 / 1e9),
        Value::Double(number) => Some(number),
        _ => None,
    }
}

/// Elements that are numbers are rounded here, for they are not compared one by one.
fn text(value: Value<'_>) -> Vec<u8> {
    match number(value) {
        Some(number) => format!("{number:.5}").into_bytes(),
        None => {
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
