//! A direction's bytes as lines, or as they are where a body of known length is due.

use memchr::{memchr, memchr2};

/// Bytes of a line that are kept; a longer one is delivered in pieces.
pub(super) const MAX_LINE: usize = 1024 * 1024;

/// What a direction has next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A line without its end, all of it in the bytes at hand.
    Line(&'a [u8]),
    /// A line without its end, in the buffer: take it there.
    Kept,
    /// The same, but the line goes on: it is longer than what is kept.
    Overlong,
    /// Bytes of a body.
    Plain(&'a [u8]),
    /// No more than the beginning of a line.
    Nothing,
}

/// One direction's way from bytes to lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The beginning of a line.
    kept: Vec<u8>,
    /// The last byte was a CR: it ended a line, or is the last of what is kept.
    after_cr: bool,
    /// Only CR LF ends a line: inside a part of a multipart body.
    pub(super) strict: bool,
    /// Bytes that are due as they are.
    pub(super) plain: u64,
    /// Bytes up to the end of a body that lines are made of: a line ends there.
    pub(super) delivery: Option<u64>,
    /// An LF that comes next belongs to what was before that body.
    lf_before: bool,
    /// A CR ended a line and no LF came; told once.
    pub(super) single_cr: bool,
}

impl Lines {
    /// Whether a line has begun.
    pub(super) fn is_partial(&self) -> bool {
        !self.kept.is_empty()
    }

    /// The line that was kept; give the buffer back with [`Self::give_back`].
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.kept)
    }

    /// Takes the buffer back, for the next line.
    pub(super) fn give_back(&mut self, mut buffer: Vec<u8>) {
        /// Larger buffers are not kept for small lines.
        const MAX_SPARE: usize = 16 * 1024;
        if self.kept.is_empty() && buffer.capacity() <= MAX_SPARE {
            buffer.clear();
            self.kept = buffer;
        }
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.kept.capacity()
    }

    /// A body of so many bytes begins that lines are made of.
    pub(super) fn end_after(&mut self, length: u64) {
        self.delivery = Some(length);
        self.lf_before = self.after_cr;
    }

    /// So many bytes of such a body were taken.
    pub(super) fn count(&mut self, taken: usize) {
        if let Some(due) = &mut self.delivery {
            *due = due.saturating_sub(taken as u64);
        }
    }

    /// Skips the LF of a CR LF whose CR ended a line.
    pub(super) fn skip_lf(&mut self, rest: &mut &[u8]) {
        if self.after_cr && !self.strict && rest.first() == Some(&b'\n') {
            self.after_cr = false;
            *rest = rest.get(1..).unwrap_or_default();
            if !self.lf_before {
                self.count(1);
            }
        }
        if !rest.is_empty() {
            self.lf_before = false;
        }
    }

    /// Takes the next piece off the front of the bytes.
    pub(super) fn next<'a>(&mut self, rest: &mut &'a [u8]) -> Piece<'a> {
        self.skip_lf(rest);
        if rest.is_empty() {
            return Piece::Nothing;
        }
        if self.plain > 0 {
            let length = usize::try_from(self.plain).unwrap_or(usize::MAX).min(rest.len());
            self.plain -= length as u64;
            self.after_cr = false;
            return Piece::Plain(split(rest, length, 0));
        }
        if self.strict { self.next_strict(rest) } else { self.next_lenient(rest) }
    }

    /// The next line where CR, LF and CR LF end one.
    fn next_lenient<'a>(&mut self, rest: &mut &'a [u8]) -> Piece<'a> {
        let cr_before = self.after_cr;
        self.after_cr = false;
        let Some(at) = memchr2(b'\r', b'\n', rest) else {
            self.single_cr |= cr_before && !rest.is_empty();
            return self.keep_all(rest);
        };
        self.single_cr |= cr_before && at > 0;
        let is_cr = rest.get(at) == Some(&b'\r');
        let pair = is_cr && rest.get(at + 1) == Some(&b'\n');
        self.after_cr = is_cr && !pair;
        self.line(rest, at, if pair { 2 } else { 1 })
    }

    /// The next line where only CR LF ends one.
    fn next_strict<'a>(&mut self, rest: &mut &'a [u8]) -> Piece<'a> {
        if self.after_cr && rest.first() == Some(&b'\n') {
            self.after_cr = false;
            if self.kept.pop().is_none() {
                // The CR ended a line when it came.
                *rest = rest.get(1..).unwrap_or_default();
                return if rest.is_empty() { Piece::Nothing } else { self.next_strict_line(rest) };
            }
            *rest = rest.get(1..).unwrap_or_default();
            return Piece::Kept;
        }
        self.next_strict_line(rest)
    }

    fn next_strict_line<'a>(&mut self, rest: &mut &'a [u8]) -> Piece<'a> {
        let mut from = 0;
        while let Some(found) = memchr(b'\n', rest.get(from..).unwrap_or_default()) {
            let at = from + found;
            if at > 0 && rest.get(at - 1) == Some(&b'\r') {
                self.after_cr = false;
                return self.line(rest, at - 1, 2);
            }
            from = at + 1;
        }
        self.after_cr = rest.last() == Some(&b'\r');
        self.keep_all(rest)
    }

    /// A line of `length` bytes, behind what is kept, and its end.
    fn line<'a>(&mut self, rest: &mut &'a [u8], length: usize, end: usize) -> Piece<'a> {
        if self.kept.is_empty() {
            return Piece::Line(split(rest, length, end));
        }
        if self.kept.len() + length > MAX_LINE {
            return self.keep_all(rest);
        }
        let line = split(rest, length, end);
        self.kept.extend_from_slice(line);
        Piece::Kept
    }

    /// Keeps the beginning of a line, up to the limit.
    fn keep_all<'a>(&mut self, rest: &mut &'a [u8]) -> Piece<'a> {
        let room = MAX_LINE.saturating_sub(self.kept.len());
        let taken = split(rest, room.min(rest.len()), 0);
        self.kept.extend_from_slice(taken);
        if rest.is_empty() {
            return Piece::Nothing;
        }
        self.after_cr = false;
        Piece::Overlong
    }
}

/// Takes `length` bytes and what follows them off the front.
fn split<'a>(rest: &mut &'a [u8], length: usize, behind: usize) -> &'a [u8] {
    let whole = *rest;
    *rest = whole.get(length + behind..).unwrap_or_default();
    whole.get(..length).unwrap_or(whole)
}
