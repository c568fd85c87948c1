//! What every stage of one engine shares while it works on a packet or a timer: the clock, the counters, the way out.

use std::any::Any;
use std::sync::Arc;

use ahash::RandomState;
use hashbrown::HashMap;

use super::tunnel::Tunnels;
use crate::analyzers::Active;
use crate::base::key::Addr;
use crate::base::packet::PacketMeta;
use crate::base::time::Timestamp;
use crate::engine::Config;
use crate::events::weird::{Action, Samplers, Suppress, Weird, action};
use crate::events::{ConnTag, Event, Key, LogStream, Meta, Once, Record, Reporter, Subscriber};
use crate::files::{FileDescriptor, FileInfo, Files};
use crate::worker::budget::{ShardBudget, Told};
use crate::worker::core::Core;
use crate::worker::stats::Stats;
use crate::worker::timer::Timers;

/// Pairs of addresses of one shard whose weirds are sampled; beyond it the shard's sampling starts anew (rows are limited
/// elsewhere too).
const MAX_SAMPLED_PAIRS: usize = 64;

/// Sampling of the weirds of one shard's pairs of addresses; by shard, so that it is the same for any number of workers.
type PairSamplers = HashMap<(Addr, Addr), Samplers, RandomState>;

/// Which kinds of records somebody listens to.
#[derive(Clone, Debug)]
pub(crate) struct Wants(Option<Vec<&'static str>>);

impl Wants {
    /// All kinds, or those with the given names.
    pub(crate) fn new(names: Option<Vec<&'static str>>) -> Self {
        Self(names)
    }

    pub(crate) fn has(&self, stream: &'static LogStream) -> bool {
        self.0.as_ref().is_none_or(|names| names.contains(&stream.name))
    }
}

/// State of one engine beside its tables.
pub(crate) struct State {
    pub(crate) config: Arc<Config>,
    pub(crate) wants: Wants,
    /// Whether the checksums of the packet at hand are tested.
    pub(crate) verify: bool,
    /// Whether a transport checksum of the packet at hand was wrong.
    pub(crate) refused: bool,
    /// Whether anybody listens to weirds; asked for each of them.
    wants_weird: bool,
    /// Place of the next record in the total order.
    pub(crate) key: Key,
    /// Connections and datagrams born of the packet at hand.
    births: u64,
    pub(crate) timers: Timers,
    pub(crate) stats: Stats,
    pub(crate) active: Active,
    pub(crate) reassembly: ShardBudget,
    pub(super) told: Told,
    /// True while the end of the capture is worked off.
    pub(crate) finishing: bool,
    pub(crate) tunnels: Tunnels,
    /// The packet at hand came out of a tunnel.
    pub(crate) tunnelled: bool,
    pub(crate) files: Files,
    /// Whether files are followed: somebody cares for them, or for a record that names them.
    pub(crate) wants_files: bool,
    /// True while the handler is called, and for good if it panicked.
    pub(crate) in_handler: bool,
    samplers: HashMap<u16, PairSamplers, RandomState>,
}

impl State {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        let wants = Wants::new(config.wanted.clone());
        let hasher = config.hasher(1);
        let wants_files = wants_files(&config, &wants);
        let active = Active::new(&config.analyzers, &wants, wants_files);
        Self {
            wants_files: wants_files || active.carries_files(),
            active,
            reassembly: ShardBudget::new(
                config.limits.reassembly_per_shard,
                config.limits.reassembly_bytes / config.workers.max(1),
            ),
            told: Told::default(),
            files: Files::new(hasher.clone(), &config),
            wants_weird: wants.has(Weird::STREAM),
            wants,
            verify: config.checksums,
            refused: false,
            config,
            key: Key::default(),
            births: 0,
            timers: Timers::default(),
            stats: Stats::default(),
            finishing: false,
            tunnels: Tunnels::new(&hasher),
            tunnelled: false,
            in_handler: false,
            samplers: HashMap::with_hasher(hasher),
        }
    }

    /// Takes over another configuration.
    pub(crate) fn reconfigure(&mut self, config: Arc<Config>) {
        // What connections have been attached to stays.
        let wants = Wants::new(config.wanted.clone());
        let files = wants_files(&config, &wants);
        self.active = Active::new(&config.analyzers, &wants, files);
        self.wants_files = files || self.active.carries_files();
        self.wants_weird = wants.has(Weird::STREAM);
        let limits = &config.limits;
        self.reassembly
            .reconfigure(limits.reassembly_per_shard, limits.reassembly_bytes / config.workers.max(1));
        self.files.reconfigure(&config);
        self.wants = wants;
        self.config = config;
    }

    /// The capture's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.key.now
    }

    fn samplers(&mut self, shard: u16) -> &mut PairSamplers {
        let hasher = self.samplers.hasher().clone();
        self.samplers.entry(shard).or_insert_with(|| HashMap::with_hasher(hasher))
    }

    /// Turns to a packet.
    pub(crate) fn at_packet(&mut self, meta: &PacketMeta) {
        let PacketMeta { now, number, .. } = *meta;
        self.key = Key { now, number, due: Timestamp::MAX, birth: number << 12, step: 0 };
        self.births = 0;
        self.verify = self.config.checksums && !meta.flags.excuse_checksums();
        self.refused = false;
    }

    /// Counts what became of the packet at hand.
    pub(crate) fn count_outcome(&mut self, decoded: bool) {
        *match (self.refused, decoded) {
            (true, _) => &mut self.stats.refused,
            (_, true) => &mut self.stats.analysed,
            (_, false) => &mut self.stats.undecodable,
        } += 1;
    }

    /// Turns to a timer that the packet with this number fires, or to the end of the capture.
    ///
    /// An object may have two timers that are due at one time, and a timer may set one that is already due: what they
    /// cause goes on behind what the one before caused, so that keys never go back.
    pub(crate) fn at_timer(&mut self, now: Timestamp, number: u64, due: Timestamp, birth: u64) {
        let key = Key { now, number, due, birth, step: 0 };
        self.key = self.key.max(key);
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
        (self.key.number << 12) | (self.births & 0xfff)
    }

    /// The birth of an object that a connection bears: while a timer is at work, the connection's packet and an index
    /// among all that it bears so, so that it differs from what packets bear.
    pub(crate) fn next_birth_of(&mut self, core: &mut Core) -> u64 {
        if self.key.due == Timestamp::MAX && self.key.number != u64::MAX {
            return self.next_birth();
        }
        core.bore = core.bore.wrapping_add(1);
        let among = (core.birth & 7) << 8 | u64::from(core.bore);
        (core.birth & !0xfff) | TIMER_BIRTHS | among
    }
}

fn wants_files(config: &Config, wants: &Wants) -> bool {
    let by_analyzers =
        |d: &&'static FileDescriptor| d.records.iter().any(|s: &&'static LogStream| wants.has(s));
    wants.has(FileInfo::STREAM) || config.contents || config.file_analyzers.iter().any(by_analyzers)
}

/// First index of what is born while a timer is at work.
const TIMER_BIRTHS: u64 = 0x800;

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
    pub(crate) handler: &'a mut dyn Subscriber,
    pub(crate) state: &'a mut State,
}

impl Out<'_> {
    /// The same for a shorter time.
    pub(crate) fn again(&mut self) -> Out<'_> {
        Out { handler: &mut *self.handler, state: &mut *self.state }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.state.now()
    }

    /// Hands a record to whoever listens.
    pub(crate) fn emit(&mut self, conn: Option<&ConnTag>, record: &dyn Record, once: &[Once]) {
        if !self.state.wants.has(record.stream()) {
            return;
        }
        let meta = Meta { key: self.state.key, now: self.state.now(), conn, once };
        self.state.key.step += 1;
        self.state.stats.records += 1;
        self.state.in_handler = true;
        self.handler.event(&meta, Event { record });
        self.state.in_handler = false;
    }

    /// An analyzer ended by a panic.
    #[cold]
    pub(crate) fn defect(&mut self, who: &str, conn: Option<&ConnTag>, panic: &(dyn Any + Send)) {
        self.state.stats.panics += 1;
        let record = Reporter::defect(self.now(), who, conn, panic);
        self.emit(None, &record, &[Reporter::once(who, panic)]);
    }

    /// A weird of a packet without addresses.
    pub(crate) fn net_weird(&mut self, name: &'static str, addl: &str, source: Option<&'static str>) {
        let tunnelled = self.state.tunnelled;
        self.weird_row(None, name, addl.as_bytes(), source, tunnelled);
    }

    /// A weird of a packet between two addresses; the shard is that of the packet.
    pub(crate) fn flow_weird(
        &mut self,
        (shard, src, dst): (u16, Addr, Addr),
        name: &'static str,
        addl: &str,
        source: Option<&'static str>,
    ) {
        let now = self.now();
        let pairs = self.state.samplers(shard);
        if pairs.len() >= MAX_SAMPLED_PAIRS && !pairs.contains_key(&(src, dst)) {
            pairs.clear();
        }
        if pairs.entry((src, dst)).or_default().pass_pair(name, now) {
            let tag =
                ConnTag { uid: None, orig_h: src.ip(), orig_p: 0, resp_h: dst.ip(), resp_p: 0, ip_proto: 0 };
            let tunnelled = self.state.tunnelled && source.is_some();
            self.weird_row(Some(tag), name, addl.as_bytes(), source, tunnelled);
        }
    }

    /// A weird of a connection.
    pub(crate) fn weird(
        &mut self,
        core: &mut Core,
        name: &'static str,
        addl: impl AsRef<[u8]>,
        source: Option<&'static str>,
    ) {
        core.had_weird = true;
        let now = self.now();
        if !core.rare().weirds.pass(name, now) {
            return;
        }
        match name {
            "bad_TCP_checksum" => self.state.stats.bad_tcp_checksums += 1,
            "bad_UDP_checksum" => self.state.stats.bad_udp_checksums += 1,
            _ => {}
        }
        let tag = core.tag;
        self.weird_row(Some(tag), name, addl.as_ref(), source, false);
    }

    fn weird_row(
        &mut self,
        about: Option<ConnTag>,
        name: &'static str,
        addl: &[u8],
        source: Option<&'static str>,
        tunnelled: bool,
    ) {
        self.state.stats.weirds += 1;
        if !self.state.wants_weird {
            return;
        }
        let name = if tunnelled { format!("{name}_in_tunnel") } else { name.to_owned() };
        let action = action(&name);
        if action == Action::Ignore {
            return;
        }
        let record = Weird {
            ts: self.now(),
            conn: about,
            name,
            addl: (!addl.is_empty()).then(|| addl.to_vec()),
            notice: action == Action::NoticePerOrig,
            peer: "zeek",
            source,
        };
        let limits = Suppress::new(action, &record.name, about.as_ref());
        let tag = about.filter(|tag| tag.uid.is_some());
        self.emit(tag.as_ref(), &record, limits.once());
    }
}
