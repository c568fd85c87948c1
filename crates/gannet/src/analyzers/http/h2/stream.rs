//! A stream: the fields and the body of a request and its reply, and the row that they make (RFC 9113, section 8).

use super::super::entity::{Facts, Scene};
use super::super::lines::{Lines, Piece};
use super::super::message::Message;
use super::super::session::{Session, capped, check_method};
use crate::analyzers::{Context, Transport, websocket};
use crate::base::direction::{Direction, Pair};
use crate::events::tunnel::TunnelKind;
use crate::parsers::lines::Piece as Text;
use crate::parsers::mime::Field;
use crate::parsers::uri::unescape;

/// One side of a stream.
#[derive(Default)]
struct Half {
    message: Option<Box<Message>>,
    lines: Lines,
    /// The fields in front of the body were all seen.
    begun: bool,
    ended: bool,
}

/// What a stream carries once the server agreed to a CONNECT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inside {
    /// Nothing but its own messages.
    #[default]
    Nothing,
    /// What the key of the stream's number has for a child.
    Child,
    /// A protocol that nobody reads.
    Unknown,
}

/// The pseudo-header fields of a block (section 8.3; RFC 8441, section 4).
#[derive(Default)]
struct Heading {
    method: Option<Vec<u8>>,
    path: Option<Vec<u8>>,
    authority: Option<Vec<u8>>,
    protocol: Option<Vec<u8>>,
    status: Option<u16>,
}

/// What the fields of a block are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Those that say what message it is.
    Heading,
    /// Those of the message.
    Fields,
    /// Those of a reply that another one follows, or behind a body: no row shows them.
    Beside,
}

/// A header block while it is read.
pub(super) struct Block {
    /// Who speaks: of a promised request, whoever promises it, the client.
    dir: Direction,
    stage: Stage,
    heading: Heading,
}

/// One stream.
pub(super) struct Stream {
    pub(super) id: u32,
    session: Box<Session>,
    facts: Facts,
    halves: Pair<Half>,
    inside: Inside,
    /// The client asks for a tunnel, and for what inside it.
    connects: bool,
    protocol: Option<Vec<u8>>,
    /// What it held when that was counted last.
    pub(super) counted: usize,
}

impl Stream {
    /// The next transaction after so many.
    pub(super) fn new(id: u32, depth: u64) -> Self {
        Self::of(id, Box::new(Session::of_stream(depth)))
    }

    /// The stream of a request that came over HTTP/1 (RFC 7540, section 3.2).
    pub(super) fn upgraded(session: Box<Session>) -> Self {
        let mut stream = Self::of(1, session);
        stream.halves.orig = Half { begun: true, ended: true, ..Half::default() };
        stream
    }

    fn of(id: u32, session: Box<Session>) -> Self {
        Self {
            id,
            session,
            facts: Facts::default(),
            halves: Pair::default(),
            inside: Inside::Nothing,
            connects: false,
            protocol: None,
            counted: 0,
        }
    }

    /// Bytes of memory held, this struct included.
    pub(super) fn held(&self) -> usize {
        let half =
            |half: &Half| half.lines.text.held() + half.message.as_ref().map_or(0, |message| message.held());
        size_of::<Self>()
            + size_of::<Session>()
            + self.session.held()
            + half(&self.halves.orig)
            + half(&self.halves.resp)
            + self.facts.held()
            + self.protocol.as_ref().map_or(0, Vec::capacity)
    }

    pub(super) fn has_ended(&self, dir: Direction) -> bool {
        self.halves.of(dir).ended
    }

    pub(super) fn has_begun(&self, dir: Direction) -> bool {
        self.halves.of(dir).begun
    }

    /// Calls `f` with the message of a side, if there is one, and all that it needs.
    fn with<R>(
        &mut self,
        (cx, scratch): (&mut Context<'_>, &mut Vec<u8>),
        dir: Direction,
        f: impl FnOnce(&mut Message, &mut Scene<'_, '_>) -> R,
    ) -> Option<R> {
        let half = self.halves.of_mut(dir);
        let message = half.message.as_mut()?;
        let (session, facts, lines) = (&mut self.session, &mut self.facts, &mut half.lines);
        Some(f(message, &mut Scene { cx, session, facts, lines, scratch, dir }))
    }

    /// A header block of a side begins.
    pub(super) fn begin_block(&self, dir: Direction) -> Block {
        let stage = if self.halves.of(dir).begun { Stage::Beside } else { Stage::Heading };
        Block { dir, stage, heading: Heading::default() }
    }

    /// A field of a block.
    pub(super) fn field(
        &mut self,
        (cx, scratch): (&mut Context<'_>, &mut Vec<u8>),
        block: &mut Block,
        name: &[u8],
        value: &[u8],
    ) {
        if block.stage == Stage::Heading {
            if name.starts_with(b":") {
                return block.heading.take(name, value);
            }
            self.begin_message((cx, scratch), block);
        }
        if block.stage != Stage::Fields {
            return;
        }
        let field = Field { name, value };
        if field.is("content-type") && is_grpc(value) {
            cx.also("grpc");
        }
        self.with((cx, scratch), block.dir, |message, scene| message.field(scene, &field));
    }

    /// What the fields before the others say: the message that they are of begins, if they are of one.
    fn begin_message(&mut self, (cx, scratch): (&mut Context<'_>, &mut Vec<u8>), block: &mut Block) {
        let dir = block.dir;
        let begins = match dir {
            Direction::Orig => self.request(cx, &mut block.heading),
            Direction::Resp => self.reply(cx, &block.heading),
        };
        block.stage = if begins { Stage::Fields } else { Stage::Beside };
        if begins {
            let half = self.halves.of_mut(dir);
            let (session, facts, lines) = (&mut self.session, &mut self.facts, &mut half.lines);
            let mut scene = Scene { cx, session, facts, lines, scratch, dir };
            half.message = Some(Box::new(Message::framed(&mut scene)));
        }
    }

    /// Section 8.3.1.
    fn request(&mut self, cx: &mut Context<'_>, heading: &mut Heading) -> bool {
        let method = heading.method.take();
        self.connects = method.as_deref() == Some(b"CONNECT");
        self.protocol = heading.protocol.take();
        let target = match heading.path.take() {
            // What a proxy is to connect to is its target (section 8.5).
            None if self.connects => heading.authority.clone(),
            path => path.map(|path| unescape(&path, &mut |name| cx.weird(name, ""))),
        };
        if method.is_none() || target.is_none() {
            cx.weird("HTTP2_request_without_method_or_path", "");
        }
        if let Some(record) = self.session.told(cx, Direction::Orig) {
            record.version = Some("2".to_owned());
            record.host = heading.authority.clone();
            record.uri = target;
            record.method.clone_from(&method);
        }
        if let Some(method) = method {
            check_method(cx, &method);
        }
        true
    }

    /// Section 8.3.2. False if it is not the last reply.
    fn reply(&mut self, cx: &mut Context<'_>, heading: &Heading) -> bool {
        if heading.status.is_none() {
            cx.weird("HTTP2_reply_without_status", "");
        }
        let code = heading.status.map(u64::from);
        let interim = code.is_some_and(|code| (100..200).contains(&code));
        self.facts.code = heading.status.unwrap_or(0);
        if let Some(record) = self.session.told(cx, Direction::Resp) {
            record.version = Some("2".to_owned());
            if interim {
                record.info_code = code;
                record.info_msg = None;
            } else {
                record.status_code = code;
                record.status_msg = None;
            }
        }
        !interim
    }

    /// A header block is over.
    pub(super) fn end_block(&mut self, (cx, scratch): (&mut Context<'_>, &mut Vec<u8>), mut block: Block) {
        if block.stage == Stage::Heading {
            self.begin_message((cx, scratch), &mut block);
        }
        if block.stage != Stage::Fields {
            return;
        }
        let dir = block.dir;
        self.halves.of_mut(dir).begun = true;
        if let Some(authority) = block.heading.authority
            && let Some(record) = self.session.told(cx, dir)
        {
            // It counts and not the field Host (section 8.3.1).
            record.host = Some(authority);
        }
        self.with((&mut *cx, scratch), dir, |message, scene| message.begin_framed(scene));
        if dir == Direction::Resp && self.connects && (200..300).contains(&self.facts.code) {
            self.connect(cx);
        }
    }

    /// The server agrees to a tunnel (section 8.5), or to another protocol on the stream (RFC 8441).
    fn connect(&mut self, cx: &mut Context<'_>) {
        let key = u64::from(self.id);
        let open = match self.protocol.as_deref() {
            None => {
                cx.tunnel(TunnelKind::Http);
                cx.open_child_by_detection(key, Transport::Tcp)
            }
            Some(b"websocket") => {
                websocket::establish_on_stream(cx, self.facts.websocket.take(), self.session.asked());
                cx.open_child(key, &websocket::WEBSOCKET, Transport::Tcp)
            }
            Some(_) => false,
        };
        self.inside = if open { Inside::Child } else { Inside::Unknown };
    }

    /// Bytes of a body.
    pub(super) fn data(
        &mut self,
        (cx, scratch): (&mut Context<'_>, &mut Vec<u8>),
        dir: Direction,
        mut bytes: &[u8],
    ) {
        match self.inside {
            Inside::Child => return cx.child_data(u64::from(self.id), dir, bytes),
            Inside::Unknown => return,
            Inside::Nothing => {}
        }
        while !bytes.is_empty() {
            let half = self.halves.of_mut(dir);
            if half.message.is_none() || half.ended {
                return;
            }
            let piece = half.lines.next(&mut bytes);
            self.piece((&mut *cx, &mut *scratch), dir, piece);
        }
    }

    fn piece(&mut self, (cx, scratch): (&mut Context<'_>, &mut Vec<u8>), dir: Direction, piece: Piece<'_>) {
        match piece {
            Piece::Plain(bytes) => {
                self.with((cx, scratch), dir, |message, scene| message.deliver(scene, bytes, false));
            }
            Piece::Text(Text::Line(line)) => {
                self.with((cx, scratch), dir, |message, scene| message.deliver(scene, line, true));
            }
            Piece::Text(Text::Kept | Text::Overlong) => self.kept_line((cx, scratch), dir),
            Piece::Text(Text::Nothing) => {}
        }
    }

    fn kept_line(&mut self, (cx, scratch): (&mut Context<'_>, &mut Vec<u8>), dir: Direction) {
        let line = self.halves.of_mut(dir).lines.text.take();
        self.with((cx, scratch), dir, |message, scene| message.deliver(scene, &line, true));
        self.halves.of_mut(dir).lines.text.give_back(line);
    }

    /// Bytes of a body that were never seen.
    pub(super) fn gap(&mut self, (cx, scratch): (&mut Context<'_>, &mut Vec<u8>), dir: Direction, len: u64) {
        match self.inside {
            Inside::Child => cx.child_gap(u64::from(self.id), dir, len),
            Inside::Unknown => {}
            Inside::Nothing => {
                self.with((cx, scratch), dir, |message, scene| message.gap(scene, len));
            }
        }
    }

    /// A side has nothing more to say.
    pub(super) fn end(&mut self, (cx, scratch): (&mut Context<'_>, &mut Vec<u8>), dir: Direction) {
        if std::mem::replace(&mut self.halves.of_mut(dir).ended, true) {
            return;
        }
        if self.inside == Inside::Child {
            cx.child_end(u64::from(self.id), dir);
        }
        if self.halves.of(dir).lines.text.is_partial() {
            self.kept_line((&mut *cx, &mut *scratch), dir);
        }
        self.with((cx, scratch), dir, |message, scene| message.done(scene));
    }

    /// The stream is over, whatever is still open: the row is written.
    pub(super) fn close(mut self, (cx, scratch): (&mut Context<'_>, &mut Vec<u8>)) {
        self.end((&mut *cx, &mut *scratch), Direction::Orig);
        self.end((&mut *cx, scratch), Direction::Resp);
        if self.inside == Inside::Child {
            cx.close_child(u64::from(self.id));
        }
        self.session.write_all(cx);
    }
}

impl Heading {
    fn take(&mut self, name: &[u8], value: &[u8]) {
        let place = match name {
            b":method" => &mut self.method,
            b":path" => &mut self.path,
            b":authority" => &mut self.authority,
            b":protocol" => &mut self.protocol,
            b":status" => return self.status = status(value),
            _ => return,
        };
        *place = Some(capped(value));
    }
}

/// Three digits (RFC 9110, section 15).
fn status(text: &[u8]) -> Option<u16> {
    let digits = <[u8; 3]>::try_from(text).ok().filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    Some(digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0')))
}

/// Whether a type of content is gRPC's: `application/grpc`, with a format or without.
fn is_grpc(value: &[u8]) -> bool {
    const TYPE: &[u8] = b"application/grpc";
    let begins = value.get(..TYPE.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(TYPE));
    begins && matches!(value.get(TYPE.len()), None | Some(b'+' | b';' | b' ' | b'-'))
}
