//! The folds of a run, behind the place where all records are in one order.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::config::Config;
use crate::base::time::Timestamp;
use crate::events::fold::{Crossing, Fold, FoldDescriptor, FoldOutput, MAX_HELD, Tick};
use crate::events::{Event, FileMeta, Interest, Key, LogStream, Meta, Piece, Reporter, Subscriber};
use crate::worker::budget::Shed;
use crate::worker::state::Wants;
use crate::worker::stats::Stats;

/// All folds that somebody listens to.
pub(super) struct Folds {
    folds: Vec<Running>,
    wants: Wants,
    /// Place of the last record.
    key: Key,
    stats: Stats,
}

struct Running {
    descriptor: &'static FoldDescriptor,
    /// None after a defect.
    fold: Option<Box<dyn Fold>>,
    /// When it was told of the time last, and whether that was not the first time.
    ticked: Option<(Timestamp, bool)>,
}

impl Folds {
    /// Those that may run; nothing if nobody listens to any.
    pub(super) fn new(config: &Config) -> Option<Self> {
        let wants = config.wanted_records();
        let wanted = config.folds().into_iter().filter(|fold| fold.heard(|records| wants.any(records)));
        let run = |descriptor: &'static FoldDescriptor| Running {
            descriptor,
            fold: Some(descriptor.make(config.given(descriptor))),
            ticked: None,
        };
        let folds: Vec<Running> = wanted.map(run).collect();
        let key = Key::default();
        (!folds.is_empty()).then(|| Self { folds, wants, key, stats: Stats::default() })
    }

    /// Bytes of memory that they hold.
    pub(super) fn held(&self) -> usize {
        self.folds.iter().filter_map(|one| one.fold.as_ref()).map(|fold| fold.held()).sum()
    }

    /// What comes next has this place.
    pub(super) fn advance(&mut self, at: &Key, to: &mut dyn Subscriber) {
        if at.now > self.key.now {
            // Before all that happens at that time.
            self.key = Key { due: Timestamp::from_nanos(i64::MIN), birth: 0, step: 0, fold: 0, ..*at };
            self.each(to, |fold, out| fold.advance(out));
        }
    }

    /// An item for one of them.
    pub(super) fn item(&mut self, at: &Key, crossing: Crossing, to: &mut dyn Subscriber) {
        self.advance(at, to);
        let Some(index) = self.place(crossing.to) else { return };
        self.key = *at;
        if crossing.item.is::<Tick>() {
            return self.tick(index, to);
        }
        if self.has_room(index) {
            self.call(index, to, |fold, out| fold.item(out, crossing.item));
        }
    }

    /// Whether a fold may hold more; the item that it does not get is counted.
    fn has_room(&mut self, index: usize) -> bool {
        let full = |fold: &dyn Fold| fold.held() >= MAX_HELD;
        let full = self.folds.get(index).and_then(|one| one.fold.as_deref()).is_some_and(full);
        if full {
            self.stats.shed.count(Shed::Item);
        }
        !full
    }

    /// Where a fold is, if it runs.
    fn place(&self, fold: &FoldDescriptor) -> Option<usize> {
        self.folds.iter().position(|one| one.descriptor.name == fold.name)
    }

    /// A worker tells a fold of the time; all of them do, of the same times.
    fn tick(&mut self, index: usize, to: &mut dyn Subscriber) {
        let now = self.key.now;
        let Some(running) = self.folds.get_mut(index) else { return };
        let due = |(last, again)| now >= last + running.descriptor.interval(again);
        if running.ticked.is_none_or(due) {
            running.ticked = Some((now, running.ticked.is_some()));
            self.call(index, to, |fold, out| fold.tick(out));
        }
    }

    /// The end of the run, with the last time of its clock, and what was counted.
    pub(super) fn finish(&mut self, now: Timestamp, to: &mut dyn Subscriber) -> Stats {
        let (now, last) = (self.key.now.max(now), Timestamp::MAX);
        self.key = Key { now, number: u64::MAX, due: last, birth: u64::MAX, step: u32::MAX, fold: 0 };
        self.each(to, |fold, out| fold.finish(out));
        std::mem::take(&mut self.stats)
    }

    fn each(&mut self, to: &mut dyn Subscriber, call: impl Fn(&mut dyn Fold, &mut FoldOutput<'_>)) {
        for index in 0..self.folds.len() {
            self.call(index, to, &call);
        }
    }

    /// Calls one of them, and then those to whom it told something.
    fn call(
        &mut self,
        index: usize,
        to: &mut dyn Subscriber,
        call: impl FnOnce(&mut dyn Fold, &mut FoldOutput<'_>),
    ) {
        for Crossing { to: fold, item } in self.call_alone(index, to, call) {
            if let Some(at) = self.place(fold)
                && self.has_room(at)
            {
                let _tells_nobody = self.call_alone(at, to, |fold, out| fold.item(out, item));
            }
        }
    }

    /// Calls one of them; what it has for others. A defect costs it, and nobody else.
    fn call_alone(
        &mut self,
        index: usize,
        to: &mut dyn Subscriber,
        call: impl FnOnce(&mut dyn Fold, &mut FoldOutput<'_>),
    ) -> Vec<Crossing> {
        let Self { folds, wants, key, stats } = self;
        let (mut shed, mut told) = (0, Vec::new());
        let Some(Running { descriptor, fold, .. }) = folds.get_mut(index) else { return told };
        let Some(running) = fold else { return told };
        let wants = |stream: &'static LogStream| wants.subscribed(stream);
        let mut out = FoldOutput { key, wants: &wants, to, shed: &mut shed, told: &mut told };
        let called = catch_unwind(AssertUnwindSafe(|| call(&mut **running, &mut out)));
        stats.shed.count_many(Shed::Item, std::mem::take(out.shed));
        if let Err(panic) = called {
            stats.panics += 1;
            *fold = None;
            let record = Reporter::defect(out.now(), descriptor.name, None, &*panic);
            out.emit(None, &record, &[Reporter::once(descriptor.name, &*panic)]);
        }
        told
    }
}

/// A subscriber with the folds in front of it, where there is one engine.
pub(super) struct Folding<'a> {
    pub(super) folds: &'a mut Folds,
    pub(super) inner: &'a mut dyn Subscriber,
}

impl Subscriber for Folding<'_> {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        self.folds.advance(&meta.key, self.inner);
        self.inner.event(meta, event);
    }

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        self.inner.content(file, piece);
    }

    fn decide(&mut self, file: &FileMeta<'_>, first: &[u8]) -> Interest {
        self.inner.decide(file, first)
    }

    fn cross(&mut self, key: Key, crossing: Crossing) {
        self.folds.item(&key, crossing, self.inner);
    }
}
