//! What is put together from several shards: items cross to one place behind the merge, where they are in the order of the
//! capture.

use std::any::Any;
use std::sync::Arc;

use super::key::{Key, Once};
use super::record::{LogStream, Record};
use super::value::ConnTag;
use super::{Event, Meta, Subscriber};
use crate::base::time::{Interval, Timestamp};

/// Puts together what analyzers on connections of different shards hand across
/// ([`Context::hand_across`](crate::analyzers::Context::hand_across)): leases whose messages have other addresses each, counts
/// over a whole site.
///
/// There is one of each kind in a run, on one thread. It sees items in the order of the capture, whatever the number of
/// workers, and its records have a place of their own in the same order. The items are as hostile as the bytes that they
/// came from: no panic, no collection without a limit.
pub trait Fold: Send {
    /// The next item.
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>);

    /// The clock went on. It goes by what comes out of the merge, so that it stands still while nothing does.
    fn advance(&mut self, _out: &mut FoldOutput<'_>) {}

    /// The first packet came that is not before the end of a period ([`FoldDescriptor::every`]) since it was called last, or
    /// since the beginning; it is called by the very first packet too. Other than [`Self::advance`] it needs no record.
    fn tick(&mut self, _out: &mut FoldOutput<'_>) {}

    /// The end of the run: the last chance to emit what is pending.
    fn finish(&mut self, _out: &mut FoldOutput<'_>) {}

    /// Bytes of memory held; true to 10 %. One that holds [`MAX_HELD`] gets no more items until it holds less.
    fn held(&self) -> usize;
}

/// Bytes that one fold may hold: items that come beyond it are given up and counted
/// ([`Shed::Item`](crate::Shed::Item)).
pub const MAX_HELD: usize = 64 << 20;

/// A kind of fold, as data; its analyzers name it ([`Descriptor::fold`](crate::analyzers::Descriptor::fold)).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FoldDescriptor {
    /// Its name, which no other one has.
    pub name: &'static str,
    /// The kinds of records that it emits: without anybody who listens to one, nothing crosses.
    pub records: &'static [&'static LogStream],
    /// Makes the one of a run that is given nothing.
    pub new: fn() -> Box<dyn Fold>,
    /// Makes the one of a run that is given something.
    pub with: Option<FoldWith>,
    /// How often it is told of the time.
    pub period: Option<Interval>,
    /// The clock from which on it is told, and the first period.
    pub lead: Option<Interval>,
    /// The kinds of records that it watches, and what it makes of one.
    pub watched: Option<(&'static [&'static LogStream], Watch)>,
    /// What it makes of one in a run that is given something.
    pub watch_with: Option<WatchWith>,
    /// The kinds among these of which it takes the records that cross: the subscriber gets them from the fold.
    pub taken: &'static [&'static LogStream],
    /// The fold that it hands items to.
    pub told: Option<&'static FoldDescriptor>,
}

/// What a fold keeps of a record that it watches, if anything; at most 256 bytes. It is called on the worker that made the
/// record, and has no state. A record that may appear once within some time comes as often as it is made.
pub type Watch = fn(&Meta<'_>, Event<'_>) -> Option<Observation>;

/// The same, where the run is given something.
pub type WatchWith = fn(&Given, &Meta<'_>, Event<'_>) -> Option<Observation>;

/// Makes a fold of what the run is given.
pub type FoldWith = fn(&Given) -> Box<dyn Fold>;

/// What a run is given for a fold: settings, lists that records are held against. All workers and the fold have the same one, so
/// what changes in it is theirs to keep in order. Its kind is known to the fold that takes it.
pub type Given = Arc<dyn Any + Send + Sync>;

/// What crosses to a fold.
pub type Observation = Box<dyn Any + Send>;

impl FoldDescriptor {
    /// A kind of fold.
    pub const fn new(
        name: &'static str,
        records: &'static [&'static LogStream],
        new: fn() -> Box<dyn Fold>,
    ) -> Self {
        Self {
            name,
            records,
            new,
            with: None,
            period: None,
            lead: None,
            watched: None,
            watch_with: None,
            told: None,
            taken: &[],
        }
    }

    /// Takes what a run is given for it ([`ConfigBuilder::give`](crate::ConfigBuilder::give)); where nothing is, it is made as
    /// ever.
    #[must_use]
    pub const fn given(mut self, with: FoldWith) -> Self {
        self.with = Some(with);
        self
    }

    /// What it makes of a record that it watches, where the run is given something.
    #[must_use]
    pub const fn watches_given(mut self, watch: WatchWith) -> Self {
        self.watch_with = Some(watch);
        self
    }

    /// The one of a run.
    pub(crate) fn make(&self, given: Option<&Given>) -> Box<dyn Fold> {
        match (self.with, given) {
            (Some(with), Some(given)) => with(given),
            _ => (self.new)(),
        }
    }

    /// It hands items to another fold ([`FoldOutput::tell`]), which tells nobody itself; so it runs as well where somebody
    /// listens to what that one emits.
    #[must_use]
    pub const fn tells(mut self, other: &'static Self) -> Self {
        self.told = Some(other);
        self
    }

    /// Shown every record of these kinds, whether or not the subscriber listens to them: what `watch` makes of one crosses to
    /// the fold.
    #[must_use]
    pub const fn watches(mut self, streams: &'static [&'static LogStream], watch: Watch) -> Self {
        self.watched = Some((streams, watch));
        self
    }

    /// Takes records of these kinds, which it watches: one of which `watch` makes something does not go to the subscriber. The
    /// fold emits it in its place, with what is only known behind the merge. At most one fold of a run takes a kind.
    #[must_use]
    pub const fn takes(mut self, streams: &'static [&'static LogStream]) -> Self {
        self.taken = streams;
        self
    }

    /// Whether it takes records of this kind.
    pub(crate) fn takes_stream(&self, stream: &'static LogStream) -> bool {
        self.taken.iter().any(|taken| taken.name == stream.name)
    }

    /// Whether it watches records of this kind.
    pub(crate) fn watches_stream(&self, stream: &'static LogStream) -> bool {
        self.watched.is_some_and(|(streams, _)| streams.iter().any(|watched| watched.name == stream.name))
    }

    /// Whether what it says is heard, where these kinds of records are.
    pub(crate) fn heard(&self, any: impl Fn(&[&'static LogStream]) -> bool) -> bool {
        any(self.records) || self.told.is_some_and(|other| any(other.records))
    }

    /// Told of the time ever so often ([`Fold::tick`]), by the packets of the capture.
    #[must_use]
    pub const fn every(mut self, period: Interval) -> Self {
        self.period = Some(period);
        self
    }

    /// Told for the first time when the capture's clock is this far from 1970, by which a first packet with any real time is
    /// meant, and for the second time this much later; then every period.
    #[must_use]
    pub const fn led_by(mut self, lead: Interval) -> Self {
        self.lead = Some(lead);
        self
    }
}

/// A fold that watches records, on a worker.
#[derive(Clone)]
pub(crate) struct Watcher {
    pub(crate) fold: &'static FoldDescriptor,
    pub(crate) given: Option<Given>,
}

impl Watcher {
    /// What the fold makes of a record.
    pub(crate) fn watch(&self, meta: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
        match (self.fold.watch_with, &self.given) {
            (Some(watch), Some(given)) => watch(given, meta, event),
            _ => self.fold.watched.and_then(|(_, watch)| watch(meta, event)),
        }
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher").field("fold", &self.fold.name).finish_non_exhaustive()
    }
}

/// The item by which a worker tells of the time.
pub(crate) struct Tick;

/// An item on its way.
#[derive(Debug)]
pub struct Crossing {
    pub(crate) to: &'static FoldDescriptor,
    pub(crate) item: Box<dyn Any + Send>,
}

/// Where a fold's records go.
pub struct FoldOutput<'a> {
    pub(crate) key: &'a mut Key,
    pub(crate) wants: &'a dyn Fn(&'static LogStream) -> bool,
    pub(crate) to: &'a mut dyn Subscriber,
    /// What was given up.
    pub(crate) shed: &'a mut u64,
    /// What goes to other folds.
    pub(crate) told: &'a mut Vec<Crossing>,
}

impl FoldOutput<'_> {
    /// The capture's clock.
    pub fn now(&self) -> Timestamp {
        self.key.now
    }

    /// Whether the capture is over: what is reported now is what was open at its end.
    pub fn at_end(&self) -> bool {
        self.key.number == u64::MAX
    }

    /// It gave so many things up, for a limit. They are counted ([`Shed::Item`](crate::Shed::Item)).
    pub fn gave_up(&mut self, count: u64) {
        *self.shed += count;
    }

    /// Whether anybody listens to records of this kind.
    pub fn wants(&self, stream: &'static LogStream) -> bool {
        (self.wants)(stream)
    }

    /// Hands an item to another fold ([`FoldDescriptor::tells`]). It gets it as soon as the one at hand is done with its call, in
    /// the same place of the order; one that does not run gets nothing.
    pub fn tell(&mut self, to: &'static FoldDescriptor, item: Box<dyn Any + Send>) {
        self.told.push(Crossing { to, item });
    }

    /// Emits a record behind what caused it, within limits on repeats; `conn` is the connection that it names, if it names
    /// one.
    pub fn emit(&mut self, conn: Option<&ConnTag>, record: &dyn Record, once: &[Once]) {
        if self.wants(record.stream()) {
            self.key.fold += 1;
            let meta = Meta { key: *self.key, now: self.key.now, conn, once };
            self.to.event(&meta, Event { record });
        }
    }
}
