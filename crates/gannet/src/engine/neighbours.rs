//! What the workers of a live run find in carriers for each other.
//!
//! The kernel spreads packets by their outer addresses, as far as its program does not open the tunnel itself. What a worker
//! finds in carriers goes to the worker of its own addresses by a queue with a limit, and is given up and counted where that
//! is full. Whoever gets it waits until all workers' clocks have come so far, or a second: so the two directions of a
//! connection that come through two tunnels meet in the order of the wire. Nothing else waits; so where one direction of a
//! connection comes through a tunnel and the other one does not, that which does may come late.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Engine;
use super::exchange::Lots;
use crate::base::time::{Interval, Timestamp};
use crate::events::Subscriber;
use crate::flow::Lot;

/// Lots that may wait in a queue.
const MOST_LOTS: usize = 256;
/// Bytes of lots that wait for other workers' clocks; when there are more, they do not wait.
const MOST_BYTES: usize = 64 << 20;
/// So far behind the own clock others' clocks are waited for.
const HOLD: Interval = Interval::from_secs(1);
/// Time that a worker whose source has ended waits for what others may still have for it.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// One worker's side.
pub(super) struct Neighbours {
    own: usize,
    /// All workers' ways in, by number.
    to: Vec<Sender<Lot>>,
    incoming: Receiver<Lot>,
    /// How far each of them has come: what it found until then is in the queues.
    clocks: Arc<[AtomicI64]>,
    /// What waits.
    lots: Lots,
}

impl Neighbours {
    /// The sides of so many workers.
    pub(super) fn new(workers: usize) -> Vec<Self> {
        let (to, incoming): (Vec<_>, Vec<_>) = (0..workers).map(|_| bounded(MOST_LOTS)).unzip();
        let clocks: Arc<[AtomicI64]> = (0..workers).map(|_| AtomicI64::new(i64::MIN)).collect();
        let side = |(own, incoming)| {
            let (to, clocks) = (to.clone(), Arc::clone(&clocks));
            Self { own, to, incoming, clocks, lots: Lots::default() }
        };
        incoming.into_iter().enumerate().map(side).collect()
    }

    /// Hands out what was found, and works on what is due, the own clock being `now`. `next` numbers packets in the order of
    /// this worker's own.
    pub(super) fn swap(
        &mut self,
        engine: &mut Engine,
        now: Timestamp,
        next: &mut dyn FnMut() -> u64,
        h: &mut dyn Subscriber,
    ) {
        let Some(own) = self.give(engine) else { return };
        self.add(own, next);
        self.set_clock(now);
        // First the clocks, then the queue: what others found until then is in it.
        let behind = self.clocks.iter().map(|clock| clock.load(Ordering::Acquire)).min();
        while let Ok(lot) = self.incoming.try_recv() {
            self.add(lot, next);
        }
        let held = now.nanos().saturating_sub(HOLD.nanos());
        let until = Timestamp::from_nanos(behind.unwrap_or(i64::MAX).max(held));
        self.work(engine, if self.lots.bytes() > MOST_BYTES { now } else { until.min(now) }, h);
    }

    /// The source has ended: what others may still have is waited for, until they are over too.
    pub(super) fn last(
        &mut self,
        engine: &mut Engine,
        next: &mut dyn FnMut() -> u64,
        h: &mut dyn Subscriber,
    ) {
        if let Some(own) = self.give(engine) {
            self.add(own, next);
        }
        self.leave();
        while let Ok(lot) = self.incoming.recv_timeout(LAST_WAIT) {
            self.add(lot, next);
            if self.lots.bytes() > MOST_BYTES {
                self.work(engine, Timestamp::MAX, h);
            }
        }
        self.work(engine, Timestamp::MAX, h);
    }

    /// Gives up what waits: it is of a time that does not come.
    pub(super) fn forget(&mut self, engine: &mut Engine) {
        engine.lose(self.lots.packets());
        self.lots = Lots::default();
    }

    fn set_clock(&self, now: Timestamp) {
        if let Some(clock) = self.clocks.get(self.own) {
            clock.store(now.nanos(), Ordering::Release);
        }
    }

    /// Nobody waits for this one any more.
    fn leave(&mut self) {
        self.set_clock(Timestamp::MAX);
        self.to.clear();
    }

    fn add(&mut self, mut lot: Lot, next: &mut dyn FnMut() -> u64) {
        if lot.len() > 0 {
            lot.number(next);
            self.lots.add(lot);
        }
    }

    /// Hands out what was found for others; what is for this one comes back. Nothing if this engine keeps what it finds.
    fn give(&self, engine: &mut Engine) -> Option<Lot> {
        for (worker, to) in self.to.iter().enumerate().filter(|(worker, _)| *worker != self.own) {
            let lot = engine.outlet()?.take(worker);
            let count = lot.len();
            if count > 0 && to.try_send(lot).is_err() {
                engine.lose(count as u64);
            }
        }
        Some(engine.outlet()?.take(self.own))
    }

    /// Works on what was found until a time of the clock.
    fn work(&mut self, engine: &mut Engine, until: Timestamp, h: &mut dyn Subscriber) {
        if !self.lots.is_empty() {
            engine.found(&[], &mut 0, (&mut self.lots, (until, u64::MAX)), h);
        }
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.leave();
    }
}
