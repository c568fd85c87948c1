//! Commands of a client: arrays of strings, or words in a line (<https://redis.io/docs/latest/develop/reference/protocol-spec>).

use super::text::{self, MAX_ELEMENTS};
use crate::parsers::lines::{Lines, Piece};

/// Bytes of a command that is a line, its end included.
const MAX_INLINE: usize = 1024;
/// Words that are kept of a command; nothing is known of those behind them.
const MAX_WORDS: usize = 4;

/// A command as words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Words {
    pub(in super::super) kept: Vec<Vec<u8>>,
    /// All of them.
    pub(in super::super) count: u64,
}

impl Words {
    pub(in super::super) fn get(&self, at: usize) -> Option<&[u8]> {
        self.kept.get(at).map(Vec::as_slice)
    }

    fn begin(&mut self) {
        self.count += 1;
        if self.kept.len() < MAX_WORDS {
            self.kept.push(Vec::new());
        }
    }

    /// Adds to the word at hand, if it is one of those that are kept.
    fn add(&mut self, bytes: &[u8]) {
        if self.count <= MAX_WORDS as u64
            && let Some(last) = self.kept.last_mut()
        {
            text::push(last, bytes);
        }
    }

    pub(in super::super) fn held(&self) -> usize {
        let words: usize = self.kept.iter().map(Vec::capacity).sum();
        words + self.kept.capacity() * size_of::<Vec<u8>>()
    }
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Due {
    /// A command.
    #[default]
    Command,
    /// The rest of a line of words.
    Inline,
    /// How many words there are.
    Count,
    /// The type of a word.
    Word,
    /// The length of a word.
    Length,
    /// So many bytes of a word.
    Content(usize),
    /// The end of the line behind a word.
    End,
}

/// The way from bytes to commands.
#[derive(Debug)]
pub(in super::super) struct Commands {
    due: Due,
    lines: Lines,
    words: Words,
    /// Words of the array that did not begin yet.
    left: u64,
}

impl Default for Commands {
    fn default() -> Self {
        Self { due: Due::Command, lines: text::lines(), words: Words::default(), left: 0 }
    }
}

impl Commands {
    /// Whether a command has begun that is not complete.
    pub(in super::super) fn is_partial(&self) -> bool {
        self.due != Due::Command
    }

    pub(in super::super) fn held(&self) -> usize {
        self.lines.held() + self.words.held()
    }

    /// The next command; nothing if the bytes end before it does.
    ///
    /// # Errors
    /// Why this is no command.
    pub(in super::super) fn next(&mut self, rest: &mut &[u8]) -> Result<Option<Words>, &'static str> {
        while !rest.is_empty() {
            if self.step(rest)? {
                self.due = Due::Command;
                return Ok(Some(std::mem::take(&mut self.words)));
            }
        }
        Ok(None)
    }

    /// Takes what is due; whether the command is complete.
    fn step(&mut self, rest: &mut &[u8]) -> Result<bool, &'static str> {
        match self.due {
            Due::Command if rest.first() == Some(&b'*') => {
                text::take(rest, 1);
                self.due = Due::Count;
            }
            Due::Command => self.due = Due::Inline,
            Due::Word if text::take(rest, 1) == b"$" => self.due = Due::Length,
            Due::Word => return Err("parse error: a word of a command is no string"),
            Due::Content(left) => {
                let content = text::take(rest, left);
                self.words.add(content);
                self.due = content_due(left - content.len());
            }
            Due::Inline | Due::Count | Due::Length | Due::End => return self.line(rest),
        }
        Ok(false)
    }

    /// Takes a line, or the beginning of one.
    fn line(&mut self, rest: &mut &[u8]) -> Result<bool, &'static str> {
        match self.lines.next(rest) {
            Piece::Line(line) => self.whole_line(line),
            Piece::Kept => {
                let line = self.lines.take();
                let complete = self.whole_line(&line);
                self.lines.give_back(line);
                complete
            }
            Piece::Nothing if self.due != Due::Inline || self.lines.kept().len() < MAX_INLINE => Ok(false),
            Piece::Nothing | Piece::Overlong => Err("parse error: a line is too long"),
        }
    }

    fn whole_line(&mut self, line: &[u8]) -> Result<bool, &'static str> {
        match self.due {
            Due::Inline => {
                if line.len() + 2 > MAX_INLINE {
                    return Err("parse error: a line is too long");
                }
                split(line, &mut self.words);
                return self.complete();
            }
            Due::Count => {
                self.left = text::count(line)
                    .filter(|count| *count <= MAX_ELEMENTS)
                    .ok_or("parse error: no number of words, or too many words")?;
            }
            Due::Length => {
                let length = text::length(line).flatten().ok_or("parse error: no length of a word")?;
                self.words.begin();
                self.due = content_due(length);
                return Ok(false);
            }
            _ => {}
        }
        if self.left == 0 {
            return self.complete();
        }
        self.left -= 1;
        self.due = Due::Word;
        Ok(false)
    }

    fn complete(&self) -> Result<bool, &'static str> {
        if self.words.count == 0 { Err("parse error: a command without words") } else { Ok(true) }
    }
}

fn content_due(left: usize) -> Due {
    if left == 0 { Due::End } else { Due::Content(left) }
}

/// Splits a line into words. Quotes keep blanks together, and stay.
fn split(line: &[u8], words: &mut Words) {
    let mut quote = None;
    let mut inside = false;
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if quote.is_none() && matches!(byte, 0 | b'\t' | b'\n' | b'\r' | b' ') {
            inside = false;
            continue;
        }
        if !std::mem::replace(&mut inside, true) {
            words.begin();
        }
        words.add(&[byte]);
        match quote {
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            Some(open) if byte == b'\\' => {
                if let Some(escaped) = bytes.next_if_eq(&open) {
                    words.add(&[escaped]);
                }
            }
            Some(open) if byte == open => quote = None,
            _ => {}
        }
    }
}
