//! Header fields: names, values, tokens, quoted strings, comments (RFC 5322, section 3.2; RFC 2045, section 5.1).

/// Whether it is a blank or a tab.
#[must_use]
pub const fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// The text behind the blanks that it begins with.
#[must_use]
pub fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| is_blank(**byte)).count();
    text.get(blanks..).unwrap_or_default()
}

/// A header field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field<'a> {
    /// Its name, as it was sent.
    pub name: &'a [u8],
    /// Its value, without the blanks before it.
    pub value: &'a [u8],
}

impl<'a> Field<'a> {
    /// Reads a field, folded lines joined; nothing if there is no name with a colon.
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let is_name = |byte: u8| (33..=126).contains(&byte) && byte != b':';
        let (name, rest) = word(line, is_name)?;
        let value = skip_comments(rest).strip_prefix(b":")?;
        let spaces = value.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 11).count();
        Some(Self { name, value: value.get(spaces..)? })
    }

    /// Whether it has this name, in whatever case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The first token of the value and what follows it.
    #[must_use]
    pub fn token(&self) -> Option<(&'a [u8], &'a [u8])> {
        token(self.value)
    }

    /// Whether the first token is this one, in whatever case.
    #[must_use]
    pub fn token_is(&self, expected: &str) -> bool {
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
#[must_use]
pub fn skip_comments(mut text: &[u8]) -> &[u8] {
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
pub(super) fn word(text: &[u8], is_word: impl Fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    run(skip_comments(text), is_word)
}

/// The same, but what the text begins with may be part of it even if it looks like a comment.
pub(super) fn run(mut text: &[u8], is_word: impl Fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
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
#[must_use]
pub fn token(text: &[u8]) -> Option<(&[u8], &[u8])> {
    word(text, |byte| (33..=126).contains(&byte) && !b"()<>@,;:\\\"/[]?=".contains(&byte))
}

/// A quoted string's content, its pairs still escaped, and what follows it.
#[must_use]
pub fn quoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
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

/// A quoted string's content without its escapes.
#[must_use]
pub fn unquote(text: &[u8]) -> Vec<u8> {
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
