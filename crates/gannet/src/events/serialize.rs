//! Records and rows for `serde`: maps from the names of columns to values, as in a JSON log of Zeek's.
//!
//! Absent values are left out. Times are seconds to the microsecond, lengths of time seconds to the nanosecond. Text that is
//! not clean UTF-8 has its other bytes as `\xff`. Sets and vectors are sequences, in which an absent element is a null.

use std::borrow::Cow;
use std::fmt::Write;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::record::Record;
use super::row::{OwnedValue, Row};
use super::value::Value;

impl Serialize for dyn Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (mut at, mut result) = (0, Ok(()));
        self.stream().each_column(&mut |column| {
            let value = self.get(at).filter(|value| !matches!(value, Value::Unset));
            if let (Ok(()), Some(value)) = (&result, value) {
                result = map.serialize_entry(column.name, &value);
            }
            at += 1;
        });
        result?;
        map.end()
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self as &dyn Record).serialize(serializer)
    }
}

impl Serialize for OwnedValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_value().serialize(serializer)
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Value::List(list) => {
                let mut sequence = serializer.serialize_seq(Some(list.count()))?;
                let mut result = Ok(());
                list.each(&mut |element| {
                    if result.is_ok() {
                        result = sequence.serialize_element(&element);
                    }
                });
                result?;
                sequence.end()
            }
            Value::Unset => serializer.serialize_none(),
            Value::Time(time) => serializer.serialize_f64(seconds(time.nanos())),
            Value::Date(seconds) => serializer.serialize_f64(seconds as f64),
            Value::Interval(length) => serializer.serialize_f64(length.nanos() as f64 / 1e9),
            Value::Double(number) => serializer.serialize_f64(number),
            Value::Count(number) => serializer.serialize_u64(number),
            Value::Int(number) => serializer.serialize_i64(number),
            Value::Bool(truth) => serializer.serialize_bool(truth),
            Value::Port(port) => serializer.serialize_u16(port),
            Value::Addr(ip) => serializer.collect_str(&ip.to_canonical()),
            Value::Enum(name) => serializer.serialize_str(name),
            Value::Text(bytes) => serializer.serialize_str(&text(bytes)),
            Value::Uid(uid) => uid.with_text(|text| serializer.serialize_str(text)),
            Value::Fuid(fuid) => fuid.with_text(|text| serializer.serialize_str(text)),
        }
    }
}

/// Seconds to the microsecond, as in a log: so close to each other are no two doubles of our time.
fn seconds(nanos: i64) -> f64 {
    nanos.div_euclid(1000) as f64 / 1e6
}

/// Bytes as text. If they are not UTF-8, or have controls in them that JSON has no short escape for, or characters of no use,
/// then all that is no ASCII is shown as `\xff`.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    let short = |c: char| matches!(c, '\x08' | '\x0c' | '\n' | '\r' | '\t');
    let of_no_use = |c| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}');
    let fits = |c: char| short(c) || !(c.is_control() || of_no_use(c));
    if let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.chars().all(fits)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    for byte in bytes {
        match char::from(*byte) {
            c @ ' '..='~' => out.push(c),
            c if short(c) => out.push(c),
            // A string takes everything.
            _ => drop(write!(out, "\\x{byte:02x}")),
        }
    }
    Cow::Owned(out)
}
