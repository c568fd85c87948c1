//! The way from bytes to messages, over datagrams and streams (RFC 3261, sections 7 and 18.3).

use super::media::Media;
use super::parse::{self, Kind};
use super::session::Session;
use crate::analyzers::Context;
use crate::base::direction::{Direction, Pair};
use crate::parsers::lines::{Lines, Piece};

/// Longest line.
const MAX_LINE: usize = 65_535;
/// Bytes of a description of media that are kept.
const MAX_SDP: usize = 8192;

/// A line is not what it should be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Odd(pub(super) &'static str);

/// How a message and its body are told from what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// As Zeek has it: of the length of bodies one spelling alone is known, and it holds until another is told.
    Zeek,
    /// A message is a datagram; its body ends with it, if its header does not say so before.
    Datagrams,
    /// The length is needed; empty lines between messages keep the connection alive.
    Stream,
}

/// What comes next in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Due {
    #[default]
    FirstLine,
    Header,
    /// So many bytes of a body.
    Body(u64),
    /// The first line of some message: what is before was not seen whole.
    AnyFirstLine,
}

/// Messages in a row, of which one may go on from one piece of bytes to the next.
struct Stream {
    lines: Lines,
    due: Due,
    kind: Kind,
    /// What the last header said about the length of bodies.
    body_len: Option<u64>,
    /// The body describes media.
    is_sdp: bool,
    sdp: Vec<u8>,
}

/// All that is read of a connection.
pub(super) struct Reader {
    rules: Rules,
    /// By kind of message, or by direction.
    streams: Pair<Stream>,
    pub(super) session: Session,
    media: Media,
}

impl Stream {
    const fn new(kind: Kind) -> Self {
        Self {
            lines: Lines::new(MAX_LINE),
            due: Due::FirstLine,
            kind,
            body_len: None,
            is_sdp: false,
            sdp: Vec::new(),
        }
    }

    fn held(&self) -> usize {
        self.lines.held() + self.sdp.capacity()
    }

    /// A message begins.
    fn begin(&mut self, rules: Rules) {
        self.due = Due::Header;
        self.is_sdp = false;
        if rules != Rules::Zeek {
            self.body_len = None;
        }
    }

    /// The headers are over.
    fn begin_body(&mut self, rules: Rules) {
        let unsaid = if rules == Rules::Datagrams { u64::MAX } else { 0 };
        self.due = Due::Body(self.body_len.unwrap_or(unsaid));
    }

    /// Takes bytes of a body; whether it is over.
    fn body(&mut self, rest: &mut &[u8], left: u64) -> bool {
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        let bytes = self.lines.plain(rest, length);
        if self.is_sdp {
            let room = MAX_SDP.saturating_sub(self.sdp.len()).min(bytes.len());
            self.sdp.reserve_exact(room);
            self.sdp.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
        let left = left - length as u64;
        self.due = if left == 0 { Due::FirstLine } else { Due::Body(left) };
        left == 0
    }
}

impl Reader {
    pub(super) fn new(rules: Rules) -> Self {
        let streams = Pair { orig: Stream::new(Kind::Request), resp: Stream::new(Kind::Response) };
        Self { rules, streams, session: Session::default(), media: Media::default() }
    }

    pub(super) const fn rules(&self) -> Rules {
        self.rules
    }

    /// Nothing is known of what a stream has sent so far.
    pub(super) fn lose(&mut self, slot: Direction) {
        let stream = self.streams.of_mut(slot);
        *stream = Stream { due: Due::AnyFirstLine, ..Stream::new(stream.kind) };
    }

    /// Bytes that were never seen: in a body they do no harm.
    pub(super) fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) {
        let stream = self.streams.of_mut(dir);
        match stream.due {
            Due::Body(left) if left >= len => {
                stream.due = Due::Body(left - len);
                (stream.is_sdp, stream.sdp) = (false, Vec::new());
                if left == len {
                    stream.due = Due::FirstLine;
                    self.done(cx, dir, dir);
                }
            }
            _ => self.lose(dir),
        }
    }

    /// Begins anew with messages of this kind.
    pub(super) fn forget(&mut self, kind: Kind) {
        *self.streams.of_mut(slot(kind)) = Stream::new(kind);
    }

    pub(super) fn swap(&mut self) {
        if self.rules == Rules::Stream {
            self.streams.swap();
        }
    }

    /// Reads a datagram with a message of this kind.
    pub(super) fn datagram(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        kind: Kind,
        bytes: &[u8],
    ) -> Result<(), Odd> {
        self.read(cx, dir, slot(kind), bytes)?;
        if self.rules == Rules::Datagrams {
            if matches!(self.streams.of(slot(kind)).due, Due::Body(_)) {
                self.done(cx, dir, slot(kind));
            }
            self.forget(kind);
        }
        Ok(())
    }

    /// Reads bytes that come from a direction, as one of the two streams.
    pub(super) fn read(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        slot: Direction,
        bytes: &[u8],
    ) -> Result<(), Odd> {
        let mut rest = bytes;
        loop {
            let stream = self.streams.of_mut(slot);
            if let Due::Body(left) = stream.due {
                if self.rules == Rules::Stream {
                    // The other half of the line end that comes before the body.
                    stream.lines.skip_lf(&mut rest);
                }
                if left > 0 && rest.is_empty() {
                    return Ok(());
                }
                if stream.body(&mut rest, left) {
                    self.done(cx, dir, slot);
                }
                continue;
            }
            match stream.lines.next(&mut rest) {
                Piece::Line(line) => self.line(cx, slot, line)?,
                Piece::Kept => {
                    let line = stream.lines.take();
                    let read = self.line(cx, slot, &line);
                    self.streams.of_mut(slot).lines.give_back(line);
                    read?;
                }
                Piece::Overlong => return Err(Odd("a line is too long")),
                Piece::Nothing => return Ok(()),
            }
        }
    }

    /// A message is complete.
    fn done(&mut self, cx: &mut Context<'_>, dir: Direction, slot: Direction) {
        let stream = self.streams.of_mut(slot);
        let sdp = std::mem::take(&mut stream.sdp);
        self.session.done(cx, stream.kind);
        if !sdp.is_empty() {
            self.media.announce(cx, dir, &sdp);
        }
    }

    fn line(&mut self, cx: &mut Context<'_>, slot: Direction, line: &[u8]) -> Result<(), Odd> {
        let rules = self.rules;
        let stream = self.streams.of_mut(slot);
        match stream.due {
            Due::FirstLine if line.is_empty() && rules != Rules::Zeek => return Ok(()),
            Due::AnyFirstLine if !parse::is_first_line(line) => return Ok(()),
            Due::FirstLine | Due::AnyFirstLine => {
                if rules == Rules::Stream {
                    stream.kind = parse::kind(line);
                }
                stream.begin(rules);
                return self.first_line(cx, slot, line);
            }
            _ if line.is_empty() => {
                stream.begin_body(rules);
                return Ok(());
            }
            _ => {}
        }
        let folded = rules != Rules::Zeek && matches!(line.first(), Some(b' ' | b'\t'));
        if folded {
            return Ok(());
        }
        let (name, value) = parse::header(line).ok_or(Odd("parse error: a line is no header"))?;
        if parse::is_content_length(name, rules == Rules::Zeek) {
            stream.body_len = Some(parse::number(value));
        }
        if rules != Rules::Zeek && parse::describes_media(name, value) {
            stream.is_sdp = true;
        }
        let kind = stream.kind;
        self.session.header(cx, kind, name, value);
        Ok(())
    }

    fn first_line(&mut self, cx: &mut Context<'_>, slot: Direction, line: &[u8]) -> Result<(), Odd> {
        match self.streams.of(slot).kind {
            Kind::Request => {
                let request = parse::request_line(line).ok_or(Odd("parse error: a line is no request"))?;
                if !request.junk.is_empty() {
                    cx.weird("sip_junk_before_request", visible(request.junk));
                }
                self.session.request(cx, request.method, request.uri);
            }
            Kind::Response => {
                let (code, reason) =
                    parse::status_line(line).ok_or(Odd("parse error: a line is no status"))?;
                cx.confirm();
                self.session.status(cx, code, reason);
            }
        }
        Ok(())
    }

    pub(super) fn held(&self) -> usize {
        let streams = self.streams.orig.held() + self.streams.resp.held();
        streams + self.session.rows_held() + self.media.held()
    }
}

/// Which of the two streams messages of a kind are where datagrams carry them.
fn slot(kind: Kind) -> Direction {
    match kind {
        Kind::Request => Direction::Orig,
        Kind::Response => Direction::Resp,
    }
}

/// Bytes that can be shown, whatever they are.
fn visible(bytes: &[u8]) -> String {
    let show = |byte: &u8| match byte {
        b'\\' => "\\\\".to_owned(),
        0x20..0x7f => char::from(*byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    bytes.iter().map(show).collect()
}
