//! Ids of connections and files, and how they are shown.

use std::fmt;

/// The id of a connection: 96 bits, shown as `C` and base 62.
///
/// Not `#[non_exhaustive]`: it is made from its two numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid {
    /// The first 32 bits.
    pub high: u32,
    /// The other 64 bits.
    pub low: u64,
}

/// The id of a file: 96 bits, shown as `F` and base 62.
///
/// Not `#[non_exhaustive]`: it is made from its two numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fuid {
    /// The first 32 bits.
    pub high: u32,
    /// The other 64 bits.
    pub low: u64,
}

/// A value that may be absent, and is shown as `-` then, as in a log.
///
/// ```
/// use gannet::events::{OrDash, Uid};
///
/// assert_eq!(OrDash(Some(Uid { high: 1, low: 2 })).to_string(), "C12");
/// assert_eq!(OrDash(None::<Uid>).to_string(), "-");
/// ```
///
/// Not `#[non_exhaustive]`: it is made from what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrDash<T>(pub Option<T>);

impl Uid {
    /// Calls `f` with the id's text: a `C`, then the digits of both numbers, least significant first, not padded.
    pub fn with_text<R>(self, f: impl FnOnce(&str) -> R) -> R {
        with_text(b'C', self.high, self.low, f)
    }
}

impl Fuid {
    /// Calls `f` with the id's text: an `F`, then the digits of both numbers, least significant first, not padded.
    pub fn with_text<R>(self, f: impl FnOnce(&str) -> R) -> R {
        with_text(b'F', self.high, self.low, f)
    }
}

fn with_text<R>(kind: u8, high: u32, low: u64, f: impl FnOnce(&str) -> R) -> R {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut text = [kind; 20];
    let mut free = text.iter_mut().skip(1);
    let mut length = 1;
    for mut number in [u64::from(high), low] {
        loop {
            let digit = DIGITS.get((number % 62) as usize).copied().unwrap_or(b'0');
            if let Some(place) = free.next() {
                *place = digit;
                length += 1;
            }
            number /= 62;
            if number == 0 {
                break;
            }
        }
    }
    f(text.get(..length).and_then(|t| std::str::from_utf8(t).ok()).unwrap_or_default())
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.pad(text))
    }
}

impl fmt::Display for Fuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.pad(text))
    }
}

impl<T: fmt::Display> fmt::Display for OrDash<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.pad("-"),
        }
    }
}
