//! Strings as they were before they were written.

use std::borrow::Cow;

/// The byte of two hexadecimal digits.
fn hex(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
}

/// A text of a TSV log without its escapes: `\\` and `\xhh`.
pub(super) fn tsv(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', text) else { return Cow::Borrowed(text) };
    let (before, mut rest) = text.split_at_checked(first).unwrap_or((text, b""));
    let mut out = before.to_vec();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        match behind {
            [b'\\', behind @ ..] => {
                out.push(b'\\');
                rest = behind;
            }
            [b'x', high, low, behind @ ..] if let Some(byte) = hex(&[*high, *low]) => {
                out.push(byte);
                rest = behind;
            }
            _ => out.push(b'\\'),
        }
    }
    Cow::Owned(out)
}

/// A JSON string, with its quotes, as the bytes that it stands for. Nothing if it is no string.
///
/// The text `\xff` in it stands for a byte that is no text, as logs have it.
pub fn json_text(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inner = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr::memchr(b'\\', inner).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let (letter, behind) = behind.split_first()?;
        rest = behind;
        match letter {
            b'"' | b'\\' | b'/' => out.push(*letter),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => rest = unicode(rest, &mut out)?,
            _ => return None,
        }
    }
    Some(Cow::Owned(unescaped(out)))
}

/// Four digits, or twice four with `\u` between them; what is left of the text.
fn unicode<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let four = |text: &[u8]| {
        let (high, low) = text.get(..4)?.split_at_checked(2)?;
        Some(u32::from(hex(high)?) << 8 | u32::from(hex(low)?))
    };
    let first = four(rest)?;
    let mut rest = rest.get(4..)?;
    let mut code = first;
    if (0xd800..0xdc00).contains(&first)
        && let Some(behind) = rest.strip_prefix(b"\\u")
        && let Some(second) = four(behind).filter(|second| (0xdc00..0xe000).contains(second))
    {
        code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        rest = behind.get(4..)?;
    }
    let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    Some(rest)
}

/// Bytes that are no text are written as the text `\xhh`: where one of them is no printable character, they were bytes.
fn unescaped(text: Vec<u8>) -> Vec<u8> {
    let escapes = memchr::memmem::find_iter(&text, b"\\x");
    let byte = |at: usize| text.get(at + 2..at + 4).and_then(hex);
    let is_escape = |at: usize| byte(at).is_some_and(|byte| !(b' '..=b'~').contains(&byte));
    let places: Vec<usize> = escapes.filter(|at| is_escape(*at)).collect();
    if places.is_empty() {
        return text;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in places {
        out.extend_from_slice(text.get(from..at).unwrap_or_default());
        out.extend(byte(at));
        from = at + 4;
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    out
}
