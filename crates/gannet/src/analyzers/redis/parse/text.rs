//! What commands and replies are made of: text that is kept up to a limit, and numbers in lines.

use crate::parsers::lines::Lines;
use crate::parsers::number::decimal;

/// Bytes of a line (1 MiB), and of a string whose length is announced.
pub(super) const MAX_SIZE: usize = 1 << 20;
/// Elements of a value, those of the values in it included.
pub(super) const MAX_ELEMENTS: u64 = 20_000;
/// Bytes that are kept of a word or of a reply.
pub(super) const MAX_TEXT: usize = 8192;

/// Lines that CR LF alone ends.
pub(super) fn lines() -> Lines {
    let mut lines = Lines::new(MAX_SIZE);
    lines.set_strict(true);
    lines
}

/// Appends what there is room for.
pub(super) fn push(text: &mut Vec<u8>, bytes: &[u8]) {
    let room = MAX_TEXT.saturating_sub(text.len());
    text.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
}

/// A number that may have a sign.
pub(super) fn signed(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let number = i64::try_from(decimal(digits)?).ok()?;
    Some(if negative { -number } else { number })
}

/// The length of a string, if it is not too long; the inner nothing is that of no string.
pub(super) fn length(text: &[u8]) -> Option<Option<usize>> {
    let length = signed(text)?;
    if length < 0 {
        return Some(None);
    }
    usize::try_from(length).ok().filter(|length| *length <= MAX_SIZE).map(Some)
}

/// The number of elements of an array; no array has as many as an empty one.
pub(super) fn count(text: &[u8]) -> Option<u64> {
    match signed(text)? {
        -1 => Some(0),
        count => u64::try_from(count).ok(),
    }
}

/// Takes up to so many bytes off the front.
pub(super) fn take<'a>(rest: &mut &'a [u8], most: usize) -> &'a [u8] {
    let (taken, behind) = rest.split_at(most.min(rest.len()));
    *rest = behind;
    taken
}
