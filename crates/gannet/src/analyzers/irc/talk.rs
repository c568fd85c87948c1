//! One connection to a server: lines become messages, and these make rows.

use super::parse::{self, BadOffer, Fault, Message};
use super::record::Irc;
use super::transfer::IRC_DATA;
use crate::analyzers::late::Open;
use crate::analyzers::{Analyzer, Close, Context, Expectation, Outcome, Progress};
use crate::base::direction::{Direction, Pair, Transport};
use crate::parsers::lines::{Lines, Piece};

/// Longest line that is put together; a longer one comes in pieces.
const MAX_LINE: usize = 1000;
/// Longest line of IRC (RFC 1459, section 2.3).
const LONGEST: usize = 512;
/// Commands that are none, after which this is not IRC.
const MAX_BAD: u32 = 20;
/// A server goes over to TLS.
const TLS_FOLLOWS: u16 = 670;
/// Channels of one JOIN that have a row.
const MAX_CHANNELS: usize = 128;
/// Source of weirds about lines.
const LINE_SOURCE: Option<&str> = Some("CONTENTLINE");

/// Whether a link between servers will be compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Link {
    /// A password with the mark of compression was sent.
    packs: bool,
    registered: bool,
}

/// One connection to a server.
pub(super) struct IrcAnalyzer {
    lines: Pair<Lines>,
    row: Option<Box<Irc>>,
    links: Pair<Link>,
    /// Commands that were none.
    bad: u32,
    /// The file that was offered has begun to come, and its row waits for its type.
    comes: bool,
    /// A lone CR was told of.
    told_cr: bool,
    /// What follows is not in the clear.
    over: bool,
}

impl Default for IrcAnalyzer {
    fn default() -> Self {
        let lines = Pair { orig: Lines::new(MAX_LINE), resp: Lines::new(MAX_LINE) };
        Self { lines, row: None, links: Pair::default(), bad: 0, comes: false, told_cr: false, over: false }
    }
}

impl IrcAnalyzer {
    /// The row, as of now.
    fn row(&mut self, cx: &Context<'_>) -> &mut Irc {
        let row = self.row.get_or_insert_with(|| Box::new(Irc::new(cx.now(), cx.conn())));
        (row.ts, row.conn) = (cx.now(), cx.conn());
        row
    }

    /// One line.
    fn line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        if line.len() > LONGEST {
            return when_sure(cx, "irc_line_size_exceeded");
        }
        match Message::read(line) {
            Ok(Message::Reply(TLS_FOLLOWS)) => self.over = true,
            Ok(Message::Reply(_)) => {}
            Ok(Message::Command { word, rest, prefixed }) => {
                if dir == Direction::Orig && parse::is_command(word) {
                    cx.confirm();
                }
                let rest = rest.split(|byte| *byte == 0).next().unwrap_or_default();
                self.command(cx, dir, &word.to_ascii_uppercase(), rest);
                self.link(dir, &word.to_ascii_uppercase(), rest, prefixed);
            }
            Err(Fault::Short) => when_sure(cx, "irc_line_too_short"),
            Err(Fault::NoMessage) => when_sure(cx, "irc_invalid_line"),
            Err(Fault::ShortMessage) => {
                when_sure(cx, "irc_invalid_line");
                cx.violation("line too short");
            }
            Err(Fault::BadNumber) => {
                when_sure(cx, "irc_invalid_reply_number");
                cx.violation("invalid reply number");
            }
            Err(Fault::LongCommand) => self.long_command(cx),
        }
    }

    fn long_command(&mut self, cx: &mut Context<'_>) {
        cx.weird("irc_invalid_command", "");
        self.bad += 1;
        if self.bad > MAX_BAD {
            cx.weird("irc_too_many_invalid", "");
            cx.violation("too many long lines");
        }
    }

    fn command(&mut self, cx: &mut Context<'_>, dir: Direction, word: &[u8], rest: &[u8]) {
        let is_orig = dir == Direction::Orig;
        match word {
            b"NICK" => {
                let row = self.row(cx);
                if is_orig {
                    let nick = parse::uncolon(rest).to_vec();
                    (row.command, row.value) = (Some("NICK"), Some(nick.clone()));
                    cx.emit(&*row);
                    row.nick = Some(nick);
                }
            }
            b"USER" => {
                let row = self.row(cx);
                if is_orig {
                    let (name, addl) = parse::user(rest);
                    (row.command, row.value, row.addl) = (Some("USER"), Some(name.clone()), Some(addl));
                    cx.emit(&*row);
                    row.user = Some(name);
                }
            }
            b"JOIN" => match parse::channels(rest) {
                Some(channels) => self.join(cx, is_orig, channels),
                None => cx.weird("irc_invalid_join_line", ""),
            },
            b"NJOIN" => match parse::njoin(rest) {
                Some((channel, count)) => {
                    let channels = vec![(channel, Vec::new()); count.min(MAX_CHANNELS)];
                    self.join(cx, is_orig, channels);
                }
                None => cx.weird("irc_invalid_njoin_line", ""),
            },
            b"PRIVMSG" => self.said(cx, rest),
            _ => {}
        }
    }

    fn join(&mut self, cx: &mut Context<'_>, is_orig: bool, channels: Vec<(Vec<u8>, Vec<u8>)>) {
        let row = self.row(cx);
        if !is_orig {
            return;
        }
        row.command = Some("JOIN");
        for (channel, key) in channels.into_iter().take(MAX_CHANNELS) {
            row.value = Some(channel);
            row.addl = Some(match key.is_empty() {
                true => Vec::new(),
                false => [b" with channel key: '", &*key, b"'"].concat(),
            });
            cx.emit(&*row);
        }
    }

    /// Something is said to somebody: perhaps that there is a file to be had.
    fn said(&mut self, cx: &mut Context<'_>, rest: &[u8]) {
        let offer = match parse::offer(rest) {
            Ok(Some(offer)) => offer,
            Ok(None) => return,
            Err(BadOffer::NoText) => return cx.weird("irc_invalid_privmsg_message_format", ""),
            Err(BadOffer::Format) => return cx.weird("irc_invalid_dcc_message_format", ""),
            Err(BadOffer::Host) => return cx.weird("irc_invalid_dcc_host", ""),
            Err(BadOffer::Port(port)) => return cx.weird("irc_invalid_dcc_port", port.to_string()),
        };
        self.tell_file(cx, None);
        let row = self.row(cx);
        if offer.is_file {
            row.dcc_file_name = Some(offer.name.to_vec());
            row.dcc_file_size = Some(offer.size);
            let expected = Expectation::new(Transport::Tcp, &IRC_DATA, 0);
            cx.expect_connection(expected.calls(offer.host.into(), offer.port));
        }
    }

    /// The row of a file that comes, if it waits for its type: now that is known, or nobody will know it.
    fn tell_file(&mut self, cx: &mut Context<'_>, mime: Option<&'static str>) {
        let comes = std::mem::take(&mut self.comes);
        if let Some(row) = self.row.as_mut().filter(|_| comes) {
            let command = row.command.replace("DCC");
            row.dcc_mime_type = mime;
            cx.emit(&**row);
            row.command = command;
            (row.dcc_file_name, row.dcc_file_size, row.dcc_mime_type) = (None, None, None);
        }
    }

    /// Servers that link: whether what follows is compressed.
    fn link(&mut self, dir: Direction, word: &[u8], rest: &[u8], prefixed: bool) {
        let link = self.links.of_mut(dir);
        if link.registered {
            return;
        }
        match word {
            b"PASS" => {
                let options = parse::words(rest, b' ').nth(3).unwrap_or_default();
                link.packs = options.iter().any(|byte| byte.eq_ignore_ascii_case(&b'z'));
            }
            b"SERVER" => link.registered = !prefixed,
            _ => {}
        }
        let packed = Link { packs: true, registered: true };
        self.over |= self.links.orig == packed && self.links.resp == packed;
    }

    /// What the next piece of a direction's bytes is; false if there is none.
    fn piece(&mut self, cx: &mut Context<'_>, dir: Direction, rest: &mut &[u8]) -> bool {
        let lines = self.lines.of_mut(dir);
        let piece = lines.next(rest);
        if lines.take_bare_cr() && !std::mem::replace(&mut self.told_cr, true) {
            cx.weird_from(LINE_SOURCE, "line_terminated_with_single_CR", "");
        }
        match piece {
            Piece::Line(line) => self.line(cx, dir, line),
            Piece::Kept | Piece::Overlong => {
                if piece == Piece::Overlong {
                    cx.weird_from(LINE_SOURCE, "contentline_size_exceeded", "");
                }
                let line = self.lines.of_mut(dir).take();
                self.line(cx, dir, &line);
                self.lines.of_mut(dir).give_back(line);
            }
            Piece::Nothing => return false,
        }
        true
    }
}

/// A weird that is one only once this is known to be IRC.
fn when_sure(cx: &mut Context<'_>, name: &'static str) {
    if cx.confirmed() {
        cx.weird(name, "");
    }
}

impl Analyzer for IrcAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let mut rest = bytes;
        while !self.over && self.piece(cx, dir, &mut rest) {}
        if !self.over {
            return Progress::Consumed(bytes.len());
        }
        let packed = self.links.orig.packs && self.links.resp.packs;
        match cx.analyzer("ssl").filter(|_| !packed) {
            Some(ssl) => {
                cx.hand_over(ssl);
                Progress::Consumed(bytes.len() - rest.len())
            }
            None => Progress::Done,
        }
    }

    /// Nobody says so: what follows is put to what came before.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Consumed(0)
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        let line = self.lines.of_mut(dir).take();
        if !line.is_empty() && !self.over {
            self.line(cx, dir, &line);
        }
    }

    fn flipped(&mut self) {
        self.lines.swap();
        self.links.swap();
    }

    /// The file that was offered is on its way: it has its row, once its type is known to those who tell it.
    fn expected(&mut self, cx: &mut Context<'_>, _token: u64, outcome: Outcome) {
        let (Outcome::File { fuid, mime }, Some(row)) = (outcome, &mut self.row) else { return };
        if mime.is_none() {
            row.fuid = Some(fuid);
            self.comes = true;
        }
        if mime.is_some() || !cx.tells_more() {
            self.tell_file(cx, mime);
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.tell_file(cx, None);
    }

    fn held(&self) -> usize {
        let row = self.row.as_ref().map_or(0, |row| size_of::<Irc>() + row.held());
        row + self.lines.orig.held() + self.lines.resp.held()
    }
}
