//! Replies of a server: values with a type, some of which have values in them
//! (<https://redis.io/docs/latest/develop/reference/protocol-spec>).

use super::text::{self, MAX_ELEMENTS};
use crate::parsers::lines::{Lines, Piece};
use crate::parsers::number::decimal;

/// Values inside each other.
const MAX_DEPTH: usize = 20;

/// What a reply is to the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Class {
    Reply,
    Error,
    /// It answers nothing.
    Push,
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Reply {
    pub(in super::super) class: Class,
    pub(in super::super) text: Vec<u8>,
    /// The second version of the protocol has no such type.
    pub(in super::super) is_resp3: bool,
}

/// This is no reply. What follows the end of the next line may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Broken;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// The type of a value.
    Type,
    /// The same behind its attributes: it has no more of them.
    Value,
    /// The line behind a type.
    Line(u8),
    /// A truth value.
    Truth,
    /// So many bytes of a string.
    Content(usize),
    /// The end of the line behind a value.
    End,
    /// The end of any line; whether the last byte was a CR.
    Lost(bool),
}

/// Values in a value.
#[derive(Clone, Copy, Debug)]
struct Group {
    /// Its type.
    kind: u8,
    /// Values that did not begin yet.
    left: u64,
    /// Values that have begun.
    begun: u64,
}

impl Group {
    /// What stands around its values.
    fn marks(self) -> (&'static [u8], &'static [u8]) {
        match self.kind {
            b'~' => (b"(", b")"),
            b'%' => (b"{", b"}"),
            _ => (b"[", b"]"),
        }
    }

    /// What stands before the next of its values.
    fn separator(self) -> &'static [u8] {
        match (self.kind, self.begun) {
            (_, 0) => b"",
            (b'%', n) if n % 2 == 1 => b": ",
            _ => b", ",
        }
    }
}

/// The way from bytes to replies.
#[derive(Debug)]
pub(in super::super) struct Replies {
    due: Due,
    lines: Lines,
    /// The values that the one at hand is in, the outermost first.
    open: Vec<Group>,
    /// Values that all of those announced.
    elements: u64,
    /// Type of the outermost value.
    kind: u8,
    is_resp3: bool,
    text: Vec<u8>,
}

impl Default for Replies {
    fn default() -> Self {
        let (open, text) = (Vec::new(), Vec::new());
        Self { due: Due::Type, lines: text::lines(), open, elements: 0, kind: 0, is_resp3: false, text }
    }
}

impl Replies {
    /// Whether a reply has begun that is not complete, or the end of a line is looked for.
    pub(in super::super) fn is_partial(&self) -> bool {
        self.due != Due::Type || !self.open.is_empty()
    }

    pub(in super::super) fn held(&self) -> usize {
        self.lines.held() + self.text.capacity() + self.open.capacity() * size_of::<Group>()
    }

    /// The next reply begins behind the next end of a line.
    pub(in super::super) fn lose(&mut self) {
        *self = Self { due: Due::Lost(false), ..Self::default() };
    }

    /// The next reply; nothing if the bytes end before it does.
    ///
    /// # Errors
    /// There is no reply; the next call looks for another one.
    pub(in super::super) fn next(&mut self, rest: &mut &[u8]) -> Result<Option<Reply>, Broken> {
        while !rest.is_empty() {
            match self.step(rest) {
                Ok(false) => {}
                Ok(true) => return Ok(Some(self.finish())),
                Err(broken) => {
                    // Behind a line the next reply may begin at once.
                    let behind_line = matches!(self.due, Due::Line(_));
                    self.lose();
                    if behind_line {
                        self.due = Due::Type;
                    }
                    return Err(broken);
                }
            }
        }
        Ok(None)
    }

    fn finish(&mut self) -> Reply {
        let class = match self.kind {
            b'-' | b'!' => Class::Error,
            b'>' => Class::Push,
            _ => Class::Reply,
        };
        let is_resp3 = self.is_resp3
            || matches!(self.kind, b'_' | b'#' | b',' | b'(' | b'!' | b'=' | b'%' | b'~' | b'>');
        let text = std::mem::take(&mut self.text);
        (self.due, self.elements, self.is_resp3) = (Due::Type, 0, false);
        Reply { class, text, is_resp3 }
    }

    /// Takes what is due; whether the reply is complete.
    fn step(&mut self, rest: &mut &[u8]) -> Result<bool, Broken> {
        match self.due {
            Due::Type | Due::Value => {
                let kind = rest.first().copied().ok_or(Broken)?;
                self.begin(kind)?;
                text::take(rest, 1);
                Ok(false)
            }
            Due::Truth => {
                let truth: &[u8] = if text::take(rest, 1) == b"t" { b"T" } else { b"F" };
                self.push(truth);
                self.due = Due::End;
                Ok(false)
            }
            Due::Content(left) => {
                let content = text::take(rest, left);
                self.push(content);
                self.due = content_due(left - content.len());
                Ok(false)
            }
            Due::Lost(after_cr) => {
                self.search(rest, after_cr);
                Ok(false)
            }
            Due::Line(_) | Due::End => self.line(rest),
        }
    }

    /// A value of this type begins.
    fn begin(&mut self, kind: u8) -> Result<(), Broken> {
        let has_attributes = self.due == Due::Value;
        if !has_attributes {
            if self.open.len() >= MAX_DEPTH {
                return Err(Broken);
            }
            self.separate();
        }
        if self.open.is_empty() {
            (self.kind, self.is_resp3) = (kind, self.is_resp3 || kind == b'|');
        }
        self.due = match kind {
            b'#' => Due::Truth,
            b'|' if has_attributes => return Err(Broken),
            b'+' | b'-' | b':' | b'$' | b'*' | b'_' | b',' | b'(' | b'!' | b'=' | b'%' | b'|' | b'~'
            | b'>' => Due::Line(kind),
            _ => return Err(Broken),
        };
        Ok(())
    }

    fn separate(&mut self) {
        let Some(group) = self.open.last_mut() else { return };
        let separator = group.separator();
        group.begun += 1;
        group.left = group.left.saturating_sub(1);
        self.push(separator);
    }

    /// Adds to the text of the reply. Attributes are no part of it.
    fn push(&mut self, bytes: &[u8]) {
        if !self.open.iter().any(|group| group.kind == b'|') {
            text::push(&mut self.text, bytes);
        }
    }

    /// Takes a line, or the beginning of one.
    fn line(&mut self, rest: &mut &[u8]) -> Result<bool, Broken> {
        match self.lines.next(rest) {
            Piece::Line(line) => self.whole_line(line),
            Piece::Kept => {
                let line = self.lines.take();
                let complete = self.whole_line(&line);
                self.lines.give_back(line);
                complete
            }
            Piece::Nothing => Ok(false),
            Piece::Overlong => {
                self.lose();
                Err(Broken)
            }
        }
    }

    fn whole_line(&mut self, line: &[u8]) -> Result<bool, Broken> {
        let Due::Line(kind) = self.due else { return Ok(self.end_value()) };
        match kind {
            b'$' | b'!' | b'=' => match text::length(line).ok_or(Broken)? {
                None => return Ok(self.end_value()),
                Some(length) => self.due = content_due(length),
            },
            b'*' | b'>' => return self.open(kind, text::count(line).ok_or(Broken)?, 1),
            b'~' => return self.open(kind, decimal(line).ok_or(Broken)?, 1),
            b'%' | b'|' => return self.open(kind, decimal(line).ok_or(Broken)?, 2),
            b'_' => {
                self.push(b"null");
                return Ok(self.end_value());
            }
            _ => {
                self.push(line);
                return Ok(self.end_value());
            }
        }
        Ok(false)
    }

    /// Values in a value are announced: so many times so many.
    fn open(&mut self, kind: u8, count: u64, each: u64) -> Result<bool, Broken> {
        self.elements = self.elements.saturating_add(count);
        if self.elements > MAX_ELEMENTS {
            return Err(Broken);
        }
        let group = Group { kind, left: count * each, begun: 0 };
        self.push(if kind == b'|' { b"" } else { group.marks().0 });
        self.open.push(group);
        Ok(self.close_groups())
    }

    /// A value is complete; whether the reply is.
    fn end_value(&mut self) -> bool {
        self.open.is_empty() || self.close_groups()
    }

    /// Closes what has all its values; whether the reply is complete.
    fn close_groups(&mut self) -> bool {
        while let Some(group) = self.open.last().copied() {
            self.due = Due::Type;
            if group.left > 0 {
                return false;
            }
            self.open.pop();
            if group.kind == b'|' {
                self.due = Due::Value;
                return false;
            }
            self.push(group.marks().1);
        }
        true
    }

    /// Looks for the end of a line.
    fn search(&mut self, rest: &mut &[u8], after_cr: bool) {
        if after_cr && rest.first() == Some(&b'\n') {
            text::take(rest, 1);
            self.due = Due::Type;
            return;
        }
        match memchr::memmem::find(rest, b"\r\n") {
            Some(at) => {
                text::take(rest, at + 2);
                self.due = Due::Type;
            }
            None => {
                self.due = Due::Lost(rest.last() == Some(&b'\r'));
                *rest = &[];
            }
        }
    }
}

fn content_due(left: usize) -> Due {
    if left == 0 { Due::End } else { Due::Content(left) }
}
