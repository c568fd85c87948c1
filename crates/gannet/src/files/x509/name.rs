//! Distinguished names as text: RFC 2253, in the form that OpenSSL gives it.

use std::borrow::Cow;

use crate::files::hash::push_upper;
use crate::files::oid;
use crate::parsers::asn1::{self, Class, OBJECT, SEQUENCE, SET, Tag, Value, Values};
use crate::parsers::{ByteOrder, utf16};

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
            if let (Some(object), Some(value)) = (parts.take(OBJECT), parts.next_value()) {
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
    let mut number = String::new();
    for attribute in attributes.iter().rev() {
        match joined {
            Some(true) => text.push('+'),
            Some(false) => text.push(','),
            None => {}
        }
        joined = Some(attribute.joined);
        number.clear();
        if !asn1::push_dotted(attribute.object, &mut number) {
            number.clear();
        }
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
fn characters<'a>(value: &Value<'a>) -> Option<Cow<'a, [u8]>> {
    const UTF8: u32 = 12;
    const UNIVERSAL: u32 = 28;
    const BMP: u32 = 30;
    let bytes = value.content;
    let Tag { class: Class::Universal, constructed: false, number } = value.tag else { return None };
    let text: String = match number {
        UTF8 => return Some(bytes.into()),
        // Numeric, printable, teletex, IA5, the times, and visible strings.
        0x12..=0x14 | 0x16..=0x18 | 0x1a if bytes.is_ascii() => return Some(bytes.into()),
        0x12..=0x14 | 0x16..=0x18 | 0x1a => bytes.iter().map(|byte| char::from(*byte)).collect(),
        UNIVERSAL if bytes.len().is_multiple_of(4) => {
            let known = |four: &[u8; 4]| char::from_u32(u32::from_be_bytes(*four));
            let (fours, _) = bytes.as_chunks();
            fours.iter().map(|four| known(four).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        BMP if bytes.len().is_multiple_of(2) => utf16::text_without_pairs(bytes, ByteOrder::Big),
        _ => return None,
    };
    Some(text.into_bytes().into())
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
        let plain = matches!(byte, 0x20..=0x7e);
        if special || !plain {
            text.push('\\');
        }
        if plain {
            text.push(char::from(*byte));
        } else {
            push_upper(text, *byte);
        }
    }
}

/// Appends a value as its encoding.
fn dump(whole: &[u8], text: &mut String) {
    text.push('#');
    for byte in whole.get(..MAX_TEXT).unwrap_or(whole) {
        push_upper(text, *byte);
    }
}
