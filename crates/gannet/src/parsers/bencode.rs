//! Bencoding: numbers, texts, lists and dictionaries as BitTorrent writes them
//! (<https://www.bittorrent.org/beps/bep_0003.html>).
//!
//! Values are looked at where they are: nothing is copied, and what is nested is passed over without recursion.

use memchr::memchr;

use super::number::decimal;

/// Digits of a number or a length.
const MAX_DIGITS: usize = 20;

/// A value; those that have others in them as their content, without the letters around it.
///
/// Not `#[non_exhaustive]`: bencoding has no other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number, as its digits.
    Number(&'a [u8]),
    /// Bytes.
    Text(&'a [u8]),
    /// Values, one behind the other.
    List(&'a [u8]),
    /// Keys and values; see [`get`].
    Dict(&'a [u8]),
}

/// Takes a value off the front; nothing, and an unspecified part of the bytes is left, if none is there whole.
pub fn take<'a>(rest: &mut &'a [u8]) -> Option<Value<'a>> {
    let whole = *rest;
    let (kind, content) = whole.split_first()?;
    if kind.is_ascii_digit() {
        return text(rest).map(Value::Text);
    }
    *rest = content;
    match kind {
        b'i' => {
            let digits = until(rest, b'e')?;
            let unsigned = digits.strip_prefix(b"-").unwrap_or(digits);
            (!unsigned.is_empty() && unsigned.iter().all(u8::is_ascii_digit)).then_some(Value::Number(digits))
        }
        b'l' | b'd' => {
            pass(rest)?;
            let content = content.get(..content.len() - rest.len() - 1)?;
            Some(if *kind == b'l' { Value::List(content) } else { Value::Dict(content) })
        }
        _ => None,
    }
}

/// The value of a key in the content of a dictionary; nothing if it is not there, or something odd comes before it.
pub fn get<'a>(content: &'a [u8], key: &[u8]) -> Option<Value<'a>> {
    let mut rest = content;
    while !rest.is_empty() {
        let name = text(&mut rest)?;
        let value = take(&mut rest)?;
        if name == key {
            return Some(value);
        }
    }
    None
}

/// The same, if it is a text.
pub fn get_text<'a>(content: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    match get(content, key)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The same, if it is a dictionary: its content.
pub fn get_dict<'a>(content: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    match get(content, key)? {
        Value::Dict(content) => Some(content),
        _ => None,
    }
}

/// Takes a text off the front: its length, a colon, its bytes.
fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(decimal(until(rest, b':')?)?).ok()?;
    let (text, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(text)
}

/// Takes what is in front of a letter off, and the letter.
fn until<'a>(rest: &mut &'a [u8], end: u8) -> Option<&'a [u8]> {
    let near = rest.get(..MAX_DIGITS + 1).unwrap_or(rest);
    let (before, behind) = rest.split_at_checked(memchr(end, near)?)?;
    *rest = behind.get(1..)?;
    Some(before)
}

/// Passes over values up to the end of the list that is open, and over its end.
fn pass(rest: &mut &[u8]) -> Option<()> {
    let mut open = 1_usize;
    while open > 0 {
        let (kind, behind) = rest.split_first()?;
        match kind {
            b'e' => open -= 1,
            b'l' | b'd' => open += 1,
            b'i' => {
                *rest = behind;
                until(rest, b'e')?;
                continue;
            }
            _ => {
                text(rest)?;
                continue;
            }
        }
        *rest = behind;
    }
    Some(())
}
