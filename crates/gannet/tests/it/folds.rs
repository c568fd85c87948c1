//! Items of all shards come together in one place, in order, for any number of workers: the smallest example, and what
//! becomes of a fold that fails.

use std::any::Any;
use std::collections::BTreeMap;
use std::net::IpAddr;

use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Progress, Transport};
use gannet::events::{Fold, FoldDescriptor, FoldOutput, MAX_FOLD_HELD};
use gannet::{Config, Interval, Timestamp};

use crate::support::packets::{Packet, SECOND, START, udp_frame, v4};
use crate::support::random::Random;
use crate::support::rows::{self, Row};

gannet::record! {
    /// One row for each ticket that two hosts showed, or one showed for too long.
    pub struct Ticket in "ticket" {
        /// When it was shown first.
        ts: Timestamp,
        /// Its number.
        number: u64,
        /// Who showed it.
        hosts: Vec<u8>,
    }
}

/// Shows every datagram's first byte as a ticket.
struct Shows;

/// What crosses.
struct Shown {
    ts: Timestamp,
    number: u8,
    host: IpAddr,
}

impl Analyzer for Shows {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        if let Some(number) = bytes.first() {
            cx.hand_across(Shown { ts: cx.packet_time(), number: *number, host: cx.conn().orig_h });
        }
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}

/// A ticket is waited for so long.
const PATIENCE: Interval = Interval::from_secs(10);
/// Tickets that wait at most; the number has one byte.
const MAX_WAITING: usize = 256;
/// A ticket that breaks the fold, and one that fills it.
const BREAKS: u8 = 255;
const FILLS: u8 = 254;

/// Tickets that one host has shown.
#[derive(Default)]
struct Pairs {
    waiting: BTreeMap<u8, Shown>,
    full: bool,
}

fn tell(out: &mut FoldOutput<'_>, first: &Shown, second: Option<&Shown>) {
    let hosts = match second {
        Some(second) => format!("{} {}", first.host, second.host),
        None => first.host.to_string(),
    };
    let number = u64::from(first.number);
    out.emit(None, &Ticket { ts: first.ts, number, hosts: hosts.into_bytes() }, &[]);
}

impl Fold for Pairs {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(shown) = item.downcast::<Shown>() else { return };
        assert_ne!(shown.number, BREAKS, "a ticket that breaks");
        self.full |= shown.number == FILLS;
        match self.waiting.remove(&shown.number) {
            Some(first) => tell(out, &first, Some(&shown)),
            None if self.waiting.len() < MAX_WAITING => {
                self.waiting.insert(shown.number, *shown);
            }
            None => {}
        }
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        let now = out.now();
        let late = self.waiting.extract_if(.., |_, first| now - first.ts >= PATIENCE);
        late.for_each(|(_, first)| tell(out, &first, None));
    }

    fn finish(&mut self, out: &mut FoldOutput<'_>) {
        std::mem::take(&mut self.waiting).values().for_each(|first| tell(out, first, None));
    }

    fn held(&self) -> usize {
        if self.full { MAX_FOLD_HELD } else { self.waiting.len() * size_of::<Shown>() }
    }
}

static PAIRS: FoldDescriptor = FoldDescriptor::new("pairs", &[Ticket::STREAM], || Box::new(Pairs::default()));
static SHOWS: Descriptor = Descriptor::new("shows", "SHOWS", |_| Box::new(Shows))
    .ports(&[(Transport::Udp, 9000)])
    .records(&[Ticket::STREAM])
    .fold(&PAIRS);

fn config(workers: usize) -> Config {
    Config::builder().analyzers(vec![&SHOWS]).workers(workers).build().expect("settings that can be")
}

/// One ticket from a host.
fn shows(seconds: i64, host: u32, number: u8) -> Packet {
    let frame =
        udp_frame((v4(0x0a00_0000 + host), 1000 + host as u16), (v4(0x0a01_0000 + host), 9000), &[number]);
    Packet::new(START + seconds * SECOND, frame)
}

fn tickets(rows: &[Row]) -> Vec<&str> {
    rows.iter().filter(|row| row.stream == "ticket").map(|row| row.text.as_str()).collect()
}

#[test]
fn items_of_two_shards_meet() {
    let packets = [shows(0, 1, 7), shows(1, 2, 8), shows(2, 300, 7), shows(20, 4, 9)];
    let (rows, _) = rows::run(config(1), &packets);
    let told: Vec<String> = tickets(&rows).iter().map(|text| text.to_string()).collect();
    assert!(told[0].contains("10.0.0.1 10.0.1.44"), "{told:?}");
    assert!(
        told[1].contains("10.0.0.2") && !told[1].contains("10.0.0.2 "),
        "nobody else showed it: {told:?}"
    );
    assert!(told[2].contains("10.0.0.4"), "the end tells what is left: {told:?}");
    assert_eq!(told.len(), 3);
}

/// A network that loses, repeats and reorders tickets of many hosts.
fn faulty(seed: u64) -> Vec<Packet> {
    let mut random = Random::new(seed);
    let mut packets = Vec::new();
    for turn in 0..400_i64 {
        let packet = shows(turn / 4, random.below(60) as u32, random.below(40) as u8);
        let copies = [1, 1, 1, 0, 2][random.below(5) as usize];
        for _ in 0..copies {
            let place = packets.len() - packets.len().min(random.below(3) as usize);
            packets.insert(place, packet.clone());
        }
    }
    packets
}

#[test]
fn the_same_for_any_number_of_workers() {
    for seed in 0..20 {
        let packets = faulty(seed);
        let (alone, _) = rows::run(config(1), &packets);
        assert!(tickets(&alone).len() > 50, "{seed}: {} tickets", tickets(&alone).len());
        assert!(
            alone.is_sorted_by_key(|row| row.key),
            "{seed}: records of folds have their place in the order"
        );
        for workers in [2, 3, 7] {
            let (rows, _) = rows::run(config(workers), &packets);
            assert!(rows == alone, "{seed}: {workers} workers");
        }
        let (pushed, _) = rows::push(config(1), &packets, |_, _, _| ());
        assert!(pushed == alone, "{seed}: packet by packet");
    }
}

#[test]
fn a_defect_costs_the_fold_alone() {
    let packets = [shows(0, 1, 7), shows(1, 2, BREAKS), shows(2, 3, 7)];
    for workers in [1, 2] {
        let (rows, summary) = rows::run(config(workers), &packets);
        assert_eq!(summary.stats.panics, 1);
        assert_eq!(tickets(&rows), Vec::<&str>::new());
        let of = |stream| rows.iter().filter(|row| row.stream == stream).count();
        assert_eq!((of("reporter"), of("conn")), (1, 3));
    }
}

#[test]
fn a_full_fold_gets_no_more() {
    let packets = [shows(0, 1, FILLS), shows(1, 2, 7), shows(2, 3, 7)];
    let (rows, summary) = rows::run(config(2), &packets);
    assert_eq!(summary.stats.shed.items, 2);
    assert_eq!(tickets(&rows).len(), 1, "what it has, it tells");
}

/// Tells when it was told of the time.
struct Clock;

impl Fold for Clock {
    fn item(&mut self, _out: &mut FoldOutput<'_>, _item: Box<dyn Any + Send>) {}

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        out.emit(None, &Ticket { ts: out.now(), number: 0, hosts: Vec::new() }, &[]);
    }

    fn held(&self) -> usize {
        0
    }
}

static CLOCK: FoldDescriptor =
    FoldDescriptor::new("clock", &[Ticket::STREAM], || Box::new(Clock)).every(Interval::from_secs(10));
static CLOCKED: Descriptor =
    Descriptor::new("clocked", "CLOCKED", |_| Box::new(Shows)).records(&[Ticket::STREAM]).fold(&CLOCK);

/// The seconds at which a fold is told of the time, for any number of workers.
#[test]
fn a_fold_is_told_of_the_time_by_packets_of_all_shards() {
    let seconds = [3, 5, 12, 13, 13, 20, 23, 24, 33, 33, 90, 95];
    let packets: Vec<Packet> =
        seconds.iter().enumerate().map(|(host, second)| shows(*second, host as u32, 1)).collect();
    for workers in [1, 2, 3, 7] {
        let config = Config::builder().analyzers(vec![&CLOCKED]).workers(workers).build();
        let (rows, _) = rows::run(config.expect("settings that can be"), &packets);
        let told: Vec<i64> = rows
            .iter()
            .filter(|row| row.stream == "ticket")
            .map(|row| (row.key.now.nanos() - START) / SECOND)
            .collect();
        assert_eq!(told, [3, 13, 23, 33, 90], "{workers} workers");
        assert!(rows.is_sorted_by_key(|row| row.key));
    }
}

#[test]
fn nothing_crosses_for_nobody() {
    let packets = [shows(0, 1, BREAKS), shows(1, 2, 7)];
    let config = Config::builder()
        .analyzers(vec![&SHOWS])
        .only([gannet::flow::Conn::STREAM])
        .build()
        .expect("settings that can be");
    let (rows, summary) = rows::run(config, &packets);
    assert_eq!((rows.len(), summary.stats.panics), (2, 0));
}

static LED: FoldDescriptor = FoldDescriptor::new("led", &[Ticket::STREAM], || Box::new(Clock))
    .every(Interval::from_secs(10))
    .led_by(Interval::from_secs(60));
static LEDS: Descriptor =
    Descriptor::new("leds", "LEDS", |_| Box::new(Shows)).records(&[Ticket::STREAM]).fold(&LED);

#[test]
fn the_first_period_may_be_another_one() {
    let seconds = [3, 40, 62, 64, 73, 74, 80, 90, 95];
    let packets: Vec<Packet> =
        seconds.iter().enumerate().map(|(host, second)| shows(*second, host as u32, 1)).collect();
    for workers in [1, 2, 3] {
        let config = Config::builder().analyzers(vec![&LEDS]).workers(workers).build();
        let (rows, _) = rows::run(config.expect("settings that can be"), &packets);
        let told = rows.iter().filter(|row| row.stream == "ticket");
        let told: Vec<i64> = told.map(|row| (row.key.now.nanos() - START) / SECOND).collect();
        assert_eq!(told, [3, 64, 74, 90], "{workers} workers");
    }
}

gannet::record! {
    /// One row for each ticket that was told of.
    pub struct Heard in "heard" {
        /// When.
        ts: Timestamp,
        /// Its number.
        number: u64,
    }
}

/// Passes each ticket on.
struct Teller;

impl Fold for Teller {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(shown) = item.downcast::<Shown>() else { return };
        let number = shown.number;
        out.tell(&LISTENER, shown);
        out.tell(&LED, Box::new(7_u8));
        assert_ne!(number, BREAKS, "a ticket that breaks");
    }

    fn finish(&mut self, out: &mut FoldOutput<'_>) {
        let host = v4(1);
        out.tell(&LISTENER, Box::new(Shown { ts: out.now(), number: 99, host }));
    }

    fn held(&self) -> usize {
        0
    }
}

/// Tells of each ticket, if it is not full.
#[derive(Default)]
struct Listener(bool);

impl Fold for Listener {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(shown) = item.downcast::<Shown>() else { return };
        self.0 |= shown.number == FILLS;
        out.emit(None, &Heard { ts: out.now(), number: u64::from(shown.number) }, &[]);
    }

    fn held(&self) -> usize {
        if self.0 { MAX_FOLD_HELD } else { 0 }
    }
}

static LISTENER: FoldDescriptor =
    FoldDescriptor::new("listener", &[Heard::STREAM], || Box::new(Listener::default()));
static TELLER: FoldDescriptor =
    FoldDescriptor::new("teller", &[Ticket::STREAM], || Box::new(Teller)).tells(&LISTENER);
static TELLS: Descriptor = Descriptor::new("tells", "TELLS", |_| Box::new(Shows))
    .ports(&[(Transport::Udp, 9000)])
    .records(&[Heard::STREAM])
    .fold(&TELLER);

/// What is heard of tickets with these numbers, and the summary.
fn heard(numbers: &[u8], listens: bool, workers: usize) -> (Vec<String>, gannet::Summary) {
    let packets: Vec<Packet> =
        numbers.iter().enumerate().map(|(at, number)| shows(at as i64, at as u32, *number)).collect();
    let mut config = Config::builder();
    config.analyzers(vec![&TELLS]).workers(workers).only([Heard::STREAM]);
    if listens {
        config.folds([&LISTENER]);
    }
    let (rows, summary) = rows::run(config.build().expect("settings that can be"), &packets);
    assert!(rows.is_sorted_by_key(|row| row.key));
    (rows.iter().filter(|row| row.stream == "heard").map(|row| row.text.clone()).collect(), summary)
}

#[test]
fn a_fold_tells_another_one() {
    let (rows, _) = heard(&[1, 2, 3], true, 1);
    let numbers: Vec<_> = rows.iter().filter_map(|text| text.split_whitespace().last()).collect();
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert!(numbers[0].contains('1') && numbers[2].contains('3') && numbers[3].contains("99"), "{rows:?}");
    for workers in [2, 3, 8] {
        assert_eq!(heard(&[1, 2, 3], true, workers).0, rows, "{workers} workers");
    }
    // One that does not run hears nothing.
    assert!(heard(&[1, 2, 3], false, 2).0.is_empty());
}

#[test]
fn a_teller_that_breaks_and_a_listener_that_is_full() {
    let (rows, summary) = heard(&[1, BREAKS, 3], true, 2);
    assert_eq!(
        (rows.len(), summary.stats.panics),
        (2, 1),
        "what was told before the defect is heard: {rows:?}"
    );
    let (rows, summary) = heard(&[1, FILLS, 3, 4], true, 2);
    assert_eq!((rows.len(), summary.stats.shed.of(gannet::Shed::Item)), (2, 3), "{rows:?}");
}
