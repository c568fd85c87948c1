//! Conversations for tests, and the rows that come of them.

mod puppet;
pub(crate) mod tls;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use etherparse::{PacketBuilder, PacketBuilderStep, UdpHeader};
use gannet::capture::Memory;
use gannet::events::{Event, Given, LogStream, Meta, Record, Value, Visitor};
use gannet::{Config, ConfigBuilder, Control, LinkType, Output, Timestamp, run};

use crate::memory;
use crate::notice::{self, Notice, NoticeAlarm, Rules};
use crate::settings::Settings;
use crate::{Policy, select};

/// When the first packets come; times of tests are seconds from there.
pub(crate) const START: i64 = 1_600_000_000;
/// A second past the day.
pub(crate) const NEXT_DAY: f64 = 86_402.0;

/// Packets, with sequence numbers that go on by themselves.
#[derive(Clone, Default)]
pub(crate) struct Play {
    packets: Vec<(Timestamp, Vec<u8>)>,
    /// The link type, if it is not Ethernet.
    pub(crate) link: Option<LinkType>,
    /// What the policy is given.
    pub(crate) given: Option<Given>,
    sent: BTreeMap<(SocketAddr, SocketAddr), u32>,
}

fn ip(from: IpAddr, to: IpAddr) -> PacketBuilderStep<etherparse::IpHeaders> {
    let ethernet = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => ethernet.ipv4(from.octets(), to.octets(), 64),
        (IpAddr::V6(from), IpAddr::V6(to)) => ethernet.ipv6(from.octets(), to.octets(), 64),
        _ => panic!("one kind of addresses"),
    }
}

fn time(at: f64) -> Timestamp {
    Timestamp::from_nanos(START * 1_000_000_000 + (at * 1e9).round() as i64)
}

impl Play {
    /// A segment with these flags: S, A, F, R.
    pub(crate) fn tcp(&mut self, at: f64, from: &str, to: &str, flags: &str, payload: &[u8]) -> &mut Self {
        let (from, to): (SocketAddr, SocketAddr) = (from.parse().unwrap(), to.parse().unwrap());
        let ack = self.sent.get(&(to, from)).copied().unwrap_or_default();
        let seq = self.sent.entry((from, to)).or_insert(1000);
        let mut step = ip(from.ip(), to.ip()).tcp(from.port(), to.port(), *seq, 65_000);
        for flag in flags.chars() {
            step = match flag {
                'S' => step.syn(),
                'A' => step.ack(ack),
                'F' => step.fin(),
                _ => step.rst(),
            };
        }
        *seq += payload.len() as u32 + flags.matches(['S', 'F']).count() as u32;
        let mut bytes = Vec::new();
        step.write(&mut bytes, payload).unwrap();
        self.packets.push((time(at), bytes));
        self
    }

    /// A datagram.
    pub(crate) fn udp(&mut self, at: f64, from: &str, to: &str, payload: &[u8]) -> &mut Self {
        let (from, to): (SocketAddr, SocketAddr) = (from.parse().unwrap(), to.parse().unwrap());
        let step: PacketBuilderStep<UdpHeader> = ip(from.ip(), to.ip()).udp(from.port(), to.port());
        let mut bytes = Vec::new();
        step.write(&mut bytes, payload).unwrap();
        self.packets.push((time(at), bytes));
        self
    }

    /// So many bytes of one end that nobody saw.
    pub(crate) fn lose(&mut self, from: &str, to: &str, bytes: u32) -> &mut Self {
        *self.sent.entry((from.parse().unwrap(), to.parse().unwrap())).or_insert(1000) += bytes;
        self
    }

    /// What an end sends next comes so many bytes before its place.
    pub(crate) fn go_back(&mut self, from: &str, to: &str, bytes: u32) -> &mut Self {
        *self.sent.entry((from.parse().unwrap(), to.parse().unwrap())).or_insert(1000) -= bytes;
        self
    }

    /// A handshake within 20 ms.
    pub(crate) fn shake(&mut self, at: f64, from: &str, to: &str) -> &mut Self {
        self.tcp(at, from, to, "S", b"");
        self.tcp(at + 0.01, to, from, "SA", b"");
        self.tcp(at + 0.02, from, to, "A", b"")
    }

    /// Data that the two sides send in turn, each ten milliseconds after the other, from the originator on.
    pub(crate) fn talk(&mut self, at: f64, from: &str, to: &str, turns: &[&[u8]]) -> &mut Self {
        for (turn, bytes) in turns.iter().enumerate() {
            let (from, to) = if turn % 2 == 0 { (from, to) } else { (to, from) };
            self.tcp(at + turn as f64 / 100.0, from, to, "A", bytes);
        }
        self
    }

    /// Both ends close within 20 ms.
    pub(crate) fn part(&mut self, at: f64, from: &str, to: &str) -> &mut Self {
        self.tcp(at, from, to, "FA", b"");
        self.tcp(at + 0.01, to, from, "FA", b"");
        self.tcp(at + 0.02, from, to, "A", b"")
    }

    /// The packets so far.
    pub(crate) fn packets(&self) -> &[(Timestamp, Vec<u8>)] {
        &self.packets
    }

    /// The rows of a policy, which must be the same for any number of workers. A row has a space between two columns; its time
    /// is in seconds from [`START`].
    pub(crate) fn rows(&self, policy: &'static Policy) -> Vec<String> {
        let alone = self.rows_of(policy, 1);
        for workers in [2, 3, 8] {
            assert_eq!(self.rows_of(policy, workers), alone, "{workers} workers");
        }
        alone
    }

    /// The notices that a policy raises, which must be the same for any number of workers: the columns that are set, by name,
    /// without those that are the same for nearly all.
    pub(crate) fn notices(&self, policy: &'static Policy) -> Vec<String> {
        self.notices_by(policy, None, told)
    }

    /// The notices and alarms of a policy by these rules, as `show` has them.
    pub(crate) fn notices_by(
        &self,
        policy: &'static Policy,
        rules: Option<&Rules>,
        show: fn(&dyn Record) -> String,
    ) -> Vec<String> {
        let give = |config: &mut ConfigBuilder| {
            if let Some(rules) = rules {
                config.give(&notice::FOLD, Arc::new(rules.clone()));
            }
        };
        let logs = [Notice::STREAM, NoticeAlarm::STREAM];
        let alone = self.seen(policy, &logs, 1, show, &give);
        for workers in [2, 3, 8] {
            assert_eq!(self.seen(policy, &logs, workers, show, &give), alone, "{workers} workers");
        }
        alone
    }

    /// The notices of a policy with these settings, as [`Self::notices`].
    pub(crate) fn notices_set(&self, policy: &'static Policy, settings: Option<&Settings>) -> Vec<String> {
        self.set(policy, &[Notice::STREAM], settings, told)
    }

    /// The rows of a policy with these settings, as [`Self::rows`].
    pub(crate) fn rows_set(&self, policy: &'static Policy, settings: &Settings) -> Vec<String> {
        self.set(policy, policy.logs(), Some(settings), shown)
    }

    fn set(
        &self,
        policy: &'static Policy,
        logs: &[&'static LogStream],
        settings: Option<&Settings>,
        show: fn(&dyn Record) -> String,
    ) -> Vec<String> {
        let give = |config: &mut ConfigBuilder| {
            if let Some(settings) = settings {
                config.give(policy.fold, Arc::new(settings.clone()));
            }
        };
        let alone = self.seen(policy, logs, 1, show, &give);
        for workers in [2, 3, 8] {
            assert_eq!(self.seen(policy, logs, workers, show, &give), alone, "{workers} workers");
        }
        alone
    }

    /// The rows of a policy that knows what a run before has kept, at this time; what it keeps, and whether it can read that.
    pub(crate) fn rows_kept(
        &self,
        policy: &'static Policy,
        (before, at): (Option<Vec<u8>>, f64),
    ) -> (Vec<String>, Vec<u8>, bool) {
        let (kept, refused) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(false)));
        let (keep, refuse) = (Arc::clone(&kept), Arc::clone(&refused));
        let memory = memory::Memory::new(
            before,
            time(at),
            move |bytes| *keep.lock().unwrap() = bytes,
            move || *refuse.lock().unwrap() = true,
        );
        let give = |config: &mut ConfigBuilder| {
            let mut settings = Settings::default();
            settings.remember_by(memory.clone());
            config.give(policy.fold, Arc::new(settings));
            let rules = Rules::default();
            rules.remember_by(if policy.keeps { memory::Memory::default() } else { memory.clone() });
            config.give(&notice::FOLD, Arc::new(rules));
        };
        let logs: Vec<_> = policy.logs().iter().copied().chain([Notice::STREAM]).collect();
        let rows = self.seen(policy, &logs, 3, shown, &give);
        let kept = std::mem::take(&mut *kept.lock().unwrap());
        (rows, kept, *refused.lock().unwrap())
    }

    fn rows_of(&self, policy: &'static Policy, workers: usize) -> Vec<String> {
        self.seen(policy, policy.logs(), workers, shown, &|_| ())
    }

    /// The records of these kinds, as `show` has them.
    fn seen(
        &self,
        policy: &'static Policy,
        logs: &[&'static LogStream],
        workers: usize,
        show: fn(&dyn Record) -> String,
        give: &dyn Fn(&mut ConfigBuilder),
    ) -> Vec<String> {
        let mut config = Config::builder();
        give(&mut config);
        let folds = select([policy.name]).unwrap();
        config.only(logs.iter().copied()).folds(folds.iter().map(|policy| policy.fold));
        config.labels(folds.iter().filter_map(|policy| policy.label)).analyzer(&puppet::PUPPET);
        config.workers(workers).batch(3);
        if let Some(given) = &self.given {
            config.give(policy.fold, given.clone());
        }
        let mut source = Memory::new();
        for (ts, bytes) in &self.packets {
            source.push(self.link.unwrap_or(LinkType::ETHERNET), *ts, bytes.len() as u32, bytes.as_slice());
        }
        let mut rows = Vec::new();
        let subscriber = |_, mut output: Output<String>| {
            move |_: &Meta<'_>, event: Event<'_>| {
                output.leave(show(event.record));
            }
        };
        let config = config.build().unwrap();
        run(config, &mut source, subscriber, |entry| rows.push(entry.item), |_| Control::Continue).unwrap();
        rows
    }
}

/// All columns of a record.
fn shown(record: &dyn Record) -> String {
    let mut row = Row(Vec::new());
    record.visit(&mut row);
    row.0.join(" ")
}

/// What a notice says.
fn told(record: &dyn Record) -> String {
    let mut row = Row(Vec::new());
    record.visit(&mut row);
    let columns = record.stream().columns();
    let said = columns.iter().zip(row.0).filter(|(column, value)| match column.name {
        "uid" | "actions" => false,
        "suppress_for" => value != "3600",
        _ => value != "-" && !value.is_empty(),
    });
    said.map(|(column, value)| format!("{}={value}", column.name)).collect::<Vec<_>>().join(" ")
}

/// The columns of a row as text.
struct Row(Vec<String>);

impl Visitor for Row {
    fn value(&mut self, value: Value<'_>) {
        self.0.push(text(value));
    }
}

fn text(value: Value<'_>) -> String {
    match value {
        Value::Unset => "-".to_owned(),
        Value::Time(ts) => {
            let nanos = ts.nanos() - START * 1_000_000_000;
            format!("{:.2}", nanos as f64 / 1e9)
        }
        Value::Count(count) => count.to_string(),
        Value::Double(number) => format!("{number:.3}"),
        Value::Interval(length) => format!("{}", length.nanos() as f64 / 1e9),
        Value::Uid(_) | Value::Fuid(_) => "id".to_owned(),
        Value::Port(port) => port.to_string(),
        Value::Addr(addr) => addr.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Enum(name) => name.to_owned(),
        Value::Text(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        Value::List(list) => {
            let mut all = Vec::new();
            list.each(&mut |value| all.push(text(value)));
            all.join(",")
        }
        _ => panic!("a kind of value that no policy has"),
    }
}
