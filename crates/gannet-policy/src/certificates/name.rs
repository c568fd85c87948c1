//! Names of owners and issuers in a form in which equal ones have equal bytes.

use gannet::parsers::asn1::{Class, OBJECT, SEQUENCE, SET, Tag, Value, Values};
use gannet::parsers::{ByteOrder, utf16};

/// Identifier of the attribute with a common name: RFC 5280, appendix A.1.
pub(super) const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// Identifier of the attribute with an address of mail.
pub(super) const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];
/// Numbers of the kinds of strings: UTF-8, teletex, IA5 (ASCII), universal (UTF-32), BMP (UTF-16).
const UTF8: u32 = 12;
const TELETEX: u32 = 20;
pub(super) const IA5: u32 = 22;
const UNIVERSAL: u32 = 28;
const BMP: u32 = 30;

/// A name. Letters of strings are small, and blanks are one each and not at the ends, as OpenSSL compares names.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name(Box<[u8]>);

impl Name {
    /// The name with these parts.
    pub(super) fn read(parts: Values<'_>) -> Self {
        let mut bytes = Vec::new();
        for_each_part(parts, |part| {
            let mut attributes: Vec<Vec<u8>> =
                attributes(part).map(|(object, value)| attribute(object, &value)).collect();
            attributes.sort_unstable();
            let attributes = attributes.concat();
            push(&attributes, &mut bytes);
        });
        Self(bytes.into())
    }

    /// Whether it has no part.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it begins with all parts of the other one.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        self.0.len()
    }
}

fn for_each_part<'a>(mut parts: Values<'a>, mut each: impl FnMut(Values<'a>)) {
    while let Some(part) = parts.take(SET) {
        each(part.inside());
    }
}

/// The attributes of one part of a name.
fn attributes<'a>(mut part: Values<'a>) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
    std::iter::from_fn(move || {
        let mut inside = part.take(SEQUENCE)?.inside();
        Some((inside.take(OBJECT)?.content, inside.next_value()?))
    })
}

/// The values of one kind of attribute in a name.
pub(super) fn values<'a>(parts: Values<'a>, object: &[u8]) -> Vec<Value<'a>> {
    let mut found = Vec::new();
    for_each_part(parts, |part| {
        found.extend(attributes(part).filter(|(of, _)| *of == object).map(|(_, value)| value));
    });
    found
}

/// How many attributes a name has.
pub(super) fn count(parts: Values<'_>) -> usize {
    let mut all = 0;
    for_each_part(parts, |part| all += attributes(part).count());
    all
}

/// Appends bytes behind their number, so that what has the same beginning is the same.
fn push(bytes: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    to.extend_from_slice(bytes);
}

fn attribute(object: &[u8], value: &Value<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    push(object, &mut bytes);
    match text(value) {
        Some(text) => {
            bytes.push(0);
            push(canonical(&text).as_bytes(), &mut bytes);
        }
        None => {
            bytes.push(1);
            push(value.whole, &mut bytes);
        }
    }
    bytes
}

/// The characters of a string; nothing if it is of a kind whose strings are compared byte by byte, or is damaged.
pub(super) fn text(value: &Value<'_>) -> Option<String> {
    const PRINTABLE: u32 = 19;
    const VISIBLE: u32 = 26;
    let Tag { class: Class::Universal, constructed: false, number } = value.tag else { return None };
    let bytes = value.content;
    match number {
        UTF8 => String::from_utf8(bytes.to_vec()).ok(),
        PRINTABLE | TELETEX | IA5 | VISIBLE => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        UNIVERSAL if bytes.len().is_multiple_of(4) => {
            let (fours, _) = bytes.as_chunks::<4>();
            fours.iter().map(|four| char::from_u32(u32::from_be_bytes(*four))).collect()
        }
        BMP if bytes.len().is_multiple_of(2) => Some(utf16::text_without_pairs(bytes, ByteOrder::Big)),
        _ => None,
    }
}

/// A text with small ASCII letters and single blanks between words.
fn canonical(text: &str) -> String {
    let is_blank = |c: char| matches!(c, ' ' | '\t'..='\r');
    let words: Vec<String> =
        text.split(is_blank).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    words.join(" ")
}
