//! Subscribers that count, what runs are configured for, and an analyzer that takes bytes and counts them.

use std::cell::Cell;

use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Progress, REGISTRY, Start, Transport};
use gannet::events::{Event, Meta, Subscriber};
use gannet::flow::Conn;
use gannet::{Config, Engine, TestKnobs};
use gannet_logs::{Format, Formatter, Options};

use crate::packets::Packet;

/// Counts events, of all kinds and of one.
#[derive(Debug, Default)]
pub struct Count {
    /// Records.
    pub records: u64,
    /// Name of the kind that is counted apart.
    pub of: String,
    /// Records of that kind.
    pub found: u64,
}

impl Subscriber for Count {
    fn event(&mut self, _: &Meta<'_>, event: Event<'_>) {
        self.records += 1;
        self.found += u64::from(event.record.stream().name == self.of);
    }
}

/// Formats every record as a row, and counts rows and bytes.
pub struct Rows {
    formatter: Formatter,
    buffer: Vec<u8>,
    /// Rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Rows {
    /// For rows of this format.
    pub fn new(format: Format) -> Self {
        Self { formatter: Formatter::new(Options::new(format)), buffer: Vec::new(), rows: 0, bytes: 0 }
    }
}

impl Subscriber for Rows {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        self.buffer.clear();
        let _cut = self.formatter.row(meta, event.record, &mut self.buffer);
        self.rows += 1;
        self.bytes += self.buffer.len() as u64;
    }
}

/// What somebody listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Nothing.
    Nothing,
    /// Connections.
    Conn,
    /// Everything, and no analyzer runs.
    Bare,
    /// Everything.
    Everything,
}

/// A configuration: checksums are not verified, and the tables are the same in every run.
pub fn config(listen: Listen) -> Config {
    let mut config = Config::builder();
    config.checksums(false);
    config.table_seed(Some(1));
    match listen {
        Listen::Nothing => config.only([]),
        Listen::Conn => config.only([Conn::STREAM]),
        Listen::Bare => config.analyzers([]),
        Listen::Everything => config.everything(),
    };
    config.build().unwrap_or_else(|error| panic!("{error}"))
}

/// Everything, with services that Zeek does not name, but without the analyzers whose own log this is, if a name is given.
/// Nothing if no analyzer has that log.
pub fn config_more(without: Option<&str>) -> Option<Config> {
    let is_replaced =
        |one: &Descriptor| !one.beyond && REGISTRY.iter().any(|other| other.beyond && other.name == one.name);
    let is_left_out =
        |one: &Descriptor| without.is_some_and(|log| one.records.first().is_some_and(|own| own.name == log));
    let kept: Vec<_> =
        REGISTRY.iter().copied().filter(|one| !is_replaced(one) && !is_left_out(one)).collect();
    let known = without.is_none() || REGISTRY.iter().any(|one| is_left_out(one));
    let mut config = Config::builder();
    config.checksums(false);
    config.table_seed(Some(1));
    config.more_services(true).everything().analyzers(kept);
    known.then(|| config.build().unwrap_or_else(|error| panic!("{error}")))
}

/// Feeds all packets to a new engine and ends it; every packet has to be counted, and no analyzer may panic.
///
/// # Panics
/// If that does not hold.
pub fn feed(config: Config, packets: &[Packet], subscriber: &mut dyn Subscriber) -> gannet::Summary {
    let mut engine = Engine::new(config);
    for packet in packets {
        engine.feed(packet.link, packet.ts, packet.wire, &packet.bytes, subscriber);
    }
    let summary = engine.finish(subscriber);
    assert_eq!((summary.stats.packets, summary.stats.panics), (packets.len() as u64, 0));
    summary
}

/// Port of [`TAKER`].
pub const TAKER_PORT: u16 = 40_000;

/// Takes whatever comes on its port.
pub static TAKER: Descriptor = Descriptor::new("taker", "TAKER", |_: &Start| Box::new(Taker))
    .doc("Takes whatever comes.")
    .ports(&[(Transport::Tcp, TAKER_PORT)])
    .partial(true);

struct Taker;

thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

/// Bytes that were taken on this thread since the last call.
pub fn taken() -> u64 {
    TAKEN.take()
}

impl Analyzer for Taker {
    fn data(&mut self, _: &mut Context<'_>, _: Direction, bytes: &[u8]) -> Progress {
        TAKEN.set(TAKEN.get() + bytes.len() as u64);
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}
