//! The lines of SIP messages (RFC 3261, section 7).

/// What kind of message it is, whoever sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Response,
}

/// A request line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestLine<'a> {
    /// What stands in front of the method and does not belong there.
    pub(super) junk: &'a [u8],
    pub(super) method: &'a [u8],
    pub(super) uri: &'a [u8],
}

/// Whether a byte may be in a token (section 25.1).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.!%*+`'~-".contains(&byte)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The bytes at the front that are so, and the rest.
fn run(text: &[u8], is_so: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !is_so(*byte)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or_default()
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    run(text, is_blank).1
}

/// What follows a version, `SIP/2.0`.
fn behind_version(text: &[u8]) -> Option<&[u8]> {
    let (major, rest) = run(text.strip_prefix(b"SIP/")?, |byte| byte.is_ascii_digit());
    let (minor, rest) = run(rest.strip_prefix(b".")?, |byte| byte.is_ascii_digit());
    (!major.is_empty() && !minor.is_empty()).then_some(rest)
}

/// Reads a request line (section 7.1).
pub(super) fn request_line(line: &[u8]) -> Option<RequestLine<'_>> {
    let (junk, rest) = run(line, |byte| !is_token(byte));
    let (method, rest) = run(rest, is_token);
    let (uri, rest) = run(skip_blanks(rest), |byte| byte.is_ascii_graphic());
    behind_version(skip_blanks(rest))?;
    (!method.is_empty() && !uri.is_empty()).then_some(RequestLine { junk, method, uri })
}

/// Reads a status line: the code and the reason (section 7.2).
pub(super) fn status_line(line: &[u8]) -> Option<(u64, &[u8])> {
    let rest = skip_blanks(behind_version(line)?);
    let (code, rest) = rest.split_first_chunk::<3>()?;
    code.iter().all(u8::is_ascii_digit).then(|| (number(code), skip_blanks(rest)))
}

/// What kind of message begins with these bytes, or this line.
pub(super) fn kind(bytes: &[u8]) -> Kind {
    if bytes.len() > 6 && bytes.starts_with(b"SIP/") { Kind::Response } else { Kind::Request }
}

/// Whether a line can be the first one of a message.
pub(super) fn is_first_line(line: &[u8]) -> bool {
    status_line(line).is_some() || request_line(line).is_some_and(|request| request.junk.is_empty())
}

/// Whether a header tells the length of the body; of the names Zeek knows two, as they are written here.
pub(super) fn is_content_length(name: &[u8], exactly: bool) -> bool {
    let is = |known: &[u8]| if exactly { name == known } else { name.eq_ignore_ascii_case(known) };
    is(b"Content-Length") || is(b"L")
}

/// Whether a header says that the body describes media, alone or among others (RFC 3261, section 20.15).
pub(super) fn describes_media(name: &[u8], value: &[u8]) -> bool {
    let is_type = name.eq_ignore_ascii_case(b"Content-Type") || name.eq_ignore_ascii_case(b"C");
    let begins = |with: &[u8]| value.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    is_type && (begins(b"application/sdp") || begins(b"multipart/"))
}

/// Reads a header: its name, as it was sent, and its value (section 7.3.1). One that goes on with the next line is none.
pub(super) fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, rest) = run(line, |byte| byte != b':' && !is_blank(byte));
    let value = skip_blanks(rest).strip_prefix(b":")?;
    (!name.is_empty()).then(|| (name, skip_blanks(value)))
}

/// The number that a text begins with; none is zero.
pub(super) fn number(text: &[u8]) -> u64 {
    let (digits, _) = run(skip_blanks(text), |byte| byte.is_ascii_digit());
    digits
        .iter()
        .fold(0, |number: u64, digit| number.saturating_mul(10).saturating_add(u64::from(digit & 0x0f)))
}

/// A value up to a parameter of this name, with a blank in front of it or without.
pub(super) fn before<'a>(value: &'a [u8], parameter: &[u8]) -> &'a [u8] {
    let begins = |at: usize| {
        let behind = value.get(at + 1..).unwrap_or_default();
        value.get(at) == Some(&b';') && behind.strip_prefix(b" ").unwrap_or(behind).starts_with(parameter)
    };
    let end = (0..value.len()).find(|at| begins(*at)).unwrap_or(value.len());
    value.get(..end).unwrap_or_default()
}
