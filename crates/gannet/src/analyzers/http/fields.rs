//! Values of header fields that only HTTP has: numbers, ranges, credentials (RFC 9110, section 5).

use crate::parsers::mime::{Field, is_blank};
use crate::parsers::number::decimal;

/// A length of decimal digits alone (RFC 9110, section 8.6).
pub(super) fn length(text: &[u8]) -> Option<i64> {
    i64::try_from(decimal(text)?).ok()
}

/// A Content-Length: one length, or the same one several times (RFC 9112, section 6.3). If it is neither, the best guess.
pub(super) fn content_length(value: &[u8]) -> Result<i64, i64> {
    let mut all = value.split(|byte| *byte == b',').map(|one| length(one.trim_ascii()));
    let first = all.next().flatten().ok_or(0)?;
    if all.all(|one| one == Some(first)) { Ok(first) } else { Err(first) }
}

/// A number at the front of a text in base 10 or 16, with an optional minus; nothing if there is none or it is too large.
///
/// Replies are read like that, as clients do it: many servers get numbers wrong.
pub(super) fn number(text: &[u8], base: u32) -> Option<i64> {
    let (digits, negative) = match text.strip_prefix(b"-") {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let digits = digits.iter().map_while(|byte| char::from(*byte).to_digit(base));
    let mut value = None;
    for digit in digits {
        let digit = if negative { -i64::from(digit) } else { i64::from(digit) };
        value = Some(value.unwrap_or(0i64).checked_mul(i64::from(base))?.checked_add(digit)?);
    }
    value
}

/// A range of a larger whole (RFC 9110, section 14.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u64,
    pub(super) length: i64,
    /// Size of the whole, if it is given.
    pub(super) whole: Option<i64>,
    /// The size is given and cannot be read.
    pub(super) bad_whole: bool,
}

/// Why a range cannot be used: the name of what is odd about it, and its text or nothing.
pub(super) type BadRange = (&'static str, Vec<u8>);

/// Reads a Content-Range; the name of what is odd about it if it cannot be used, with or without the range's text.
pub(super) fn content_range(field: &Field<'_>) -> Result<(Range, Vec<u8>), BadRange> {
    let (unit, rest) = field.token().unwrap_or_default();
    let text: Vec<u8> = rest.iter().copied().filter(|byte| *byte != b' ').collect();
    let bare = |name| Err((name, Vec::new()));
    if unit != b"bytes" {
        return bare("HTTP_content_range_unknown_byte_unit");
    }
    let Some((range, whole)) = split_once(&text, b'/') else {
        return bare("HTTP_content_range_cannot_parse");
    };
    let Some((first, last)) = split_once(range, b'-') else { return bare("HTTP_content_range_cannot_parse") };
    let (first, last) = match (number(first, 10), number(last, 10)) {
        (Some(first), Some(last)) => (first, last),
        _ => return Err(("HTTP_content_range_cannot_parse", text)),
    };
    if first < 0 || last < 0 {
        return Err(("HTTP_content_range_invalid", text));
    }
    if last < first {
        return Err(("HTTP_non_positive_content_range", text));
    }
    let Some(length) = (last - first).checked_add(1) else {
        return Err(("HTTP_content_range_overflow", text));
    };
    let size = number(whole, 10);
    let bad_whole = whole != b"*" && size.is_none();
    Ok((Range { first: first as u64, length, whole: size, bad_whole }, text))
}

pub(super) fn split_once(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(byte, text)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The part of a header's value behind `basic` and its blanks, if it begins so (RFC 7617, section 2).
pub(super) fn basic_credentials(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(5)?;
    let is_basic = scheme.eq_ignore_ascii_case(b"basic") && rest.first().copied() == Some(b' ');
    is_basic.then(|| {
        rest.iter().position(|byte| !is_blank(*byte)).and_then(|at| rest.get(at..)).unwrap_or_default()
    })
}
