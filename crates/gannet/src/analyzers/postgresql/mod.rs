//! PostgreSQL, version 3 of its protocol: logins, queries and errors. The sections named here are those of chapter
//! "Frontend/Backend Protocol" of the manual of version 17 (<https://www.postgresql.org/docs/17/protocol.html>).

mod names;
mod parse;
mod probe;
mod record;
mod session;
#[cfg(test)]
mod tests;

pub use record::Postgresql;

use parse::{Broken, FIRST, First, HEAD};
use session::Session;

use super::ssl::SSL;
use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Pair, Transport};
use crate::parsers::body::Body;

/// The analyzer of PostgreSQL.
pub static POSTGRESQL: Descriptor =
    Descriptor::new("postgresql", "POSTGRESQL", |_| Box::new(PostgresqlAnalyzer::default()))
        .doc("PostgreSQL: logins, queries, errors; TLS inside")
        .ports(&[(Transport::Tcp, 5432)])
        .probe(probe::probe)
        .records(&[Postgresql::STREAM])
        .partial(true)
        .carries(true)
        .max_tail(MAX_STALLED);

/// Bytes of one side that wait until the other one has said how it goes on.
const MAX_STALLED: usize = 64 * 1024;
/// Pieces of the stream that do.
const MAX_STALLED_PIECES: u8 = 4;
/// Bytes of a message that are kept until it is complete.
const MAX_BODY: usize = 64 * 1024;

/// What the two sides have agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// The client said nothing.
    #[default]
    New,
    /// It asked for TLS.
    Asked,
    /// Messages come in the clear, a startup message first.
    Plain,
}

/// The client's startup message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Startup {
    /// It did not begin.
    #[default]
    Due,
    /// So many bytes of parameters are to come, and a zero byte.
    Parameters(usize),
    /// A parameter goes on behind the message: what follows is not understood.
    Endless,
    Complete,
}

impl Startup {
    fn is_partial(self) -> bool {
        matches!(self, Self::Parameters(_) | Self::Endless)
    }
}

/// A message whose end was not seen.
#[derive(Debug)]
struct Message {
    /// Its type.
    kind: u8,
    length: u64,
    body: Body,
}

/// One connection's PostgreSQL. The originator is the client.
#[derive(Default)]
struct PostgresqlAnalyzer {
    phase: Phase,
    startup: Startup,
    reading: Pair<Option<Message>>,
    /// Pieces of the stream that were shown in vain.
    stalled: Pair<u8>,
    session: Session,
    /// Something was wrong or is missing: nothing more is read.
    over: bool,
}

impl PostgresqlAnalyzer {
    fn fail(&mut self, cx: &mut Context<'_>, why: &str) -> Progress {
        cx.violation(why);
        self.stop()
    }

    fn stop(&mut self) -> Progress {
        self.over = true;
        self.reading = Pair::default();
        Progress::Done
    }

    /// The other side has to speak first.
    fn stall(&mut self, cx: &mut Context<'_>, dir: Direction) -> Progress {
        let pieces = self.stalled.of_mut(dir);
        *pieces += 1;
        if *pieces > MAX_STALLED_PIECES {
            return self.fail(cx, "too many messages buffered");
        }
        Progress::Consumed(0)
    }

    /// The client begins.
    fn first(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Progress {
        let Some(head) = bytes.first_chunk::<FIRST>() else { return Progress::Need(FIRST) };
        match parse::first(head) {
            Ok(First::Tls) if self.phase == Phase::New => {
                self.phase = Phase::Asked;
                self.session.ssl_request(cx);
                Progress::Consumed(FIRST)
            }
            Ok(First::Startup(length)) => {
                (self.phase, self.startup) = (Phase::Plain, Startup::Parameters(length));
                Progress::Consumed(FIRST)
            }
            Ok(First::Tls) => self.fail(cx, "unsupported PostgreSQL major version"),
            Err(why) => self.fail(cx, why),
        }
    }

    /// A parameter of the startup message, or the byte behind all of them.
    fn parameter(&mut self, cx: &mut Context<'_>, bytes: &[u8], left: usize) -> Progress {
        const BROKEN: &str = "error while parsing PostgreSQL StartupMessage: message is broken";
        if left == 0 {
            if bytes.first() != Some(&0) {
                return self.fail(cx, BROKEN);
            }
            self.startup = Startup::Complete;
            self.session.startup(cx);
            return Progress::Consumed(1);
        }
        let own = bytes.get(..left);
        match parse::parameter(own.unwrap_or(bytes)) {
            Ok(Some((name, value, used))) => {
                self.session.parameter(cx, name, value);
                self.startup = Startup::Parameters(left - used);
                Progress::Consumed(used)
            }
            Ok(None) if own.is_some() => {
                self.startup = Startup::Endless;
                Progress::Consumed(bytes.len())
            }
            // Each zero may end it, and so does the end of the message.
            Ok(None) => Progress::Until { byte: 0, max: left - 1 },
            Err(Broken) => self.fail(cx, BROKEN),
        }
    }

    /// The server says whether there will be TLS.
    fn answer(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Progress {
        let agrees = match bytes.first() {
            Some(b'S') => true,
            Some(b'N') => false,
            _ => return self.fail(cx, "parse error: neither S nor N"),
        };
        cx.confirm();
        self.session.ssl_reply(cx, agrees);
        self.phase = Phase::Plain;
        if agrees {
            cx.hand_over(&SSL);
        }
        Progress::Consumed(1)
    }

    /// A message, or a part of one.
    fn message(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if let Some(mut message) = self.reading.of_mut(dir).take() {
            let mut rest = bytes;
            let Some(body) = message.body.take(&mut rest) else {
                *self.reading.of_mut(dir) = Some(message);
                return Progress::Consumed(bytes.len());
            };
            let used = bytes.len() - rest.len();
            return match self.act(cx, dir, (message.kind, message.length), body) {
                Ok(()) => Progress::Consumed(used),
                Err(Broken) => self.fail(cx, "error while parsing PostgreSQL: message is broken"),
            };
        }
        let Some(head) = bytes.first_chunk::<HEAD>() else { return Progress::Need(HEAD) };
        match parse::head(head) {
            Ok((kind, 0)) if self.act(cx, dir, (kind, 0), &[]).is_ok() => Progress::Consumed(HEAD),
            Ok((kind, length @ 1..)) => {
                self.begin(dir, kind, length);
                Progress::Consumed(HEAD)
            }
            _ => self.fail(cx, "error while parsing PostgreSQL: message is too short"),
        }
    }

    /// A message of this type begins, with so many bytes.
    fn begin(&mut self, dir: Direction, kind: u8, length: u64) {
        let is_read = match dir {
            Direction::Orig => kind == b'Q',
            Direction::Resp => matches!(kind, b'K' | b'E' | b'R' | b'S' | b'D' | b'Z' | b'N'),
        };
        let body = Body::new(length, if is_read { MAX_BODY } else { 0 });
        *self.reading.of_mut(dir) = Some(Message { kind, length, body });
    }

    /// A message is complete: its type, its length, and what is kept of it.
    fn act(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        (kind, length): (u8, u64),
        body: &[u8],
    ) -> Result<(), Broken> {
        let is_whole = body.len() as u64 == length;
        match (dir, kind) {
            (Direction::Orig, b'Q') => self.session.query(cx, parse::query(body, is_whole)?),
            (Direction::Orig, b'X') => {
                self.session.terminate(cx);
                if length > 0 {
                    return Err(Broken);
                }
            }
            (Direction::Resp, b'E') => self.session.error(cx, body)?,
            (Direction::Resp, b'N') => self.session.notice(cx, body)?,
            (Direction::Resp, b'R') => {
                self.session.authentication(cx, parse::authentication(body, length)?);
            }
            (Direction::Resp, b'S') => parse::parameter_status(body)?,
            (Direction::Resp, b'Z') => self.session.ready(cx, parse::ready(body)?),
            (Direction::Resp, b'D') if length < 2 => return Err(Broken),
            (Direction::Resp, b'D') => self.session.data_row(cx),
            (Direction::Resp, b'K') if length != 8 => return Err(Broken),
            _ => {}
        }
        Ok(())
    }
}

impl Analyzer for PostgresqlAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        match (dir, self.phase) {
            (Direction::Orig, Phase::New) => self.first(cx, bytes),
            (Direction::Orig, Phase::Asked) | (Direction::Resp, Phase::New) => self.stall(cx, dir),
            (Direction::Resp, Phase::Asked) => self.answer(cx, bytes),
            (Direction::Resp, Phase::Plain) => self.message(cx, dir, bytes),
            (Direction::Orig, Phase::Plain) => match self.startup {
                Startup::Due => self.first(cx, bytes),
                Startup::Parameters(left) => self.parameter(cx, bytes, left),
                Startup::Endless => Progress::Consumed(bytes.len()),
                Startup::Complete => self.message(cx, dir, bytes),
            },
        }
    }

    /// Nothing says where the next message begins.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.stop()
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, rest: &[u8]) {
        let waits = match self.phase {
            Phase::New => dir == Direction::Orig && !rest.is_empty(),
            Phase::Asked => false,
            Phase::Plain if dir == Direction::Orig && self.startup.is_partial() => true,
            Phase::Plain => self.reading.of(dir).is_some() || !rest.is_empty(),
        };
        if waits && !self.over {
            self.fail(cx, "error while parsing PostgreSQL: the stream ends within a message");
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.session.emit(cx);
    }

    fn held(&self) -> usize {
        let reading = [&self.reading.orig, &self.reading.resp].into_iter().flatten();
        reading.map(|message| message.body.held()).sum::<usize>() + self.session.held()
    }
}
