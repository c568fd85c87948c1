//! What an engine says, as rows of text that can be compared.

use std::fmt::Write as _;

use gannet::capture::{Memory, PacketSource};
use gannet::events::{Event, Key, Meta, Record, Subscriber, Uid, Value, Visitor};
use gannet::{Config, Control, Engine, Entry, LinkType, Output, Summary, Timestamp, WorkerId};

use super::packets::Packet;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: Key,
    pub stream: &'static str,
    /// Every value of the record, unset ones too.
    pub text: String,
}

/// Writes values one after the other.
struct Text<'a>(&'a mut String);

impl Visitor for Text<'_> {
    fn value(&mut self, value: Value<'_>) {
        write(value, self.0);
        self.0.push('\t');
    }
}

fn write(value: Value<'_>, out: &mut String) {
    let written = match value {
        Value::Unset => write!(out, "-"),
        Value::Time(time) => write!(out, "{}", time.nanos()),
        Value::Date(seconds) => write!(out, "{seconds}"),
        Value::Interval(length) => write!(out, "{}", length.nanos()),
        Value::Double(number) => write!(out, "{number}"),
        Value::Count(number) => write!(out, "{number}"),
        Value::Int(number) => write!(out, "{number}"),
        Value::Bool(truth) => write!(out, "{truth}"),
        Value::Port(port) => write!(out, "{port}"),
        Value::Addr(ip) => write!(out, "{ip}"),
        Value::Enum(name) => write!(out, "{name}"),
        Value::Text(bytes) => write!(out, "{}", bytes.escape_ascii()),
        Value::Uid(uid) => write!(out, "{uid}"),
        Value::Fuid(fuid) => write!(out, "{fuid}"),
        Value::List(list) => {
            list.each(&mut |element| {
                write(element, out);
                out.push(',');
            });
            write!(out, "({})", list.count())
        }
    };
    written.expect("a string takes everything");
}

/// All values of a record.
pub fn text(record: &dyn Record) -> String {
    let mut text = String::new();
    record.visit(&mut Text(&mut text));
    text
}

/// Collects rows, in one engine or in many.
#[derive(Default)]
pub struct Rows(pub Vec<Row>);

impl Subscriber for Rows {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        let stream = event.record.stream().name;
        self.0.push(Row { key: meta.key, stream, text: text(event.record) });
    }
}

/// Leaves each record as a row of text.
pub struct ToRows(Output<&'static str>);

/// A [`ToRows`] for each worker.
pub fn to_rows(_: WorkerId, output: Output<&'static str>) -> ToRows {
    ToRows(output)
}

impl Subscriber for ToRows {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        self.0.push(meta, event.record.stream().name, |bytes| bytes.extend(text(event.record).bytes()));
    }
}

/// Packets as a source.
pub fn source(packets: &[Packet]) -> Memory {
    let mut memory = Memory::new();
    for packet in packets {
        memory.push(
            LinkType(packet.link),
            Timestamp::from_nanos(packet.ts),
            packet.wire,
            packet.bytes.clone(),
        );
    }
    memory
}

/// The rows of a run over packets.
pub fn run(config: Config, packets: &[Packet]) -> (Vec<Row>, Summary) {
    run_source(config, &mut source(packets))
}

/// The rows of a run over any source.
pub fn run_source(config: Config, source: &mut dyn PacketSource) -> (Vec<Row>, Summary) {
    let mut rows = Vec::new();
    let keep = |entry: Entry<&'static str>| {
        let text = String::from_utf8(entry.bytes.to_vec()).expect("text");
        rows.push(Row { key: entry.key, stream: entry.item, text });
    };
    let summary = gannet::run(config, source, to_rows, keep, |_| Control::Continue);
    (rows, summary.expect("a source that can be read"))
}

/// The rows of one engine that packets are pushed into; `before` is called ahead of each.
pub fn push(
    config: Config,
    packets: &[Packet],
    mut before: impl FnMut(&mut Engine, &Packet, &mut Rows),
) -> (Vec<Row>, Summary) {
    let mut engine = Engine::new(config);
    let mut rows = Rows::default();
    for packet in packets {
        before(&mut engine, packet, &mut rows);
        feed(&mut engine, packet, &mut rows);
    }
    let summary = engine.finish(&mut rows);
    (rows.0, summary)
}

/// Pushes one packet.
pub fn feed(engine: &mut Engine, packet: &Packet, subscriber: &mut dyn Subscriber) {
    let ts = Timestamp::from_nanos(packet.ts);
    engine.feed(LinkType(packet.link), ts, packet.wire, &packet.bytes, subscriber);
}

/// Ids of connections, as their records show them.
#[derive(Default)]
pub struct Uids(pub Vec<Uid>);

impl Subscriber for Uids {
    fn event(&mut self, _meta: &Meta<'_>, event: Event<'_>) {
        if let Some(conn) = event.get::<gannet::flow::Conn>() {
            self.0.extend(conn.conn.uid);
        }
    }
}

impl Uids {
    /// Fails if an id appears twice.
    pub fn assert_unique(mut self, of: &str) {
        let all = self.0.len();
        self.0.sort_unstable();
        self.0.dedup();
        assert_eq!(self.0.len(), all, "{of}: an id appears twice");
    }
}

/// A subscriber that looks away.
pub struct Nobody;

impl Subscriber for Nobody {
    fn event(&mut self, _meta: &Meta<'_>, _event: Event<'_>) {}
}
