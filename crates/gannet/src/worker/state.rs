//! What every stage of one engine shares while it works on a packet or a timer: the clock, the counters, the way out.

use std::any::Any;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ahash::RandomState;
use hashbrown::HashMap;

use super::budget::{ShardBudget, Told};
use super::clocked::Clocked;
use super::stats::Stats;
use super::timer::Timers;
use crate::base::key::Addr;
use crate::base::packet::{LinkType, PacketMeta};
use crate::base::settings::Settings;
use crate::base::time::Timestamp;
use crate::events::fold::Watcher;
use crate::events::weird::{Samplers, Weird};
use crate::events::{
    ConnTag, Crossing, Event, FileMeta, Interest, Key, Label, Labels, LogStream, Meta, Once, Piece, Record,
    Reporter, Subscriber,
};

/// Sampling of the weirds of one shard's pairs of addresses; by shard, so that it is the same for any number of workers.
type PairSamplers = HashMap<(Addr, Addr), Samplers, RandomState>;

/// What is amiss with the packet at hand, as far as weirds said.
#[derive(Default)]
pub(crate) struct Amiss {
    /// The weird that it raised last.
    pub(super) reason: Option<&'static str>,
    /// Who sent it to whom.
    pub(super) ends: Option<(IpAddr, IpAddr)>,
}

/// Which kinds of records somebody listens to.
#[derive(Clone, Debug)]
pub(crate) struct Wants {
    /// What the subscriber listens to; all logs if unset.
    names: Option<Vec<&'static str>>,
    /// The folds that watch records.
    watchers: Vec<Watcher>,
    /// Tags that rows get.
    labels: Vec<&'static Label>,
}

impl Wants {
    /// All logs, or kinds with the given names.
    pub(crate) fn new(names: Option<Vec<&'static str>>) -> Self {
        Self { names, watchers: Vec::new(), labels: Vec::new() }
    }

    /// The same, and what these folds watch.
    pub(crate) fn with_watchers(mut self, folds: Vec<Watcher>) -> Self {
        self.watchers = folds;
        self
    }

    /// The same, with tags that rows get.
    pub(crate) fn with_labels(mut self, labels: Vec<&'static Label>) -> Self {
        self.labels = labels;
        self
    }

    /// Whether anybody listens to records of this kind, the subscriber or a fold.
    pub(crate) fn has(&self, stream: &'static LogStream) -> bool {
        self.subscribed(stream) || self.watched(stream)
    }

    /// Whether the subscriber listens to records of this kind.
    pub(crate) fn subscribed(&self, stream: &LogStream) -> bool {
        self.names.as_ref().map_or(!stream.internal, |names| names.contains(&stream.name))
    }

    fn watched(&self, stream: &'static LogStream) -> bool {
        self.watchers.iter().any(|watcher| watcher.fold.watches_stream(stream))
    }

    /// Whether nobody listens to any.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.as_ref().is_some_and(Vec::is_empty) && self.watchers.is_empty()
    }

    /// Whether anybody listens to one of these kinds.
    pub(crate) fn any(&self, streams: &[&'static LogStream]) -> bool {
        streams.iter().any(|stream| self.has(stream))
    }

    /// Whether anybody listens to records that any analyzer may show in: those of connections, which name their services, of
    /// oddities and of failures.
    pub(crate) fn all_analyzers(&self) -> bool {
        let shows = |name: &str| matches!(name, "conn" | "open_conn" | "weird" | "analyzer" | "milestone");
        let watched =
            self.watchers.iter().filter_map(|watcher| watcher.fold.watched).flat_map(|(streams, _)| streams);
        self.names.as_ref().is_none_or(|names| names.iter().any(|name| shows(name)))
            || watched.into_iter().any(|stream| shows(stream.name))
    }
}

/// State of one engine beside its tables.
pub(crate) struct State {
    pub(crate) settings: Arc<Settings>,
    pub(crate) wants: Wants,
    /// Whether the checksums of the packet at hand are tested.
    pub(crate) verify: bool,
    /// Whether a transport checksum of the packet at hand was wrong.
    pub(crate) refused: bool,
    /// Whether the packet at hand, or what is in it, was handed over to another engine.
    pub(crate) handed: bool,
    /// Whether anybody listens to weirds; asked for each of them.
    pub(super) wants_weird: bool,
    /// Place of the next record in the total order, with the clock of this engine.
    pub(crate) key: Key,
    /// The clock of the packet or timer at hand: that of the order, except for a packet that another worker found off the
    /// wire, whose clock that was, so that it may be behind.
    pub(crate) clock: Timestamp,
    /// Connections and datagrams born of the packet at hand.
    births: u64,
    pub(crate) timers: Timers,
    /// What tags rows, by their kind.
    pub(crate) labels: Vec<(&'static LogStream, Box<Labels>)>,
    pub(super) clocked: Clocked,
    /// The link type of the last packet.
    pub(super) link: Option<LinkType>,
    pub(crate) stats: Stats,
    pub(crate) reassembly: ShardBudget,
    pub(super) told: Told,
    /// True while the end of the capture is worked off.
    pub(crate) finishing: bool,
    /// The packet at hand came out of a tunnel.
    pub(crate) tunnelled: bool,
    /// What is amiss with the packet at hand.
    pub(super) amiss: Amiss,
    /// True while the subscriber is called, and for good if it panicked.
    pub(crate) in_subscriber: bool,
    samplers: HashMap<u16, PairSamplers, RandomState>,
}

impl State {
    pub(crate) fn new(settings: Arc<Settings>, wants: Wants) -> Self {
        Self {
            reassembly: ShardBudget::new(settings.limits.reassembly(), &settings.totals.reassembly),
            told: Told::default(),
            wants_weird: wants.has(Weird::STREAM),
            labels: wants.labels.iter().map(|label| (label.stream, (label.new)())).collect(),
            wants,
            verify: settings.checksums,
            refused: false,
            handed: false,
            key: Key::default(),
            clock: Timestamp::ZERO,
            births: 0,
            timers: Timers::default(),
            clocked: Clocked::default(),
            link: None,
            stats: Stats::default(),
            finishing: false,
            tunnelled: false,
            amiss: Amiss::default(),
            in_subscriber: false,
            samplers: HashMap::with_hasher(settings.hasher(1)),
            settings,
        }
    }

    /// Takes over other settings. What connections have been attached to stays.
    pub(crate) fn reconfigure(&mut self, settings: Arc<Settings>, wants: Wants) {
        self.wants_weird = wants.has(Weird::STREAM);
        self.wants = wants;
        self.reassembly.reconfigure(settings.limits.reassembly());
        self.settings = settings;
    }

    /// The capture's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.key.now
    }

    /// Sampling of the weirds of a shard.
    pub(super) fn samplers(&mut self, shard: u16) -> &mut PairSamplers {
        let hasher = self.samplers.hasher().clone();
        self.samplers.entry(shard).or_insert_with(|| HashMap::with_hasher(hasher))
    }

    /// Turns to a packet.
    pub(crate) fn at_packet(&mut self, meta: &PacketMeta) {
        let PacketMeta { now, number, .. } = *meta;
        self.key = Key { now, number, due: Timestamp::MAX, birth: birth_of_packet(number), ..Key::default() };
        self.clock = now;
        self.births = 0;
        self.verify = self.verifies(meta);
        self.refused = false;
        self.handed = false;
        self.amiss = Amiss::default();
    }

    /// Turns from a carrier to what was in it: all that comes of that has its place behind what came of the carrier, wherever
    /// the two are worked on. `clock` is the carrier's.
    pub(crate) fn at_content(&mut self, now: Timestamp, number: u64, clock: Timestamp) {
        let birth = birth_of_packet(number) | CONTENT;
        self.key = Key { now, number, due: Timestamp::MAX, birth, ..Key::default() };
        self.clock = clock;
        self.births = 0;
        self.handed = false;
        self.amiss = Amiss::default();
    }

    /// Whether what is at hand came out of a carrier, so that another worker may have it.
    pub(super) fn is_content(&self) -> bool {
        self.key.birth & CONTENT != 0
    }

    /// Whether the checksums of a packet are tested.
    pub(crate) fn verifies(&self, meta: &PacketMeta) -> bool {
        self.settings.checksums && !meta.flags.excuse_checksums()
    }

    /// Counts what became of the packet at hand. Of one that was handed over that shows elsewhere. Returns false of one that
    /// is no good.
    pub(super) fn count_outcome(&mut self, decoded: bool) -> bool {
        if std::mem::take(&mut self.handed) {
            return true;
        }
        *match (self.refused, decoded) {
            (true, _) => &mut self.stats.refused,
            (_, true) => &mut self.stats.analysed,
            (_, false) => &mut self.stats.undecodable,
        } += 1;
        decoded && !self.refused
    }

    /// Turns to a timer that the packet with this number fires, or to the end of the capture.
    ///
    /// An object may have two timers that are due at one time, and a timer may set one that is already due: what they
    /// cause goes on behind what the one before caused, so that keys never go back.
    pub(crate) fn at_timer(&mut self, now: Timestamp, number: u64, due: Timestamp, birth: u64) {
        let key = Key { now, number, due, birth, ..Key::default() };
        self.key = self.key.max(key);
        self.clock = now;
    }

    /// Turns to a timer that is left at the end of the capture; whenever it is due, it comes before what else is left.
    pub(crate) fn at_last_timer(&mut self, due: Timestamp, birth: u64) {
        let last = Timestamp::from_nanos(i64::MAX - EndPhase::Timers as i64);
        self.at_timer(self.now(), u64::MAX, due.min(last), birth);
    }

    /// Turns to what is left at the end of the capture: `phase` orders its kinds.
    pub(crate) fn at_end(&mut self, phase: EndPhase, birth: u64) {
        let due = Timestamp::from_nanos(i64::MAX - phase as i64);
        self.at_timer(self.now(), u64::MAX, due, birth);
    }

    /// The birth of a new object: the packet's number, and an index among the packet's births.
    pub(crate) fn next_birth(&mut self) -> u64 {
        self.births += 1;
        // While a timer is at work the key has the birth of its object.
        let content = if self.key.due == Timestamp::MAX { self.key.birth & CONTENT } else { 0 };
        birth_of_packet(self.key.number) | content | self.births.min(CONTENT - 1)
    }

    /// The birth of an object that another one bears: while a timer is at work, the bearer's packet and an index
    /// among all that it bears so, so that it differs from what packets bear.
    pub(crate) fn next_birth_of(&mut self, birth: u64, bore: &mut u16) -> u64 {
        if self.key.due == Timestamp::MAX && self.key.number != u64::MAX {
            return self.next_birth();
        }
        *bore = bore.wrapping_add(1);
        let among = (birth & 7) << 15 | u64::from(*bore & 0x7fff);
        (birth & !BIRTHS) | TIMER_BIRTHS | (birth & CONTENT) | among
    }
}

/// Bits of a birth that count within a packet: no packet is so long that it could bear a million objects.
const BIRTH_BITS: u32 = 20;
const BIRTHS: u64 = (1 << BIRTH_BITS) - 1;
/// Bits of a packet's number in a birth. Off the wire the ring's number is above them; it is the same for all that an engine
/// sees.
const NUMBERS: u64 = (1 << (63 - BIRTH_BITS)) - 1;

/// The birth of what is born with a packet itself.
fn birth_of_packet(number: u64) -> u64 {
    (number & NUMBERS) << BIRTH_BITS
}

/// First index of what is born while a timer is at work.
const TIMER_BIRTHS: u64 = 1 << (BIRTH_BITS - 1);
/// Set of what a carrier's content bears.
const CONTENT: u64 = 1 << (BIRTH_BITS - 2);

/// Kinds of objects that are left at the end of the capture, the last one first.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EndPhase {
    /// Files come last: connections may still have fed them.
    Files,
    /// Connections come behind their timers.
    Connections,
    /// Timers come first.
    Timers,
}

/// The way out for records, with the state beside it.
pub(crate) struct Out<'a> {
    pub(crate) subscriber: &'a mut dyn Subscriber,
    pub(crate) state: &'a mut State,
}

impl Out<'_> {
    /// The same for a shorter time.
    pub(crate) fn again(&mut self) -> Out<'_> {
        Out { subscriber: &mut *self.subscriber, state: &mut *self.state }
    }

    /// The clock of the packet or timer at hand.
    pub(crate) fn now(&self) -> Timestamp {
        self.state.clock
    }

    /// Hands a record to whoever listens.
    pub(crate) fn emit(&mut self, conn: Option<&ConnTag>, record: &dyn Record, once: &[Once]) {
        let stream = record.stream();
        if !self.state.wants.watchers.is_empty()
            && self.state.wants.watched(stream)
            && self.show(conn, record)
        {
            return;
        }
        if !self.state.wants.subscribed(stream) {
            return;
        }
        let meta = Meta { key: self.state.key, now: self.state.now(), conn, once };
        self.state.key.step += 1;
        self.state.stats.records += 1;
        self.state.in_subscriber = true;
        self.subscriber.event(&meta, Event { record });
        self.state.in_subscriber = false;
    }

    /// Shows a record to the folds that watch its kind; what they make of it crosses. Whether one of them took it.
    fn show(&mut self, conn: Option<&ConnTag>, record: &dyn Record) -> bool {
        let stream = record.stream();
        let mut taken = false;
        for at in 0..self.state.wants.watchers.len() {
            let Some(watcher) = self.state.wants.watchers.get(at) else { break };
            let fold = watcher.fold;
            if !fold.watches_stream(stream) {
                continue;
            }
            let meta = Meta { key: self.state.key, now: self.state.now(), conn, once: &[] };
            match catch_unwind(AssertUnwindSafe(|| watcher.watch(&meta, Event { record }))) {
                Ok(None) => {}
                Ok(Some(item)) => {
                    taken |= fold.takes_stream(stream);
                    self.cross(Crossing { to: fold, item });
                }
                // The row about a defect is not shown to whoever has one.
                Err(_) if stream.name == Reporter::STREAM.name => self.state.stats.panics += 1,
                Err(panic) => self.defect(fold.name, None, &*panic),
            }
        }
        taken
    }

    /// Hands an item across to where the shards come together, if somebody listens to what is made of it there.
    pub(crate) fn cross(&mut self, crossing: Crossing) {
        if !crossing.to.heard(|records| self.state.wants.any(records)) {
            return;
        }
        let key = self.state.key;
        self.state.key.step += 1;
        self.subscriber.cross(key, crossing);
    }

    /// Shows a piece of a file to whoever listens to content.
    pub(crate) fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        self.state.in_subscriber = true;
        self.subscriber.content(file, piece);
        self.state.in_subscriber = false;
    }

    /// Asks whoever listens to content whether more of a file is wanted.
    pub(crate) fn decide(&mut self, file: &FileMeta<'_>, first: &[u8]) -> Interest {
        self.state.in_subscriber = true;
        let interest = self.subscriber.decide(file, first);
        self.state.in_subscriber = false;
        interest
    }

    /// An analyzer ended by a panic.
    #[cold]
    pub(crate) fn defect(&mut self, who: &str, conn: Option<&ConnTag>, panic: &(dyn Any + Send)) {
        self.state.stats.panics += 1;
        let record = Reporter::defect(self.now(), who, conn, panic);
        self.emit(None, &record, &[Reporter::once(who, panic)]);
    }
}
