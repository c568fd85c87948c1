//! What the workers of a run find in carriers for each other.
//!
//! A worker has two engines: one for its carriers, and one for all else. The first needs nothing of any other worker. So
//! each worker works on the carriers of a batch first, gives what it found in them to whom it belongs, and takes what is
//! its own before it goes on: then it knows all that will ever come of that batch, and its tables and timers see the
//! packets in the order of the capture. Nobody waits for a batch in which there is no carrier.
//!
//! Nothing can block for good: all that a worker does before it gives (it reads its queue, and works on carriers without
//! writing) waits for nobody.

use std::collections::VecDeque;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::time::Timestamp;
use crate::flow::{Lot, Outlet};

/// Batches that a worker can be ahead of another in what it gives: the one that it waits in, and the one that the other does.
const AHEAD: usize = 2;

/// A worker's number, and what it gives: nothing if it is over.
type Given = (usize, Option<Lot>);

/// One worker's side.
pub(super) struct Exchange {
    own: usize,
    /// All workers' ways in, by number.
    to: Vec<Sender<Given>>,
    incoming: Receiver<Given>,
    /// What came of each of the others, and whether more will.
    others: Vec<(VecDeque<Lot>, bool)>,
}

impl Exchange {
    /// The sides of so many workers.
    pub(super) fn new(workers: usize) -> Vec<Self> {
        // Room for all that can be on its way, farewells included: giving never waits.
        let (to, incoming): (Vec<_>, Vec<_>) = (0..workers).map(|_| bounded(workers * (AHEAD + 1))).unzip();
        let side = |(own, incoming)| {
            let others = (0..workers).map(|_| (VecDeque::new(), true)).collect();
            Self { own, to: to.clone(), incoming, others }
        };
        incoming.into_iter().enumerate().map(side).collect()
    }

    /// Gives what was found to whom it belongs, and waits for what the others have found in the same batch.
    pub(super) fn swap(&mut self, mut found: Option<&mut Outlet>) -> Lots {
        let mut found_for = |worker| found.as_mut().map(|found| found.take(worker)).unwrap_or_default();
        for (worker, to) in self.to.iter().enumerate().filter(|(worker, _)| *worker != self.own) {
            let _gone = to.send((self.own, Some(found_for(worker))));
        }
        let mut lots = vec![found_for(self.own)];
        for worker in 0..self.others.len() {
            if worker != self.own {
                lots.extend(self.next_of(worker));
            }
        }
        Lots::new(lots)
    }

    /// What the next batch had of a worker; nothing if that is over.
    fn next_of(&mut self, worker: usize) -> Option<Lot> {
        loop {
            let (lots, open) = self.others.get_mut(worker)?;
            match lots.pop_front() {
                Some(lot) => return Some(lot),
                None if !*open => return None,
                None => {}
            }
            let (from, lot) = self.incoming.recv().ok()?;
            let (lots, open) = self.others.get_mut(from)?;
            *open = lot.is_some();
            lots.extend(lot);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        for (_, to) in self.to.iter().enumerate().filter(|(worker, _)| *worker != self.own) {
            let _gone = to.send((self.own, None));
        }
    }
}

/// Packets that were found in carriers, of all workers.
#[derive(Default)]
pub(super) struct Lots {
    /// Each with how many of it were taken.
    lots: Vec<(Lot, usize)>,
}

impl Lots {
    fn new(lots: Vec<Lot>) -> Self {
        Self { lots: lots.into_iter().filter(|lot| lot.len() > 0).map(|lot| (lot, 0)).collect() }
    }

    pub(super) fn add(&mut self, lot: Lot) {
        self.lots.push((lot, 0));
    }

    /// The first one that is left, if its carrier comes before this place in the capture, which is a time of the clock and a
    /// number: its lot, its place there, and that of its carrier in the capture.
    pub(super) fn before(&mut self, until: (Timestamp, u64)) -> Option<(&Lot, usize, (Timestamp, u64))> {
        let lots = self.lots.iter_mut();
        let heads = lots.filter_map(|(lot, taken)| Some((lot.place(*taken)?, (lot, taken))));
        let (place, (lot, taken)) = heads.min_by_key(|(place, _)| *place)?;
        if place >= until {
            return None;
        }
        *taken += 1;
        Some((lot, *taken - 1, place))
    }

    /// Whether there is none. Those of which all were taken are let go of.
    pub(super) fn is_empty(&mut self) -> bool {
        self.lots.retain(|(lot, taken)| *taken < lot.len());
        self.lots.is_empty()
    }

    /// Bytes of all lots.
    pub(super) fn bytes(&self) -> usize {
        self.lots.iter().map(|(lot, _)| lot.bytes()).sum()
    }

    /// Packets that are left.
    pub(super) fn packets(&self) -> u64 {
        self.lots.iter().map(|(lot, taken)| (lot.len() - taken) as u64).sum()
    }
}
