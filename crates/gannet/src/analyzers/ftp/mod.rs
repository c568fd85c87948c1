//! FTP: commands and replies on one connection, files on others (RFC 959, RFC 2228, RFC 2428).
//!
//! `nvt` makes lines of bytes, `session` pairs replies with commands and makes the rows, `data` is what a data connection
//! gets, `adat` the security exchange of grid software.

mod adat;
mod data;
mod nvt;
mod parse;
mod path;
mod probe;
mod record;
mod replies_table;
mod session;
#[cfg(test)]
mod tests;

pub use record::Ftp;

use adat::Exchange;
use nvt::{Nvt, Odd};
use parse::NoCommand;
use session::Session;

use super::{Analyzer, Close, Context, Descriptor, Outcome, Progress};
use crate::base::direction::{Direction, Pair, Transport};
use crate::base::time::Interval;
use crate::events::Banner;
use crate::files::FileInfo;

/// The analyzer of FTP's control connections.
pub static FTP: Descriptor = Descriptor::new("ftp", "FTP", |_| Box::<FtpAnalyzer>::default())
    .doc("Transfers of files: commands, replies, and the files on connections of their own")
    .ports(&[(Transport::Tcp, 21), (Transport::Tcp, 2811)])
    .probe(probe::probe)
    .first(&[], b"\n\r 12")
    .records(&[Ftp::STREAM, FileInfo::STREAM, Banner::STREAM])
    .partial(true)
    .carries(true);

/// How long a control connection may be silent: transfers take their time.
const SILENCE: Interval = Interval::from_secs(3600);
/// The source of what is odd about line ends.
const LINE_SOURCE: Option<&str> = Some("NVT");

/// One connection's FTP; it costs nothing before something is said.
#[derive(Default)]
struct FtpAnalyzer {
    talk: Option<Box<Talk>>,
}

/// What is kept once something was said.
struct Talk {
    lines: Pair<Nvt>,
    told_cr: bool,
    told_nul: bool,
    /// The argument of the last AUTH.
    auth: Vec<u8>,
    /// The code of a reply that goes on.
    open: Option<u16>,
    tokens: Exchange,
    session: Box<Session>,
    /// What follows is TLS.
    gone: bool,
}

impl Talk {
    fn new(session: Box<Session>) -> Self {
        Self {
            lines: Pair::default(),
            told_cr: false,
            told_nul: false,
            auth: Vec::new(),
            open: None,
            tokens: Exchange::default(),
            session,
            gone: false,
        }
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() && !self.gone {
            if self.next_line(cx, dir, &mut rest) {
                let line = self.lines.of_mut(dir).take();
                self.line(cx, dir, &line);
                self.lines.of_mut(dir).give_back(line);
            }
        }
        bytes.len() - rest.len()
    }

    fn next_line(&mut self, cx: &mut Context<'_>, dir: Direction, rest: &mut &[u8]) -> bool {
        let (told_cr, told_nul) = (&mut self.told_cr, &mut self.told_nul);
        self.lines.of_mut(dir).next(rest, &mut |odd| match odd {
            Odd::BareCr if !std::mem::replace(told_cr, true) => {
                cx.weird_from(LINE_SOURCE, "line_terminated_with_single_CR", "");
            }
            Odd::Nul if !std::mem::replace(told_nul, true) => {
                cx.weird_from(LINE_SOURCE, "NUL_in_line", "");
            }
            Odd::Long(length) => {
                cx.limit_reached();
                cx.weird_from(LINE_SOURCE, "nvt_line_size_exceeded", length.to_string());
            }
            Odd::BareCr | Odd::Nul => {}
        })
    }

    fn line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        let passed_on = match dir {
            Direction::Orig => self.command(cx, line),
            Direction::Resp => self.reply(cx, line),
        };
        if passed_on {
            self.tokens.line(cx, dir, line);
        }
    }

    fn command(&mut self, cx: &mut Context<'_>, line: &[u8]) -> bool {
        /// Longest name of a mechanism that is kept.
        const MAX_AUTH: usize = 64;
        match parse::command(line) {
            Err(why) if cx.confirmed() => {
                match why {
                    NoCommand::Invalid => cx.weird("FTP_invalid_command", ""),
                    NoCommand::Long(length) => {
                        cx.weird("FTP_max_command_length_exceeded", length.to_string());
                    }
                }
                false
            }
            Err(_) => false,
            Ok((command, argument)) => {
                cx.confirm();
                cx.set_timeout(SILENCE);
                if b"AUTH".starts_with(&command) {
                    self.auth = argument.get(..MAX_AUTH).unwrap_or(argument).to_vec();
                }
                self.session.command(cx, &command, argument);
                true
            }
        }
    }

    fn reply(&mut self, cx: &mut Context<'_>, line: &[u8]) -> bool {
        let reply = match parse::reply(line, self.open) {
            Ok(reply) => reply,
            Err(why) => {
                cx.violation_of(why, line);
                return false;
            }
        };
        self.open = match (self.open, reply.continues) {
            (Some(open), true) => Some(open),
            (None, true) => Some(reply.code),
            (_, false) => None,
        };
        match (reply.code, self.auth.as_slice()) {
            (234, b"TLS") => self.begin_tls(cx),
            (334, b"GSSAPI") => self.tokens.begin(cx),
            _ => {}
        }
        self.session.reply(cx, &reply);
        !self.gone
    }

    fn begin_tls(&mut self, cx: &mut Context<'_>) {
        self.gone = true;
        if let Some(ssl) = cx.analyzer("ssl") {
            cx.hand_over(ssl);
        }
    }
}

impl FtpAnalyzer {
    /// The conversation. An analyzer that failed before on this connection may have left its rows.
    fn talk(&mut self, cx: &mut Context<'_>) -> &mut Talk {
        self.talk.get_or_insert_with(|| Box::new(Talk::new(cx.take_left().unwrap_or_default())))
    }
}

impl Analyzer for FtpAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let talk = self.talk(cx);
        if talk.gone {
            return Progress::Done;
        }
        Progress::Consumed(talk.data(cx, dir, bytes).max(1))
    }

    /// Nothing tells where the next line begins: it goes on as if nothing were missing.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Consumed(0)
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        let Some(talk) = self.talk.as_mut().filter(|talk| !talk.gone) else { return };
        if talk.lines.of(dir).is_partial() {
            let line = talk.lines.of_mut(dir).take();
            talk.line(cx, dir, line.strip_suffix(b"\r").unwrap_or(&line));
        }
    }

    fn flipped(&mut self) {
        if let Some(talk) = &mut self.talk {
            talk.lines.swap();
        }
    }

    fn expected(&mut self, _cx: &mut Context<'_>, _token: u64, outcome: Outcome) {
        if let (Some(talk), Outcome::File { fuid, mime }) = (&mut self.talk, outcome) {
            talk.session.file(fuid, mime);
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        let Some(mut talk) = self.talk.take() else { return };
        match why {
            Close::Violation => cx.leave(talk.session),
            _ => talk.session.finish(cx),
        }
    }

    fn held(&self) -> usize {
        self.talk.as_ref().map_or(0, |talk| {
            size_of::<Talk>()
                + size_of::<Session>()
                + talk.session.held()
                + talk.lines.orig.held()
                + talk.lines.resp.held()
                + talk.auth.capacity()
        })
    }
}
