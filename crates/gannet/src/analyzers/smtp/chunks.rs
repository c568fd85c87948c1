//! A mail in chunks of announced sizes (RFC 3030): bytes on their way to lines.

use super::parse::Chunk;

/// Bytes of a line; a longer one is delivered in pieces.
const MAX_LINE: usize = 4096;

/// Hears of lines, of whether each has an end, and of what is odd about them.
pub(super) trait Reader {
    fn line(&mut self, line: &[u8], is_line: bool);
    fn odd(&mut self, name: &'static str, addl: &str);
}

/// The chunks of one mail.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    /// The beginning of a line.
    kept: Vec<u8>,
    /// Bytes of the chunk at hand that are due.
    due: u64,
    last: bool,
}

impl Chunks {
    /// The next chunk begins.
    pub(super) fn begin(&mut self, chunk: Chunk) {
        self.due = chunk.size;
        self.last = chunk.last;
    }

    /// Whether the last chunk is complete.
    pub(super) fn is_over(&self) -> bool {
        self.last && self.due == 0
    }

    /// Bytes of the chunk at hand that are due.
    pub(super) fn due(&self) -> u64 {
        self.due
    }

    /// Takes bytes of the chunk at hand.
    pub(super) fn take(&mut self, bytes: &[u8], to: &mut dyn Reader) {
        self.due = self.due.saturating_sub(bytes.len() as u64);
        if self.kept.last() == Some(&b'\r') && bytes.first() != Some(&b'\n') {
            to.odd("smtp_bdat_line_cr_only", "");
            to.line(&self.kept, false);
            self.kept.clear();
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            self.next(&mut rest, to);
        }
        if self.is_over() && !self.kept.is_empty() {
            to.line(&self.kept, false);
            self.kept.clear();
        }
    }

    /// The mail is over.
    pub(super) fn finish(self, to: &mut dyn Reader) {
        if !self.kept.is_empty() {
            to.odd("smtp_bdat_undelivered_at_done", "");
            to.line(&self.kept, false);
        }
    }

    /// Takes bytes up to the end of a line, or as many as a line may have.
    fn next(&mut self, rest: &mut &[u8], to: &mut dyn Reader) {
        let room = MAX_LINE + 2 - self.kept.len().min(MAX_LINE);
        let part = rest.get(..room).unwrap_or(rest);
        let (end, found) = match memchr::memchr(b'\n', part) {
            Some(at) => (at + 1, true),
            None => (part.len(), false),
        };
        let behind = rest.len() - end;
        self.kept.extend_from_slice(part.get(..end).unwrap_or_default());
        *rest = rest.get(end..).unwrap_or_default();
        match self.kept.as_slice() {
            [line @ .., b'\r', b'\n'] if found && line.len() <= MAX_LINE => to.line(line, true),
            line if found && line.len() <= MAX_LINE + 1 => {
                to.odd("smtp_bdat_line_lf_only", "");
                to.line(line, false);
            }
            line if line.len() > MAX_LINE => {
                to.odd("smtp_bdat_line_too_long", &(line.len() + behind).to_string());
                let (line, more) = line.split_at_checked(MAX_LINE).unwrap_or((line, &[]));
                to.line(line, false);
                let more = more.to_vec();
                self.kept.clear();
                self.kept.extend_from_slice(&more);
                return;
            }
            _ => return,
        }
        self.kept.clear();
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.kept.capacity()
    }
}
