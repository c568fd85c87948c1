//! Header fields: names, values, tokens, parameters, numbers (RFC 9110, section 5; RFC 2045, section 5.1; RFC 822 comments).

use super::parse::{is_blank, unescape};

/// A header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

impl<'a> Field<'a> {
    /// Reads a field, folded lines joined; nothing if there is no name with a colon.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let is_name = |byte: u8| (33..=126).contains(&byte) && byte != b':';
        let (name, rest) = word(line, is_name)?;
        let value = skip_comments(rest).strip_prefix(b":")?;
        let spaces = value.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 11).count();
        Some(Self { name, value: value.get(spaces..)? })
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The first token of the value and what follows it.
    pub(super) fn token(&self) -> Option<(&'a [u8], &'a [u8])> {
        token(self.value)
    }

    /// Whether the first token is this one.
    pub(super) fn token_is(&self, expected: &str) -> bool {
        self.token().is_some_and(|(token, _)| token.eq_ignore_ascii_case(expected.as_bytes()))
    }
}

/// Skips a comment in parentheses; they nest. An open one reaches to the end.
fn skip_comment(text: &[u8]) -> &[u8] {
    let mut depth = 0u32;
    let mut quoted = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if quoted => quoted = false,
            b'\\' => quoted = true,
            b'(' => depth += 1,
            b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return text.get(at + 1..).unwrap_or_default();
                }
            }
            _ => {}
        }
    }
    &[]
}

/// Skips blanks and comments.
fn skip_comments(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text {
        match first {
            b' ' | b'\t' => text = rest,
            b'(' => text = skip_comment(text),
            _ => break,
        }
    }
    text
}

/// The first run of bytes of a kind, outside comments, and what follows it.
fn word(text: &[u8], is_word: impl Fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    run(skip_comments(text), is_word)
}

/// The same, but what the text begins with may be part of it even if it looks like a comment.
fn run(mut text: &[u8], is_word: impl Fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    while let [first, rest @ ..] = text {
        if is_word(*first) {
            let length = text.iter().take_while(|byte| is_word(**byte)).count();
            return text.split_at_checked(length);
        }
        let skipped = skip_comments(text);
        text = if skipped.len() < text.len() { skipped } else { rest };
    }
    None
}

/// The first token and what follows it.
fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    word(text, |byte| (33..=126).contains(&byte) && !b"()<>@,;:\\\"/[]?=".contains(&byte))
}

/// A quoted string's content, its pairs still escaped, and what follows it.
fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

fn unquote(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(bytes.next()),
            _ => plain.push(*byte),
        }
    }
    plain
}

/// What a Content-Type says of how its body is made up (RFC 2045, section 5; RFC 2046, section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Content.
    Leaf,
    /// Parts between boundaries.
    Multipart(Vec<u8>),
    /// A message with headers of its own.
    Message,
}

/// Reads a Content-Type; nothing if it has no type and subtype. `boundary` is one that an earlier header gave.
pub(super) fn content_type(value: &[u8], boundary: Option<Vec<u8>>) -> Option<Kind> {
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

/// A number at the front of a text in base 10 or 16, with an optional minus; nothing if there is none or it is too large.
pub(super) fn number(text: &[u8], base: u32) -> Option<i64> {
    let (digits, negative) = match text.strip_prefix(b"-") {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let digits = digits.iter().map_while(|byte| char::from(*byte).to_digit(base));
    let mut value = None;
    for digit in digits {
        let digit = if negative { -i64::from(digit) } else { i64::from(digit) };
        value = Some(value.unwrap_or(0i64).checked_mul(i64::from(base))?.checked_add(digit)?);
    }
    value
}

/// A range of a larger whole (RFC 9110, section 14.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u64,
    pub(super) length: i64,
    /// Size of the whole, if it is given.
    pub(super) whole: Option<i64>,
    /// The size is given and cannot be read.
    pub(super) bad_whole: bool,
}

/// Why a range cannot be used: the name of what is odd about it, and its text or nothing.
pub(super) type BadRange = (&'static str, Vec<u8>);

/// Reads a Content-Range; the name of what is odd about it if it cannot be used, with or without the range's text.
pub(super) fn content_range(field: &Field<'_>) -> Result<(Range, Vec<u8>), BadRange> {
    let (unit, rest) = field.token().unwrap_or_default();
    let text: Vec<u8> = rest.iter().copied().filter(|byte| *byte != b' ').collect();
    let bare = |name| Err((name, Vec::new()));
    if unit != b"bytes" {
        return bare("HTTP_content_range_unknown_byte_unit");
    }
    let Some((range, whole)) = split_once(&text, b'/') else {
        return bare("HTTP_content_range_cannot_parse");
    };
    let Some((first, last)) = split_once(range, b'-') else { return bare("HTTP_content_range_cannot_parse") };
    let (first, last) = match (number(first, 10), number(last, 10)) {
        (Some(first), Some(last)) => (first, last),
        _ => return Err(("HTTP_content_range_cannot_parse", text)),
    };
    if first < 0 || last < 0 {
        return Err(("HTTP_content_range_invalid", text));
    }
    if last < first {
        return Err(("HTTP_non_positive_content_range", text));
    }
    let Some(length) = (last - first).checked_add(1) else {
        return Err(("HTTP_content_range_overflow", text));
    };
    let size = number(whole, 10);
    let bad_whole = whole != b"*" && size.is_none();
    Ok((Range { first: first as u64, length, whole: size, bad_whole }, text))
}

pub(super) fn split_once(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(byte, text)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Where `name`, then blanks, then (if `star` allows) a star, then `=` ends, beginning at a place.
fn name_end(text: &[u8], at: usize, name: &[u8], star: bool) -> Option<usize> {
    let rest = text.get(at..)?;
    let begin = rest.get(..name.len())?;
    if !begin.eq_ignore_ascii_case(name) {
        return None;
    }
    let rest = super::parse::skip_blanks(rest.get(name.len()..)?);
    let rest = if star { rest.strip_prefix(b"*").unwrap_or(rest) } else { rest };
    let rest = rest.strip_prefix(b"=")?;
    Some(text.len() - rest.len())
}

/// Whether a value has `filename=` or `filename*=` (Content-Disposition), or `name=` (Content-Type).
pub(super) fn has_filename(value: &[u8], name: &[u8], star: bool) -> bool {
    memchr::memchr2_iter(
        name.first().copied().unwrap_or(0),
        name.first().map_or(0, u8::to_ascii_uppercase),
        value,
    )
    .any(|at| name_end(value, at, name, star).is_some())
}

/// The name of a file in such a value: what follows the last `name=`.
pub(super) fn filename(value: &[u8]) -> Vec<u8> {
    let begins = memchr::memchr2_iter(b'n', b'N', value).rev();
    let after = begins.filter_map(|at| name_end(value, at, b"name", true)).next();
    let mut text = super::parse::skip_blanks(value.get(after.unwrap_or(0)..).unwrap_or_default());
    if let Some(inner) = text.strip_prefix(b"\"") {
        text = split_once(inner, b'"').map_or(inner, |(name, _)| name);
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

/// The part of a header's value behind `basic` and its blanks, if it begins so (RFC 7617, section 2).
pub(super) fn basic_credentials(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(5)?;
    let is_basic = scheme.eq_ignore_ascii_case(b"basic") && rest.first().copied() == Some(b' ');
    is_basic.then(|| {
        rest.iter().position(|byte| !is_blank(*byte)).and_then(|at| rest.get(at..)).unwrap_or_default()
    })
}
