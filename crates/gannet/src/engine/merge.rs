//! Entries of several workers, put into one order, less those that are repeats.

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use super::gate::Gate;
use super::output::{Chunk, Ordered};
use crate::base::time::Timestamp;
use crate::events::Key;

/// What a worker sends: entries, and how far it has come.
pub(super) struct Sent<T> {
    pub(super) chunk: Box<Chunk<T>>,
    /// No record of a packet up to this number follows; and the clock there.
    pub(super) frontier: (u64, Timestamp),
}

/// The merger's ends of a worker's two channels: chunks, and empty ones on their way back.
pub(super) type LaneEnds<T> = (Receiver<Sent<T>>, Sender<Box<Chunk<T>>>);

/// One worker's end of the merge.
struct Lane<T> {
    chunks: Receiver<Sent<T>>,
    recycled: Sender<Box<Chunk<T>>>,
    current: Option<Box<Chunk<T>>>,
    frontier: (u64, Timestamp),
    done: bool,
}

impl<T> Lane<T> {
    fn head(&self) -> Option<Key> {
        self.current.as_ref()?.head()
    }

    /// Takes the next chunk. `wait` blocks until there is one.
    fn receive(&mut self, wait: bool) {
        let received = if wait {
            self.chunks.recv().ok()
        } else {
            match self.chunks.try_recv() {
                Ok(sent) => Some(sent),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => None,
            }
        };
        match received {
            Some(Sent { mut chunk, frontier }) => {
                self.frontier = frontier;
                chunk.seal();
                if let Some(mut old) = self.current.replace(chunk) {
                    old.clear();
                    let _full = self.recycled.try_send(old);
                }
            }
            None => self.done = true,
        }
    }

    /// Whether a record that is not known yet could come before `key`.
    fn may_precede(&self, key: &Key) -> bool {
        !self.done && self.head().is_none() && self.frontier.0 < key.number
    }
}

/// Brings the records of all workers into the one order; the last time of their clocks.
pub(super) fn merge<T>(
    lanes: Vec<LaneEnds<T>>,
    gate: &mut Gate<'_, T>,
    ordered: Ordered<'_, T>,
) -> Timestamp {
    let mut lanes: Vec<Lane<T>> = lanes
        .into_iter()
        .map(|(chunks, recycled)| Lane {
            chunks,
            recycled,
            current: None,
            frontier: (0, Timestamp::ZERO),
            done: false,
        })
        .collect();
    loop {
        for lane in &mut lanes {
            if lane.head().is_none() && !lane.done {
                lane.receive(false);
            }
        }
        let heads = lanes.iter().enumerate().filter_map(|(i, lane)| lane.head().map(|key| (key, i)));
        // By the same order as below: after a defect workers end at different times, and neither may wait for the other.
        let best = heads.min_by(|(a, _), (b, _)| order(a).cmp(&order(b)));
        let waits_for = match &best {
            Some((key, _)) => lanes.iter().position(|lane| lane.may_precede(key)),
            // The one that is furthest behind is the one that others will wait for.
            None => {
                let open = lanes.iter().enumerate().filter(|(_, lane)| !lane.done);
                match open.min_by_key(|(_, lane)| lane.frontier.0) {
                    Some((i, _)) => Some(i),
                    None => return lanes.iter().map(|lane| lane.frontier.1).max().unwrap_or_default(),
                }
            }
        };
        match (waits_for, best) {
            (Some(i), _) => {
                if let Some(lane) = lanes.get_mut(i) {
                    lane.receive(true);
                }
            }
            (None, Some((_, i))) => emit_run(&mut lanes, i, gate, ordered),
            (None, None) => {}
        }
    }
}

/// Emits records of one lane for as long as no other lane has, or may get, an earlier one.
fn emit_run<T>(lanes: &mut [Lane<T>], from: usize, gate: &mut Gate<'_, T>, ordered: Ordered<'_, T>) {
    let others =
        lanes.iter().enumerate().filter(|(i, lane)| *i != from && (!lane.done || lane.head().is_some()));
    let bound = others
        .map(|(_, lane)| {
            lane.head().unwrap_or(Key { now: Timestamp::MAX, number: lane.frontier.0, ..END_OF_PACKET })
        })
        .min_by(|a, b| order(a).cmp(&order(b)));
    let Some(lane) = lanes.get_mut(from) else { return };
    let Some(chunk) = &mut lane.current else { return };
    // The first one was found to be next, by clocks too: they differ at the end of a run in which a worker was lost.
    let mut first = true;
    while let Some(key) = chunk.head() {
        if !first && bound.as_ref().is_some_and(|bound| order(&key) > order(bound)) {
            return;
        }
        first = false;
        gate.pass(chunk, ordered);
    }
}

/// After every record of its packet.
const END_OF_PACKET: Key =
    Key { now: Timestamp::MAX, number: 0, due: Timestamp::MAX, birth: u64::MAX, step: u32::MAX, fold: 0 };

/// The order without the clock, which the number implies.
fn order(key: &Key) -> (u64, Timestamp, u64, u32) {
    (key.number, key.due, key.birth, key.step)
}
