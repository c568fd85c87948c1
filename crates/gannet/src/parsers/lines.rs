//! Bytes as lines, in pieces of any size.

use memchr::{memchr, memchr2};

/// What comes next.
///
/// Not `#[non_exhaustive]`: whoever reads lines has to know of a new kind of piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A line without its end, all of it in the bytes at hand.
    Line(&'a [u8]),
    /// A line without its end, in the buffer: [`Lines::take`] it there.
    Kept,
    /// The same, but the line goes on: it is longer than what is kept.
    Overlong,
    /// No more than the beginning of a line.
    Nothing,
}

/// The way from bytes to lines. CR, LF and CR LF end one, unless only CR LF is to.
///
/// A line that is whole in the bytes at hand is not copied. What a line begins with is kept up to a limit.
#[derive(Clone, Debug)]
#[must_use]
pub struct Lines {
    /// The beginning of a line.
    kept: Vec<u8>,
    max: usize,
    /// The last byte was a CR: it ended a line, or is the last of what is kept.
    after_cr: bool,
    strict: bool,
    bare_cr: bool,
}

impl Lines {
    /// Keeps at most `max` bytes of a line; a longer one comes in pieces.
    pub const fn new(max: usize) -> Self {
        Self { kept: Vec::new(), max, after_cr: false, strict: false, bare_cr: false }
    }

    /// Whether only CR LF ends a line from here on.
    pub const fn set_strict(&mut self, strict: bool) {
        self.strict = strict;
    }

    /// Whether a line has begun.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        !self.kept.is_empty()
    }

    /// The beginning of a line, as far as it is kept.
    #[must_use]
    pub fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// Whether the last byte was a CR.
    #[must_use]
    pub const fn is_after_cr(&self) -> bool {
        self.after_cr
    }

    /// Whether a CR ended a line and no LF came; told once.
    pub const fn take_bare_cr(&mut self) -> bool {
        std::mem::replace(&mut self.bare_cr, false)
    }

    /// The line that was kept; give the buffer back with [`Self::give_back`].
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.kept)
    }

    /// Takes the buffer back, for the next line.
    pub fn give_back(&mut self, mut buffer: Vec<u8>) {
        /// Larger buffers are not kept for small lines.
        const MAX_SPARE: usize = 16 * 1024;
        if self.kept.is_empty() && buffer.capacity() <= MAX_SPARE {
            buffer.clear();
            self.kept = buffer;
        }
    }

    /// Bytes of memory held beside this struct.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.kept.capacity()
    }

    /// Skips the LF of a CR LF whose CR ended a line; whether there was one.
    pub fn skip_lf(&mut self, rest: &mut &[u8]) -> bool {
        let is_lf = self.after_cr && !self.strict && rest.first() == Some(&b'\n');
        if is_lf {
            self.after_cr = false;
            *rest = rest.get(1..).unwrap_or_default();
        }
        is_lf
    }

    /// Takes so many bytes off the front that are no lines.
    pub fn plain<'a>(&mut self, rest: &mut &'a [u8], length: usize) -> &'a [u8] {
        self.after_cr = false;
        split(rest, length, 0)
    }

    /// Takes the next piece off the front of the bytes.
    pub fn next<'a>(&mut self, rest: &mut &'a [u8]) -> Piece<'a> {
        self.skip_lf(rest);
        match (rest.is_empty(), self.strict) {
            (true, _) => Piece::Nothing,
            (false, true) => self.next_strict(rest),
            (false, false) => self.next_lenient(rest),
        }
    }

    /// The next line where CR, LF and CR LF end one.
    fn next_lenient<'a>(&mut self, rest: &mut &'a [u8]) -> Piece<'a> {
        let cr_before = std::mem::replace(&mut self.after_cr, false);
        let Some(at) = memchr2(b'\r', b'\n', rest) else {
            self.bare_cr |= cr_before;
            return self.keep_all(rest);
        };
        self.bare_cr |= cr_before && at > 0;
        let is_cr = rest.get(at) == Some(&b'\r');
        let pair = is_cr && rest.get(at + 1) == Some(&b'\n');
        self.after_cr = is_cr && !pair;
        self.line(rest, at, if pair { 2 } else { 1 })
    }

    /// The next line where only CR LF ends one.
    fn next_strict<'a>(&mut self, rest: &mut &'a [u8]) -> Piece<'a> {
        if self.after_cr && rest.first() == Some(&b'\n') {
            self.after_cr = false;
            *rest = rest.get(1..).unwrap_or_default();
            if self.kept.pop().is_some() {
                return Piece::Kept;
            }
            // The CR ended a line when it came.
            if rest.is_empty() {
                return Piece::Nothing;
            }
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
        if self.kept.len() + length > self.max {
            return self.keep_all(rest);
        }
        self.kept.extend_from_slice(split(rest, length, end));
        Piece::Kept
    }

    /// Keeps the beginning of a line, up to the limit.
    fn keep_all<'a>(&mut self, rest: &mut &'a [u8]) -> Piece<'a> {
        let room = self.max.saturating_sub(self.kept.len());
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
