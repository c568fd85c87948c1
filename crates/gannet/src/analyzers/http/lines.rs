//! A direction's bytes as lines, or as they are where a body of known length is due.

use crate::parsers::lines;

/// Bytes of a line that are kept; a longer one is delivered in pieces.
pub(super) const MAX_LINE: usize = 1024 * 1024;

/// What a direction has next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Lines, or parts of one.
    Text(lines::Piece<'a>),
    /// Bytes of a body.
    Plain(&'a [u8]),
}

/// One direction's way from bytes to lines.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) text: lines::Lines,
    /// Bytes that are due as they are.
    pub(super) plain: u64,
    /// Bytes up to the end of a body that lines are made of: a line ends there.
    pub(super) delivery: Option<u64>,
    /// That body began in a piece of the stream of its own. If not, whether its last line is over is only known when more
    /// comes.
    pub(super) apart: bool,
    /// A length was no length: the body that follows ends where a start line is found.
    pub(super) lost: bool,
    /// Bytes of the piece of the stream at hand behind what was taken.
    pub(super) behind: usize,
    /// An LF that comes next belongs to what was before that body.
    lf_before: bool,
}

impl Default for Lines {
    fn default() -> Self {
        let text = lines::Lines::new(MAX_LINE);
        Self { text, plain: 0, delivery: None, apart: false, lost: false, behind: 0, lf_before: false }
    }
}

impl Lines {
    /// A body of so many bytes begins that lines are made of.
    pub(super) fn end_after(&mut self, length: u64) {
        self.delivery = Some(length);
        self.apart = self.behind == 0;
        self.lf_before = self.text.is_after_cr();
    }

    /// So many bytes of such a body were taken.
    pub(super) fn count(&mut self, taken: usize) {
        if let Some(due) = &mut self.delivery {
            *due = due.saturating_sub(taken as u64);
        }
    }

    /// Skips the LF of a CR LF whose CR ended a line.
    pub(super) fn skip_lf(&mut self, rest: &mut &[u8]) {
        if self.text.skip_lf(rest) && !self.lf_before {
            self.count(1);
        }
        if !rest.is_empty() {
            self.lf_before = false;
        }
    }

    /// Takes the next piece off the front of the bytes.
    pub(super) fn next<'a>(&mut self, rest: &mut &'a [u8]) -> Piece<'a> {
        self.skip_lf(rest);
        if self.plain == 0 || rest.is_empty() {
            return Piece::Text(self.text.next(rest));
        }
        let length = usize::try_from(self.plain).unwrap_or(usize::MAX).min(rest.len());
        self.plain -= length as u64;
        Piece::Plain(self.text.plain(rest, length))
    }
}
