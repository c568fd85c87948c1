//! Which values a column of a type can be held against, and the tests that this makes.

use gannet::events::Kind;
use regex::bytes::RegexBuilder;

use crate::leaf::{Addrs, Cmp, Numbers, Test, Texts, bits};
use crate::literal::Literal;

/// Bytes that a compiled pattern may take, and again its tables at run time.
const MAX_PATTERN_BYTES: usize = 1 << 20;
const NANOS: i128 = 1_000_000_000;

/// Values of one type from one to another one, or one text.
pub(crate) enum Part {
    Number(i128, i128),
    Double(f64, f64),
    Text(Vec<u8>),
    Addr(u128, u128),
}

/// What a type is called in messages, with an example of its values.
pub(crate) fn described(kind: Kind) -> &'static str {
    match kind {
        Kind::Time => "a time such as 2026-11-20T14:00:00Z",
        Kind::Interval => "a length of time such as 10s or 5min",
        Kind::Double => "a number such as 2.5",
        Kind::Count => "a number such as 443 or 10k",
        Kind::Int => "a number such as -1 or 10k",
        Kind::Bool => "true or false",
        Kind::Port => "a port such as 443 or 443/tcp",
        Kind::Addr => "an address such as 192.0.2.1, or a network such as 192.0.2.0/24 behind in",
        Kind::Enum | Kind::Text => "a text in quotes",
        Kind::Set(element) | Kind::Vector(element) => described(*element),
    }
}

/// The name of a type.
pub(crate) fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Time => "time",
        Kind::Interval => "interval",
        Kind::Double => "double",
        Kind::Count => "count",
        Kind::Int => "int",
        Kind::Bool => "bool",
        Kind::Port => "port",
        Kind::Addr => "addr",
        Kind::Enum => "enum",
        Kind::Text => "string",
        Kind::Set(_) => "set",
        Kind::Vector(_) => "vector",
    }
}

/// A value for a column of a type; nothing if it does not go with it. A port's transport is the caller's to look at.
pub(crate) fn value(kind: Kind, literal: &Literal) -> Option<Part> {
    let number = |number: i128| Some(Part::Number(number, number));
    match (kind, literal) {
        (Kind::Count, Literal::Whole(n)) if *n >= 0 => number(*n),
        (Kind::Int, Literal::Whole(n)) => number(*n),
        (Kind::Port, Literal::Whole(n)) if (0..=65_535).contains(n) => number(*n),
        (Kind::Port, Literal::Port(port, _)) => number((*port).into()),
        (Kind::Time, Literal::Time(nanos)) | (Kind::Interval, Literal::Length(nanos)) => {
            number((*nanos).into())
        }
        // As the logs show times: seconds.
        (Kind::Time | Kind::Interval, Literal::Whole(n)) => number(*n * NANOS),
        // A double tells seconds since 1970 apart to the microsecond, and no better.
        (Kind::Time | Kind::Interval, Literal::Decimal(n)) => number((n * 1e6).round() as i128 * 1_000),
        (Kind::Double, Literal::Decimal(n)) => Some(Part::Double(*n, *n)),
        (Kind::Double, Literal::Whole(n)) => Some(Part::Double(*n as f64, *n as f64)),
        (Kind::Enum | Kind::Text, Literal::Text(bytes)) => Some(Part::Text(bytes.clone())),
        (Kind::Addr, Literal::Addr(address)) => Some(Part::Addr(bits(*address), bits(*address))),
        (Kind::Addr, Literal::Net(address, length)) => {
            let fixed = u32::from(*length) + if address.is_ipv4() { 96 } else { 0 };
            let free = u128::MAX.checked_shr(fixed).unwrap_or(0);
            Some(Part::Addr(bits(*address), bits(*address) | free))
        }
        _ => None,
    }
}

/// The test of a comparison with a value; nothing if values of this type have no such order.
pub(crate) fn comparison(cmp: Cmp, value: Part) -> Option<Test> {
    match value {
        Part::Number(number, _) => Some(Test::number(cmp, number)),
        Part::Double(number, _) => Some(Test::Double(cmp, number)),
        Part::Text(bytes) => Some(Test::text(cmp, bytes)),
        Part::Addr(first, last) if cmp == Cmp::Eq => Some(Test::Addrs(Addrs::new(vec![(first, last)]))),
        Part::Addr(..) => None,
    }
}

/// The test for any of several values, which all are of the type.
pub(crate) fn one_of(kind: Kind, values: Vec<Part>) -> Test {
    match kind {
        Kind::Double => {
            let pairs = values.into_iter().filter_map(|value| match value {
                Part::Double(first, last) => Some((first, last)),
                _ => None,
            });
            Test::Doubles(pairs.collect())
        }
        Kind::Enum | Kind::Text => {
            let texts = values.into_iter().filter_map(|value| match value {
                Part::Text(bytes) => Some(bytes.into_boxed_slice()),
                _ => None,
            });
            Test::Texts(Texts::new(texts.collect()))
        }
        Kind::Addr => {
            let ranges = values.into_iter().filter_map(|value| match value {
                Part::Addr(first, last) => Some((first, last)),
                _ => None,
            });
            Test::Addrs(Addrs::new(ranges.collect()))
        }
        _ => {
            let ranges = values.into_iter().filter_map(|value| match value {
                Part::Number(first, last) => Some((first, last)),
                _ => None,
            });
            Test::Numbers(Numbers::new(ranges.collect()))
        }
    }
}

/// All from the one to the other; nothing if these have no order, or it goes the other way.
pub(crate) fn range(first: Part, last: Part) -> Option<Part> {
    match (first, last) {
        (Part::Number(first, _), Part::Number(_, last)) if first <= last => Some(Part::Number(first, last)),
        (Part::Double(first, _), Part::Double(_, last)) if first <= last => Some(Part::Double(first, last)),
        (Part::Addr(first, _), Part::Addr(_, last)) if first <= last => Some(Part::Addr(first, last)),
        _ => None,
    }
}

/// A compiled pattern.
///
/// # Errors
/// Why it is none.
pub(crate) fn pattern(source: &str, flags: &str) -> Result<Test, String> {
    let mut builder = RegexBuilder::new(source);
    builder
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .ignore_whitespace(flags.contains('x'))
        .size_limit(MAX_PATTERN_BYTES)
        .dfa_size_limit(MAX_PATTERN_BYTES)
        .nest_limit(64);
    match builder.build() {
        Ok(regex) => Ok(Test::Pattern(Box::new(regex))),
        Err(regex::Error::CompiledTooBig(most)) => {
            Err(format!("the pattern takes too much memory: expected one of {most} bytes at most"))
        }
        Err(error) => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Err(format!("no regular expression: {last}"))
        }
    }
}
