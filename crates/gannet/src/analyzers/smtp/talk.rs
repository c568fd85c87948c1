//! A conversation: commands, the replies that belong to them, and when a mail is sent.

use std::collections::VecDeque;

use super::chunks::Chunks;
use super::parse::{self, Command};
use super::post::{ChunkReader, Post};
use super::session::Session;
use crate::analyzers::lines::{Text, TextLines};
use crate::analyzers::{Context, Progress};
use crate::base::direction::{Direction, Transport};

/// Commands whose reply is waited for; with more, all are forgotten.
const MAX_UNANSWERED: usize = 1000;

/// What the client sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Commands.
    #[default]
    Commands,
    /// A mail, up to a line with a dot.
    Data,
    /// A mail in chunks.
    Chunks,
    /// An answer in a dialogue that AUTH began.
    Auth,
    /// Bytes are missing, so nobody knows; the server's next reply tells.
    AfterGap,
    /// The server replied.
    Recovered,
    /// TLS, which is a child's.
    Tls,
}

/// What is kept of a conversation.
pub(super) struct Talk {
    lines: TextLines,
    state: State,
    /// Who sends mail.
    sender: Direction,
    /// The oldest command without a reply, and those behind it.
    first: Option<Command>,
    unanswered: VecDeque<Command>,
    /// The command that the last reply belongs to.
    replied: Option<Command>,
    /// The code of a reply that goes on in the next line.
    continued: Option<u16>,
    mail: Option<Box<Post>>,
    chunks: Option<Chunks>,
    pub(super) session: Box<Session>,
    /// TLS was begun: nothing is a line any more.
    in_tls: bool,
}

/// The key of the child that TLS is.
const TLS: u64 = 0;

impl Talk {
    pub(super) fn new(session: Box<Session>) -> Self {
        Self {
            lines: TextLines::new(true),
            state: State::Commands,
            sender: Direction::Orig,
            first: Some(Command::Connection),
            unanswered: VecDeque::new(),
            replied: None,
            continued: None,
            mail: None,
            chunks: None,
            session,
            in_tls: false,
        }
    }

    pub(super) fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let mut rest = bytes;
        while !rest.is_empty() && !self.session.given_up {
            if self.in_tls {
                self.encrypted(cx, dir, rest);
                break;
            }
            match self.lines.next(cx, dir, &mut rest) {
                Text::Line(line) => self.line(cx, dir, line),
                Text::Kept(line) => {
                    self.line(cx, dir, &line);
                    self.lines.give_back(dir, line);
                }
                Text::Plain(bytes) => self.chunk(cx, bytes),
                Text::Nothing => {}
            }
        }
        if self.session.given_up {
            self.end_mail(cx);
            return Progress::Done;
        }
        Progress::Consumed(bytes.len())
    }

    /// The child has them, as long as nothing is missing. Then it is looked again for a reply that can be understood, in each
    /// segment for itself.
    fn encrypted(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) {
        if self.state == State::Tls {
            cx.child_data(TLS, dir, bytes);
        } else {
            self.line(cx, dir, bytes);
        }
    }

    /// The stream of a direction is over.
    pub(super) fn end(&mut self, cx: &mut Context<'_>, dir: Direction) {
        if self.in_tls {
            cx.child_end(TLS, dir);
        } else if let Some(line) = self.lines.last(dir).filter(|_| !self.session.given_up) {
            self.line(cx, dir, &line);
        }
    }

    pub(super) fn reset(&mut self, cx: &mut Context<'_>) {
        if self.in_tls {
            cx.child_reset(TLS);
        }
    }

    /// The connection is over: what is open of a mail is all that there will be.
    pub(super) fn close(&mut self, cx: &mut Context<'_>) {
        self.end_mail(cx);
    }

    pub(super) fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) {
        if self.session.given_up {
            return;
        }
        if self.in_tls {
            cx.child_gap(TLS, dir, len);
        }
        if matches!(self.state, State::Data | State::Chunks) {
            if let Some(mail) = &mut self.mail {
                mail.gap(cx, &mut self.session, len);
            }
            self.end_data(cx);
        }
        self.unanswered.clear();
        (self.first, self.replied) = (None, None);
        self.state = State::AfterGap;
    }

    pub(super) fn flipped(&mut self) {
        self.lines.swap();
        self.sender = self.sender.other();
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.lines.held()
            + self.unanswered.capacity() * size_of::<Command>()
            + self.mail.as_ref().map_or(0, |mail| mail.held())
            + self.chunks.as_ref().map_or(0, Chunks::held)
            + size_of::<Session>()
            + self.session.held()
    }

    fn line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        // The last chunk may be empty: then whatever follows ends the mail.
        let over = self.chunks.as_ref().is_some_and(Chunks::is_over);
        if over && dir == self.sender && !line.is_empty() {
            self.end_of_chunks(cx);
        }
        // Some software ends lines with more than one CR.
        let extra = line.iter().rev().take_while(|byte| **byte == b'\r').count();
        let line = line.get(..line.len() - extra).unwrap_or_default();
        if dir == self.sender {
            self.client_line(cx, dir, line);
        } else {
            self.server_line(cx, dir, line);
        }
    }

    fn client_line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        match self.state {
            State::AfterGap | State::Tls => {}
            State::Data if line == b"." => {
                self.expect_reply(cx, Command::EndOfData);
                self.end_data(cx);
                self.state = State::Commands;
                self.request(cx, Command::EndOfData, b"");
            }
            State::Data => {
                let line = line.strip_prefix(b".").unwrap_or(line);
                if self.mail.is_none() {
                    self.begin_data(cx, dir, State::Data);
                }
                if let Some(mail) = &mut self.mail {
                    mail.line(cx, &mut self.session, line, true);
                }
            }
            State::Auth => {
                self.expect_reply(cx, Command::AuthAnswer);
                self.request(cx, Command::AuthAnswer, b"");
                self.begin(cx, dir, Command::AuthAnswer, b"");
            }
            State::Commands | State::Chunks | State::Recovered => {
                if let Some((command, argument)) = parse::command(line) {
                    self.expect_reply(cx, command);
                    self.request(cx, command, argument);
                    self.begin(cx, dir, command, argument);
                }
            }
        }
    }

    fn expect_reply(&mut self, cx: &mut Context<'_>, command: Command) {
        if self.first.is_none() {
            self.first = Some(command);
            return;
        }
        if self.unanswered.len() == MAX_UNANSWERED {
            cx.weird("smtp_excessive_pending_cmds", "");
            self.unanswered.clear();
        }
        self.unanswered.push_back(command);
    }

    fn request(&mut self, cx: &mut Context<'_>, command: Command, argument: &[u8]) {
        cx.confirm();
        self.session.command(cx, command, argument);
    }

    /// What a command changes before it is answered: clients do not always wait.
    fn begin(&mut self, cx: &mut Context<'_>, dir: Direction, command: Command, argument: &[u8]) {
        if command == Command::Bdat {
            return self.begin_chunk(cx, dir, argument);
        }
        if self.chunks.is_some() {
            cx.weird("smtp_missing_bdat_last_chunk", "");
            self.end_data(cx);
        }
        match command {
            Command::Data => self.begin_data(cx, dir, State::Data),
            // These wait for the reply.
            Command::Auth | Command::AuthAnswer | Command::Turn | Command::StartTls => {}
            _ if self.state == State::Recovered && command == Command::Other => {}
            _ => self.state = State::Commands,
        }
    }

    fn begin_chunk(&mut self, cx: &mut Context<'_>, dir: Direction, argument: &[u8]) {
        let chunk = match parse::chunk(argument) {
            Ok(chunk) => chunk,
            Err(what) => return cx.weird("smtp_invalid_bdat_command", what),
        };
        if i64::try_from(chunk.size).is_err() {
            return cx.weird("smtp_huge_bdat_chunk", chunk.size.to_string());
        }
        self.lines.expect_plain(dir, chunk.size);
        if self.chunks.is_none() {
            self.begin_data(cx, dir, State::Chunks);
        }
        self.chunks.get_or_insert_default().begin(chunk);
        self.state = State::Chunks;
    }

    /// Bytes of a chunk.
    fn chunk(&mut self, cx: &mut Context<'_>, bytes: &[u8]) {
        let Some(chunks) = &mut self.chunks else { return };
        let mut reader = ChunkReader { cx, session: &mut self.session, post: self.mail.as_deref_mut() };
        chunks.take(bytes, &mut reader);
        if chunks.is_over() {
            self.end_of_chunks(cx);
        }
    }

    fn end_of_chunks(&mut self, cx: &mut Context<'_>) {
        self.end_data(cx);
        self.state = State::Commands;
    }

    fn begin_data(&mut self, cx: &mut Context<'_>, dir: Direction, state: State) {
        self.state = state;
        if let Some(mut mail) = self.mail.take() {
            cx.weird("smtp_nested_mail_transaction", "");
            mail.finish(cx, &mut self.session);
        }
        self.mail = Some(Box::new(Post::begin(cx, &mut self.session, dir)));
    }

    fn end_data(&mut self, cx: &mut Context<'_>) {
        if let Some(chunks) = self.chunks.take() {
            if chunks.due() > 0 {
                cx.weird("smtp_bdat_remaining_at_end_data", "");
                self.lines.expect_plain(Direction::Orig, 0);
                self.lines.expect_plain(Direction::Resp, 0);
            }
            let mut reader = ChunkReader { cx, session: &mut self.session, post: self.mail.as_deref_mut() };
            chunks.finish(&mut reader);
        }
        match self.mail.take() {
            Some(mut mail) => mail.finish(cx, &mut self.session),
            None => cx.weird("smtp_unmatched_end_of_data", ""),
        }
    }

    fn end_mail(&mut self, cx: &mut Context<'_>) {
        if self.mail.is_some() {
            self.end_data(cx);
        }
    }

    fn server_line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        let Some(reply) = parse::reply(line) else {
            return cx.violation_of("reply code -1 out of range", line);
        };
        self.continued = self.continued.filter(|code| *code == reply.code);
        if self.continued.is_none() {
            self.begin_reply(cx, dir, reply.code);
        }
        self.continued = reply.continues.then_some(reply.code);
        self.session.reply(cx, self.replied, &reply);
    }

    /// The first line of a reply: it belongs to the oldest command without one.
    fn begin_reply(&mut self, cx: &mut Context<'_>, dir: Direction, code: u16) {
        if self.state == State::AfterGap {
            self.state = State::Recovered;
            cx.confirm();
            self.session.open(cx);
        }
        self.replied = self.first.take();
        self.first = self.unanswered.pop_front();
        self.answered(cx, dir, code);
    }

    /// What the reply changes.
    fn answered(&mut self, cx: &mut Context<'_>, dir: Direction, code: u16) {
        match self.replied {
            Some(Command::Connection) if matches!(code, 421 | 554) => self.state = State::Commands,
            Some(Command::Hello) if matches!(code, 421 | 500 | 501 | 504 | 550) => {
                self.state = State::Commands;
            }
            Some(Command::Mail | Command::Send)
                if self.state != State::Data
                    && matches!(code, 421 | 451 | 452 | 500 | 501 | 503 | 550 | 552 | 553) =>
            {
                self.state = State::Commands;
            }
            Some(Command::Data) if code != 354 => {
                if self.state == State::Data {
                    self.end_data(cx);
                }
                self.state = State::Commands;
            }
            Some(Command::EndOfData) => self.state = State::Commands,
            Some(Command::Auth | Command::AuthAnswer) => {
                self.state = if code == 334 { State::Auth } else { State::Commands };
            }
            Some(Command::Turn) if code == 250 => {
                self.sender = self.sender.other();
                self.state = State::Commands;
            }
            Some(Command::StartTls) if code == 220 => self.start_tls(cx),
            Some(Command::Other) | None if self.state == State::Recovered && code == 354 => {
                self.begin_data(cx, dir, State::Data);
            }
            _ => {}
        }
    }

    fn start_tls(&mut self, cx: &mut Context<'_>) {
        self.session.starts_tls();
        if let Some(ssl) = cx.analyzer("ssl") {
            cx.open_child(TLS, ssl, Transport::Tcp);
        }
        (self.state, self.in_tls) = (State::Tls, true);
    }
}
