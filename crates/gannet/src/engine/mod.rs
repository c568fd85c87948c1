//! One engine: packets in, events out, on the caller's thread. Many of them side by side are in [`run`].

mod batch;
mod builder;
mod config;
mod dedup;
mod each;
mod edge;
mod error;
mod exchange;
mod folds;
mod gate;
mod live;
mod merge;
mod neighbours;
mod output;
mod run;
mod streams;
mod summary;
#[cfg(test)]
mod tests;

#[doc(hidden)]
pub use builder::TestKnobs;
pub use builder::{ConfigBuilder, ConfigError};
pub use config::Config;
pub use each::each;
pub use error::RunError;
pub use live::{Edge, Report, WorkerReport, run_live};
pub use output::{Entry, Output};
pub use run::{Control, Headway, WorkerId, run};
pub use streams::streams;
pub use summary::Summary;

use std::sync::Arc;

use self::dedup::{Dedup, Limited};
use self::folds::{Folding, Folds};
use crate::analyzers::Stage;
use crate::balance::decap;
use crate::base::limits::Totals;
use crate::base::packet::{LinkType, PacketFlags, PacketMeta};
use crate::base::settings::Settings;
use crate::base::time::{Interval, Timestamp};
use crate::decode::{Found, Walk, registry, walk};
use crate::events::Subscriber;
use crate::flow::{Ahead, Arrival, Outlet, Tracker};
use crate::worker::budget::Shed;
use crate::worker::state::{Out, State};
use crate::worker::stats::Stats;

/// Timers of objects that are gone are swept out when there are this many, and half as many of them as of others.
const SWEEP_FROM: usize = 4096;
/// Timers that are so many take memory that counts: they are swept when there are a quarter as many of the others.
const MANY: usize = 65_536;

/// One worker: tables, timers and counters of its own, no thread, no clock, no file.
///
/// What a subscriber sees is without repeats, as of this engine: who spreads packets over several engines of his own has the
/// limits (a weird within ten minutes, a certificate within a day) once for each of them. [`run`] has them once for all.
///
/// An engine may move to another thread between two calls (it is `Send`), and no call blocks.
///
/// ```
/// use gannet::{Config, Engine, LinkType, Timestamp, events::{Event, Meta}};
///
/// let mut engine = Engine::new(Config::default());
/// let mut print = |_: &Meta<'_>, event: Event<'_>| println!("{}", event.record.stream().name);
/// engine.feed(LinkType::ETHERNET, Timestamp::from_parts(1_300_475_167, 0), 60, &[0; 60], &mut print);
/// let summary = engine.finish(&mut print);
/// assert_eq!(summary.stats.packets, 1);
/// ```
pub struct Engine {
    config: Arc<Config>,
    state: State,
    tracker: Tracker,
    /// Number of the last packet.
    number: u64,
    sweep_at: usize,
    /// Where no ordered side applies the limits on repeats.
    dedup: Option<Box<Dedup>>,
    /// Where no gate has them.
    folds: Option<Box<Folds>>,
    #[cfg(feature = "libpcap")]
    filter: Option<crate::capture::Filter>,
}

impl Engine {
    /// A new engine.
    pub fn new(config: Config) -> Self {
        let dedup = Some(Box::new(Dedup::new(&config)));
        let folds = Folds::new(&config).map(Box::new);
        Self { dedup, folds, ..Self::shared(Arc::new(config)) }
    }

    /// A new engine that keeps repeats, for tests.
    #[cfg(test)]
    pub(crate) fn with_repeats(config: Config) -> Self {
        Self { dedup: None, ..Self::new(config) }
    }

    /// The only engine with its configuration.
    pub(crate) fn shared(config: Arc<Config>) -> Self {
        Self::sharing(config, Totals::default())
    }

    /// One of several engines with the same configuration, and what they hold together.
    pub(crate) fn sharing(config: Arc<Config>, totals: Totals) -> Self {
        let settings = Arc::new(Settings { totals, ..config.settings() });
        let wants = config.wanted_records();
        let stage = Stage::new(&settings, &wants, config.analyzers.clone(), config.interests());
        let tracker = Tracker::new(&settings, config.balance, stage);
        let mut state = State::new(settings, wants);
        state.tell_time(config.folds().into_iter());
        Self {
            tracker,
            number: 0,
            sweep_at: SWEEP_FROM,
            dedup: None,
            folds: None,
            #[cfg(feature = "libpcap")]
            filter: config.filter.clone(),
            state,
            config,
        }
    }

    /// Another engine with the same configuration, without anything of this one.
    pub(crate) fn fresh(&self) -> Self {
        Self::sharing(Arc::clone(&self.config), self.state.settings.totals.clone())
    }

    /// Another engine with the same configuration, for carriers: what it finds in them it leaves for so many workers.
    pub(crate) fn for_carriers(&self, workers: usize) -> Self {
        let mut engine = self.fresh();
        // It sees batches with carriers alone, and would tell folds of the time late: the others do it.
        engine.state.tell_time(std::iter::empty());
        engine.tracker.set_outlet(Outlet::new(workers, false));
        engine
    }

    /// One of several engines for packets of all sorts: what each finds in carriers it leaves for all of them.
    pub(crate) fn one_of(config: Arc<Config>, totals: Totals) -> Self {
        let workers = config.workers;
        let mut engine = Self::sharing(config, totals);
        if workers > 1 {
            engine.tracker.set_outlet(Outlet::new(workers, true));
        }
        engine
    }

    /// Another one in its place, without anything of it.
    pub(crate) fn again(&mut self) -> Self {
        let mut engine = self.fresh();
        if let Some(outlet) = self.tracker.outlet() {
            engine.tracker.set_outlet(std::mem::take(outlet));
        }
        engine
    }

    /// Counts what was found in carriers and is given up: the carriers themselves were decoded.
    pub(crate) fn lose(&mut self, count: u64) {
        self.state.stats.shed.count_many(Shed::Handed, count);
        self.state.stats.analysed += count;
    }

    /// What was found in carriers, if it is left for others.
    pub(crate) fn outlet(&mut self) -> Option<&mut Outlet> {
        self.tracker.outlet()
    }

    /// A packet: its link type (a DLT number), its time, its length on the wire, and the bytes that were captured.
    ///
    /// Packets may go back in time; the engine's clock does not.
    pub fn feed(&mut self, link: LinkType, ts: Timestamp, wire: u32, bytes: &[u8], h: &mut dyn Subscriber) {
        self.number += 1;
        let mut meta = PacketMeta {
            ts,
            number: self.number,
            captured: bytes.len() as u32,
            wire,
            link,
            ..PacketMeta::default()
        };
        decap::open_all(&self.config.decap, bytes, std::slice::from_mut(&mut meta));
        let start = meta.at as usize;
        let bytes = bytes.get(start..start + meta.captured as usize).unwrap_or_default();
        stamp(&mut meta, self.state.now());
        let (now, number) = (meta.now, meta.number);
        self.limited(h, |engine, h| {
            engine.fire_until(now, |_| Some((now, number)), h);
            let ahead = engine.look_ahead(&meta, bytes);
            engine.packet(&meta, bytes, &ahead, h);
        });
    }

    /// Calls with a subscriber that repeats are kept from.
    fn limited<R>(
        &mut self,
        h: &mut dyn Subscriber,
        call: impl FnOnce(&mut Self, &mut dyn Subscriber) -> R,
    ) -> R {
        let Some(mut dedup) = self.dedup.take() else { return self.folding(h, call) };
        let result = self.folding(&mut Limited { dedup: &mut dedup, inner: h }, call);
        self.dedup = Some(dedup);
        result
    }

    /// Calls with a subscriber that the folds are in front of.
    fn folding<R>(
        &mut self,
        h: &mut dyn Subscriber,
        call: impl FnOnce(&mut Self, &mut dyn Subscriber) -> R,
    ) -> R {
        let Some(mut folds) = self.folds.take() else { return call(self, h) };
        let result = call(self, &mut Folding { folds: &mut folds, inner: h });
        self.folds = Some(folds);
        result
    }

    /// No packet came, and the time is now this: timers that are due fire. A time behind [`Timestamp::LATEST`] is that one.
    pub fn advance(&mut self, now: Timestamp, h: &mut dyn Subscriber) {
        let now = now.min(Timestamp::LATEST).max(self.state.now());
        let number = self.number;
        self.limited(h, |engine, h| engine.fire_until(now, |_| Some((now, number)), h));
        self.state.key.now = now;
    }

    /// The end of the capture: everything that is open is reported.
    pub fn finish(mut self, h: &mut dyn Subscriber) -> Summary {
        let now = self.state.now();
        let mut summary = self.limited(h, Self::finish_in_place);
        let folds = self.folds.take();
        let finish = |_: &mut Self, h: &mut dyn Subscriber| folds.map(|mut folds| folds.finish(now, h));
        if let Some(counted) = self.limited(h, finish) {
            summary.stats.add(&counted);
        }
        summary
    }

    pub(crate) fn finish_in_place(&mut self, h: &mut dyn Subscriber) -> Summary {
        self.state.finishing = true;
        Out { subscriber: h, state: &mut self.state }.capture_over();
        let mut pending = self.state.timers.take();
        while let Some(timer) = pending.pop() {
            self.state.at_last_timer(timer.due, timer.birth);
            self.tracker.timer(timer, &mut Out { subscriber: h, state: &mut self.state });
        }
        self.tracker.finish(&mut Out { subscriber: h, state: &mut self.state });
        Summary {
            stats: std::mem::take(&mut self.state.stats),
            #[cfg(feature = "libpcap")]
            filter_failures: self.filter.as_ref().map_or_else(Vec::new, |filter| filter.failures().to_vec()),
        }
    }

    /// What was counted so far.
    pub fn stats(&self) -> &Stats {
        &self.state.stats
    }

    /// Number of connections in the table.
    pub fn connections(&self) -> usize {
        self.tracker.len()
    }

    /// Bytes that the analyzers say they hold, and the tails kept for them; for tests.
    #[doc(hidden)]
    pub fn held(&self) -> usize {
        self.tracker.held() + self.folds.as_ref().map_or(0, |folds| folds.held())
    }

    /// As [`Self::advance`], for a source that tells of the time ever so often: what timers cause is placed at the time they
    /// were due, so that it does not depend on when that was told.
    pub(crate) fn tick(&mut self, now: Timestamp, h: &mut dyn Subscriber) {
        /// More than that is a leap of the clock, as before the first packet: what was due meanwhile is due at its end.
        const LEAP: Interval = Interval::from_secs(86_400);
        let start = self.state.now();
        let (now, number) = (now.min(Timestamp::LATEST).max(start), self.number);
        let start = if now - start > LEAP { now } else { start };
        self.fire_until(now, |due| Some((due.max(start), number)), h);
        self.state.key.now = now;
    }

    /// Number of the last packet, for timers that no packet fires.
    pub(crate) fn set_number(&mut self, number: u64) {
        self.number = number;
    }

    /// The clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.state.now()
    }

    /// Timers in the queue.
    pub(crate) fn timers(&self) -> usize {
        self.state.timers.len()
    }

    /// Timers that were set so far.
    pub(crate) fn timers_set(&self) -> u64 {
        self.state.timers.total()
    }

    /// Open files, and the bytes that they hold.
    pub(crate) fn files_held(&self) -> (usize, usize) {
        self.tracker.files_held()
    }

    /// Bytes that wait for holes in TCP streams to be filled.
    pub(crate) fn stream_bytes(&self) -> usize {
        self.state.reassembly.held()
    }

    /// Bytes of incomplete datagrams.
    pub(crate) fn fragment_bytes(&self) -> usize {
        self.tracker.fragment_bytes()
    }

    /// Takes over another configuration between two packets, connections and all: checksums, networks of the site, filter,
    /// records that are wanted, limits. Workers, analyzers and seeds stay as they were.
    pub fn reconfigure(&mut self, config: &Config) {
        let config = Arc::new(self.config.changed_to(config));
        #[cfg(feature = "libpcap")]
        {
            self.filter.clone_from(&config.filter);
        }
        let totals = self.state.settings.totals.clone();
        let settings = Arc::new(Settings { totals, ..config.settings() });
        let wants = config.wanted_records();
        self.tracker.reconfigure(&settings);
        self.tracker.stage().reconfigure(&settings, &wants, config.interests());
        self.state.reconfigure(settings, wants);
        self.config = config;
    }

    /// Moves the clock without firing anything; for a worker that has been told of packets of others.
    pub(crate) fn set_now(&mut self, now: Timestamp) {
        self.state.key.now = now;
    }

    /// Fires timers due until `now`. `at` names the packet that fires one: the capture's first packet at or after its
    /// due time; `None` puts it off, for it was set by the last packet known so far.
    pub(crate) fn fire_until(
        &mut self,
        now: Timestamp,
        mut at: impl FnMut(Timestamp) -> Option<(Timestamp, u64)>,
        h: &mut dyn Subscriber,
    ) {
        // A timer may set one that is already due: that does not go back to an earlier packet.
        let mut reached = (Timestamp::from_nanos(i64::MIN), 0);
        loop {
            let (due, resting) = (self.state.timers.next_due(), self.state.timers.next_resting());
            if due.min(resting) > now {
                break;
            }
            let Some(next) = at(due.min(resting)) else { return };
            reached = reached.max(next);
            let (fired, number) = reached;
            if resting <= due {
                self.tracker.resting(fired, &mut self.state.timers);
                continue;
            }
            let Some(timer) = self.state.timers.pop() else { return };
            self.state.at_timer(fired, number, timer.due, timer.birth);
            self.tracker.timer(timer, &mut Out { subscriber: &mut *h, state: &mut self.state });
        }
        if self.state.timers.len() > self.sweep_at {
            self.sweep();
        }
    }

    /// Whether there is nothing to be done before a packet of this time.
    #[inline]
    pub(crate) fn is_quiet(&self, now: Timestamp) -> bool {
        let timers = &self.state.timers;
        timers.next_due().min(timers.next_resting()) > now && timers.len() <= self.sweep_at
    }

    /// Whether the packet filter lets a packet through.
    fn passes(&mut self, meta: &PacketMeta, bytes: &[u8]) -> bool {
        #[cfg(feature = "libpcap")]
        if let Some(filter) = &mut self.filter {
            return filter.matches_packet(meta, bytes);
        }
        let _unfiltered = (meta, bytes);
        true
    }

    fn sweep(&mut self) {
        let tracker = &mut self.tracker;
        self.state.timers.sweep(|timer| tracker.is_current(timer));
        let left = self.state.timers.len();
        let slack = if left > MANY { left / 4 } else { left / 2 };
        self.sweep_at = SWEEP_FROM.max(left + slack);
    }

    /// What can be known of a packet before its turn comes.
    #[inline]
    pub(crate) fn look_ahead<'p>(&self, meta: &PacketMeta, bytes: &'p [u8]) -> Ahead<'p> {
        self.tracker.look_ahead(meta, bytes, self.state.verifies(meta))
    }

    /// One stamped packet, and what is known of it already; its timers have fired.
    pub(crate) fn packet(
        &mut self,
        meta: &PacketMeta,
        bytes: &[u8],
        ahead: &Ahead<'_>,
        h: &mut dyn Subscriber,
    ) {
        self.state.at_packet(meta);
        if !self.passes(meta, bytes) {
            self.state.stats.filtered += 1;
            return;
        }
        let mut out = Out { subscriber: h, state: &mut self.state };
        out.linked(meta.link);
        if bytes.is_empty() || meta.wire == 0 {
            return out.unusable("empty_pcap_header", (meta, bytes));
        }
        if !meta.ts.is_usable() {
            out.state.stats.bad_times += 1;
            let early = meta.ts < Timestamp::ZERO;
            let name = if early { "negative_packet_timestamp" } else { "packet_timestamp_out_of_range" };
            return out.unusable(name, (meta, bytes));
        }
        out.state.stats.count_packet(meta, bytes.len());
        let arrival = Arrival::new(meta, bytes);
        let good = self.tracker.arrive(ahead, arrival, &mut out)
            || carefully(&mut self.tracker, (meta, bytes), ahead, arrival, &mut out);
        out.outcome(good, Some((meta, bytes)));
        if !registry::known(meta.link) {
            out.state.stats.count_unknown_link(meta.link);
        }
        out.packet_done();
    }
}

/// A packet by the way that knows all link types and all oddities. Returns whether it could be decoded.
#[cold]
fn carefully(
    tracker: &mut Tracker,
    (meta, bytes): (&PacketMeta, &[u8]),
    ahead: &Ahead<'_>,
    arrival: Arrival<'_>,
    out: &mut Out<'_>,
) -> bool {
    let shard = meta.flags.has(PacketFlags::PLACED).then_some(meta.shard);
    if let Some(mut layers) = Walk::arrived(bytes, ahead.network) {
        return tracker.frame(Found::Ip, &mut layers, meta.wire as usize, (arrival, shard), out);
    }
    let mut layers = Walk::new(bytes);
    let found = walk(meta.link, &mut layers);
    tracker.frame(found, &mut layers, meta.wire as usize, (arrival, shard), out)
}

/// The clock is never before this once a packet has moved it.
const CLOCK_START: Timestamp = Timestamp::from_parts(1, 0);

/// Sets a packet's `now` from the clock before it. Packets that will be dropped do not move the clock.
pub(crate) fn stamp(meta: &mut PacketMeta, clock: Timestamp) {
    let counts = meta.captured > 0 && meta.wire > 0;
    meta.now = if counts && meta.ts.is_usable() { clock.max(meta.ts).max(CLOCK_START) } else { clock };
}
