//! A conversation: start lines, and whose turn it is.

use std::collections::VecDeque;

use super::entity::{Facts, Scene};
use super::lines::Lines;
use super::message::{Expect, Message};
use super::parse::{self, Version};
use super::session::Session;
use crate::analyzers::{Context, Progress, websocket};
use crate::base::direction::Direction;
use crate::base::direction::Pair;
use crate::parsers::uri::unescape;

/// Requests whose reply is waited for, to know whether it has a body; later ones are taken to be like `GET`.
const MAX_UNANSWERED: usize = 4096;
/// The analyzer that reads HTTP/2, where more services than Zeek's are asked for.
const HTTP2: &str = "http2";

/// What a side is to send next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Due {
    /// A start line.
    #[default]
    Start,
    /// What is left of a message.
    Message,
    /// Bytes until the end, without headers: a reply of HTTP/0.9.
    Bare,
    /// A body of unknown length: a start line is looked for in it.
    Sought,
    /// Nothing that can be understood.
    Nothing,
}

/// What became of the preface of HTTP/2, which looks like a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Preface {
    /// None came.
    #[default]
    None,
    /// It did, and no answer.
    Waits,
    /// A server of HTTP/1 answered.
    Refused,
}

/// One side.
#[derive(Default)]
pub(super) struct Half {
    pub(super) lines: Lines,
    pub(super) due: Due,
    /// The last message; it stays after its end, for what may still come of its file.
    message: Option<Box<Message>>,
    /// Bytes are missing: nothing more is parsed.
    pub(super) skip: bool,
}

/// What is kept once something was said.
#[derive(Default)]
pub(super) struct Talk {
    session: Box<Session>,
    /// The session is left with the connection between calls: another analyzer inside or around this one uses it too.
    shared: bool,
    pub(super) halves: Pair<Half>,
    facts: Facts,
    requests: u64,
    replies: u64,
    /// For each request without a reply: whether the reply has no body in any case.
    unanswered: VecDeque<bool>,
    /// The last request asks for a tunnel.
    pub(super) connects: bool,
    /// What follows is another protocol's.
    pub(super) gone: bool,
    preface: Preface,
    flipped_late: bool,
    pub(super) told_single_cr: bool,
    scratch: Vec<u8>,
}

impl Talk {
    /// Takes the session, if it is left with the connection between calls.
    fn enter(&mut self, cx: &mut Context<'_>) {
        if self.shared
            && let Some(session) = cx.take_left::<Session>()
        {
            self.session = session;
        }
    }

    fn leave(&mut self, cx: &mut Context<'_>) {
        if self.shared {
            let session: Box<Session> = std::mem::take(&mut self.session);
            cx.leave(session);
        }
    }

    /// Calls `f` with the message of a side, if there is one, and all that it needs.
    fn with_side<R>(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        f: impl FnOnce(&mut Option<Box<Message>>, &mut Scene<'_, '_>) -> R,
    ) -> R {
        let half = self.halves.of_mut(dir);
        let mut scene = Scene {
            cx,
            session: &mut self.session,
            facts: &mut self.facts,
            lines: &mut half.lines,
            scratch: &mut self.scratch,
            dir,
        };
        f(&mut half.message, &mut scene)
    }

    /// The same, if there is a message.
    fn with_message<R>(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        f: impl FnOnce(&mut Message, &mut Scene<'_, '_>) -> R,
    ) -> Option<R> {
        self.with_side(cx, dir, |message, scene| message.as_mut().map(|message| f(message, scene)))
    }

    fn begin_message(&mut self, cx: &mut Context<'_>, dir: Direction, expect: Expect) {
        if self.halves.of(dir).message.as_ref().is_some_and(|message| !message.finished) {
            cx.weird("HTTP_overlapping_messages", "");
        }
        self.with_side(cx, dir, |message, scene| *message = Some(Box::new(Message::new(scene, expect))));
    }

    pub(super) fn deliver(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        bytes: &[u8],
        line: bool,
        remaining: usize,
    ) {
        let finished = self.with_message(cx, dir, |message, scene| {
            message.deliver(scene, bytes, line);
            message.finished
        });
        if finished == Some(true) {
            self.made(cx, dir, false, remaining);
        }
    }

    fn set_version(&mut self, cx: &mut Context<'_>, dir: Direction, version: Version) {
        let known = match dir {
            Direction::Orig => &mut self.facts.request_version,
            Direction::Resp => &mut self.facts.reply_version,
        };
        let old = std::mem::replace(known, version);
        if old != Version::NONE && old != version {
            cx.weird("HTTP_version_mismatch", "");
        }
        self.facts.keep_alive |= version.persists();
    }

    pub(super) fn request_line(&mut self, cx: &mut Context<'_>, line: &[u8]) {
        let last = self.facts.request_version;
        let request = match parse::request_line(line, last, &mut |name| cx.weird(name, "")) {
            Ok(request) => request,
            Err(parse::NoRequest(version)) => {
                if let Some(version) = version {
                    self.set_version(cx, Direction::Orig, version);
                }
                return self.no_request(cx, line);
            }
        };
        if request.method == b"PRI" && self.is_preface(cx, line) {
            return;
        }
        if let Some(version) = request.version {
            self.set_version(cx, Direction::Orig, version);
        }
        let uri = unescape(request.target, &mut |name| cx.weird(name, ""));
        self.requests += 1;
        if !self.facts.keep_alive && self.requests > 1 {
            cx.weird("unexpected_multiple_HTTP_requests", "");
        }
        self.halves.orig.due = Due::Message;
        self.facts.request_open = true;
        self.facts.websocket = None;
        if self.unanswered.len() < MAX_UNANSWERED {
            self.unanswered.push_back(begins(b"HEAD", request.method));
        }
        cx.confirm();
        self.connects |= begins(b"CONNECT", request.method);
        self.session.request(cx, request.method, uri);
        self.begin_message(cx, Direction::Orig, Expect::Told);
        if self.facts.request_version == Version::V0_9 {
            self.expect_bare(cx, request.method);
        }
    }

    /// Whether a first line begins HTTP/2, and somebody reads that: it is found by content.
    fn is_preface(&mut self, cx: &Context<'_>, line: &[u8]) -> bool {
        let is_one = line == b"PRI * HTTP/2.0"
            && self.requests == 0
            && self.preface == Preface::None
            && cx.analyzer(HTTP2).is_some();
        if is_one {
            self.preface = Preface::Waits;
            self.gone = true;
        }
        is_one
    }

    /// Bytes of a connection that is not read any more. A server of HTTP/1 answers the preface as the request that it looks like.
    fn after(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        const REPLY: &[u8] = b"HTTP/1";
        if self.preface == Preface::Waits && dir == Direction::Resp {
            if bytes.len() < REPLY.len() && REPLY.starts_with(bytes) {
                return Progress::Need(REPLY.len());
            }
            self.preface = Preface::Refused;
            if bytes.starts_with(REPLY) {
                self.gone = false;
                self.request_line(cx, b"PRI * HTTP/2.0");
                self.deliver(cx, Direction::Orig, b"", true, 0);
                self.halves.orig.skip = true;
                return self.data(cx, dir, bytes);
            }
        }
        Progress::Consumed(bytes.len())
    }

    /// A line where a request should begin that is none.
    fn no_request(&mut self, cx: &mut Context<'_>, line: &[u8]) {
        if self.requests > 0 && !self.facts.keep_alive {
            return;
        }
        if line.is_empty() {
            cx.weird("empty_http_request", "");
        } else {
            cx.violation("not a http request line");
            self.halves.orig.due = Due::Nothing;
        }
    }

    /// A request of HTTP/0.9: its reply has no headers.
    fn expect_bare(&mut self, cx: &mut Context<'_>, method: &[u8]) {
        if method != b"GET" {
            cx.weird("invalid_http_09_request_method", method);
        }
        if self.halves.resp.message.is_some() {
            cx.weird("http_09_reply_before_request", "");
            self.with_message(cx, Direction::Resp, |message, scene| message.done(scene));
            self.halves.resp.message = None;
        }
        self.halves.resp.due = Due::Bare;
        self.halves.resp.lines = Lines::default();
    }

    /// Bytes of a reply without headers.
    pub(super) fn bare(&mut self, cx: &mut Context<'_>, bytes: &[u8]) {
        if self.halves.resp.message.is_none() {
            self.set_version(cx, Direction::Resp, Version::V0_9);
            if self.unanswered.pop_front().is_some() {
                cx.confirm();
            }
            let expect = self.expect_body();
            self.facts.closes = true;
            self.facts.reply_open = true;
            self.session.reply(cx, Version::V0_9.to_string(), self.facts.code, b"<empty>");
            self.begin_message(cx, Direction::Resp, expect);
            self.deliver(cx, Direction::Resp, b"", true, bytes.len());
        }
        self.deliver(cx, Direction::Resp, bytes, false, 0);
    }

    pub(super) fn status_line(&mut self, cx: &mut Context<'_>, line: &[u8]) {
        let status = parse::status_line(line, &mut |name| cx.weird(name, ""));
        if let Some(status) = &status {
            self.set_version(cx, Direction::Resp, status.version);
        }
        let Some((code, status)) = status.and_then(|status| Some((status.code?, status))) else {
            if !line.is_empty() {
                cx.violation("not a http reply line");
                self.halves.resp.due = Due::Nothing;
            }
            return;
        };
        self.facts.code = code;
        self.replies += 1;
        if !self.unanswered.is_empty() {
            cx.confirm();
        }
        self.halves.resp.due = Due::Message;
        self.facts.reply_open = true;
        let reason = status.reason.unwrap_or(b"<empty>");
        self.session.reply(cx, self.facts.reply_version.to_string(), code, reason);
        self.connects &= code == 200;
        let expect = self.expect_body();
        self.begin_message(cx, Direction::Resp, expect);
    }

    /// RFC 9112, section 6.3: whether the reply at hand has a body.
    fn expect_body(&self) -> Expect {
        let never = self.unanswered.front() == Some(&true) || matches!(self.facts.code, 100..200 | 204 | 304);
        if never { Expect::Never } else { Expect::Always }
    }

    /// The message of a side is over.
    fn made(&mut self, cx: &mut Context<'_>, dir: Direction, interrupted: bool, remaining: usize) {
        let open = match dir {
            Direction::Orig => &mut self.facts.request_open,
            Direction::Resp => &mut self.facts.reply_open,
        };
        if !std::mem::take(open) {
            return;
        }
        self.with_message(cx, dir, |message, scene| message.done(scene));
        let half = self.halves.of_mut(dir);
        half.due = match std::mem::take(&mut half.lines.lost) {
            _ if interrupted => Due::Nothing,
            true => Due::Sought,
            false => Due::Start,
        };
        if dir == Direction::Resp {
            self.answered(cx, remaining);
        }
    }

    fn answered(&mut self, cx: &mut Context<'_>, remaining: usize) {
        let code = std::mem::take(&mut self.facts.code);
        if !(100..200).contains(&code) {
            self.unanswered.pop_front();
        }
        let to = std::mem::take(&mut self.facts.upgrade_to);
        let upgrades = std::mem::take(&mut self.facts.upgrades) && !to.is_empty();
        if code == 101 && self.unanswered.len() == 1 && upgrades {
            self.upgrade(cx, &to, remaining);
        }
    }

    /// RFC 9110, section 7.8: both sides go on with another protocol.
    fn upgrade(&mut self, cx: &mut Context<'_>, to: &[u8], remaining: usize) {
        self.halves.resp.due = Due::Nothing;
        let two = cx.analyzer(HTTP2).filter(|_| to.eq_ignore_ascii_case(b"h2c"));
        if remaining > 0 && two.is_none() {
            cx.weird("protocol_data_with_HTTP_upgrade_reply", remaining.to_string());
        }
        self.go(cx);
        if let Some(two) = two {
            self.session.becomes_stream();
            cx.hand_over(two);
        } else if !to.eq_ignore_ascii_case(b"websocket") {
            cx.hand_over_to_detection();
        } else {
            websocket::establish(cx, self.facts.websocket.take(), self.session.asked());
            cx.hand_over(&websocket::WEBSOCKET);
        }
    }

    /// RFC 9110, section 9.3.6: what follows is between the client and somebody else.
    pub(super) fn tunnel(&mut self, cx: &mut Context<'_>, remaining: usize) {
        if remaining > 0 {
            cx.weird("protocol_data_with_HTTP_CONNECT_reply", remaining.to_string());
        }
        self.go(cx);
        cx.hand_over_to_detection();
    }

    fn go(&mut self, _cx: &mut Context<'_>) {
        self.gone = true;
        self.shared = true;
        for dir in [Direction::Orig, Direction::Resp] {
            self.halves.of_mut(dir).lines = Lines::default();
        }
    }
}

/// Whether a word, as far as it goes, is the beginning of another, in any case.
fn begins(whole: &[u8], word: &[u8]) -> bool {
    whole.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
}

impl Talk {
    /// Takes over from an analyzer that was here before, or is around this one.
    pub(super) fn start(&mut self, cx: &mut Context<'_>) {
        if let Some(session) = cx.take_left::<Session>() {
            self.session = session;
            self.shared = true;
            self.leave(cx);
        }
    }

    /// Bytes of a side.
    pub(super) fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if std::mem::take(&mut self.flipped_late) {
            cx.weird("HTTP_late_flip_roles", "");
        }
        if self.gone {
            return self.after(cx, dir, bytes);
        }
        self.enter(cx);
        let taken = self.run(cx, dir, bytes);
        self.leave(cx);
        Progress::Consumed(taken)
    }

    /// RFC 9112 gives no way to find the next message: a body of known length may lose bytes, nothing else may. Each gap counts,
    /// also on a side that is not read any more: a client's ends the reply at hand.
    pub(super) fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        let half = self.halves.of_mut(dir);
        if half.due == Due::Sought {
            let line = half.lines.text.take();
            half.lines.text.give_back(line);
            return Progress::Consumed(0);
        }
        self.enter(cx);
        let outcome =
            self.with_message(cx, dir, |message, scene| (message.gap(scene, len), message.finished));
        match outcome {
            Some((true, finished)) => {
                if finished {
                    self.made(cx, dir, false, 0);
                }
            }
            _ => {
                if dir == Direction::Orig {
                    // Whether the reply has a body may depend on what is missing.
                    self.made(cx, Direction::Orig, true, 0);
                }
                self.made(cx, Direction::Resp, true, 0);
                self.halves.of_mut(dir).skip = true;
            }
        }
        self.leave(cx);
        Progress::Consumed(0)
    }

    /// The end of a side.
    pub(super) fn end(&mut self, cx: &mut Context<'_>, dir: Direction) {
        self.enter(cx);
        let lines = &mut self.halves.of_mut(dir).lines;
        lines.delivery = None;
        if lines.text.is_partial() {
            self.run(cx, dir, b"\n");
        }
        self.made(cx, dir, false, 0);
        self.leave(cx);
    }

    /// Nothing more of either side is to be expected.
    pub(super) fn reset(&mut self, cx: &mut Context<'_>) {
        self.enter(cx);
        self.made(cx, Direction::Orig, true, 0);
        self.made(cx, Direction::Resp, true, 0);
        self.leave(cx);
    }

    /// The sides changed places.
    pub(super) fn flipped(&mut self) {
        if self.requests > 0 || self.replies > 0 || self.gone {
            self.flipped_late = true;
            self.halves.orig.skip = true;
            self.halves.resp.skip = true;
        } else {
            self.halves.swap();
        }
    }

    /// The end of all; what is pending stays with the connection.
    pub(super) fn close(&mut self, cx: &mut Context<'_>) {
        self.enter(cx);
        self.made(cx, Direction::Orig, true, 0);
        self.made(cx, Direction::Resp, true, 0);
        self.with_message(cx, Direction::Orig, |message, scene| message.end_late_file(scene));
        self.shared = true;
        self.leave(cx);
    }

    /// Bytes of memory held, this struct included.
    pub(super) fn held(&self) -> usize {
        let half =
            |half: &Half| half.lines.text.held() + half.message.as_ref().map_or(0, |message| message.held());
        half(&self.halves.orig)
            + half(&self.halves.resp)
            + size_of::<Self>()
            + size_of::<Session>()
            + self.session.held()
            + self.unanswered.capacity()
            + self.scratch.capacity()
            + self.facts.held()
    }
}
