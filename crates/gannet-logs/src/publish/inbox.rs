//! Rows between the thread that orders them and the thread of an endpoint, and what that one tells of itself.

use std::collections::VecDeque;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::queue::Message;

/// How a subscriber stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscriberStatus {
    /// Its address.
    pub name: String,
    /// Whether it is there.
    pub connected: bool,
    /// Rows that were handed to the system for it.
    pub sent: u64,
    /// Rows that it wanted and that there was no room for.
    pub dropped: u64,
    /// Rows that wait for it.
    pub waiting: u64,
}

/// How an endpoint stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointStatus {
    /// Its name.
    pub endpoint: String,
    /// Its subscribers, 64 at most.
    pub subscribers: Vec<SubscriberStatus>,
    /// Rows that were handed to the system, for those that are gone too.
    pub sent: u64,
    /// Rows that were wanted and not sent, of those that are gone too.
    pub dropped: u64,
}

/// What both threads see.
#[derive(Default)]
struct Shared {
    rows: VecDeque<Arc<Message>>,
    bytes: usize,
    /// Rows that nobody took away in time.
    dropped: u64,
    /// Whether the other thread was woken since it last took rows.
    woken: bool,
    ends: Option<Instant>,
    status: EndpointStatus,
}

/// Rows that wait for the thread of an endpoint.
pub(super) struct Inbox {
    shared: Mutex<Shared>,
    wake: UnixStream,
    most_bytes: usize,
}

impl Inbox {
    pub(super) fn new(wake: UnixStream, most_bytes: usize) -> Self {
        Self { shared: Mutex::default(), wake, most_bytes }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a row, and never waits: where there is no room it is dropped and counted.
    pub(super) fn put(&self, message: Message) {
        let mut shared = self.lock();
        if shared.bytes + message.size() > self.most_bytes {
            shared.dropped += 1;
            return;
        }
        shared.bytes += message.size();
        shared.rows.push_back(Arc::new(message));
        let sleeps = !std::mem::replace(&mut shared.woken, true);
        drop(shared);
        if sleeps {
            self.wake();
        }
    }

    fn wake(&self) {
        // A pipe that is full wakes, too.
        let _full = (&self.wake).write(&[1]);
    }

    /// Takes all rows away.
    pub(super) fn take(&self) -> VecDeque<Arc<Message>> {
        let mut shared = self.lock();
        (shared.woken, shared.bytes) = (false, 0);
        std::mem::take(&mut shared.rows)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().rows.is_empty()
    }

    /// The thread is to end when all is sent, or at this time.
    pub(super) fn end(&self, at: Instant) {
        self.lock().ends = Some(at);
        self.wake();
    }

    pub(super) fn ends(&self) -> Option<Instant> {
        self.lock().ends
    }

    pub(super) fn tell(&self, status: EndpointStatus) {
        self.lock().status = status;
    }

    pub(super) fn status(&self) -> EndpointStatus {
        let shared = self.lock();
        let mut status = shared.status.clone();
        status.dropped += shared.dropped;
        status
    }
}
