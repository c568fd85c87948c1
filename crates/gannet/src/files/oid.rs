//! Object identifiers and their names.

use super::oid_table::{CURVES, OBJECTS};

/// Longest identifier that is read, in bytes.
const MAX_LENGTH: usize = 128;

/// The names of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) short: &'static str,
    pub(super) long: &'static str,
}

/// An object identifier as dotted numbers; nothing if it is none.
pub(super) fn dotted(content: &[u8]) -> Option<String> {
    if content.is_empty() || content.len() > MAX_LENGTH {
        return None;
    }
    let mut text = String::with_capacity(content.len() * 4);
    let mut number: u64 = 0;
    let mut first = true;
    let mut begun = false;
    for byte in content {
        if !begun && *byte == 0x80 {
            return None;
        }
        begun = true;
        number = number.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 != 0 {
            continue;
        }
        if std::mem::take(&mut first) {
            let arc = (number / 40).min(2);
            push_number(&mut text, arc);
            number -= arc * 40;
        }
        text.push('.');
        push_number(&mut text, number);
        number = 0;
        begun = false;
    }
    (!begun).then_some(text)
}

/// Appends a number in decimal digits; nearly all of them have one or two, for which a formatter costs too much.
fn push_number(text: &mut String, number: u64) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// The names of an object by its dotted numbers.
pub(super) fn names(dotted: &str) -> Option<Names> {
    let at = OBJECTS.binary_search_by(|(number, _, _)| number.cmp(&dotted)).ok()?;
    OBJECTS.get(at).map(|(_, short, long)| Names { short, long })
}

/// The long name of an object, or its numbers if it has none.
pub(super) fn long_name(content: &[u8]) -> String {
    let text = dotted(content).unwrap_or_default();
    names(&text).map_or(text, |names| names.long.to_owned())
}

/// Bits of the order of a named curve.
pub(super) fn curve_bits(dotted: &str) -> Option<u64> {
    let at = CURVES.binary_search_by(|(number, _)| number.cmp(&dotted)).ok()?;
    CURVES.get(at).map(|(_, bits)| *bits)
}
