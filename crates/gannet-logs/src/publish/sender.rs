//! The thread of a receiver that only listens: rows go to it in order, and wait while it is not there.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::endpoint::{Endpoint, Wire};
use super::inbox::{EndpointStatus, Inbox, SubscriberStatus};
use super::outgoing::Outgoing;
use super::queue::Message;
use super::syslog::Syslog;

/// Bytes that are written at once, and how often before the thread looks at anything else.
const WRITE: usize = 64 * 1024;
const TIMES: usize = 16;
/// Time between two attempts to connect: at first, and at most. It doubles with each that fails.
const RETRY: Duration = Duration::from_millis(100);
const MOST_RETRY: Duration = Duration::from_secs(15);
/// Time between two looks at what only time brings.
const TURN: Duration = Duration::from_millis(200);

/// What the thread has.
pub(super) struct Sender {
    to: Syslog,
    endpoint: Endpoint,
    inbox: Arc<Inbox>,
    woken: UnixStream,
    wire: Option<Wire>,
    /// When to connect, and how long to wait then if that fails.
    retry: (Instant, Duration),
    /// Rows that are being written, and their bytes.
    flying: VecDeque<Arc<Message>>,
    out: Outgoing,
    sent: u64,
}

impl Sender {
    pub(super) fn new(to: Syslog, inbox: Arc<Inbox>, woken: UnixStream) -> Self {
        let endpoint = to.endpoint();
        Self {
            to,
            endpoint,
            inbox,
            woken,
            wire: None,
            retry: (Instant::now(), RETRY),
            flying: VecDeque::new(),
            out: Outgoing::default(),
            sent: 0,
        }
    }

    /// Serves until it is told to end, and then as long as rows wait and the time to linger is not over.
    pub(super) fn run(mut self) {
        loop {
            self.wait();
            let now = Instant::now();
            self.connect(now);
            if self.serve().is_err() {
                self.cut();
            }
            self.tell();
            if let Some(until) = self.inbox.ends()
                && (now >= until || self.is_empty())
            {
                return;
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.flying.is_empty() && self.inbox.is_empty()
    }

    /// Waits until there is something to do.
    fn wait(&mut self) {
        let output = if self.is_empty() { PollFlags::empty() } else { PollFlags::POLLOUT };
        let mut sockets = vec![PollFd::new(self.woken.as_fd(), PollFlags::POLLIN)];
        sockets.extend(self.wire.as_ref().map(|wire| PollFd::new(wire.as_fd(), PollFlags::POLLIN | output)));
        let due = match self.wire {
            Some(_) => TURN,
            None => self.retry.0.saturating_duration_since(Instant::now()).min(TURN),
        };
        // What is less than a millisecond is one, so that nobody turns in a circle.
        let timeout = PollTimeout::try_from(due + Duration::from_millis(1)).unwrap_or(PollTimeout::ZERO);
        let _interrupted = poll(&mut sockets, timeout);
        let mut bytes = [0; 64];
        while self.woken.read(&mut bytes).is_ok_and(|read| read == bytes.len()) {}
    }

    /// Connects, if there is no connection and it is time to.
    fn connect(&mut self, now: Instant) {
        if self.wire.is_some() || now < self.retry.0 {
            return;
        }
        match self.endpoint.connect() {
            Ok(wire) => self.wire = Some(wire),
            Err(_) => {
                let (_, pause) = self.retry;
                self.retry = (Instant::now() + pause, (pause * 2).min(MOST_RETRY));
            }
        }
    }

    /// Writes what can be written; an error if the connection is over.
    fn serve(&mut self) -> io::Result<()> {
        let Self { to, inbox, wire, flying, out, sent, retry, .. } = self;
        let Some(wire) = wire else { return Ok(()) };
        for _ in 0..TIMES {
            // A receiver that has gone is not written to: it would take with it what is on the way.
            still_there(wire)?;
            if out.is_done() {
                out.clear();
                if flying.is_empty() {
                    inbox.take_some(WRITE, flying);
                }
                for row in flying.iter() {
                    out.message(|out| to.message(row, out));
                }
                if out.is_empty() {
                    return Ok(());
                }
            }
            let written = out.write(wire);
            let whole = out.whole();
            flying.drain(..whole.min(flying.len()));
            *sent += whole as u64;
            written?;
            // It takes something: the next time it is gone, it may be back soon.
            retry.1 = RETRY;
            if !out.is_done() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The connection is over: what was not written whole is written again on the next one.
    fn cut(&mut self) {
        self.wire = None;
        self.out.clear();
        let (_, pause) = self.retry;
        self.retry = (Instant::now() + pause, (pause * 2).min(MOST_RETRY));
    }

    /// Shows how the receiver stands.
    pub(super) fn tell(&self) {
        let (waiting, dropped) = self.inbox.count();
        let receiver = SubscriberStatus {
            name: self.to.to_string(),
            connected: self.wire.is_some(),
            sent: self.sent,
            dropped,
            waiting: waiting + self.flying.len() as u64,
        };
        // What the inbox has dropped it adds itself.
        let status =
            EndpointStatus { endpoint: self.to.to_string(), sent: self.sent, ..EndpointStatus::default() };
        self.inbox.tell(EndpointStatus { subscribers: vec![receiver], ..status });
    }
}

/// Reads what nobody listens to; an error if the connection is over.
fn still_there(wire: &mut Wire) -> io::Result<()> {
    let mut bytes = [0; 1024];
    match wire.read(&mut bytes) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(()),
        Err(error) => Err(error),
    }
}
