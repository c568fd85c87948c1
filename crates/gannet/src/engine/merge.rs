//! Records of several workers, put into one order.

use crossbeam::channel::{Receiver, Sender, TryRecvError};

use crate::base::time::Timestamp;
use crate::events::{Key, Meta, Once};

/// Bytes in an outbox from which it is sent off.
const FULL_BYTES: usize = 64 * 1024;
/// Records in an outbox from which it is sent off.
const FULL_RECORDS: usize = 1024;

/// What a mapper leaves of the events it saw: an item and some bytes for each.
#[derive(Debug)]
pub struct Outbox<T> {
    entries: Vec<Entry<T>>,
    bytes: Vec<u8>,
    limits: Vec<Once>,
}

#[derive(Debug)]
struct Entry<T> {
    key: Key,
    item: T,
    bytes_end: u32,
    limits_end: u32,
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), bytes: Vec::new(), limits: Vec::new() }
    }
}

/// One record on its way out, in the order of the capture.
#[derive(Clone, Copy, Debug)]
pub struct Ordered<'a, T> {
    /// Its place in the order.
    pub key: Key,
    /// What the mapper left.
    pub item: &'a T,
    /// The bytes that the mapper wrote with it.
    pub bytes: &'a [u8],
    /// Limits to apply.
    pub once: &'a [Once],
}

impl<T> Outbox<T> {
    /// Leaves an item for the event that `meta` belongs to; `write` appends the bytes that go with it.
    pub fn push(&mut self, meta: &Meta<'_>, item: T, write: impl FnOnce(&mut Vec<u8>)) {
        self.push_limited(meta.key, meta.once, item, write);
    }

    /// As [`Self::push`], with limits of the caller's own.
    pub fn push_limited(&mut self, key: Key, once: &[Once], item: T, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.limits.extend_from_slice(once);
        let (bytes_end, limits_end) = (self.bytes.len() as u32, self.limits.len() as u32);
        self.entries.push(Entry { key, item, bytes_end, limits_end });
    }

    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL_BYTES || self.entries.len() >= FULL_RECORDS
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn key(&self, index: usize) -> Option<Key> {
        self.entries.get(index).map(|entry| entry.key)
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.bytes.clear();
        self.limits.clear();
        // One huge record must not pin its memory for ever.
        self.bytes.shrink_to(4 * FULL_BYTES);
    }

    pub(super) fn get(&self, index: usize) -> Option<Ordered<'_, T>> {
        let entry = self.entries.get(index)?;
        let before = index.checked_sub(1).and_then(|i| self.entries.get(i));
        let (bytes_start, limits_start) = before.map_or((0, 0), |b| (b.bytes_end, b.limits_end));
        Some(Ordered {
            key: entry.key,
            item: &entry.item,
            bytes: self.bytes.get(bytes_start as usize..entry.bytes_end as usize).unwrap_or_default(),
            once: self.limits.get(limits_start as usize..entry.limits_end as usize).unwrap_or_default(),
        })
    }

    /// Hands everything to `ordered` and forgets it.
    pub(crate) fn drain(&mut self, ordered: &mut impl FnMut(Ordered<'_, T>)) {
        for index in 0..self.entries.len() {
            if let Some(record) = self.get(index) {
                ordered(record);
            }
        }
        self.clear();
    }
}

/// What a worker sends: records, and how far it has come.
pub(super) struct Chunk<T> {
    pub(super) outbox: Outbox<T>,
    /// No record of a packet up to this number follows.
    pub(super) frontier: u64,
}

/// The merger's ends of a worker's two channels: chunks, and outboxes on their way back.
pub(super) type LaneEnds<T> = (Receiver<Chunk<T>>, Sender<Outbox<T>>);

/// One worker's end of the merge.
struct Lane<T> {
    chunks: Receiver<Chunk<T>>,
    recycled: Sender<Outbox<T>>,
    current: Option<Outbox<T>>,
    next: usize,
    frontier: u64,
    done: bool,
}

impl<T> Lane<T> {
    fn head(&self) -> Option<Key> {
        self.current.as_ref()?.entries.get(self.next).map(|entry| entry.key)
    }

    /// Takes the next chunk. `wait` blocks until there is one.
    fn receive(&mut self, wait: bool) {
        let received = if wait {
            self.chunks.recv().ok()
        } else {
            match self.chunks.try_recv() {
                Ok(chunk) => Some(chunk),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => None,
            }
        };
        match received {
            Some(chunk) => {
                self.frontier = chunk.frontier;
                self.next = 0;
                if let Some(mut old) = self.current.replace(chunk.outbox) {
                    old.clear();
                    let _full = self.recycled.try_send(old);
                }
            }
            None => self.done = true,
        }
    }

    /// Whether a record that is not known yet could come before `key`.
    fn may_precede(&self, key: &Key) -> bool {
        !self.done && self.head().is_none() && self.frontier < key.number
    }
}

/// Brings the records of all workers into the one order.
pub(super) fn merge<T>(lanes: Vec<LaneEnds<T>>, ordered: &mut impl FnMut(Ordered<'_, T>)) {
    let mut lanes: Vec<Lane<T>> = lanes
        .into_iter()
        .map(|(chunks, recycled)| Lane { chunks, recycled, current: None, next: 0, frontier: 0, done: false })
        .collect();
    loop {
        for lane in &mut lanes {
            if lane.head().is_none() && !lane.done {
                lane.receive(false);
            }
        }
        let best = lanes.iter().enumerate().filter_map(|(i, lane)| lane.head().map(|key| (key, i))).min();
        let waits_for = match &best {
            Some((key, _)) => lanes.iter().position(|lane| lane.may_precede(key)),
            // The one that is furthest behind is the one that others will wait for.
            None => {
                let open = lanes.iter().enumerate().filter(|(_, lane)| !lane.done);
                match open.min_by_key(|(_, lane)| lane.frontier) {
                    Some((i, _)) => Some(i),
                    None => return,
                }
            }
        };
        match (waits_for, best) {
            (Some(i), _) => {
                if let Some(lane) = lanes.get_mut(i) {
                    lane.receive(true);
                }
            }
            (None, Some((_, i))) => emit_run(&mut lanes, i, ordered),
            (None, None) => {}
        }
    }
}

/// Emits records of one lane for as long as no other lane has, or may get, an earlier one.
fn emit_run<T>(lanes: &mut [Lane<T>], from: usize, ordered: &mut impl FnMut(Ordered<'_, T>)) {
    let others =
        lanes.iter().enumerate().filter(|(i, lane)| *i != from && (!lane.done || lane.head().is_some()));
    let bound = others
        .map(|(_, lane)| {
            lane.head().unwrap_or(Key { now: Timestamp::MAX, number: lane.frontier, ..END_OF_PACKET })
        })
        .min_by(|a, b| order(a).cmp(&order(b)));
    let Some(lane) = lanes.get_mut(from) else { return };
    let Some(outbox) = &lane.current else { return };
    while let Some(record) = outbox.get(lane.next) {
        if bound.as_ref().is_some_and(|bound| order(&record.key) > order(bound)) {
            return;
        }
        ordered(record);
        lane.next += 1;
    }
}

/// After every record of its packet.
const END_OF_PACKET: Key =
    Key { now: Timestamp::MAX, number: 0, due: Timestamp::MAX, birth: u64::MAX, step: u32::MAX };

/// The order without the clock, which the number implies.
fn order(key: &Key) -> (u64, Timestamp, u64, u32) {
    (key.number, key.due, key.birth, key.step)
}
