//! SMTP: mail on its way between servers, and from clients (RFC 5321), its envelope, its headers and what is in it.
//!
//! `talk` follows commands and replies, `chunks` the mail that BDAT carries, `post` what is in a mail, `session` the rows.

mod addresses;
mod chunks;
mod parse;
mod post;
mod probe;
mod record;
mod session;
mod talk;
#[cfg(test)]
mod tests;

pub use record::Smtp;

use talk::Talk;

use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::events::Banner;
use crate::files::FileInfo;

/// The analyzer of SMTP.
pub static SMTP: Descriptor = Descriptor::new("smtp", "SMTP", |_| Box::<SmtpAnalyzer>::default())
    .doc("Mail that is sent: envelopes, headers, and the files inside")
    .ports(&[(Transport::Tcp, 25), (Transport::Tcp, 587)])
    .probe(probe::probe)
    .first(&[], b"\t\n\x0b\x0c\r 2")
    .records(&[Smtp::STREAM, FileInfo::STREAM, Banner::STREAM])
    .carries(true);

/// One connection's SMTP; it costs nothing before something is said.
#[derive(Default)]
struct SmtpAnalyzer {
    talk: Option<Box<Talk>>,
}

impl SmtpAnalyzer {
    /// The conversation. An analyzer that failed before on this connection may have left its rows.
    fn talk(&mut self, cx: &mut Context<'_>) -> &mut Talk {
        self.talk.get_or_insert_with(|| Box::new(Talk::new(cx.take_left().unwrap_or_default())))
    }
}

impl Analyzer for SmtpAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if cx.is_partial() {
            return Progress::Consumed(bytes.len());
        }
        self.talk(cx).data(cx, dir, bytes)
    }

    fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        self.talk(cx).gap(cx, dir, len);
        Progress::Consumed(0)
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        if let Some(talk) = &mut self.talk {
            talk.end(cx, dir);
        }
    }

    fn reset(&mut self, cx: &mut Context<'_>) {
        if let Some(talk) = &mut self.talk {
            talk.reset(cx);
        }
    }

    fn flipped(&mut self) {
        if let Some(talk) = &mut self.talk {
            talk.flipped();
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        let Some(mut talk) = self.talk.take() else { return };
        talk.close(cx);
        match why {
            Close::Violation => cx.leave(talk.session),
            _ => talk.session.finish(cx),
        }
    }

    fn held(&self) -> usize {
        self.talk.as_ref().map_or(0, |talk| size_of::<Talk>() + talk.held())
    }
}
