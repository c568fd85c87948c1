//! Names of files in header fields (RFC 2183, section 2.3; RFC 8187), and how content is encoded (RFC 2045, section 6).

use super::field::{Field, skip_blanks};
use crate::parsers::uri::unescape;

/// Content-Transfer-Encodings (RFC 2045, section 6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transfer {
    /// Bytes as they are: 7bit, 8bit, binary, and whatever is not known.
    #[default]
    Binary,
    /// Quoted-printable.
    QuotedPrintable,
    /// Base64.
    Base64,
}

impl Transfer {
    /// What a Content-Transfer-Encoding says; nothing if it has no token.
    #[must_use]
    pub fn of(field: &Field<'_>) -> Option<Self> {
        field.token()?;
        Some(if field.token_is("base64") {
            Self::Base64
        } else if field.token_is("quoted-printable") {
            Self::QuotedPrintable
        } else {
            Self::Binary
        })
    }
}

/// The name of a file, if a field of an entity gives one: in its disposition, or in its type.
#[must_use]
pub fn file_name(field: &Field<'_>) -> Option<Vec<u8>> {
    let names = (field.is("content-disposition") && has_filename(field.value, b"filename", true))
        || (field.is("content-type") && has_filename(field.value, b"name", false));
    names.then(|| filename(field.value))
}

/// Where `name`, then blanks, then (if `star` allows) a star, then `=` ends, beginning at a place.
fn name_end(text: &[u8], at: usize, name: &[u8], star: bool) -> Option<usize> {
    let rest = text.get(at..)?;
    let begin = rest.get(..name.len())?;
    if !begin.eq_ignore_ascii_case(name) {
        return None;
    }
    let rest = skip_blanks(rest.get(name.len()..)?);
    let rest = if star { rest.strip_prefix(b"*").unwrap_or(rest) } else { rest };
    let rest = rest.strip_prefix(b"=")?;
    Some(text.len() - rest.len())
}

/// Whether a value has `filename=` or `filename*=` (Content-Disposition), or `name=` (Content-Type).
#[must_use]
pub fn has_filename(value: &[u8], name: &[u8], star: bool) -> bool {
    memchr::memchr2_iter(
        name.first().copied().unwrap_or(0),
        name.first().map_or(0, u8::to_ascii_uppercase),
        value,
    )
    .any(|at| name_end(value, at, name, star).is_some())
}

/// The name of a file in such a value: what follows the last `name=`.
#[must_use]
pub fn filename(value: &[u8]) -> Vec<u8> {
    let begins = memchr::memchr2_iter(b'n', b'N', value).rev();
    let after = begins.filter_map(|at| name_end(value, at, b"name", true)).next();
    let mut text = skip_blanks(value.get(after.unwrap_or(0)..).unwrap_or_default());
    if let Some(inner) = text.strip_prefix(b"\"") {
        let end = memchr::memchr(b'"', inner).unwrap_or(inner.len());
        text = inner.get(..end).unwrap_or(inner);
    }
    unescape(without_charset(text), &mut |_| {})
}

/// Leaves out `charset'language'` (RFC 8187, section 3.2).
fn without_charset(text: &[u8]) -> &[u8] {
    let is_tag =
        |byte: &u8| matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'+'..=b'z' | b'{' | b'}' | b'~');
    let tag = |text: &[u8]| text.iter().take_while(|byte| is_tag(byte)).count();
    let charset = tag(text);
    let has_charset = charset > 0 && text.get(charset) == Some(&b'\'') && {
        let behind = text.get(charset + 1..).unwrap_or_default();
        behind.get(tag(behind)) == Some(&b'\'')
    };
    if !has_charset {
        return text;
    }
    let last = memchr::memrchr(b'\'', text).map_or(0, |at| at + 1);
    text.get(last..).unwrap_or_default()
}
