//! Object identifiers and their names.

use super::oid_table::{CURVES, OBJECTS};
use crate::parsers::asn1::dotted;

/// The names of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) short: &'static str,
    pub(super) long: &'static str,
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
