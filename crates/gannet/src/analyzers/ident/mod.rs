//! Ident: whose is that connection? (RFC 1413)

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Ident;

use parse::Answer;

use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};

/// The analyzer of Ident.
pub static IDENT: Descriptor = Descriptor::new("ident", "IDENT", |_| Box::new(IdentAnalyzer::default()))
    .doc("Ident: whose a connection is")
    .ports(&[(Transport::Tcp, 113)])
    .records(&[Ident::STREAM])
    .max_tail(MAX_LINE)
    .beyond(true);

/// Longest line (RFC 1413, section 6).
const MAX_LINE: usize = 1000;
/// Questions that may wait for their answers.
const MAX_WAITING: usize = 64;

/// One connection's Ident.
#[derive(Default)]
struct IdentAnalyzer {
    /// Questions that are not answered.
    waiting: Vec<Ident>,
}

impl IdentAnalyzer {
    fn line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) -> bool {
        let done = match dir {
            Direction::Orig => self.question(cx, line),
            Direction::Resp => self.answer(cx, line),
        };
        done.is_some()
    }

    fn question(&mut self, cx: &Context<'_>, line: &[u8]) -> Option<()> {
        let (host, asker) = parse::question(line)?;
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push(Ident {
                ts: cx.packet_time(),
                conn: cx.conn(),
                host_p: u64::from(host),
                asker_p: u64::from(asker),
                system: None,
                user: None,
                error: None,
            });
        }
        Some(())
    }

    fn answer(&mut self, cx: &mut Context<'_>, line: &[u8]) -> Option<()> {
        let ((host, asker), answer) = parse::answer(line)?;
        cx.confirm();
        let asked = |row: &Ident| (row.host_p, row.asker_p) == (u64::from(host), u64::from(asker));
        let at = self.waiting.iter().position(asked)?;
        let mut row = self.waiting.remove(at);
        match answer {
            Answer::User { system, user } => {
                (row.system, row.user) = (Some(system.to_vec()), Some(user.to_vec()));
            }
            Answer::Error(error) => row.error = Some(error.to_vec()),
        }
        cx.emit(&row);
        Some(())
    }
}

impl Analyzer for IdentAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(end) = memchr::memchr(b'\n', bytes) else {
            return Progress::Until { byte: b'\n', max: MAX_LINE };
        };
        let line = bytes.get(..end).unwrap_or_default().trim_ascii();
        match self.line(cx, dir, line) {
            true => Progress::Consumed(end + 1),
            // What follows a good answer is of no interest.
            false if cx.confirmed() => Progress::Done,
            false => Progress::Violation("no line of Ident"),
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        for row in std::mem::take(&mut self.waiting) {
            if !matches!(why, Close::Violation) {
                cx.emit(&row);
            }
        }
    }

    fn held(&self) -> usize {
        self.waiting.capacity() * size_of::<Ident>()
    }
}
