//! IMAP: who reads mail on a server (RFC 9051), up to the point where TLS or a login begins.
//!
//! Each segment is taken for a number of whole lines.

mod parse;
mod record;
#[cfg(test)]
mod tests;

use parse::Line;

use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};

/// The analyzer of IMAP.
pub static IMAP: Descriptor = Descriptor::new("imap", "IMAP", |_| Box::<ImapAnalyzer>::default())
    .doc("Mail that is read on a server, until TLS or a login begins")
    .ports(&[(Transport::Tcp, 143)])
    .records(record::RECORDS)
    .by_segment(true)
    .carries(true);

/// Longest tag that is kept.
const MAX_TAG: usize = 256;
/// Words behind which nothing more is said of TLS. What is in capitals is read on.
const LATE: [&[u8]; 6] = [b"authenticate", b"login", b"examine", b"create", b"list", b"fetch"];

/// One connection's IMAP.
#[derive(Default)]
struct ImapAnalyzer {
    /// The tag of the client's STARTTLS.
    starttls: Option<Vec<u8>>,
    /// Nothing more is read.
    over: bool,
}

impl ImapAnalyzer {
    fn line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &Line<'_>) {
        let is = |word: &[u8]| line.word.eq_ignore_ascii_case(word);
        let says = match dir {
            Direction::Orig => line.word == b"capability" || is(b"starttls"),
            Direction::Resp => line.tag == b"*" && is(b"ok"),
        };
        let late = LATE.contains(&line.word);
        if says || late {
            cx.confirm();
        }
        self.over |= late;
        if late {
            return;
        }
        match dir {
            Direction::Orig if is(b"starttls") => {
                if self.starttls.is_some() {
                    cx.weird("IMAP: client sent duplicate StartTLS", "");
                }
                self.starttls = Some(line.tag.get(..MAX_TAG).unwrap_or(line.tag).to_vec());
            }
            Direction::Resp if self.starttls.as_deref() == Some(line.tag) => self.answered(cx, is(b"ok")),
            _ => {}
        }
    }

    fn answered(&mut self, cx: &mut Context<'_>, accepted: bool) {
        if !accepted {
            return cx.weird("IMAP: server refused StartTLS", "");
        }
        self.over = true;
        if let Some(ssl) = cx.analyzer("ssl") {
            cx.hand_over(ssl);
        }
    }
}

impl Analyzer for ImapAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if cx.is_partial() {
            return Progress::Consumed(bytes.len());
        }
        if self.over {
            return Progress::Done;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some(line) = parse::line(&mut rest, dir == Direction::Resp) else {
                cx.violation("parse error: no line with a tag and a word");
                break;
            };
            self.line(cx, dir, &line);
        }
        Progress::Consumed(bytes.len())
    }

    /// Nothing tells where the next line begins.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.over = true;
        Progress::Done
    }

    fn is_through(&self) -> bool {
        self.over
    }

    fn held(&self) -> usize {
        self.starttls.as_ref().map_or(0, Vec::capacity)
    }
}
