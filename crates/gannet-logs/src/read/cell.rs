//! One column of one row.

use std::borrow::Cow;
use std::net::IpAddr;

use gannet::Timestamp;
use gannet::events::{Kind, List, Value};
use gannet_query::calendar;

use super::shape::LogShape;
use super::{json, number, text};
use crate::options::Format;

/// What stands in a column of a row.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    state: State<'a>,
    kind: Kind,
    shape: &'a LogShape,
}

#[derive(Debug)]
enum State<'a> {
    Unset,
    /// A text without its escapes.
    Text(Cow<'a, [u8]>),
    /// As it stands there; JSON strings have their quotes.
    Raw(&'a [u8]),
}

/// The value is not of the column's type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl<'a> Cell<'a> {
    /// What stands there; nothing in JSON if it is left out.
    pub(super) fn new(raw: &'a [u8], kind: Kind, shape: &'a LogShape) -> Self {
        let is_text = matches!(kind, Kind::Text | Kind::Enum);
        let state = match shape.format {
            Format::Tsv if raw == shape.unset => State::Unset,
            Format::Json if raw.is_empty() || raw == b"null" => State::Unset,
            _ if !is_text => State::Raw(raw),
            Format::Tsv if raw == shape.empty => State::Text(Cow::Borrowed(b"")),
            Format::Tsv => State::Text(text::tsv(raw)),
            // What is no string where text is expected stays as it is written.
            Format::Json => State::Text(text::json_text(raw).unwrap_or(Cow::Borrowed(raw))),
        };
        Self { state, kind, shape }
    }

    /// The value.
    ///
    /// # Errors
    /// If it is none of the column's type.
    pub(super) fn value(&self) -> Result<Value<'_>, Malformed> {
        let raw = match &self.state {
            State::Unset => return Ok(Value::Unset),
            State::Text(text) => return Ok(Value::Text(text)),
            State::Raw(raw) => *raw,
        };
        match (self.kind, self.shape.format) {
            (Kind::Set(_) | Kind::Vector(_), Format::Tsv) => Ok(Value::List(self)),
            (Kind::Set(_) | Kind::Vector(_), Format::Json) if json::elements(raw, &mut |_| ()) => {
                Ok(Value::List(self))
            }
            (Kind::Set(_) | Kind::Vector(_), Format::Json) => Err(Malformed),
            (kind, Format::Tsv) => tsv(kind, raw).ok_or(Malformed),
            (kind, Format::Json) => json(kind, raw).ok_or(Malformed),
        }
    }

    /// Calls `f` with each element as it stands there.
    fn each_raw(&self, f: &mut dyn FnMut(&'a [u8])) {
        let State::Raw(raw) = self.state else { return };
        match self.shape.format {
            Format::Tsv if raw == self.shape.empty => {}
            Format::Tsv => raw.split(|byte| *byte == self.shape.set_separator).for_each(f),
            Format::Json => {
                json::elements(raw, f);
            }
        }
    }
}

impl List for Cell<'_> {
    fn count(&self) -> usize {
        let mut count = 0;
        self.each_raw(&mut |_| count += 1);
        count
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        let (Kind::Set(element) | Kind::Vector(element)) = self.kind else { return };
        self.each_raw(&mut |raw| {
            let cell = Cell::new(raw, *element, self.shape);
            f(cell.value().unwrap_or(Value::Unset));
        });
    }
}

fn tsv(kind: Kind, raw: &[u8]) -> Option<Value<'_>> {
    match (kind, raw) {
        (Kind::Bool, b"T") => Some(Value::Bool(true)),
        (Kind::Bool, b"F") => Some(Value::Bool(false)),
        (Kind::Double, _) => number::double(raw).map(Value::Double),
        (Kind::Addr, _) => address(raw),
        _ => digits(kind, raw),
    }
}

fn json(kind: Kind, raw: &[u8]) -> Option<Value<'_>> {
    match (kind, raw) {
        (Kind::Bool, b"true") => Some(Value::Bool(true)),
        (Kind::Bool, b"false") => Some(Value::Bool(false)),
        (Kind::Addr, [b'"', inner @ .., b'"']) => address(inner),
        // Times may be texts by the calendar.
        (Kind::Time, [b'"', inner @ .., b'"']) => {
            let nanos = calendar::parse(std::str::from_utf8(inner).ok()?)?;
            Some(Value::Time(Timestamp::from_nanos(nanos)))
        }
        (Kind::Double, _) => number::double(raw).map(Value::Double),
        _ => digits(kind, raw),
    }
}

fn digits(kind: Kind, raw: &[u8]) -> Option<Value<'_>> {
    match kind {
        Kind::Time => number::time(raw),
        Kind::Interval => number::interval(raw).map(Value::Interval),
        Kind::Count => number::count(raw).map(Value::Count),
        Kind::Int => number::int(raw).map(Value::Int),
        Kind::Port => {
            // Some write the transport behind the number.
            let end = raw.iter().position(|byte| *byte == b'/').unwrap_or(raw.len());
            let number = number::count(raw.get(..end)?)?;
            u16::try_from(number).ok().map(Value::Port)
        }
        _ => None,
    }
}

fn address(raw: &[u8]) -> Option<Value<'_>> {
    std::str::from_utf8(raw).ok()?.parse::<IpAddr>().ok().map(Value::Addr)
}
