//! What a Content-Type says of how a body is made up.

use super::field::{quoted, run, skip_comments, token, unquote};

/// What a Content-Type says of how its body is made up (RFC 2045, section 5; RFC 2046, section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Content.
    Leaf,
    /// Parts, each behind this boundary.
    Multipart(Vec<u8>),
    /// A message with headers of its own.
    Message,
}

/// Reads the value of a Content-Type; nothing if it has no type and subtype. `boundary` is one that an earlier header gave.
#[must_use]
pub fn content_type(value: &[u8], boundary: Option<Vec<u8>>) -> Option<Kind> {
    let (kind, rest) = token(value)?;
    let rest = skip_comments(rest).strip_prefix(b"/")?;
    let (_, rest) = token(rest)?;
    if kind.eq_ignore_ascii_case(b"message") {
        return Some(Kind::Message);
    }
    if !kind.eq_ignore_ascii_case(b"multipart") {
        return Some(Kind::Leaf);
    }
    Some(parameter_boundary(rest).or(boundary).map_or(Kind::Leaf, Kind::Multipart))
}

/// The last boundary among parameters.
fn parameter_boundary(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut boundary = None;
    while let Some(behind) = skip_comments(rest).strip_prefix(b";") {
        let Some((name, behind)) = token(behind) else { break };
        let Some(value) = skip_comments(behind).strip_prefix(b"=") else {
            rest = behind;
            continue;
        };
        rest = value;
        if name.eq_ignore_ascii_case(b"boundary") {
            let Some((text, behind)) = boundary_value(value) else { continue };
            boundary = Some(text);
            rest = behind;
        } else if let Some((_, behind)) = quoted(skip_comments(value)).or_else(|| plain_token(value)) {
            rest = behind;
        }
    }
    boundary
}

fn plain_token(value: &[u8]) -> Option<(&[u8], &[u8])> {
    (!skip_comments(value).starts_with(b"\"")).then(|| token(value))?
}

/// A boundary: quoted, or anything up to a blank or a quote.
fn boundary_value(value: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if value.starts_with(b"\"") {
        let (text, behind) = quoted(value)?;
        return Some((unquote(text), behind));
    }
    let (text, behind) = run(value, |byte| (33..=126).contains(&byte) && byte != b'"')?;
    Some((text.to_vec(), behind))
}

/// Whether a line is a boundary (RFC 2046, section 5.1.1), and if so, whether it is the last one. What else stands in the
/// line does not matter.
#[must_use]
pub fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let behind = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    Some(behind.starts_with(b"--"))
}
