//! Start lines, versions and request targets (RFC 9112, sections 2 to 4; RFC 1945 for HTTP/0.9).

use crate::parsers::mime::{is_blank, skip_blanks};

/// Digits of a version. Zeros stand for none, or for one that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) major: u8,
    pub(super) minor: u8,
}

impl Version {
    pub(super) const NONE: Self = Self { major: 0, minor: 0 };
    pub(super) const V0_9: Self = Self { major: 0, minor: 9 };
    pub(super) const V1_1: Self = Self { major: 1, minor: 1 };

    /// A version as it follows `HTTP/`: a digit, a dot, a digit.
    fn parse(text: &[u8]) -> Self {
        match text {
            [major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9', ..] => {
                Self { major: major - b'0', minor: minor - b'0' }
            }
            _ => Self::NONE,
        }
    }

    /// Whether connections persist unless told otherwise (RFC 9112, section 9.3).
    pub(super) fn persists(self) -> bool {
        self.major > 1 || (self.major == 1 && self.minor > 0)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What a request line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestLine<'a> {
    pub(super) method: &'a [u8],
    /// The target as it was sent.
    pub(super) target: &'a [u8],
    /// The version, unless one was begun that is too short.
    pub(super) version: Option<Version>,
}

/// A line that is no request, with the version that it has all the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoRequest(pub(super) Option<Version>);

/// What a status line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StatusLine<'a> {
    pub(super) version: Version,
    /// The status code; nothing if there is none. One that is no number is 0.
    pub(super) code: Option<u16>,
    /// Text behind the code, if there is anything behind it.
    pub(super) reason: Option<&'a [u8]>,
}

/// Receives what is odd about a line.
pub(super) type Odd<'a> = &'a mut dyn FnMut(&'static str);

fn is_method_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte)
}

fn is_target_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == 0 || b":/?#[]@!$&'()*+,;=-_.~%".contains(&byte)
}

/// Whether the text begins with a keyword; `odd` hears of it if the case is wrong.
fn keyword(text: &[u8], odd: Odd<'_>) -> bool {
    const KEYWORD: &[u8] = b"HTTP/";
    let Some(begin) = text.get(..KEYWORD.len()) else { return false };
    if begin == KEYWORD {
        return true;
    }
    let matches = begin.eq_ignore_ascii_case(KEYWORD);
    if matches {
        odd("lowercase_HTTP_keyword");
    }
    matches
}

/// Reads a request line. `last` is the version of the request before, which one that cannot be read leaves as it is.
pub(super) fn request_line<'a>(
    line: &'a [u8],
    last: Version,
    odd: Odd<'_>,
) -> Result<RequestLine<'a>, NoRequest> {
    /// The shortest method of HTTP/0.9 is `GET`.
    const SHORTEST: usize = 3;
    let length = line.iter().take_while(|byte| is_method_byte(**byte)).count();
    let (method, rest) = line.split_at_checked(length).unwrap_or_default();
    let target = skip_blanks(rest);
    if method.is_empty() {
        let at_end = line.len().checked_sub(9).and_then(|at| line.get(at..at + 6));
        let is_request = at_end.is_some_and(|text| text.eq_ignore_ascii_case(b" HTTP/"));
        odd(if is_request { "bad_HTTP_request_with_version" } else { "bad_HTTP_request" });
        return Err(NoRequest(None));
    }
    if target.len() == rest.len() {
        odd("bad_HTTP_request");
        return Err(NoRequest(None));
    }
    let (target, version) = target_and_version(target, odd);
    let bare = version.unwrap_or(last) == Version::V0_9;
    if bare && (method.len() < SHORTEST || target.is_empty()) {
        odd("bad_HTTP_request");
        return Err(NoRequest(version));
    }
    Ok(RequestLine { method, target, version })
}

/// Splits what follows the method. The target ends before the blanks in front of the version.
fn target_and_version<'a>(text: &'a [u8], odd: Odd<'_>) -> (&'a [u8], Option<Version>) {
    /// Length of `HTTP/1.1`.
    const LENGTH: usize = 8;
    let mut end = text.iter().take_while(|byte| is_target_byte(**byte)).count();
    if keyword(text, odd) && end >= text.len() {
        odd("missing_HTTP_uri");
        end = 0;
    }
    let mut at = end;
    while at < text.len() {
        end = at;
        let rest = skip_blanks(text.get(at..).unwrap_or_default());
        at = text.len() - rest.len();
        if keyword(rest, odd) {
            break;
        }
        at += 1;
    }
    let target = text.get(..end).unwrap_or(text);
    let version = text.get(at..).unwrap_or_default();
    if version.is_empty() {
        return (target, Some(Version::V0_9));
    }
    let readable = version.len() >= LENGTH;
    (target, readable.then(|| Version::parse(version.get(5..).unwrap_or_default())))
}

/// A request line in a line that something else may be in front of: the first place from where on the line is a known
/// method, a target and a version.
pub(super) fn request_within<'a>(line: &'a [u8], methods: &[&str]) -> Option<&'a [u8]> {
    let (rest, version) = line.split_at_checked(line.len().checked_sub(b" HTTP/1.1".len())?)?;
    let [b' ', b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] = version else { return None };
    memchr::memchr_iter(b' ', rest).find_map(|blank| {
        let (before, target) = rest.split_at_checked(blank)?;
        let length = before.iter().rev().take_while(|byte| byte.is_ascii_uppercase()).count();
        let word = before.get(blank - length..)?;
        let method =
            methods.iter().filter(|method| word.ends_with(method.as_bytes())).max_by_key(|m| m.len())?;
        let is_one_word = target.len() > 1 && !target.get(1..)?.contains(&b' ');
        is_one_word.then(|| line.get(blank - method.len()..))?
    })
}

/// Reads a status line; nothing if it is none.
pub(super) fn status_line<'a>(line: &'a [u8], odd: Odd<'_>) -> Option<StatusLine<'a>> {
    if !keyword(line, odd) {
        return None;
    }
    let rest = line.get(5..)?;
    let version = Version::parse(rest);
    let skip_word = |text: &'a [u8]| {
        let word = text.iter().take_while(|byte| !is_blank(**byte)).count();
        text.get(word..).unwrap_or_default()
    };
    let code = skip_blanks(skip_word(rest));
    let Some(digits) = code.get(..3) else {
        return Some(StatusLine { version, code: None, reason: None });
    };
    let number = digits
        .iter()
        .try_fold(0, |sum: u16, digit| digit.is_ascii_digit().then(|| sum * 10 + u16::from(digit - b'0')));
    let behind = skip_word(code.get(3..).unwrap_or_default());
    let reason = (!behind.is_empty()).then(|| skip_blanks(behind));
    Some(StatusLine { version, code: Some(number.unwrap_or(0)), reason })
}
