//! POP3: mail that is fetched from a server (RFC 1939), and what is in it.

mod parse;
mod post;
mod record;
mod talk;
#[cfg(test)]
mod tests;

use talk::Talk;

use super::lines::line_starts;
use super::{Analyzer, Close, Context, Descriptor, Likeness, Progress, Sample};
use crate::base::direction::{Direction, Transport};

/// The analyzer of POP3.
pub static POP3: Descriptor = Descriptor::new("pop3", "POP3", |_| Box::<Pop3Analyzer>::default())
    .doc("Mail that is fetched, and the files inside")
    .probe(probe)
    .first(&[], b"+")
    .records(record::RECORDS)
    .carries(true);

/// One connection's POP3; it costs nothing before something is said.
#[derive(Default)]
struct Pop3Analyzer {
    talk: Option<Box<Talk>>,
}

impl Analyzer for Pop3Analyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if cx.is_partial() {
            return Progress::Consumed(bytes.len());
        }
        self.talk.get_or_insert_with(|| Box::new(Talk::new())).data(cx, dir, bytes)
    }

    /// Nothing tells where the next line begins: it goes on as if nothing were missing.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Consumed(0)
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        if let Some(talk) = &mut self.talk {
            talk.end(cx, dir);
        }
    }

    fn flipped(&mut self) {
        if let Some(talk) = &mut self.talk {
            talk.flipped();
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        if let Some(mut talk) = self.talk.take() {
            talk.close(cx);
        }
    }

    fn held(&self) -> usize {
        self.talk.as_ref().map_or(0, |talk| size_of::<Talk>() + talk.held())
    }
}

/// A greeting, and a command with which a session begins.
fn probe(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    if !sample.resp.starts_with(b"+OK") {
        return if b"+OK".starts_with(sample.resp) { Likeness::Unsure } else { Likeness::No };
    }
    if line_starts(sample.orig).any(begins_session) { Likeness::Match } else { Likeness::Unsure }
}

fn begins_session(line: &[u8]) -> bool {
    let (Some(word), behind) = (line.get(..4), line.get(4)) else { return false };
    let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
    let has_argument = matches!(behind, Some(b' ' | 9..=13));
    is(b"CAPA") || is(b"AUTH") || is(b"STLS") || has_argument && (is(b"USER") || is(b"APOP"))
}
