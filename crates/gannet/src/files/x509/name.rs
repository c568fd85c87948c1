//! Distinguished names as text: RFC 2253, in the form that OpenSSL gives it.

use std::fmt::Write;

use crate::files::der::{OBJECT, SEQUENCE, SET, Value, Values};
use crate::files::oid;

/// The longest text, in bytes; the rest is cut.
const MAX_TEXT: usize = 2047;

/// One attribute of a name, and whether it belongs to the same part as the one before it.
struct Attribute<'a> {
    object: &'a [u8],
    value: Value<'a>,
    joined: bool,
}

fn attributes<'a>(mut sets: Values<'a>) -> Vec<Attribute<'a>> {
    let mut all = Vec::new();
    while let Some(set) = sets.take(SET) {
        let mut inside = set.inside();
        let mut joined = false;
        while let Some(attribute) = inside.take(SEQUENCE) {
            let mut parts = attribute.inside();
            if let (Some(object), Some(value)) = (parts.take(OBJECT), parts.next()) {
                all.push(Attribute {
                    object: object.content,
                    value,
                    joined: std::mem::replace(&mut joined, true),
                });
            }
        }
    }
    all
}

/// A name as text: the last part first.
pub(super) fn text(name: Values<'_>) -> String {
    let mut text = String::new();
    let attributes = attributes(name);
    let mut joined = None;
    for attribute in attributes.iter().rev() {
        match joined {
            Some(true) => text.push('+'),
            Some(false) => text.push(','),
            None => {}
        }
        joined = Some(attribute.joined);
        let number = oid::dotted(attribute.object).unwrap_or_default();
        let names = oid::names(&number);
        text.push_str(names.map_or(number.as_str(), |names| names.short));
        text.push('=');
        let characters = names.and_then(|_| characters(&attribute.value));
        match characters {
            Some(characters) => escape(&characters, &mut text),
            None => dump(attribute.value.whole, &mut text),
        }
        if text.len() >= MAX_TEXT {
            break;
        }
    }
    text.truncate(MAX_TEXT);
    text
}

/// The last common name in a name, as its characters are encoded.
pub(super) fn common_name(name: Values<'_>) -> Option<&[u8]> {
    const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    let found = attributes(name).into_iter().rfind(|attribute| attribute.object == COMMON_NAME)?;
    Some(found.value.content)
}

/// The characters of a string as UTF-8; nothing if it is of no kind that has characters, or cut inside one.
fn characters(value: &Value<'_>) -> Option<Vec<u8>> {
    const UTF8: u8 = 0x0c;
    const UNIVERSAL: u8 = 0x1c;
    const BMP: u8 = 0x1e;
    let bytes = value.content;
    let text = |characters: &mut dyn Iterator<Item = u32>| {
        let known = |number| char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
        characters.map(known).collect::<String>().into_bytes()
    };
    match value.tag {
        UTF8 => Some(bytes.to_vec()),
        // Numeric, printable, teletex, IA5, the times, and visible strings.
        0x12..=0x14 | 0x16..=0x18 | 0x1a => Some(text(&mut bytes.iter().map(|byte| u32::from(*byte)))),
        BMP if bytes.len().is_multiple_of(2) => {
            let (pairs, _) = bytes.as_chunks::<2>();
            Some(text(&mut pairs.iter().map(|pair| u32::from(u16::from_be_bytes(*pair)))))
        }
        UNIVERSAL if bytes.len().is_multiple_of(4) => {
            let (fours, _) = bytes.as_chunks::<4>();
            Some(text(&mut fours.iter().map(|four| u32::from_be_bytes(*four))))
        }
        _ => None,
    }
}

/// Appends a value with what RFC 2253, section 2.4 wants escaped, and what is not printable ASCII.
fn escape(bytes: &[u8], text: &mut String) {
    let last = bytes.len().saturating_sub(1);
    for (at, byte) in bytes.iter().enumerate() {
        let special = match byte {
            b',' | b'+' | b'"' | b'\\' | b'<' | b'>' | b';' => true,
            b' ' => at == 0 || at == last,
            b'#' => at == 0,
            _ => false,
        };
        // Writing to a string cannot fail.
        let _infallible = match byte {
            0x20..=0x7e if special => write!(text, "\\{}", char::from(*byte)),
            0x20..=0x7e => write!(text, "{}", char::from(*byte)),
            _ => write!(text, "\\{byte:02X}"),
        };
    }
}

/// Appends a value as its encoding.
fn dump(whole: &[u8], text: &mut String) {
    text.push('#');
    for byte in whole.get(..MAX_TEXT).unwrap_or(whole) {
        let _infallible = write!(text, "{byte:02X}");
    }
}
