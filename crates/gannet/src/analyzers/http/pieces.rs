//! Bytes of a side on their way to a conversation: lines, pieces of bodies, and start lines behind a body of unknown length.

use super::lines::Piece;
use super::parse;
use super::probe::METHODS;
use super::talk::{Due, Talk};
use crate::analyzers::Context;
use crate::base::direction::Direction;
use crate::parsers::lines::Piece as Text;

/// The source of what is odd about line ends.
const LINE_SOURCE: Option<&str> = Some("CONTENTLINE");

impl Talk {
    /// Works through bytes; how many of them were this protocol's.
    pub(super) fn run(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() && !self.gone {
            let half = self.halves.of_mut(dir);
            if half.skip {
                return bytes.len();
            }
            if half.due == Due::Bare {
                self.bare(cx, rest);
                return bytes.len();
            }
            self.step(cx, dir, &mut rest);
        }
        bytes.len() - rest.len()
    }

    /// Lines of a client whose connection was picked up in the middle: they are told apart and not read.
    pub(super) fn glance(&mut self, cx: &mut Context<'_>, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() && !self.halves.orig.skip {
            let lines = &mut self.halves.orig.lines;
            let piece = lines.next(&mut rest);
            if let Piece::Text(Text::Kept | Text::Overlong) = piece {
                let line = lines.text.take();
                lines.text.give_back(line);
            }
            self.tell_line_end(cx, Direction::Orig);
        }
    }

    fn tell_line_end(&mut self, cx: &mut Context<'_>, dir: Direction) {
        let half = self.halves.of_mut(dir);
        let lines = &mut half.lines;
        if lines.text.take_bare_cr()
            && half.due != Due::Sought
            && !std::mem::replace(&mut self.told_single_cr, true)
        {
            cx.weird_from(LINE_SOURCE, "line_terminated_with_single_CR", "");
        }
    }

    /// The line that a body made of lines ends in, if its last one has no end of its own.
    fn last_line(&mut self, cx: &mut Context<'_>, dir: Direction, remaining: usize) {
        let lines = &mut self.halves.of_mut(dir).lines;
        lines.delivery = None;
        if lines.text.is_partial() {
            cx.weird_from(LINE_SOURCE, "line_terminated_without_CRLF", "");
            self.kept_line(cx, dir, remaining);
        }
    }

    /// Takes one piece off the front.
    fn step(&mut self, cx: &mut Context<'_>, dir: Direction, rest: &mut &[u8]) {
        if self.halves.of(dir).lines.delivery == Some(0) {
            return self.last_line(cx, dir, rest.len());
        }
        let lines = &mut self.halves.of_mut(dir).lines;
        lines.skip_lf(rest);
        let bound = lines.delivery.map_or(rest.len(), |due| usize::try_from(due).unwrap_or(usize::MAX));
        let mut part = rest.get(..bound).unwrap_or(rest);
        let before = part.len();
        let piece = lines.next(&mut part);
        let taken = before - part.len();
        *rest = rest.get(taken..).unwrap_or_default();
        lines.count(taken);
        lines.behind = rest.len();
        self.tell_line_end(cx, dir);
        let remaining = rest.len();
        match piece {
            Piece::Plain(bytes) => self.deliver(cx, dir, bytes, false, remaining),
            Piece::Text(Text::Line(line)) => self.line(cx, dir, line, remaining),
            Piece::Text(Text::Kept) => self.kept_line(cx, dir, remaining),
            Piece::Text(Text::Overlong) => {
                cx.weird_from(LINE_SOURCE, "contentline_size_exceeded", "");
                self.kept_line(cx, dir, remaining);
            }
            Piece::Text(Text::Nothing) => {}
        }
        let lines = &self.halves.of(dir).lines;
        if lines.delivery == Some(0) && (lines.apart || !lines.text.is_partial()) {
            self.last_line(cx, dir, remaining);
        }
    }

    /// A line of a request's body whose end is not known: a request line in it is one.
    fn seek(&mut self, cx: &mut Context<'_>, line: &[u8]) {
        if let Some(line) = parse::request_within(line, METHODS) {
            self.halves.orig.due = Due::Start;
            self.request_line(cx, line);
        }
    }

    fn kept_line(&mut self, cx: &mut Context<'_>, dir: Direction, remaining: usize) {
        let line = self.halves.of_mut(dir).lines.text.take();
        self.line(cx, dir, &line, remaining);
        self.halves.of_mut(dir).lines.text.give_back(line);
    }

    fn line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8], remaining: usize) {
        match (self.halves.of(dir).due, dir) {
            (Due::Start, Direction::Orig) => self.request_line(cx, line),
            (Due::Start, Direction::Resp) => self.status_line(cx, line),
            (Due::Message, _) => {
                self.deliver(cx, dir, line, true, remaining);
                if dir == Direction::Resp && line.is_empty() && self.connects {
                    self.tunnel(cx, remaining);
                }
            }
            (Due::Sought, _) => self.seek(cx, line),
            (Due::Bare | Due::Nothing, _) => {}
        }
    }
}
