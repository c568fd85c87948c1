//! Tests of one value.

use std::cmp::Ordering;
use std::net::IpAddr;

use gannet::events::Value;
use regex::bytes::Regex;

/// How two values of one kind are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cmp {
    Eq,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Cmp {
    #[inline]
    pub(crate) fn of(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order == Ordering::Equal,
            Self::Lt => order == Ordering::Less,
            Self::Le => order != Ordering::Greater,
            Self::Gt => order == Ordering::Greater,
            Self::Ge => order != Ordering::Less,
        }
    }
}

/// Ranges, sorted and apart from each other, both ends included.
#[derive(Clone, Debug)]
pub(crate) struct Ranges<T>(Box<[(T, T)]>);

/// Ranges that are looked at one by one; where there are more, it is faster to search.
const FEW: usize = 8;

impl<T: Ord + Copy> Ranges<T> {
    pub(crate) fn new(mut ranges: Vec<(T, T)>) -> Self {
        ranges.sort_unstable();
        let mut apart: Vec<(T, T)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match apart.last_mut() {
                Some(before) if first <= before.1 => before.1 = before.1.max(last),
                _ => apart.push((first, last)),
            }
        }
        Self(apart.into())
    }

    #[inline]
    fn has(&self, value: T) -> bool {
        if self.0.len() <= FEW {
            return self.0.iter().any(|(first, last)| *first <= value && value <= *last);
        }
        let place = self.0.partition_point(|(first, _)| *first <= value);
        let range = place.checked_sub(1).and_then(|place| self.0.get(place));
        range.is_some_and(|(_, last)| value <= *last)
    }
}

/// A test of a value that is set. Numbers, ports, times and lengths of time (in nanoseconds) are all whole numbers here, and
/// addresses are those of version 6.
#[derive(Debug)]
pub(crate) enum Test {
    /// Whatever the value is.
    IsSet,
    /// A truth.
    Is(bool),
    Number(Cmp, i128),
    Numbers(Ranges<i128>),
    Double(Cmp, f64),
    Doubles(Box<[(f64, f64)]>),
    Text(Cmp, Box<[u8]>),
    /// Texts, sorted.
    Texts(Box<[Box<[u8]>]>),
    Addrs(Ranges<u128>),
    Pattern(Box<Regex>),
    /// Of a list, any element.
    Any(Box<Test>),
    /// Of a text with commas, any part.
    Part(Box<Test>),
}

impl Test {
    /// Whether the value is as the test wants it; nothing if it has no such value.
    #[inline]
    pub(crate) fn on(&self, value: Value<'_>) -> Option<bool> {
        match self {
            Self::IsSet => (!matches!(value, Value::Unset)).then_some(true),
            Self::Is(wanted) => match value {
                Value::Bool(truth) => Some(truth == *wanted),
                _ => None,
            },
            Self::Number(cmp, number) => Some(cmp.of(whole(value)?.cmp(number))),
            Self::Numbers(ranges) => Some(ranges.has(whole(value)?)),
            Self::Double(cmp, number) => Some(double(value)?.partial_cmp(number).is_some_and(|o| cmp.of(o))),
            Self::Doubles(ranges) => {
                let number = double(value)?;
                Some(ranges.iter().any(|(first, last)| *first <= number && number <= *last))
            }
            Self::Text(cmp, wanted) => with_text(value, |text| cmp.of(text.cmp(wanted))),
            Self::Texts(texts) => {
                with_text(value, |text| texts.binary_search_by(|one| one.as_ref().cmp(text)).is_ok())
            }
            Self::Addrs(ranges) => match value {
                Value::Addr(address) => Some(ranges.has(bits(address))),
                _ => None,
            },
            Self::Pattern(regex) => with_text(value, |text| regex.is_match(text)),
            Self::Any(test) => any(test, value),
            Self::Part(test) => with_text(value, |text| {
                text.split(|byte| *byte == b',').any(|part| test.on(Value::Text(part)) == Some(true))
            }),
        }
    }
}

fn any(test: &Test, value: Value<'_>) -> Option<bool> {
    let Value::List(list) = value else { return None };
    let mut found = false;
    list.each(&mut |element| found = found || test.on(element) == Some(true));
    Some(found)
}

/// Seconds in nanoseconds.
const NANOS: i128 = 1_000_000_000;

#[inline]
pub(crate) fn whole(value: Value<'_>) -> Option<i128> {
    match value {
        Value::Count(number) => Some(number.into()),
        Value::Int(number) => Some(number.into()),
        Value::Port(port) => Some(port.into()),
        Value::Time(time) => Some(time.nanos().into()),
        Value::Interval(length) => Some(length.nanos().into()),
        Value::Date(seconds) => Some(i128::from(seconds) * NANOS),
        _ => None,
    }
}

#[inline]
pub(crate) fn double(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Double(number) => Some(number),
        Value::Count(number) => Some(number as f64),
        Value::Int(number) => Some(number as f64),
        _ => None,
    }
}

#[inline]
pub(crate) fn with_text<R>(value: Value<'_>, f: impl FnOnce(&[u8]) -> R) -> Option<R> {
    match value {
        Value::Text(bytes) => Some(f(bytes)),
        Value::Enum(name) => Some(f(name.as_bytes())),
        Value::Uid(uid) => Some(uid.with_text(|text| f(text.as_bytes()))),
        Value::Fuid(fuid) => Some(fuid.with_text(|text| f(text.as_bytes()))),
        _ => None,
    }
}

/// An address as one of version 6.
#[inline]
pub(crate) fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}
