//! Lines of text protocols (SMTP, POP3), with what is odd about their ends told as others tell it.

use memchr::{memchr, memchr2};

use super::Context;
use crate::base::direction::{Direction, Pair};
use crate::parsers::lines::{Lines, Piece};

/// Bytes of a line that are kept; a longer one is delivered in pieces.
const MAX_LINE: usize = 1024 * 1024;
/// The source of what is odd about line ends.
const SOURCE: Option<&str> = Some("CONTENTLINE");

/// What a direction has next.
#[derive(Debug)]
pub(super) enum Text<'a> {
    /// A line without its end.
    Line(&'a [u8]),
    /// The same, put together; give the buffer back with [`TextLines::give_back`].
    Kept(Vec<u8>),
    /// Bytes that are no lines.
    Plain(&'a [u8]),
    /// No more than the beginning of a line.
    Nothing,
}

/// One direction.
#[derive(Debug)]
struct Side {
    lines: Lines,
    /// Bytes that are due as they are.
    plain: u64,
    /// A zero byte was left out; later ones are part of their line.
    had_nul: bool,
}

/// Both directions' way from bytes to lines. CR, LF and CR LF end one.
#[derive(Debug)]
pub(super) struct TextLines {
    sides: Pair<Side>,
    drops_nul: bool,
    told_cr: bool,
    told_nul: bool,
}

impl TextLines {
    /// Nothing was sent yet. `drops_nul` says whether the first zero byte of a direction is left out.
    pub(super) fn new(drops_nul: bool) -> Self {
        let side = || Side { lines: Lines::new(MAX_LINE), plain: 0, had_nul: false };
        Self { sides: Pair { orig: side(), resp: side() }, drops_nul, told_cr: false, told_nul: false }
    }

    /// The next bytes of a direction, so many of them, are no lines.
    pub(super) fn expect_plain(&mut self, dir: Direction, count: u64) {
        self.sides.of_mut(dir).plain = count;
    }

    /// Takes the next piece off the front of the bytes.
    pub(super) fn next<'a>(&mut self, cx: &mut Context<'_>, dir: Direction, rest: &mut &'a [u8]) -> Text<'a> {
        let side = self.sides.of_mut(dir);
        side.lines.skip_lf(rest);
        if side.plain > 0 {
            let length = usize::try_from(side.plain).unwrap_or(usize::MAX).min(rest.len());
            side.plain -= length as u64;
            return Text::Plain(side.lines.plain(rest, length));
        }
        let piece = if self.drops_nul && !side.had_nul {
            self.next_before_nul(cx, dir, rest)
        } else {
            side.lines.next(rest)
        };
        self.tell_cr(cx, dir);
        match piece {
            Piece::Line(line) => Text::Line(line),
            Piece::Kept => Text::Kept(self.sides.of_mut(dir).lines.take()),
            Piece::Overlong => {
                cx.weird_from(SOURCE, "contentline_size_exceeded", "");
                Text::Kept(self.sides.of_mut(dir).lines.take())
            }
            Piece::Nothing => Text::Nothing,
        }
    }

    /// The same, where a zero byte ends what is looked at.
    fn next_before_nul<'a>(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        rest: &mut &'a [u8],
    ) -> Piece<'a> {
        let side = self.sides.of_mut(dir);
        let line = memchr2(b'\n', b'\r', rest).map_or(rest.len(), |at| at + 1);
        let line = rest.get(..line).unwrap_or(rest);
        let Some(nul) = memchr(0, line) else { return side.lines.next(rest) };
        let mut before = line.get(..nul).unwrap_or_default();
        let piece = side.lines.next(&mut before);
        let taken = nul - before.len();
        *rest = rest.get(taken..).unwrap_or_default();
        if piece == Piece::Nothing && before.is_empty() {
            *rest = rest.get(1..).unwrap_or_default();
            side.had_nul = true;
            if !std::mem::replace(&mut self.told_nul, true) {
                cx.weird_from(SOURCE, "NUL_in_line", "");
            }
        }
        piece
    }

    /// The direction is over: what it began is its last line.
    pub(super) fn last(&mut self, dir: Direction) -> Option<Vec<u8>> {
        let lines = &mut self.sides.of_mut(dir).lines;
        lines.is_partial().then(|| lines.take())
    }

    /// Takes the buffer of a line back.
    pub(super) fn give_back(&mut self, dir: Direction, buffer: Vec<u8>) {
        self.sides.of_mut(dir).lines.give_back(buffer);
    }

    /// The two sides have changed places.
    pub(super) fn swap(&mut self) {
        self.sides.swap();
    }

    /// Bytes of memory held beside this struct.
    pub(super) fn held(&self) -> usize {
        self.sides.orig.lines.held() + self.sides.resp.lines.held()
    }

    fn tell_cr(&mut self, cx: &mut Context<'_>, dir: Direction) {
        if self.sides.of_mut(dir).lines.take_bare_cr() && !std::mem::replace(&mut self.told_cr, true) {
            cx.weird_from(SOURCE, "line_terminated_with_single_CR", "");
        }
    }
}

/// What follows the blanks at the beginning of each line, up to the end of the text.
pub(super) fn line_starts(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let blanks = rest.iter().position(|byte| !matches!(byte, b' ' | 9..=13))?;
        let line = rest.get(blanks..)?;
        rest = memchr2(b'\r', b'\n', line).and_then(|end| line.get(end..)).unwrap_or_default();
        Some(line)
    })
}
