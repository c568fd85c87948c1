//! One subscriber: what it wants, what waits for it, and its connection if there is one.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::endpoint::Wire;
use super::outgoing::Outgoing;
use super::queue::{Message, Most, Prefixes, Queue};
use super::zmtp::{Said, ZmtpDecoder, greeting, message, ready};

/// Bytes that are read at once, and messages that are written at once.
const READ: usize = 8192;
const WRITE: usize = 64 * 1024;
/// Bytes of answers to signs of life that wait; who does not read them is no subscriber.
const MOST_ANSWERS: usize = 16 * 1024;
/// Time that a subscriber has to say what it is.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Time after which what a subscriber wanted on an earlier connection is forgotten: it says it anew.
const REMEMBERED: Duration = Duration::from_secs(2);

/// A connection.
struct Line {
    wire: Wire,
    decoder: ZmtpDecoder,
    since: Instant,
    /// When it said that it is ready.
    ready: Option<Instant>,
    out: Outgoing,
    /// Bytes of answers among those to be written.
    answers: usize,
}

/// A subscriber.
pub(super) struct Peer {
    pub(super) name: String,
    line: Option<Line>,
    wants: Prefixes,
    /// What it wanted on the connection before.
    wanted: Option<Prefixes>,
    /// Whether it was ever ready.
    known: bool,
    queue: Queue,
    pub(super) sent: u64,
}

impl Peer {
    /// A subscriber that there is no connection to yet.
    pub(super) fn new(name: String, most: Most) -> Self {
        Self {
            name,
            line: None,
            wants: Prefixes::default(),
            wanted: None,
            known: false,
            queue: Queue::new(most),
            sent: 0,
        }
    }

    /// It has a connection now.
    pub(super) fn connect(&mut self, wire: Wire, now: Instant) {
        let out = Outgoing::with([&greeting()[..], &ready()].concat());
        self.line =
            Some(Line { wire, decoder: ZmtpDecoder::default(), since: now, ready: None, out, answers: 0 });
    }

    pub(super) fn wire(&self) -> Option<&Wire> {
        self.line.as_ref().map(|line| &line.wire)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.line.as_ref().is_some_and(|line| line.ready.is_some())
    }

    pub(super) fn dropped(&self) -> u64 {
        self.queue.dropped
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether there is something to be written.
    pub(super) fn has_output(&self) -> bool {
        self.line
            .as_ref()
            .is_some_and(|line| !line.out.is_done() || (line.ready.is_some() && self.queue.len() > 0))
    }

    /// A row is there: it waits if the subscriber wants it, or wanted it before its connection was cut.
    pub(super) fn offer(&mut self, message: &Arc<Message>) {
        let wants = |prefixes: &Prefixes| prefixes.match_topic(&message.topic);
        if self.known && (wants(&self.wants) || self.wanted.as_ref().is_some_and(wants)) {
            self.queue.push(message);
        }
    }

    /// Reads and writes what can be. Why the connection is over, if it is.
    pub(super) fn serve(&mut self, readable: bool, now: Instant) -> Result<(), String> {
        let heard = self.check(now).and_then(|()| if readable { self.hear(now) } else { Ok(()) });
        let done = heard.and_then(|()| self.speak().map_err(|error| error.to_string()));
        if let Err(why) = done {
            self.cut();
            return Err(why);
        }
        Ok(())
    }

    /// The connection is over: what was not written whole is written again on the next one.
    pub(super) fn cut(&mut self) {
        if self.line.take().is_some_and(|line| line.ready.is_some()) {
            self.wanted = Some(std::mem::take(&mut self.wants));
        }
    }

    /// What time has brought.
    fn check(&mut self, now: Instant) -> Result<(), String> {
        let Some(line) = &self.line else { return Ok(()) };
        if line.ready.is_none() && now.saturating_duration_since(line.since) > HANDSHAKE {
            return Err("it does not say what it is".to_owned());
        }
        if line.ready.is_some_and(|ready| now.saturating_duration_since(ready) > REMEMBERED) {
            self.wanted = None;
        }
        Ok(())
    }

    fn hear(&mut self, now: Instant) -> Result<(), String> {
        let mut buffer = [0; READ];
        let Some(line) = &mut self.line else { return Ok(()) };
        let bytes = match line.wire.read(&mut buffer) {
            Ok(0) => return Err("it has gone".to_owned()),
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => 0,
            Err(error) => return Err(error.to_string()),
        };
        let (wants, ready, mut answers) = (&mut self.wants, &mut line.ready, Vec::new());
        let heard = line.decoder.feed(buffer.get(..bytes).unwrap_or_default(), &mut |said| match said {
            Said::Ready => *ready = Some(now),
            Said::Subscribe(prefix) => wants.add(prefix),
            Said::Cancel(prefix) => wants.remove(&prefix),
            Said::Answer(answer) => answers.extend_from_slice(&answer),
            Said::Other => {}
        });
        line.answers += answers.len();
        if line.answers > MOST_ANSWERS {
            return Err("it does not read the answers that it wants".to_owned());
        }
        line.out.append(&answers);
        self.known |= line.ready.is_some();
        heard.map_err(str::to_owned)
    }

    fn speak(&mut self) -> io::Result<()> {
        let Some(line) = &mut self.line else { return Ok(()) };
        loop {
            if line.out.is_done() {
                line.refill(&self.queue);
                if line.out.is_empty() {
                    return Ok(());
                }
            }
            let written = line.out.write(&mut line.wire);
            // What was written whole need not be written again.
            let whole = line.out.whole();
            self.queue.done(whole);
            self.sent += whole as u64;
            written?;
            if !line.out.is_done() {
                return Ok(());
            }
        }
    }
}

impl Line {
    /// All is written: the next messages.
    fn refill(&mut self, queue: &Queue) {
        self.out.clear();
        self.answers = 0;
        if self.ready.is_none() {
            return;
        }
        for next in queue.iter() {
            self.out.message(|out| message(&next.topic, &next.body, out));
            if self.out.len() >= WRITE {
                break;
            }
        }
    }
}
