//! What a search looks for, as text (RFC 4511, section 4.5.1.7; RFC 4515). Terms of which there are more than two are shown as
//! pairs of pairs.

use std::io::Write as _;

use super::item::{Item, MAX_TEXT, printable};
use crate::parsers::Cursor;
use crate::parsers::asn1::Fault;

/// Filters inside each other.
const MAX_DEPTH: usize = 20;
/// Longest filter that is shown: a term may be repeated on the way, but not often.
const MAX_FILTER: usize = 4 * MAX_TEXT;

/// Reads a filter.
pub(super) fn text(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Fault> {
    filter(cursor, 0)
}

fn filter(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<u8>, Fault> {
    if depth > MAX_DEPTH {
        return Err(Fault::Broken);
    }
    let item = Item::read(cursor)?;
    let content = item.content;
    let text = match item.choice() {
        Some(0) => several(content, depth, b"(&")?,
        Some(1) => several(content, depth, b"(|")?,
        Some(2) => [b"(!", &*filter(&mut Cursor::new(content), depth + 1)?, b")"].concat(),
        Some(3) => assertion(content, b"=")?,
        Some(4) => substrings(content)?,
        Some(5) => assertion(content, b">=")?,
        Some(6) => assertion(content, b"<=")?,
        Some(7) => [b"(", &*printable(content), b"=*)"].concat(),
        Some(8) => assertion(content, b"~=")?,
        Some(9) => extensible(content)?,
        _ => return Err(Fault::Broken),
    };
    if text.len() > MAX_FILTER { Err(Fault::Broken) } else { Ok(text) }
}

/// Terms of which all, or one, have to be true.
fn several(content: &[u8], depth: usize, begin: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut cursor = Cursor::new(content);
    let (mut terms, mut length) = (Vec::new(), 0);
    while !cursor.is_empty() {
        let term = filter(&mut cursor, depth + 1)?;
        length += term.len();
        if length > MAX_FILTER {
            return Err(Fault::Broken);
        }
        terms.push(term);
    }
    // All but the first pair stand before what was there: what is opened comes first.
    let mut text = begin.repeat(terms.len().saturating_sub(1).max(terms.len().min(1)));
    for (at, term) in terms.iter().enumerate() {
        text.extend_from_slice(term);
        if at > 0 || terms.len() == 1 {
            text.push(b')');
        }
    }
    Ok(text)
}

/// A length of one byte and so many bytes, behind a tag that is not looked at.
fn short<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Fault> {
    cursor.u8()?;
    Ok(cursor.bytes8()?)
}

/// An attribute and a value.
fn assertion(content: &[u8], sign: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut cursor = Cursor::new(content);
    let (attribute, value) = (short(&mut cursor)?, short(&mut cursor)?);
    Ok([b"(", &*printable(attribute), sign, &shown(attribute, value), b")"].concat())
}

/// A rule, an attribute and a value: in that order, whatever their tags say.
fn extensible(content: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut cursor = Cursor::new(content);
    let (rule, attribute, value) = (short(&mut cursor)?, short(&mut cursor)?, short(&mut cursor)?);
    let mut text = [b"(", &*shown(rule, attribute), b":", &printable(rule), b":="].concat();
    for byte in value {
        match byte {
            b'\\' => text.extend_from_slice(br"\\"),
            0x20..0x7f => text.push(*byte),
            _ => _ = write!(text, "\\x{byte:02x}"),
        }
    }
    text.push(b')');
    Ok(text)
}

/// An attribute and parts of a value.
fn substrings(content: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut cursor = Cursor::new(content);
    let attribute = short(&mut cursor)?;
    let parts = Item::read(&mut cursor)?;
    let (mut initial, mut middle, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for part in Item::all(parts.content)? {
        let text = escaped(part.content);
        match part.choice() {
            Some(0) => initial = text,
            Some(1) => {
                middle.extend_from_slice(&text);
                middle.push(b'*');
            }
            Some(2) => last = text,
            _ => return Err(Fault::Broken),
        }
    }
    Ok([b"(", &*printable(attribute), b"=", &initial, b"*", &middle, &last, b")"].concat())
}

/// A value: as it is, but what has a meaning in a filter, and binary ones of some attributes of Windows (MS-ADTS, section
/// 6.3.3).
fn shown(attribute: &[u8], value: &[u8]) -> Vec<u8> {
    let hex =
        |bytes: &mut dyn Iterator<Item = &u8>| bytes.map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
    match attribute {
        b"DomainGuid" => guid(value).unwrap_or_else(|| b"GUID_FORMAT_FAILED".to_vec()),
        b"objectSid" | b"AAC" => hex(&mut value.iter()).join(":").into_bytes(),
        b"DomainSid" => sid(value).unwrap_or_else(|| b"SID_FORMAT_FAILED".to_vec()),
        b"NtVer" if value.len() == 4 => format!("0x{}", hex(&mut value.iter().rev()).concat()).into_bytes(),
        b"NtVer" => b"HEX_FORMAT_FAILED".to_vec(),
        _ => escaped(value),
    }
}

/// Sixteen bytes as a GUID.
fn guid(value: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(value);
    let (a, b, c) = (cursor.u32_le().ok()?, cursor.u16_le().ok()?, cursor.u16_le().ok()?);
    let (d, e) = (cursor.u16().ok()?, (cursor.u16().ok()?, cursor.u32().ok()?));
    let whole = cursor.is_empty();
    whole.then(|| format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{:04x}{:08x}", e.0, e.1).into_bytes())
}

/// Twenty-four bytes as a SID with four numbers (MS-DTYP, section 2.4.2).
fn sid(value: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(value);
    let revision = cursor.u8().ok()?;
    cursor.u8().ok()?;
    let authority = u64::from(cursor.u16().ok()?) << 32 | u64::from(cursor.u32().ok()?);
    let mut text = format!("S-{revision}-{authority}").into_bytes();
    for _ in 0..4 {
        _ = write!(text, "-{}", cursor.u32_le().ok()?);
    }
    cursor.is_empty().then_some(text)
}

/// What has a meaning in a filter, as its number.
fn escaped(value: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(value.len().min(MAX_TEXT));
    for byte in value.get(..MAX_TEXT).unwrap_or(value) {
        match byte {
            0 | 0x1b | b'(' | b')' | b'*' => _ = write!(text, "\\{byte:02x}"),
            _ => text.push(*byte),
        }
    }
    text
}
