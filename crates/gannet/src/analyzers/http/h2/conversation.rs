//! A conversation: frames of both sides, the header blocks that they carry, and what is due next.

use super::super::session::Session;
use super::frame::{self, FIRST_MAX, Header, PREFACE, kind};
use super::hpack::Decoder;
use super::streams::Streams;
use crate::analyzers::{Context, Progress};
use crate::base::cursor::Cursor;
use crate::base::direction::{Direction, Pair};
use crate::files::Expansion;

/// Bytes of a header block as it travels, and of a frame that carries some of it.
pub(super) const MAX_BLOCK: usize = 256 * 1024;
/// Bytes of settings that are read.
const MAX_SETTINGS: u32 = 6 * 64;
/// Frames of one header block that nobody wonders about.
const MAX_CONTINUATIONS: u32 = 64;
/// Frames without fields or content, one after the other, that nobody wonders about.
const MAX_IDLE: u32 = 10_000;
/// Bytes of a value that are told where fields expand beyond measure.
const MAX_SHORT: usize = 64;
/// Streams that a client takes back before there is a reply that nobody wonders about.
const MAX_RESETS: u32 = 100;

/// The content of a DATA frame that is under way.
#[derive(Clone, Copy)]
struct Body {
    stream: u32,
    /// Bytes that are still to come, and those of padding behind them.
    data: u64,
    padding: u64,
    ends: bool,
}

/// A header block of which more is to come.
struct Gathered {
    stream: u32,
    promised: Option<u32>,
    ends: bool,
    bytes: Vec<u8>,
    frames: u32,
}

/// One side.
#[derive(Default)]
struct Side {
    /// Its first settings came, and before them the preface of a client.
    begun: bool,
    preface: bool,
    /// Nothing more is read.
    lost: bool,
    decoder: Decoder,
    gathered: Option<Box<Gathered>>,
    body: Option<Body>,
    /// The largest payload that it ever allowed the other side, if it said so.
    max_frame: u32,
    /// Frames without fields or content since the last other one.
    idle: u32,
    /// What its header blocks make of how much.
    expansion: Expansion,
    told: Told,
}

/// What was told of a side, so that it is told once.
#[derive(Default)]
struct Told {
    large_frame: bool,
    large_table: bool,
    idle: bool,
    expansion: bool,
}

/// One connection's HTTP/2.
#[derive(Default)]
pub(super) struct Conversation {
    sides: Pair<Side>,
    streams: Streams,
    /// It is known to be HTTP/2.
    sure: bool,
    /// It was HTTP/1 before.
    upgraded: bool,
    /// Streams that the client took back before there was a reply.
    resets: u32,
    scratch: Vec<u8>,
}

impl Conversation {
    /// It goes on from HTTP/1, which left its session.
    pub(super) fn upgrade(&mut self, session: Box<Session>) {
        self.sure = true;
        self.upgraded = true;
        self.streams.upgrade(session);
    }

    /// It is in a tunnel through a proxy: so many transactions came before.
    pub(super) fn follow(&mut self, depth: u64) {
        self.streams.follow(depth);
    }

    /// Bytes of a side.
    pub(super) fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let side = self.sides.of(dir);
        if side.lost {
            Progress::Done
        } else if self.upgraded && !side.begun && !side.preface && bytes.first() == Some(&b'\n') {
            // The end of the last line of HTTP/1, if that came in two segments.
            Progress::Consumed(1)
        } else if side.body.is_some() {
            self.body(cx, dir, bytes)
        } else if dir == Direction::Orig && !side.preface {
            self.preface(bytes)
        } else {
            self.frame(cx, dir, bytes)
        }
    }

    /// Section 3.4.
    fn preface(&mut self, bytes: &[u8]) -> Progress {
        let begin = bytes.get(..PREFACE.len()).unwrap_or(bytes);
        if !PREFACE.starts_with(begin) {
            return Progress::Violation("not the preface of HTTP/2");
        }
        if begin.len() < PREFACE.len() {
            return Progress::Need(PREFACE.len());
        }
        self.sides.orig.preface = true;
        Progress::Consumed(PREFACE.len())
    }

    /// A frame begins.
    fn frame(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let mut at = Cursor::new(bytes);
        let Ok(header) = Header::read(&mut at) else { return Progress::Need(frame::HEADER) };
        if let Some(flaw) = header.flaw().or_else(|| self.disorder(dir, header)) {
            return self.fail(cx, dir, flaw, bytes);
        }
        self.check_size(cx, dir, header);
        match header.kind {
            kind::DATA => self.begin_body(cx, dir, header, &mut at),
            kind::HEADERS | kind::PUSH_PROMISE | kind::CONTINUATION => {
                self.some_of_a_block(cx, dir, header, &mut at)
            }
            kind::SETTINGS if !header.is_ack() => self.settings(cx, dir, header, &mut at),
            kind::RST_STREAM => {
                self.reset_stream(cx, dir, header.stream);
                self.pass(cx, dir, bytes, header)
            }
            _ => self.pass(cx, dir, bytes, header),
        }
    }

    /// Lets a frame pass, of which nothing more is read.
    fn pass(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8], header: Header) -> Progress {
        self.note_idle(cx, dir);
        let length = frame::HEADER + header.length as usize;
        match length.checked_sub(bytes.len()) {
            None | Some(0) => Progress::Consumed(length),
            Some(rest) => Progress::Skip(rest as u64),
        }
    }

    /// What a frame must not be where it is (sections 3.4, 6.2 and 6.10; section 8.4).
    fn disorder(&self, dir: Direction, header: Header) -> Option<&'static str> {
        let side = self.sides.of(dir);
        let awaited = side.gathered.as_ref().map(|gathered| gathered.stream);
        let goes_on = (header.kind == kind::CONTINUATION).then_some(header.stream);
        // Some clients answer a server's settings before they send their own, and servers let them.
        if !side.begun && header.kind != kind::SETTINGS {
            Some("the first frame has no settings")
        } else if awaited != goes_on {
            Some("a header block is interrupted, or goes on without a beginning")
        } else if header.kind == kind::PUSH_PROMISE && dir == Direction::Orig {
            Some("a client promises a stream")
        } else {
            None
        }
    }

    /// Section 4.2: the other side says how large a frame may be, if it is seen.
    fn check_size(&mut self, cx: &mut Context<'_>, dir: Direction, header: Header) {
        let other = self.sides.of(dir.other());
        let allowed = if other.begun { other.max_frame.max(FIRST_MAX) } else { u32::MAX };
        if header.length > allowed && !std::mem::replace(&mut self.sides.of_mut(dir).told.large_frame, true) {
            cx.weird("HTTP2_frame_too_large", format!("{} > {allowed}", header.length));
        }
    }

    /// Section 10.5: frames that cost their receiver something and say nothing.
    fn note_idle(&mut self, cx: &mut Context<'_>, dir: Direction) {
        let side = self.sides.of_mut(dir);
        side.idle = side.idle.saturating_add(1);
        if side.idle > MAX_IDLE && !std::mem::replace(&mut side.told.idle, true) {
            cx.weird("HTTP2_many_idle_frames", "");
        }
    }

    /// Section 6.5. What they say of tables of fields binds whoever sends these, and a table says for itself how large it is.
    fn settings(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        header: Header,
        at: &mut Cursor<'_>,
    ) -> Progress {
        let side = self.sides.of_mut(dir);
        let known = header.length.min(MAX_SETTINGS);
        let Ok(settings) = at.take(known as usize) else {
            return Progress::Need(at.at() + known as usize);
        };
        side.begun = true;
        side.max_frame = side.max_frame.max(frame::max_frame(settings).unwrap_or(0));
        if dir == Direction::Orig {
            self.sure = true;
            cx.confirm();
        }
        self.pass(cx, dir, at.whole(), header)
    }

    /// Section 6.1: content, which may come in pieces of any size.
    fn begin_body(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        header: Header,
        at: &mut Cursor<'_>,
    ) -> Progress {
        let (mut data, mut padding) = (u64::from(header.length), 0);
        if header.is_padded() {
            let Ok(length) = at.u8() else { return Progress::Need(frame::HEADER + 1) };
            padding = u64::from(length);
            let Some(rest) = data.checked_sub(1 + padding) else {
                return self.fail(cx, dir, "more padding than content", at.whole());
            };
            data = rest;
        }
        let body = Body { stream: header.stream, data, padding, ends: header.ends_stream() };
        self.sides.of_mut(dir).body = Some(body);
        if data == 0 {
            self.note_idle(cx, dir);
        } else {
            self.sides.of_mut(dir).idle = 0;
        }
        self.body_ends(cx, dir);
        Progress::Consumed(at.at())
    }

    fn body(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(body) = &mut self.sides.of_mut(dir).body else { return Progress::Done };
        let id = body.stream;
        let mut at = Cursor::new(bytes);
        let content = at.up_to(usize::try_from(body.data).unwrap_or(usize::MAX));
        body.data -= content.len() as u64;
        let padding = at.up_to(usize::try_from(body.padding).unwrap_or(usize::MAX));
        body.padding -= padding.len() as u64;
        if !content.is_empty() {
            let desk = (&mut *cx, &mut self.scratch);
            self.streams.with(desk, id, |stream, desk| stream.data(desk, dir, content));
        }
        self.body_ends(cx, dir);
        Progress::Consumed(at.at())
    }

    /// If all of a DATA frame was seen it ends, and perhaps its side of the stream.
    fn body_ends(&mut self, cx: &mut Context<'_>, dir: Direction) {
        let body = self.sides.of_mut(dir).body.take_if(|body| body.data == 0 && body.padding == 0);
        if let Some(body) = body.filter(|body| body.ends) {
            self.end_side(cx, body.stream, dir);
        }
    }

    fn end_side(&mut self, cx: &mut Context<'_>, id: u32, dir: Direction) {
        let sides = &self.sides;
        self.streams.end((cx, &mut self.scratch), id, dir, |dir| sides.of(dir).lost);
    }

    /// Sections 6.2, 6.6 and 6.10: a frame with some of a header block, or all of it.
    fn some_of_a_block(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        header: Header,
        at: &mut Cursor<'_>,
    ) -> Progress {
        let length = header.length as usize;
        if length > MAX_BLOCK {
            return self.lose(cx, dir, "HTTP2_header_block_too_large");
        }
        let Ok(payload) = at.take(length) else { return Progress::Need(frame::HEADER + length) };
        let Some((bytes, promised)) = header.block(payload) else {
            return self.fail(
                cx,
                dir,
                "more padding than fields, or less than what stands before them",
                payload,
            );
        };
        let side = self.sides.of_mut(dir);
        let whole = match side.gathered.take() {
            None if header.ends_block() => {
                return self.block(cx, dir, (header.stream, promised), header.ends_stream(), bytes, at.at());
            }
            None => {
                let (stream, ends) = (header.stream, header.ends_stream());
                Box::new(Gathered { stream, promised, ends, bytes: bytes.to_vec(), frames: 1 })
            }
            Some(mut gathered) => {
                gathered.bytes.extend_from_slice(bytes);
                gathered.frames = gathered.frames.saturating_add(1);
                if gathered.frames == MAX_CONTINUATIONS + 1 {
                    cx.weird("HTTP2_many_continuations", "");
                }
                gathered
            }
        };
        if whole.bytes.len() > MAX_BLOCK {
            return self.lose(cx, dir, "HTTP2_header_block_too_large");
        }
        if header.ends_block() {
            let ids = (whole.stream, whole.promised);
            return self.block(cx, dir, ids, whole.ends, &whole.bytes, at.at());
        }
        side.gathered = Some(whole);
        Progress::Consumed(at.at())
    }

    /// A whole header block. A promised one is of a request, though the server sends it.
    fn block(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        (id, promised): (u32, Option<u32>),
        ends: bool,
        bytes: &[u8],
        consumed: usize,
    ) -> Progress {
        let (id, of) = promised.map_or((id, dir), |promised| (promised, Direction::Orig));
        let blind = dir == Direction::Resp && (self.sides.orig.lost || !self.sides.orig.begun);
        self.streams.begin((&mut *cx, &mut self.scratch), id, of == Direction::Orig, blind);
        let side = self.sides.of_mut(dir);
        let decoder = &mut side.decoder;
        let shown = if side.expansion.is_beyond_measure() { MAX_SHORT } else { usize::MAX };
        let desk = (&mut *cx, &mut self.scratch);
        let outcome = self.streams.with(desk, id, |stream, (cx, scratch)| {
            let mut block = stream.begin_block(of);
            let outcome = decoder.decode(bytes, &mut |name, value| {
                let value = value.get(..shown).unwrap_or(value);
                stream.field((&mut *cx, &mut *scratch), &mut block, name, value);
            });
            stream.end_block((cx, scratch), block);
            outcome
        });
        // Fields of a stream that is over are read all the same: the table depends on them.
        let outcome = outcome.unwrap_or_else(|| decoder.decode(bytes, &mut |_, _| ()));
        let account = match outcome {
            Ok(account) => account,
            Err(flaw) => return self.fail(cx, dir, flaw.text(), bytes),
        };
        self.note_block(cx, dir, (bytes.len() as u64, account.told), account.overlong);
        if dir == Direction::Resp {
            self.sure = true;
            cx.confirm();
        }
        if ends || promised.is_some() {
            self.end_side(cx, id, of);
        }
        Progress::Consumed(consumed)
    }

    /// What is odd about a block that was read.
    fn note_block(&mut self, cx: &mut Context<'_>, dir: Direction, size: (u64, u64), overlong: bool) {
        let side = self.sides.of_mut(dir);
        side.idle = 0;
        side.expansion.taken += size.0;
        side.expansion.given += size.1;
        if overlong {
            cx.weird("HTTP2_header_list_too_large", "");
        }
        if side.decoder.is_oversized() && !std::mem::replace(&mut side.told.large_table, true) {
            cx.weird("HTTP2_header_table_too_large", "");
        }
        if side.expansion.is_beyond_measure() && !std::mem::replace(&mut side.told.expansion, true) {
            cx.weird("HTTP2_headers_expand_too_much", "");
        }
    }

    /// Section 6.4: a stream is over at once. Each has its row, so that nothing is hidden by being taken back.
    fn reset_stream(&mut self, cx: &mut Context<'_>, dir: Direction, id: u32) {
        let early = |stream: &super::stream::Stream| !stream.has_begun(Direction::Resp);
        if dir == Direction::Orig && self.streams.find(id).is_some_and(early) {
            self.resets = self.resets.saturating_add(1);
            if self.resets == MAX_RESETS + 1 {
                cx.weird("HTTP2_rapid_reset", "");
            }
        }
        self.streams.close((cx, &mut self.scratch), id);
    }

    /// Bytes that were never seen: of content they are a hole in it, and anything else may have changed the table of fields.
    pub(super) fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        let side = self.sides.of_mut(dir);
        if side.lost {
            return Progress::Done;
        }
        let Some(body) = side.body.as_mut().filter(|body| body.data + body.padding >= len) else {
            return self.lose(cx, dir, "HTTP2_header_state_lost");
        };
        let (id, hole) = (body.stream, len.min(body.data));
        body.data -= hole;
        body.padding -= len - hole;
        if hole > 0 {
            let desk = (&mut *cx, &mut self.scratch);
            self.streams.with(desk, id, |stream, desk| stream.gap(desk, dir, hole));
        }
        self.body_ends(cx, dir);
        Progress::Consumed(0)
    }

    /// A side cannot be read any further; what is known stays, and is written when the other side is done with it.
    fn lose(&mut self, cx: &mut Context<'_>, dir: Direction, weird: &'static str) -> Progress {
        cx.weird(weird, "");
        self.sides.of_mut(dir).lost = true;
        self.sides.of_mut(dir).gathered = None;
        Progress::Done
    }

    /// A side says what it must not.
    fn fail(&mut self, cx: &mut Context<'_>, dir: Direction, reason: &str, bytes: &[u8]) -> Progress {
        cx.violation_of(reason, bytes);
        self.sides.of_mut(dir).lost = true;
        self.sides.of_mut(dir).gathered = None;
        Progress::Done
    }

    /// The sides changed places: what is there is of no use any more, if there is anything.
    pub(super) fn flipped(&mut self) {
        self.sides.swap();
        if self.sure || self.sides.orig.begun || self.sides.resp.preface {
            self.sides.orig.lost = true;
            self.sides.resp.lost = true;
        }
    }

    /// The connection is over.
    pub(super) fn close(&mut self, cx: &mut Context<'_>) {
        if self.sure {
            self.streams.close_all((cx, &mut self.scratch));
        }
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        let side = |side: &Side| {
            let gathered = side.gathered.as_ref();
            side.decoder.held() + gathered.map_or(0, |one| size_of::<Gathered>() + one.bytes.capacity())
        };
        side(&self.sides.orig) + side(&self.sides.resp) + self.streams.held() + self.scratch.capacity()
    }
}
