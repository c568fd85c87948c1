//! A worker's way out: what its subscriber leaves for the ordered side, in chunks that go there and come back.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use bytes::Bytes;

use super::dedup::Dedup;
use crate::base::time::Timestamp;
use crate::events::fold::Crossing;
use crate::events::{Event, FileMeta, Interest, Key, Meta, Once, Piece, Subscriber};

/// Bytes in a chunk from which it is sent off.
const FULL_BYTES: usize = 64 * 1024;
/// Entries in a chunk from which it is sent off.
const FULL_ENTRIES: usize = 1024;

/// A worker's way out: made for one subscriber, on the thread of its worker, and used there.
///
/// What is left goes to the ordered side when the subscriber's call is over, in the order of the calls. A handle that is
/// used outside the calls of its subscriber leaves nothing.
#[derive(Debug)]
pub struct Output<T>(Rc<RefCell<Way<T>>>);

/// What a subscriber left, in the order of the capture.
///
/// It is the receiver's own and may go to any thread. The bytes are a slice of a chunk of 64 KiB that lives as long as one
/// slice of it does: whoever keeps a few bytes for long copies them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry<T> {
    /// Its place in the order.
    pub key: Key,
    /// The item.
    pub item: T,
    /// The bytes that were written with it.
    pub bytes: Bytes,
}

/// Where entries go.
pub(super) type Ordered<'o, T> = &'o mut dyn FnMut(Entry<T>);

/// Entries of one worker on their way to the ordered side.
#[derive(Debug)]
pub(super) struct Chunk<T> {
    slots: VecDeque<Slot<T>>,
    /// Bytes of all entries while they are written.
    buffer: Vec<u8>,
    /// The same once the chunk is sealed.
    bytes: Bytes,
    limits: Vec<Once>,
    /// Where the bytes and the limits of the next entry begin.
    next: (u32, u32),
    /// The last entry that was taken out with limits: its place, its limits, and whether they let it through.
    last: Option<(Key, Range<usize>, bool)>,
}

/// An entry in a chunk.
#[derive(Debug)]
struct Slot<T> {
    key: Key,
    what: What<T>,
    bytes_end: u32,
    limits_end: u32,
}

/// What was left.
#[derive(Debug)]
enum What<T> {
    /// An entry.
    Item(T),
    /// An item for a fold.
    Crossing(Crossing),
}

/// What an output and its worker share.
#[derive(Debug)]
struct Way<T> {
    chunk: Box<Chunk<T>>,
    /// What was left ahead of its time, and whether that is what is left now.
    early: Box<Chunk<T>>,
    is_early: bool,
    /// Place and limits of the event at hand.
    at: Option<Key>,
    once: Vec<Once>,
}

impl<T> Output<T> {
    /// Leaves an item for the event at hand, or for the piece of content.
    pub fn leave(&mut self, item: T) {
        let Ok(mut way) = self.0.try_borrow_mut() else { return };
        if let Some(key) = way.at {
            let (chunk, once) = way.parts();
            chunk.push(key, once, What::Item(item), |_| ());
        }
    }

    /// Leaves an item at the place of `meta`, and the bytes that `write` appends. [`Meta::own`] makes the `meta` of an
    /// entry that the subscriber adds of its own accord.
    pub fn push(&mut self, meta: &Meta<'_>, item: T, write: impl FnOnce(&mut Vec<u8>)) {
        // Nobody else has it: there is one handle, and it is borrowed here.
        let Ok(mut way) = self.0.try_borrow_mut() else { return };
        if way.at.is_some() {
            way.parts().0.push(meta.key, meta.once, What::Item(item), write);
        }
    }
}

impl<T> Way<T> {
    /// Where things are left, and the limits of the event at hand.
    fn parts(&mut self) -> (&mut Chunk<T>, &[Once]) {
        (if self.is_early { &mut self.early } else { &mut self.chunk }, &self.once)
    }

    /// Puts what was left early in its place, before `key`.
    fn catch_up(&mut self, key: &Key, mut flush: impl FnMut(&mut Box<Chunk<T>>)) {
        while self.early.head().is_some_and(|early| early < *key) {
            self.early.pass_on(&mut self.chunk);
            if self.chunk.is_full() {
                flush(&mut self.chunk);
            }
        }
    }
}

impl<T> Default for Chunk<T> {
    fn default() -> Self {
        Self {
            slots: VecDeque::new(),
            buffer: Vec::new(),
            bytes: Bytes::new(),
            limits: Vec::new(),
            next: (0, 0),
            last: None,
        }
    }
}

impl<T> Chunk<T> {
    fn push(&mut self, key: Key, once: &[Once], what: What<T>, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.buffer);
        self.limits.extend_from_slice(once);
        let (bytes_end, limits_end) = (self.buffer.len() as u32, self.limits.len() as u32);
        self.slots.push_back(Slot { key, what, bytes_end, limits_end });
    }

    pub(super) fn is_full(&self) -> bool {
        self.buffer.len() >= FULL_BYTES || self.slots.len() >= FULL_ENTRIES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The place of the next entry.
    pub(super) fn head(&self) -> Option<Key> {
        self.slots.front().map(|slot| slot.key)
    }

    /// Nothing more is written: from here on entries are taken out.
    pub(super) fn seal(&mut self) {
        if !self.buffer.is_empty() {
            self.bytes = Bytes::from(std::mem::take(&mut self.buffer));
        }
    }

    /// Moves the next entry, of a chunk that is not sealed, to the end of another one.
    fn pass_on(&mut self, to: &mut Self) {
        let Some(Slot { key, what, bytes_end, limits_end }) = self.slots.pop_front() else { return };
        let (bytes, limits) = std::mem::replace(&mut self.next, (bytes_end, limits_end));
        let bytes = self.buffer.get(bytes as usize..bytes_end as usize).unwrap_or_default();
        let once = self.limits.get(limits as usize..limits_end as usize).unwrap_or_default();
        to.push(key, once, what, |buffer| buffer.extend_from_slice(bytes));
    }

    /// Hands the next entry to `ordered`, unless it is a repeat; what is for a fold comes back.
    pub(super) fn pop(&mut self, dedup: &mut Dedup, ordered: Ordered<'_, T>) -> Option<Crossing> {
        let Slot { key, what, bytes_end, limits_end } = self.slots.pop_front()?;
        let (bytes_start, limits_start) = std::mem::replace(&mut self.next, (bytes_end, limits_end));
        let item = match what {
            What::Item(item) => item,
            What::Crossing(crossing) => return Some(crossing),
        };
        if self.admits(key, limits_start as usize..limits_end as usize, dedup) {
            let range = bytes_start as usize..bytes_end as usize;
            let bytes = if range.end <= self.bytes.len() { self.bytes.slice(range) } else { Bytes::new() };
            ordered(Entry { key, item, bytes });
        }
        None
    }

    /// Whether an entry is no repeat. What is left for one event is kept or dropped together.
    fn admits(&mut self, key: Key, limits: Range<usize>, dedup: &mut Dedup) -> bool {
        let once = self.limits.get(limits.clone()).unwrap_or_default();
        let admitted = match self.last.take() {
            Some((at, ref of, admitted))
                if at == key && self.limits.get(of.clone()).is_some_and(|of| of == once) =>
            {
                admitted
            }
            _ => dedup.admit(key.now, once),
        };
        if !once.is_empty() {
            self.last = Some((key, limits, admitted));
        }
        admitted
    }

    /// Empty again, with the memory that nobody else looks at.
    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.limits.clear();
        self.next = (0, 0);
        self.last = None;
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.is_unique() {
            self.buffer = Vec::from(bytes);
        }
        self.buffer.clear();
        // One huge record must not pin its memory for ever.
        self.buffer.shrink_to(4 * FULL_BYTES);
    }
}

/// A subscriber with its way out; sends a chunk off when it is full.
pub(super) struct Sink<S, T, F> {
    subscriber: S,
    way: Rc<RefCell<Way<T>>>,
    flush: F,
}

impl<S: Subscriber, T, F: FnMut(&mut Box<Chunk<T>>)> Sink<S, T, F> {
    /// With the subscriber that `make` makes. `flush` takes what a chunk holds.
    pub(super) fn new(make: impl FnOnce(Output<T>) -> S, flush: F) -> Self {
        let (chunk, early) = (Box::default(), Box::default());
        let way = Way { chunk, early, is_early: false, at: None, once: Vec::new() };
        let way = Rc::new(RefCell::new(way));
        Self { subscriber: make(Output(Rc::clone(&way))), way, flush }
    }

    pub(super) fn flush(&mut self) {
        if let Ok(mut way) = self.way.try_borrow_mut()
            && !way.chunk.is_empty()
        {
            (self.flush)(&mut way.chunk);
        }
    }

    /// From here on what is left comes ahead of its time: it is kept, and put in its place when the others come. So nothing
    /// is sent off meanwhile, and nobody waited for.
    pub(super) fn ahead(&mut self, is_early: bool) {
        if let Ok(mut way) = self.way.try_borrow_mut() {
            way.is_early = is_early;
        }
    }

    /// All that was left ahead of its time has its place now.
    pub(super) fn catch_up(&mut self) {
        if let Ok(mut way) = self.way.try_borrow_mut() {
            let last = Key { now: Timestamp::MAX, ..Key::default() };
            way.catch_up(&last, &mut self.flush);
            way.early.clear();
        }
    }

    /// Takes what was left, if anything was.
    pub(super) fn take(&mut self) -> Option<Box<Chunk<T>>> {
        let mut way = self.way.try_borrow_mut().ok()?;
        (!way.chunk.is_empty()).then(|| std::mem::take(&mut way.chunk))
    }

    pub(super) fn flush_always(&mut self) {
        if let Ok(mut way) = self.way.try_borrow_mut() {
            (self.flush)(&mut way.chunk);
        }
    }

    /// Calls the subscriber at a place in the order.
    fn at<R>(&mut self, key: Key, once: &[Once], call: impl FnOnce(&mut S) -> R) -> R {
        if let Ok(mut way) = self.way.try_borrow_mut() {
            if !way.is_early && !way.early.is_empty() {
                way.catch_up(&key, &mut self.flush);
            }
            way.at = Some(key);
            way.once.clear();
            way.once.extend_from_slice(once);
        }
        let answer = call(&mut self.subscriber);
        if let Ok(mut way) = self.way.try_borrow_mut() {
            way.at = None;
            if !way.is_early && way.chunk.is_full() {
                (self.flush)(&mut way.chunk);
            }
        }
        answer
    }
}

impl<S: Subscriber, T, F: FnMut(&mut Box<Chunk<T>>)> Subscriber for Sink<S, T, F> {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        self.at(meta.key, meta.once, |subscriber| subscriber.event(meta, event));
    }

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        self.at(file.key, &[], |subscriber| subscriber.content(file, piece));
    }

    fn decide(&mut self, file: &FileMeta<'_>, first: &[u8]) -> Interest {
        self.at(file.key, &[], |subscriber| subscriber.decide(file, first))
    }

    fn cross(&mut self, key: Key, crossing: Crossing) {
        if let Ok(mut way) = self.way.try_borrow_mut() {
            if !way.is_early {
                way.catch_up(&key, &mut self.flush);
            }
            way.parts().0.push(key, &[], What::Crossing(crossing), |_| ());
            if !way.is_early && way.chunk.is_full() {
                (self.flush)(&mut way.chunk);
            }
        }
    }
}
