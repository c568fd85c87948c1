//! SIP over UDP: RFC 3261. Requests and responses go either way, and say themselves which they are.

mod parse;
mod probe;
mod record;
mod session;
#[cfg(test)]
mod tests;

pub use record::Sip;

use session::{Kind, Session};

use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::parsers::lines::{Lines, Piece};

/// The analyzer of SIP.
pub static SIP: Descriptor = Descriptor::new("sip", "SIP", |_| Box::new(SipAnalyzer::new()))
    .doc("SIP: requests and responses of telephony")
    .ports(&[(Transport::Udp, 5060)])
    .probe(probe::datagram)
    .both_ways(true)
    .records(&[Sip::STREAM]);

/// Longest line.
const MAX_LINE: usize = 65_535;

/// What comes next in a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Due {
    #[default]
    FirstLine,
    Header,
    /// So many bytes of a body.
    Body(u64),
}

/// All messages of one kind, which go on from one datagram to the next.
struct Stream {
    lines: Lines,
    due: Due,
    /// What the last header said about the length of bodies: it holds until another one says something else.
    body_len: u64,
}

/// One connection's SIP.
struct SipAnalyzer {
    requests: Stream,
    responses: Stream,
    session: Session,
}

/// A line is not what it should be.
#[derive(Clone, Copy, Debug)]
struct Odd(&'static str);

impl Stream {
    const fn new() -> Self {
        Self { lines: Lines::new(MAX_LINE), due: Due::FirstLine, body_len: 0 }
    }
}

impl SipAnalyzer {
    fn new() -> Self {
        Self { requests: Stream::new(), responses: Stream::new(), session: Session::default() }
    }

    fn stream(&mut self, kind: Kind) -> &mut Stream {
        match kind {
            Kind::Request => &mut self.requests,
            Kind::Response => &mut self.responses,
        }
    }

    /// Reads a datagram.
    fn datagram(&mut self, cx: &mut Context<'_>, kind: Kind, bytes: &[u8]) -> Result<(), Odd> {
        let mut rest = bytes;
        loop {
            let stream = self.stream(kind);
            if let Due::Body(left) = stream.due {
                if left > 0 && rest.is_empty() {
                    return Ok(());
                }
                let length = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                stream.lines.plain(&mut rest, length);
                stream.due = Due::Body(left - length as u64);
                if left == length as u64 {
                    stream.due = Due::FirstLine;
                    self.session.done(cx, kind);
                }
                continue;
            }
            match stream.lines.next(&mut rest) {
                Piece::Line(line) => self.line(cx, kind, line)?,
                Piece::Kept => {
                    let line = stream.lines.take();
                    let read = self.line(cx, kind, &line);
                    self.stream(kind).lines.give_back(line);
                    read?;
                }
                Piece::Overlong => return Err(Odd("a line is too long")),
                Piece::Nothing => return Ok(()),
            }
        }
    }

    fn line(&mut self, cx: &mut Context<'_>, kind: Kind, line: &[u8]) -> Result<(), Odd> {
        let stream = self.stream(kind);
        if stream.due == Due::FirstLine {
            stream.due = Due::Header;
            return self.first_line(cx, kind, line);
        }
        if line.is_empty() {
            stream.due = Due::Body(stream.body_len);
            return Ok(());
        }
        let (name, value) = parse::header(line).ok_or(Odd("parse error: a line is no header"))?;
        // These names alone, as they are written here, are known where bodies are measured.
        if matches!(name, b"Content-Length" | b"L") {
            stream.body_len = parse::number(value);
        }
        self.session.header(cx, kind, name, value);
        Ok(())
    }

    fn first_line(&mut self, cx: &mut Context<'_>, kind: Kind, line: &[u8]) -> Result<(), Odd> {
        match kind {
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
}

impl Analyzer for SipAnalyzer {
    /// One that was here before may have left its rows.
    fn start(&mut self, cx: &mut Context<'_>) {
        if let Some(session) = cx.take_left::<Session>() {
            self.session = *session;
        }
    }

    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        // Two bytes keep an address translation alive.
        if matches!(bytes, [b'\r', _]) {
            return Progress::Consumed(bytes.len());
        }
        let is_response = bytes.len() > 6 && bytes.starts_with(b"SIP/");
        let kind = if is_response { Kind::Response } else { Kind::Request };
        if let Err(Odd(reason)) = self.datagram(cx, kind, bytes) {
            *self.stream(kind) = Stream::new();
            cx.violation(reason);
        }
        Progress::Consumed(bytes.len())
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        match why {
            Close::Violation => cx.leave(Box::new(std::mem::take(&mut self.session))),
            _ => self.session.write(cx),
        }
    }

    fn held(&self) -> usize {
        self.requests.lines.held() + self.responses.lines.held() + self.session.rows_held()
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
