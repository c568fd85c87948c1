//! Rows between the thread that orders them and the thread of an endpoint, and what that one tells of itself.

use std::collections::VecDeque;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    /// Time for which the thread that orders rows has waited for room.
    pub waited: Duration,
}

impl EndpointStatus {
    /// Rows that wait: at the end of a run, those that were not sent.
    pub fn waiting(&self) -> u64 {
        self.subscribers.iter().map(|subscriber| subscriber.waiting).sum()
    }
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
    /// Whether rows have waited for room in vain since it last took rows.
    in_vain: bool,
    waited: Duration,
    ends: Option<Instant>,
    status: EndpointStatus,
}

impl Shared {
    fn pop(&mut self) -> Option<Arc<Message>> {
        let message = self.rows.pop_front()?;
        self.bytes -= message.size();
        Some(message)
    }

    /// The oldest rows go until there is room for so many bytes.
    fn make_room(&mut self, size: usize, most: usize) {
        while self.bytes + size > most && self.pop().is_some() {
            self.dropped += 1;
        }
    }
}

/// What is done with a row that there is no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// It is dropped itself.
    DropNewest,
    /// It waits for room so long, and then the oldest go.
    DropOldest { wait: Duration },
}

/// Rows that wait for the thread of an endpoint.
pub(super) struct Inbox {
    shared: Mutex<Shared>,
    /// Somebody has made room.
    room: Condvar,
    wake: UnixStream,
    most_bytes: usize,
    full: Full,
}

impl Inbox {
    pub(super) fn new(wake: UnixStream, most_bytes: usize, full: Full) -> Self {
        Self { shared: Mutex::default(), room: Condvar::new(), wake, most_bytes, full }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a row. Where there is no room, somebody loses one, and it is counted.
    pub(super) fn put(&self, message: Message) {
        let size = message.size();
        let mut shared = self.lock();
        if shared.bytes + size > self.most_bytes {
            shared = match self.full {
                Full::DropOldest { wait } if size <= self.most_bytes => {
                    let mut shared = self.wait_for_room(shared, size, wait);
                    shared.make_room(size, self.most_bytes);
                    shared
                }
                _ => {
                    shared.dropped += 1;
                    return;
                }
            };
        }
        shared.bytes += size;
        shared.rows.push_back(Arc::new(message));
        let sleeps = !std::mem::replace(&mut shared.woken, true);
        drop(shared);
        if sleeps {
            self.wake();
        }
    }

    /// Waits until there is room, or for so long. Who has waited in vain does not wait again until something was taken: a reader
    /// that is gone costs this time once.
    fn wait_for_room<'a>(
        &self,
        mut shared: MutexGuard<'a, Shared>,
        size: usize,
        wait: Duration,
    ) -> MutexGuard<'a, Shared> {
        if wait.is_zero() || shared.in_vain {
            return shared;
        }
        let begun = Instant::now();
        while shared.bytes + size > self.most_bytes {
            let left = wait.saturating_sub(begun.elapsed());
            if left.is_zero() {
                shared.in_vain = true;
                break;
            }
            shared = self.room.wait_timeout(shared, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        shared.waited += begun.elapsed();
        shared
    }

    fn wake(&self) {
        // A pipe that is full wakes, too.
        let _full = (&self.wake).write(&[1]);
    }

    /// Takes all rows away.
    pub(super) fn take(&self) -> VecDeque<Arc<Message>> {
        let mut shared = self.lock();
        (shared.woken, shared.bytes, shared.in_vain) = (false, 0, false);
        self.room.notify_all();
        std::mem::take(&mut shared.rows)
    }

    /// Takes the oldest rows away, until they have so many bytes.
    pub(super) fn take_some(&self, bytes: usize, taken: &mut VecDeque<Arc<Message>>) {
        let mut shared = self.lock();
        shared.woken = false;
        let mut left = bytes;
        while left > 0
            && let Some(message) = shared.pop()
        {
            left = left.saturating_sub(message.size());
            shared.in_vain = false;
            taken.push_back(message);
        }
        self.room.notify_all();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().rows.is_empty()
    }

    /// Rows that wait, and rows that were dropped.
    pub(super) fn count(&self) -> (u64, u64) {
        let shared = self.lock();
        (shared.rows.len() as u64, shared.dropped)
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
        status.waited = shared.waited;
        status
    }
}
