//! Finger: one line asks, text answers, and the connection ends (RFC 1288).

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Finger;

use parse::Question;

use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::base::time::Timestamp;

/// The analyzer of Finger.
pub static FINGER: Descriptor = Descriptor::new("finger", "FINGER", |_| Box::new(FingerAnalyzer::default()))
    .doc("Finger: who is on that host?")
    .ports(&[(Transport::Tcp, 79)])
    .records(&[Finger::STREAM])
    .partial(true)
    .max_tail(MAX_LINE);

/// Longest line.
const MAX_LINE: usize = 1024;
/// A line of an answer that is longer tells that this is one.
const SURE: usize = 10;

/// What was asked.
struct Asked {
    ts: Timestamp,
    user: Vec<u8>,
    full: bool,
}

/// One connection's Finger.
#[derive(Default)]
struct FingerAnalyzer {
    asked: Option<Asked>,
    answer_bytes: u64,
}

impl FingerAnalyzer {
    fn question(&mut self, cx: &mut Context<'_>, line: &[u8]) {
        let question = Question::read(line);
        if question.full || !question.user.is_empty() {
            cx.confirm();
        }
        let (user, full) = (question.user.to_vec(), question.full);
        self.asked = Some(Asked { ts: cx.packet_time(), user, full });
    }
}

impl Analyzer for FingerAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if dir == Direction::Resp && cx.confirmed() {
            self.answer_bytes += bytes.len() as u64;
            return Progress::Consumed(bytes.len());
        }
        if dir == Direction::Orig && self.asked.is_some() {
            return Progress::Done;
        }
        let end = memchr::memchr(b'\n', bytes);
        if end.unwrap_or(bytes.len()) > MAX_LINE {
            return Progress::Violation("a line is longer than 1024 bytes");
        }
        let Some(end) = end else { return Progress::Until { byte: b'\n', max: MAX_LINE } };
        let line = bytes.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match dir {
            Direction::Orig => self.question(cx, line),
            Direction::Resp => {
                self.answer_bytes += end as u64 + 1;
                if line.len() > SURE {
                    cx.confirm();
                }
            }
        }
        Progress::Consumed(end + 1)
    }

    /// Nothing is put together over a gap.
    fn gap(&mut self, _cx: &mut Context<'_>, dir: Direction, _len: u64) -> Progress {
        match dir {
            Direction::Orig => Progress::Done,
            Direction::Resp => Progress::Skip(0),
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        if let Some(asked) = self.asked.take()
            && !matches!(why, Close::Violation)
            && cx.confirmed()
            && cx.tells_more()
        {
            let Asked { ts, user: query, full } = asked;
            cx.emit(&Finger { ts, conn: cx.conn(), query, full, answer_bytes: self.answer_bytes });
        }
    }

    fn held(&self) -> usize {
        self.asked.as_ref().map_or(0, |asked| asked.user.capacity())
    }
}
