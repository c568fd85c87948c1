//! From text to words and signs.

use crate::error::Error;
use crate::literal::Literal;
use crate::span::Span;

/// A word or a sign.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// The name of a column, perhaps in backticks.
    Name(String),
    /// A word that belongs to the language.
    Word(&'static str),
    /// `@name`
    Saved(String),
    /// A value.
    Value(Literal),
    /// `/…/`, with its flags.
    Pattern(String, String),
    /// A sign such as `&&`.
    Sign(&'static str),
    /// The end of the text.
    End,
}

/// Words that are no names of columns, unless they stand in backticks.
pub(crate) const WORDS: [&str; 4] = ["in", "has", "true", "false"];
/// Signs, those with two characters first.
const SIGNS: [&str; 18] =
    ["&&", "||", "==", "!=", "<=", ">=", "!~", "..", "<", ">", "~", "!", "(", ")", "{", "}", ",", "?"];
/// Letters that may stand behind a pattern.
const FLAGS: &str = "imsx";

/// Reads the words of a text one by one.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, start: usize, end: usize, what: impl Into<String>) -> Error {
        Error::new(self.text, Span { start, end }, what)
    }

    /// The next word, and where it stands.
    ///
    /// # Errors
    /// What is no word.
    pub(crate) fn next(&mut self) -> Result<(Token, Span), Error> {
        self.at = self.text.len() - self.rest().trim_start().len();
        let start = self.at;
        let token = self.token()?;
        Ok((token, Span { start, end: self.at }))
    }

    fn token(&mut self) -> Result<Token, Error> {
        let rest = self.rest();
        let mut chars = rest.chars();
        let Some(first) = chars.next() else { return Ok(Token::End) };
        let second = chars.next();
        match first {
            '"' => self.text_in_quotes().map(|text| Token::Value(Literal::Text(text))),
            '`' => self.name_in_backticks(),
            '/' => self.pattern(),
            '@' => self.saved(),
            '0'..='9' | ':' => self.value(),
            '-' if second.is_some_and(|c| c.is_ascii_digit()) => self.value(),
            'a'..='z' | 'A'..='Z' | '_' => self.word(),
            _ => self.sign(),
        }
    }

    fn sign(&mut self) -> Result<Token, Error> {
        let rest = self.rest();
        if rest.strip_prefix("!in").is_some_and(|behind| !behind.starts_with(is_part)) {
            self.at += 3;
            return Ok(Token::Sign("!in"));
        }
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        let length = rest.chars().next().map_or(0, char::len_utf8);
        let what = match rest.as_bytes() {
            [b'=', ..] => "a single = compares nothing: expected ==".to_owned(),
            [b'&', ..] => "expected &&".to_owned(),
            [b'|', ..] => "expected ||".to_owned(),
            [b'\'', ..] => "a text stands in double quotes: expected \"".to_owned(),
            _ => "this character means nothing here".to_owned(),
        };
        Err(self.error(self.at, self.at + length, what))
    }

    /// A name or a word of the language; an address may begin with a letter, too.
    fn word(&mut self) -> Result<Token, Error> {
        let length = word_length(self.rest());
        let word = self.rest().get(..length).unwrap_or_default();
        if word.contains(':') {
            return self.value();
        }
        let start = self.at;
        self.at += length;
        if let Some(known) = WORDS.iter().find(|known| **known == word) {
            return Ok(Token::Word(known));
        }
        let sign = match word {
            "and" | "AND" => "&&",
            "or" | "OR" => "||",
            "not" | "NOT" => "!",
            _ if word.ends_with('.') => {
                return Err(self.error(start, self.at, "a name does not end with a point"));
            }
            _ => return Ok(Token::Name(word.to_owned())),
        };
        Err(self.error(
            start,
            self.at,
            format!("expected {sign} (a column of this name stands in backticks)"),
        ))
    }

    fn value(&mut self) -> Result<Token, Error> {
        let start = self.at;
        let mut length = word_length(self.rest());
        if is_date(self.rest()) {
            let part = |c: char| !(c.is_ascii_alphanumeric() || ":.+-".contains(c));
            length = self.rest().find(part).unwrap_or(self.rest().len());
        }
        if self.rest().starts_with('-') {
            length = 1 + word_length(self.rest().get(1..).unwrap_or_default());
        }
        let behind = self.rest().get(length..).unwrap_or_default();
        if let Some(more) = behind.strip_prefix('/')
            && more.starts_with(|c: char| c.is_ascii_alphanumeric())
        {
            length += 1 + more.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(more.len());
        }
        let word = self.rest().get(..length).unwrap_or_default();
        self.at += length.max(1);
        Literal::of_word(word).map(Token::Value).map_err(|what| self.error(start, self.at, what))
    }

    fn saved(&mut self) -> Result<Token, Error> {
        let start = self.at;
        let name = self.rest().get(1..).unwrap_or_default();
        let length =
            name.find(|c: char| !(c.is_ascii_alphanumeric() || "_-".contains(c))).unwrap_or(name.len());
        self.at += 1 + length;
        match name.get(..length) {
            Some(name) if !name.is_empty() => Ok(Token::Saved(name.to_owned())),
            _ => Err(self.error(start, self.at, "expected the name of a saved predicate behind @")),
        }
    }

    fn name_in_backticks(&mut self) -> Result<Token, Error> {
        let start = self.at;
        let inner = self.rest().get(1..).unwrap_or_default();
        let end = inner.find('`').filter(|end| *end > 0);
        let Some(name) = end.and_then(|end| inner.get(..end)) else {
            return Err(self.error(start, self.text.len(), "expected a name between two backticks"));
        };
        self.at += name.len() + 2;
        Ok(Token::Name(name.to_owned()))
    }

    fn pattern(&mut self) -> Result<Token, Error> {
        let start = self.at;
        let inner = self.rest().get(1..).unwrap_or_default();
        let mut escaped = false;
        let end = inner.char_indices().find_map(|(at, c)| {
            let ends = c == '/' && !escaped;
            escaped = c == '\\' && !escaped;
            ends.then_some(at)
        });
        let Some(source) = end.and_then(|end| inner.get(..end)) else {
            return Err(self.error(start, self.text.len(), "the pattern does not end: expected /"));
        };
        self.at += source.len() + 2;
        let letters = self.rest();
        let length = letters.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(letters.len());
        let letters = letters.get(..length).unwrap_or_default();
        let flags_at = self.at;
        self.at += length;
        if letters.chars().any(|c| !FLAGS.contains(c)) {
            return Err(self.error(flags_at, self.at, "expected flags of a pattern: i, m, s or x"));
        }
        Ok(Token::Pattern(source.to_owned(), FLAGS.chars().filter(|c| letters.contains(*c)).collect()))
    }

    fn text_in_quotes(&mut self) -> Result<Vec<u8>, Error> {
        let start = self.at;
        let mut bytes = Vec::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(bytes);
                }
                '\\' => {
                    let byte = match chars.next().map(|(_, c)| c) {
                        Some('n') => Some(b'\n'),
                        Some('r') => Some(b'\r'),
                        Some('t') => Some(b'\t'),
                        Some(c @ ('"' | '\\')) => u8::try_from(c).ok(),
                        Some('x') => hex(chars.next(), chars.next()),
                        _ => None,
                    };
                    let Some(byte) = byte else {
                        let (from, to) = (start + at, start + at + 2);
                        return Err(self.error(
                            from,
                            to,
                            r#"expected \", \\, \n, \r, \t or \x and two digits"#,
                        ));
                    };
                    bytes.push(byte);
                }
                c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        Err(self.error(start, self.text.len(), "the text does not end: expected \""))
    }
}

/// A byte of two hexadecimal digits.
fn hex(first: Option<(usize, char)>, second: Option<(usize, char)>) -> Option<u8> {
    let digit = |c: Option<(usize, char)>| c.and_then(|(_, c)| c.to_digit(16));
    u8::try_from(digit(first)? << 4 | digit(second)?).ok()
}

/// Whether a character can be part of a name.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Bytes of a word; two points are a sign of their own.
fn word_length(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let twice = c == '.' && chars.peek().is_some_and(|(_, next)| *next == '.');
        if twice || !(is_part(c) || c == '.' || c == ':') {
            return at;
        }
    }
    text.len()
}

/// Whether a date begins here: four digits and a hyphen with a digit behind it.
fn is_date(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.by_ref().take(4).filter(u8::is_ascii_digit).count() == 4
        && bytes.next() == Some(b'-')
        && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
}
