//! A conversation: commands, and the replies that may have many lines.

use std::collections::VecDeque;

use super::parse::{self, Method, Word};
use super::post::Post;
use crate::analyzers::lines::{Text, TextLines};
use crate::analyzers::{Context, Progress};
use crate::base::direction::Direction;
use crate::parsers::base64::{Base64, Odd};

/// Commands that wait for their turn.
const MAX_WAITING: usize = 10;
/// Commands that nobody knows, after which it is another protocol.
const MAX_UNKNOWN: usize = 10;
/// Bytes of a command that are kept.
const MAX_COMMAND: usize = 1024;

/// How far the session has come (RFC 1939, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Authorization,
    Transaction,
    Over,
}

/// What the next reply answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    User,
    /// PASS and APOP.
    Password,
    Auth(Method),
    Short,
    List,
    Mail,
    Capa,
    Stls,
    Quit,
}

/// What is kept of a conversation.
pub(super) struct Talk {
    lines: TextLines,
    stage: Stage,
    state: State,
    /// A command came that is not allowed at this stage: if it is answered, we are further on.
    guess: Option<State>,
    /// The client answers in a dialogue that AUTH began.
    in_dialogue: bool,
    asks_for_lines: bool,
    /// The server's reply goes on until a line with a dot.
    in_lines: bool,
    /// The command at work, and those behind it.
    waiting: VecDeque<Vec<u8>>,
    unknown: usize,
    mails: u64,
    mail: Option<Box<Post>>,
    gone: bool,
}

impl Talk {
    pub(super) fn new() -> Self {
        Self {
            lines: TextLines::new(false),
            stage: Stage::Start,
            state: State::Start,
            guess: None,
            in_dialogue: false,
            asks_for_lines: false,
            in_lines: false,
            waiting: VecDeque::new(),
            unknown: 0,
            mails: 0,
            mail: None,
            gone: false,
        }
    }

    pub(super) fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.gone {
            return Progress::Done;
        }
        let mut rest = bytes;
        while !rest.is_empty() && !self.gone {
            match self.lines.next(cx, dir, &mut rest) {
                Text::Line(line) => self.line(cx, dir, line),
                Text::Kept(line) => {
                    self.line(cx, dir, &line);
                    self.lines.give_back(dir, line);
                }
                Text::Plain(_) | Text::Nothing => {}
            }
        }
        Progress::Consumed(bytes.len() - rest.len())
    }

    /// The stream of a direction is over.
    pub(super) fn end(&mut self, cx: &mut Context<'_>, dir: Direction) {
        if let Some(line) = self.lines.last(dir).filter(|_| !self.gone) {
            self.line(cx, dir, &line);
        }
    }

    /// The connection is over: what came of a mail is all that there will be.
    pub(super) fn close(&mut self, cx: &mut Context<'_>) {
        if let Some(mut mail) = self.mail.take() {
            mail.finish(cx);
        }
    }

    pub(super) fn flipped(&mut self) {
        self.lines.swap();
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.lines.held()
            + self.waiting.capacity() * size_of::<Vec<u8>>()
            + self.waiting.iter().map(Vec::capacity).sum::<usize>()
            + self.mail.as_ref().map_or(0, |mail| mail.held())
    }

    fn line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        match dir {
            Direction::Orig if line.is_empty() => {}
            Direction::Orig if self.in_dialogue => self.answer(cx, line),
            Direction::Orig => self.command(cx, line),
            Direction::Resp => self.reply(cx, dir, line),
        }
    }

    /// A line in the dialogue that AUTH began.
    fn answer(&self, cx: &mut Context<'_>, line: &[u8]) {
        let (mut decoder, mut text) = (Base64::default(), Vec::new());
        let mut odd = |what: Odd| cx.weird_from(None, "base64_illegal_encoding", what.to_string());
        decoder.decode(line, &mut text, &mut odd);
        decoder.finish(&mut text, &mut odd);
        if decoder.is_bad() {
            cx.weird("pop3_bad_base64_encoding", "");
        } else if self.state == State::Auth(Method::Plain) && !parse::is_plain(&text) {
            cx.weird("pop3_malformed_auth_plain", "");
        }
    }

    fn command(&mut self, cx: &mut Context<'_>, line: &[u8]) {
        self.waiting.push_back(line.get(..MAX_COMMAND).unwrap_or(line).to_vec());
        if self.waiting.len() > MAX_WAITING {
            cx.weird("pop3_client_too_many_pending_commands", "");
            self.waiting.pop_front();
        }
        if self.waiting.len() == 1 {
            self.begin(cx);
        }
    }

    /// The oldest command was answered; it is the next one's turn.
    fn next(&mut self, cx: &mut Context<'_>) {
        if self.waiting.pop_front().is_some() {
            self.begin(cx);
        }
    }

    fn begin(&mut self, cx: &mut Context<'_>) {
        let Some(line) = self.waiting.front() else { return };
        let (first, argument) = parse::split(line);
        match parse::word(&first) {
            Some(word) => self.begin_word(cx, word, &argument),
            None if self.in_dialogue => {}
            None => {
                let shown: &[u8] = if first.is_empty() { b"???" } else { &first };
                cx.weird("pop3_client_command_unknown", shown);
                self.unknown += 1;
                if self.unknown > MAX_UNKNOWN {
                    cx.violation("too many unknown client commands");
                }
            }
        }
    }

    fn begin_word(&mut self, cx: &mut Context<'_>, word: Word, argument: &[u8]) {
        let logs_in = self.stage == Stage::Authorization;
        match word {
            Word::Ok | Word::Err => cx.weird("pop3_client_sending_server_commands", ""),
            Word::User if logs_in => self.state = State::User,
            Word::Pass if logs_in && self.state == State::User => self.state = State::Password,
            Word::Apop if logs_in => self.state = State::Password,
            Word::Auth if logs_in && argument.is_empty() => {
                self.asks_for_lines = true;
                self.state = State::Auth(Method::Other);
            }
            Word::Auth if logs_in => {
                self.state = State::Auth(Method::of(argument));
                self.in_dialogue = true;
            }
            Word::User | Word::Pass | Word::Apop | Word::Auth => {}
            Word::Short => self.in_transaction(State::Short),
            Word::List => {
                self.asks_for_lines |= argument.is_empty();
                self.in_transaction(State::List);
            }
            Word::Mail => {
                self.asks_for_lines = true;
                self.in_transaction(State::Mail);
            }
            Word::Quit if self.stage == Stage::Over => self.guess = Some(State::Short),
            Word::Quit => self.state = State::Quit,
            Word::Capa => {
                self.asks_for_lines = true;
                self.state = State::Capa;
            }
            Word::Stls => self.state = State::Stls,
        }
    }

    /// A command that needs a login: without one that we know of, its reply tells whether there was one.
    fn in_transaction(&mut self, state: State) {
        if self.stage == Stage::Transaction {
            self.state = state;
        } else {
            self.guess = Some(state);
        }
    }

    fn reply(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        if self.in_lines {
            return self.further_line(cx, line);
        }
        let (first, _) = parse::split(line);
        match parse::word(&first) {
            Some(Word::Ok) => self.accepted(cx, dir, line),
            Some(Word::Err) => self.refused(cx),
            Some(_) => cx.weird("pop3_server_sending_client_commands", ""),
            None if self.in_dialogue => {}
            None => {
                let shown: &[u8] = if first.is_empty() { b"???" } else { &first };
                let name = String::from_utf8_lossy(shown);
                cx.violation_of(&format!("unknown server command ({name})"), line);
                cx.weird("pop3_server_command_unknown", shown);
            }
        }
    }

    /// A line of a reply that has many.
    fn further_line(&mut self, cx: &mut Context<'_>, line: &[u8]) {
        if line == b"." || line.starts_with(b".\n") || line.starts_with(b".\r\n") {
            (self.asks_for_lines, self.in_lines) = (false, false);
            self.close(cx);
            self.next(cx);
        } else if let Some(mail) = self.mail.as_mut().filter(|_| self.state == State::Mail) {
            mail.line(cx, line);
        }
    }

    fn accepted(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        if let Some(state) = self.guess.take() {
            (self.stage, self.state) = (Stage::Transaction, state);
        }
        match self.state {
            State::Start => self.stage = Stage::Authorization,
            State::User => {
                self.stage = Stage::Authorization;
                cx.confirm();
            }
            State::Password | State::Short => self.stage = Stage::Transaction,
            State::Auth(_) => {
                self.in_lines |= self.asks_for_lines;
                if std::mem::take(&mut self.in_dialogue) {
                    self.stage = Stage::Transaction;
                }
            }
            State::Mail => {
                self.mail_line(cx, dir, line);
                self.in_lines |= self.asks_for_lines;
            }
            State::Capa | State::List => {
                if self.state == State::Capa {
                    cx.confirm();
                }
                self.in_lines |= self.asks_for_lines;
            }
            State::Stls => {
                cx.confirm();
                return self.begin_tls(cx);
            }
            State::Quit => self.stage = Stage::Over,
        }
        if !self.in_lines {
            self.next(cx);
        }
    }

    /// The reply's first line, with which a mail begins.
    fn mail_line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        if self.mail.is_none() {
            self.mails += 1;
            self.mail = Some(Box::new(Post::begin(cx, dir, self.mails)));
        }
        if let Some(mail) = &mut self.mail {
            mail.line(cx, line);
        }
    }

    fn begin_tls(&mut self, cx: &mut Context<'_>) {
        self.gone = true;
        if let Some(ssl) = cx.analyzer("ssl") {
            cx.hand_over(ssl);
        }
    }

    fn refused(&mut self, cx: &mut Context<'_>) {
        (self.asks_for_lines, self.in_dialogue, self.guess) = (false, false, None);
        match self.state {
            State::User | State::Password | State::Auth(_) => {
                (self.stage, self.state) = (Stage::Authorization, State::Start);
            }
            State::Short | State::List | State::Mail => self.stage = Stage::Transaction,
            State::Quit => self.stage = Stage::Over,
            State::Start | State::Capa | State::Stls => {}
        }
        self.next(cx);
    }
}
