//! Tests of one value.

use std::cmp::Ordering;
use std::net::{IpAddr, Ipv6Addr};

use gannet::events::Value;
use regex::bytes::Regex;

use crate::need::Need;

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

    /// The first value of all, and the last.
    fn ends(&self) -> Option<(T, T)> {
        Some((self.0.first()?.0, self.0.last()?.1))
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

/// Ranges of addresses: those of version 4 are looked at as such, too.
#[derive(Debug)]
pub(crate) struct Addrs {
    v4: Ranges<u32>,
    all: Ranges<u128>,
}

/// What addresses of version 4 have before them.
const MAPPED: u128 = 0xffff << 32;

impl Addrs {
    pub(crate) fn new(ranges: Vec<(u128, u128)>) -> Self {
        let all = Ranges::new(ranges);
        let v4 = all.0.iter().filter_map(|(first, last)| {
            let first = first.saturating_sub(MAPPED).try_into().ok()?;
            let last = last.checked_sub(MAPPED)?.min(u128::from(u32::MAX)) as u32;
            Some((first, last))
        });
        Self { v4: Ranges(v4.collect()), all }
    }

    /// The addresses as they are written, if they are a few of version 4: of others there is more than one way.
    fn texts(&self) -> Option<Vec<Vec<u8>>> {
        let all = self.all.0.iter().map(|(first, last)| {
            let address = Ipv6Addr::from_bits(*first).to_ipv4_mapped().filter(|_| first == last)?;
            Some(address.to_string().into_bytes())
        });
        (self.all.0.len() <= FEW).then(|| all.collect())?
    }

    #[inline]
    fn have(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => self.v4.has(v4.to_bits()),
            IpAddr::V6(v6) => self.all.has(v6.to_bits()),
        }
    }
}

/// Numbers in ranges.
#[derive(Debug)]
pub(crate) enum Numbers {
    /// Both ends of all ranges are below the largest one of 64 bits with a sign.
    Small(Ranges<i64>),
    Large(Ranges<i128>),
}

impl Numbers {
    pub(crate) fn new(ranges: Vec<(i128, i128)>) -> Self {
        let small = |number: i128| i64::try_from(number).ok().filter(|number| *number < i64::MAX);
        let all: Option<Vec<(i64, i64)>> =
            ranges.iter().map(|(first, last)| Some((small(*first)?, small(*last)?))).collect();
        match all {
            Some(ranges) => Self::Small(Ranges::new(ranges)),
            None => Self::Large(Ranges::new(ranges)),
        }
    }

    #[inline]
    fn have(&self, value: Value<'_>) -> Option<bool> {
        match self {
            Self::Small(ranges) => small(value).map(|number| ranges.has(number)),
            Self::Large(ranges) => whole(value).map(|number| ranges.has(number)),
        }
    }
}

/// Texts, of which a value may be one. Their lengths and first bytes tell most of them apart.
#[derive(Debug)]
pub(crate) struct Texts {
    /// Sorted by their bytes.
    texts: Box<[Word]>,
}

/// One of the texts.
#[derive(Debug)]
struct Word {
    length: usize,
    head: u64,
    bytes: Box<[u8]>,
}

impl Texts {
    pub(crate) fn new(mut texts: Vec<Box<[u8]>>) -> Self {
        texts.sort_unstable();
        texts.dedup();
        let word = |bytes: Box<[u8]>| Word { length: bytes.len(), head: head(&bytes), bytes };
        Self { texts: texts.into_iter().map(word).collect() }
    }

    #[inline]
    fn have(&self, text: &[u8]) -> bool {
        if self.texts.len() > FEW {
            return self.texts.binary_search_by(|word| word.bytes.as_ref().cmp(text)).is_ok();
        }
        let (length, head) = (text.len(), head(text));
        // Up to eight bytes the head is all.
        let same = |word: &Word| {
            word.length == length && word.head == head && (length <= 8 || word.bytes.as_ref() == text)
        };
        self.texts.iter().any(same)
    }
}

/// A number that the first eight bytes of a text make, or all of a shorter one: texts of the same length that are no longer than that
/// have the same one only if they are the same.
#[inline]
fn head(text: &[u8]) -> u64 {
    if let Some(first) = text.first_chunk::<8>() {
        return u64::from_le_bytes(*first);
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
    }
    text.iter().fold(0, |head, byte| head << 8 | u64::from(*byte))
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
    /// The same with a number below the largest one of 64 bits with a sign.
    Small(Cmp, i64),
    Numbers(Numbers),
    Double(Cmp, f64),
    Doubles(Box<[(f64, f64)]>),
    Text(Cmp, Box<[u8]>),
    Texts(Texts),
    Addrs(Addrs),
    Pattern(Box<Regex>),
    /// Of a list, any element.
    Any(Box<Test>),
    /// Of a text with commas, any part.
    Part(Box<Test>),
}

impl Test {
    /// A comparison with a number.
    pub(crate) fn number(cmp: Cmp, number: i128) -> Self {
        match i64::try_from(number) {
            Ok(small) if small < i64::MAX => Self::Small(cmp, small),
            _ => Self::Number(cmp, number),
        }
    }

    /// A comparison with a text.
    pub(crate) fn text(cmp: Cmp, text: Vec<u8>) -> Self {
        match cmp {
            Cmp::Eq => Self::Texts(Texts::new(vec![text.into()])),
            _ => Self::Text(cmp, text.into()),
        }
    }

    /// What a value has to be to pass; nothing if there is no short way to say it.
    pub(crate) fn need(&self) -> Option<Need> {
        let between = |cmp: Cmp, number: i128| match cmp {
            Cmp::Eq => Need::Between(number, number),
            Cmp::Lt | Cmp::Le => Need::Between(i128::MIN, number),
            Cmp::Gt | Cmp::Ge => Need::Between(number, i128::MAX),
        };
        match self {
            Self::Number(cmp, number) => Some(between(*cmp, *number)),
            Self::Small(cmp, number) => Some(between(*cmp, (*number).into())),
            Self::Numbers(Numbers::Small(ranges)) => {
                ranges.ends().map(|(first, last)| Need::Between(first.into(), last.into()))
            }
            Self::Numbers(Numbers::Large(ranges)) => {
                ranges.ends().map(|(first, last)| Need::Between(first, last))
            }
            Self::Texts(texts) => {
                Some(Need::OneOf(texts.texts.iter().map(|word| word.bytes.to_vec()).collect()))
            }
            Self::Addrs(addrs) => addrs.texts().map(Need::OneOf),
            _ => None,
        }
    }

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
            Self::Small(cmp, number) => Some(cmp.of(small(value)?.cmp(number))),
            Self::Numbers(numbers) => numbers.have(value),
            Self::Double(cmp, number) => Some(double(value)?.partial_cmp(number).is_some_and(|o| cmp.of(o))),
            Self::Doubles(ranges) => {
                let number = double(value)?;
                Some(ranges.iter().any(|(first, last)| *first <= number && number <= *last))
            }
            Self::Text(cmp, wanted) => with_text(value, |text| cmp.of(text.cmp(wanted))),
            Self::Texts(texts) => with_text(value, |text| texts.have(text)),
            Self::Addrs(ranges) => match value {
                Value::Addr(address) => Some(ranges.have(address)),
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

/// The same where numbers of 64 bits with a sign are enough: what is larger is the largest of these.
#[inline]
fn small(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Count(number) => Some(i64::try_from(number).unwrap_or(i64::MAX)),
        Value::Int(number) => Some(number),
        Value::Port(port) => Some(port.into()),
        Value::Time(time) => Some(time.nanos()),
        Value::Interval(length) => Some(length.nanos()),
        Value::Date(seconds) => Some(seconds.saturating_mul(1_000_000_000)),
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
