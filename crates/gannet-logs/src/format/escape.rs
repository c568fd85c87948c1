//! Strings as text: what must not reach a log as it is, and how it is written instead.
//!
//! A string is bytes. As long as it is clean UTF-8 it stays; one bad byte makes every byte that is not printable ASCII
//! appear as `\xhh`.

use super::address::hex_digit;

pub(super) const EMPTY: &[u8] = b"(empty)";
pub(super) const UNSET: &[u8] = b"-";

/// A string in a column, or an element of a set or vector, where a comma separates.
pub(super) fn tsv(bytes: &[u8], element: bool, out: &mut Vec<u8>) {
    match bytes {
        [] => out.extend_from_slice(EMPTY),
        [first, rest @ ..] if bytes == UNSET || bytes == EMPTY => {
            byte(*first, out);
            out.extend_from_slice(rest);
        }
        _ if plain(bytes, |b| b == b'\\' || element && b == b',') => out.extend_from_slice(bytes),
        _ => pieces(bytes, element, out),
    }
}

/// A string as text of UTF-8, by the rule of all logs.
#[cfg(any(feature = "parquet", feature = "sqlite"))]
pub(crate) fn utf8(bytes: &[u8], out: &mut Vec<u8>) {
    if std::str::from_utf8(bytes).is_ok() {
        return out.extend_from_slice(bytes);
    }
    for &b in bytes {
        if printable(b) {
            out.push(b);
        } else {
            byte(b, out);
        }
    }
}

/// A string in quotes.
pub(super) fn json(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    if plain(bytes, |b| b == b'\\' || b == b'"') {
        out.extend_from_slice(bytes);
    } else {
        json_escaped(bytes, out);
    }
    out.push(b'"');
}

/// Whether all is printable ASCII and none of it special.
fn plain(bytes: &[u8], special: impl Fn(u8) -> bool) -> bool {
    // No early end, so that the loop works on many bytes at once.
    !bytes.iter().fold(false, |found, &b| found | !printable(b) | special(b))
}

fn printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// `\xhh`
fn byte(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'\\', b'x', hex_digit(byte >> 4), hex_digit(byte & 15)]);
}

/// Splits at every byte that is always escaped; what lies between is judged piece by piece.
fn pieces(bytes: &[u8], element: bool, out: &mut Vec<u8>) {
    for part in bytes.split_inclusive(|&b| breaks(b, element)) {
        match part.split_last() {
            Some((&last, before)) if breaks(last, element) => {
                piece(before, out);
                if last == b'\\' {
                    out.extend_from_slice(b"\\\\");
                } else {
                    byte(last, out);
                }
            }
            _ => piece(part, out),
        }
    }
}

fn breaks(byte: u8, element: bool) -> bool {
    byte == b'\\' || byte == b'\t' || element && byte == b','
}

fn piece(bytes: &[u8], out: &mut Vec<u8>) {
    if clean(bytes, |_| false) {
        return out.extend_from_slice(bytes);
    }
    for &b in bytes {
        if printable(b) {
            out.push(b);
        } else {
            byte(b, out);
        }
    }
}

/// Whether the bytes are UTF-8 of characters that are no controls, private or special ones, or are `allowed`.
fn clean(bytes: &[u8], allowed: impl Fn(char) -> bool) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(|c| allowed(c) || !bad(c)))
}

fn bad(c: char) -> bool {
    matches!(c, '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}')
}

/// The letter of a control character that JSON has a short escape for.
fn short_escape(byte: u8) -> Option<u8> {
    match byte {
        0x08 => Some(b'b'),
        0x0c => Some(b'f'),
        b'\n' => Some(b'n'),
        b'\r' => Some(b'r'),
        b'\t' => Some(b't'),
        _ => None,
    }
}

fn json_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    let clean = clean(bytes, |c| u8::try_from(c).is_ok_and(|b| short_escape(b).is_some()));
    for &b in bytes {
        if let Some(letter) = short_escape(b) {
            out.extend_from_slice(&[b'\\', letter]);
        } else if b == b'"' || b == b'\\' {
            out.extend_from_slice(&[b'\\', b]);
        } else if clean || printable(b) {
            out.push(b);
        } else {
            // The text `\xhh`, whose backslash JSON doubles.
            out.push(b'\\');
            byte(b, out);
        }
    }
}
