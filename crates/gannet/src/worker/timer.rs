//! Timers on capture time: due at a time, in the order of that time, whatever packets come.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::base::list;
use crate::base::time::Timestamp;

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TimerKind {
    /// A connection has been idle for long.
    Inactivity,
    /// A first SYN got no answer.
    Attempt,
    /// The first look at a TCP connection, which most do not live to see: at an attempt, as the one above, and then as the
    /// one below. The timers of longer lives are set with it.
    First,
    /// A look at half-closed connections.
    Check,
    /// A closed connection goes.
    Delete,
    /// A segment that waited for what it acknowledges has waited long enough.
    Early,
    /// An analyzer asked: the last byte of its number on the connection, and its token. Of two that share that byte each has
    /// noted what it asked for, and when.
    Analyzer(u8, u16),
    /// An incomplete datagram goes.
    Fragment,
    /// A file was silent.
    File,
    /// Nothing new was seen in a tunnel.
    Tunnel,
    /// A connection has lived long.
    Long,
    /// A connection that is expected has not come.
    Expectation,
    /// A fold is to look at what it has; the slot says which.
    Fold,
}

/// One timer. Field order is firing order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    pub(crate) due: Timestamp,
    /// Birth of the object that it belongs to.
    pub(crate) birth: u64,
    /// Place of the object in its table.
    pub(crate) slot: u32,
    pub(crate) kind: TimerKind,
}

/// Length of a bucket's span, as a power of two of nanoseconds: 67 milliseconds.
const SPAN_BITS: u32 = 26;
/// Buckets of the wheel, which so covers 274 seconds.
const BUCKETS: u64 = 4096;
/// Buckets that get their memory together, when a timer comes into one of them.
const PAGE: u64 = 64;
/// As many timers at once make a wheel worth its memory; fewer are kept in order without one.
const MANY: usize = 256;
/// Emptied buckets that are kept.
const SPARE: usize = 64;
/// Timers that a kept bucket has room for at most: most buckets hold few, and keep what they get.
const SPARE_ROOM: usize = 32;
/// Timers of a bucket that are put in order where they are.
const LARGE: usize = 4096;
/// Checks of connections at rest that there is room for from the beginning.
const RESTING: usize = 256;

/// The timers of one engine: a wheel of unsorted buckets. Only the bucket that is due next is kept in order, so that a
/// timer costs a push when it is set and a short sort when it is due, however many there are. There is no wheel before there
/// are many timers.
#[derive(Debug)]
pub(crate) struct Timers {
    /// The timers of all spans before `next`, in order.
    current: BinaryHeap<Reverse<Timer>>,
    /// First span (due time divided by its length) that is not in `current`.
    next: i64,
    /// Timers of the spans from `next` on, by the span's remainder: pages of buckets.
    wheel: Vec<Vec<Vec<Timer>>>,
    /// Timers beyond the wheel.
    far: BinaryHeap<Reverse<Timer>>,
    in_wheel: usize,
    /// Checks of connections at rest, each set as long after the one before fired as all the others, so that they come
    /// in order by themselves: due, birth and slot.
    resting: VecDeque<(Timestamp, u64, u32)>,
    /// Emptied buckets, to be filled again.
    spare: Vec<Vec<Timer>>,
    /// Timers that were ever set.
    total: u64,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            current: BinaryHeap::new(),
            next: i64::MIN,
            wheel: Vec::new(),
            far: BinaryHeap::new(),
            in_wheel: 0,
            resting: VecDeque::with_capacity(RESTING),
            spare: Vec::new(),
            total: 0,
        }
    }
}

fn span(due: Timestamp) -> i64 {
    due.nanos() >> SPAN_BITS
}

/// Page and bucket of a span in the wheel.
fn page_and_bucket(span: i64) -> (usize, usize) {
    let bucket = span as u64 % BUCKETS;
    ((bucket / PAGE) as usize, (bucket % PAGE) as usize)
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer) {
        self.total += 1;
        if self.wheel.is_empty() {
            self.current.push(Reverse(timer));
            if self.current.len() >= MANY {
                self.make_wheel();
            }
            return;
        }
        self.place(timer);
        if self.current.is_empty() {
            self.load();
        }
    }

    /// Moves the timers into a wheel; from now on there is one.
    fn make_wheel(&mut self) {
        self.wheel.resize_with((BUCKETS / PAGE) as usize, Vec::new);
        let all = std::mem::take(&mut self.current);
        self.next = all.peek().map_or(self.next, |first| span(first.0.due));
        all.into_iter().for_each(|timer| self.place(timer.0));
        self.load();
    }

    fn place(&mut self, timer: Timer) {
        let span = span(timer.due);
        if self.len() == 0 {
            self.next = span;
        }
        if span < self.next {
            self.current.push(Reverse(timer));
        } else if span.abs_diff(self.next) >= BUCKETS {
            self.far.push(Reverse(timer));
        } else {
            self.put_in_wheel(span, timer);
        }
    }

    fn put_in_wheel(&mut self, span: i64, timer: Timer) {
        let (page, bucket) = page_and_bucket(span);
        let Some(page) = self.wheel.get_mut(page) else { return };
        if page.is_empty() {
            page.resize_with(PAGE as usize, Vec::new);
        }
        if let Some(bucket) = page.get_mut(bucket) {
            if bucket.capacity() == 0 {
                *bucket = self.spare.pop().unwrap_or_default();
            }
            list::push(bucket, timer);
            self.in_wheel += 1;
        }
    }

    /// Puts the next span that has timers in order.
    fn load(&mut self) {
        while self.current.is_empty() && self.len() > 0 {
            if self.in_wheel == 0 {
                // Nothing for a while: the wheel turns to the next far timer at once.
                self.next = self.far.peek().map_or(self.next, |timer| span(timer.0.due));
            }
            while let Some(timer) = self.far.peek().map(|timer| timer.0)
                && span(timer.due).abs_diff(self.next) < BUCKETS
            {
                self.far.pop();
                self.put_in_wheel(span(timer.due), timer);
            }
            let (page, bucket) = page_and_bucket(self.next);
            let Some(page) = self.wheel.get_mut(page) else { return };
            if page.is_empty() {
                self.next += PAGE as i64 - bucket as i64;
                continue;
            }
            if let Some(bucket) = page.get_mut(bucket) {
                let mut bucket = std::mem::take(bucket);
                self.in_wheel -= bucket.len();
                if bucket.len() > LARGE {
                    self.current = bucket.into_iter().map(Reverse).collect::<Vec<_>>().into();
                } else {
                    self.current.extend(bucket.drain(..).map(Reverse));
                    if self.spare.len() < SPARE && (1..=SPARE_ROOM).contains(&bucket.capacity()) {
                        self.spare.push(bucket);
                    }
                }
            }
            self.next += 1;
        }
    }

    /// Sets the check of a connection at rest; never due before one that was set earlier.
    pub(crate) fn rest(&mut self, timer: Timer) {
        self.resting.push_back((timer.due, timer.birth, timer.slot));
    }

    /// When the next check of a connection at rest is due.
    pub(crate) fn next_resting(&self) -> Timestamp {
        self.resting.front().map_or(Timestamp::MAX, |(due, ..)| *due)
    }

    pub(crate) fn pop_resting(&mut self) -> Option<Timer> {
        let (due, birth, slot) = self.resting.pop_front()?;
        Some(Timer { due, birth, slot, kind: TimerKind::Check })
    }

    /// When the next one is due.
    pub(crate) fn next_due(&self) -> Timestamp {
        self.current.peek().map_or(Timestamp::MAX, |timer| timer.0.due)
    }

    pub(crate) fn pop(&mut self) -> Option<Timer> {
        let timer = self.current.pop()?.0;
        if self.current.is_empty() {
            self.load();
        }
        Some(timer)
    }

    /// Timers that were ever set.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Takes all timers out, and counts on.
    pub(crate) fn take(&mut self) -> Self {
        let total = self.total;
        std::mem::replace(self, Self { total, ..Self::default() })
    }

    pub(crate) fn len(&self) -> usize {
        self.current.len() + self.in_wheel + self.far.len()
    }

    /// Keeps only the timers that `alive` says are still of use.
    pub(crate) fn sweep(&mut self, mut alive: impl FnMut(&Timer) -> bool) {
        self.current.retain(|timer| alive(&timer.0));
        self.far.retain(|timer| alive(&timer.0));
        for bucket in self.wheel.iter_mut().flatten() {
            bucket.retain(|timer| alive(timer));
            bucket.shrink_to(bucket.len() + bucket.len() / 8);
        }
        self.in_wheel = self.wheel.iter().flatten().map(Vec::len).sum();
        self.far.shrink_to(self.far.len() * 2);
        self.current.shrink_to(self.current.len() * 2);
        if self.current.is_empty() {
            self.load();
        }
    }
}
