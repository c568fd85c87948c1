//! One worker or sixteen, any batch, any queue, any hash: the same records in the same order, ids included.

use std::time::Instant;

use gannet::capture::Files;
use gannet::events::Key;
use gannet::{Balance, Config, ConfigBuilder, Control, Engine, LinkType, Summary, TestKnobs, Timestamp};

use crate::support::captures;
use crate::support::packets::{ACK, Conversation, Packet, SECOND, START, SYN, udp_frame, v4};
use crate::support::rows::{self, Nobody, Row, Rows, Uids};
use crate::traffic::{Hosts, STEADY, WILD, many_open, mixture, tunnelled, weirds, wireless};

/// How an engine is run.
#[derive(Clone, Copy, Debug)]
pub struct Combination {
    workers: usize,
    /// 0 for the default.
    batch: usize,
    queue: usize,
    table_seed: Option<u64>,
    yield_seed: Option<u64>,
    in_turn: bool,
}

const ALONE: Combination =
    Combination { workers: 1, batch: 0, queue: 0, table_seed: Some(0), yield_seed: None, in_turn: false };
const WORKERS: [usize; 4] = [1, 2, 3, 8];
const BATCHES: [usize; 3] = [1, 64, 0];
const QUEUES: [usize; 2] = [1, 0];
const TABLE_SEEDS: [Option<u64>; 5] = [None, Some(1), Some(77), Some(0xdead_beef_0bad_cafe), Some(u64::MAX)];

impl Combination {
    pub fn config(self) -> Config {
        let mut config = Config::builder();
        config.workers(self.workers);
        if self.batch > 0 {
            config.batch(self.batch);
        }
        if self.queue > 0 {
            config.queue(self.queue);
        }
        config.table_seed(self.table_seed);
        // Whether connections are packed changes nothing.
        config.young(match (self.workers, self.batch) {
            (1, 0) => usize::MAX,
            (workers, _) => 3 * (workers % 2),
        });
        config.yield_seed(self.yield_seed);
        config.in_turn(self.in_turn);
        config.more_tunnels(true).trace_undecoded(true);
        config.build().unwrap()
    }
}

/// Every combination of workers, batch and queue; seeds go round.
pub fn all() -> Vec<Combination> {
    let mut all = Vec::new();
    for workers in WORKERS {
        for batch in BATCHES {
            for queue in QUEUES {
                let table_seed = TABLE_SEEDS[all.len() % TABLE_SEEDS.len()];
                let yield_seed = (all.len() % 3 != 0).then_some(all.len() as u64);
                all.push(Combination { workers, batch, queue, table_seed, yield_seed, in_turn: false });
            }
        }
    }
    all
}

/// A few of them, in which every value of every dimension comes up.
pub fn some() -> [Combination; 5] {
    let pick = |workers, batch, queue, seed: usize| Combination {
        workers,
        batch,
        queue,
        table_seed: TABLE_SEEDS[seed],
        yield_seed: Some(seed as u64),
        in_turn: false,
    };
    let in_turn = Combination { in_turn: true, ..pick(5, 16, 0, 4) };
    [pick(1, 64, 0, 0), pick(2, 0, 1, 1), pick(3, 1, 0, 2), pick(8, 64, 1, 3), in_turn]
}

/// For very many packets: no batches of one.
fn heavy() -> [Combination; 3] {
    let [_, two, three, eight, _] = some();
    [two, Combination { batch: 64, ..three }, Combination { batch: 0, ..eight }]
}

fn assert_ordered(rows: &[Row], of: &str) {
    for pair in rows.windows(2) {
        assert!(pair[0].key <= pair[1].key, "{of}: out of order\n{:?}\n{:?}", pair[0], pair[1]);
    }
}

/// Where two sequences of rows part.
pub fn assert_same(expected: &[Row], got: &[Row], of: &str) {
    let parted = expected.iter().zip(got).position(|(a, b)| a != b);
    if let Some(at) = parted {
        panic!("{of}: row {at} of {} differs\n{:#?}\n{:#?}", expected.len(), expected[at], got[at]);
    }
    let at = expected.len().min(got.len());
    assert_eq!(
        expected.len(),
        got.len(),
        "{of}: rows are missing; the first beyond is {:?}",
        expected.get(at).or(got.get(at))
    );
}

fn counters(summary: &Summary) -> String {
    format!("{:?}", summary.stats)
}

/// Runs the packets in each way and compares; returns the number of rows.
pub fn compare(
    of: &str,
    packets: &[Packet],
    combinations: &[Combination],
    shape: impl Fn(&mut ConfigBuilder),
) -> usize {
    let started = Instant::now();
    let rows = compare_by(Balance::Pair, of, packets, combinations, &shape);
    // The same by flow, in some of the ways.
    let step = combinations.len().div_ceil(4).max(1);
    let some: Vec<Combination> = combinations.iter().skip(step / 2).step_by(step).copied().collect();
    let of = format!("{of}, by flow");
    compare_by(Balance::Flow, &of, packets, &some, &shape);
    println!(
        "{of}: {} packets, {rows} rows, {} ways, {:.1} s",
        packets.len(),
        combinations.len() + some.len() + 4,
        started.elapsed().as_secs_f32()
    );
    rows
}

fn compare_by(
    balance: Balance,
    of: &str,
    packets: &[Packet],
    combinations: &[Combination],
    shape: &impl Fn(&mut ConfigBuilder),
) -> usize {
    let config = |combination: Combination| {
        let mut config = combination.config().rebuild();
        config.balance(balance);
        shape(&mut config);
        config.build().unwrap()
    };
    let (expected, summary) = rows::run(config(ALONE), packets);
    assert_ordered(&expected, of);
    for combination in combinations {
        let of = format!("{of}, {combination:?}");
        let (got, other) = rows::run(config(*combination), packets);
        assert_same(&expected, &got, &of);
        assert_eq!(counters(&summary), counters(&other), "{of}");
    }
    let (pushed, other) = rows::push(config(ALONE), packets, |_, _, _| ());
    assert_same(&expected, &pushed, &format!("{of}, pushed"));
    assert_eq!(counters(&summary), counters(&other), "{of}, pushed");
    expected.len()
}

pub fn assert_unique_uids(of: &str, config: Config, packets: &[Packet]) {
    for balance in [Balance::Pair, Balance::Flow] {
        let mut config = config.rebuild();
        config.balance(balance);
        let mut engine = Engine::new(config.build().unwrap());
        let mut uids = Uids::default();
        for packet in packets {
            rows::feed(&mut engine, packet, &mut uids);
        }
        let summary = engine.finish(&mut uids);
        assert_eq!(summary.stats.panics, 0, "{of}, {balance:?}");
        uids.assert_unique(&format!("{of}, {balance:?}"));
    }
}

#[test]
fn mixtures_in_steady_time() {
    for seed in 1..=2 {
        let packets = mixture(seed, 4000, Hosts::Many, STEADY);
        assert!(compare("mixture", &packets, &all(), |_| ()) > 500);
        assert_unique_uids("mixture", Config::default(), &packets);
    }
}

#[test]
fn mixtures_in_wild_time() {
    for seed in 11..=13 {
        let packets = mixture(seed, 3000, Hosts::Many, WILD);
        assert!(compare("wild mixture", &packets, &all(), |_| ()) > 500);
        assert_unique_uids("wild mixture", Config::default(), &packets);
    }
}

#[test]
fn idle_workers() {
    for (seed, hosts) in [(21, Hosts::Pair), (22, Hosts::Few)] {
        for clock in [STEADY, WILD] {
            let packets = mixture(seed, 2000, hosts, clock);
            compare(&format!("{hosts:?}"), &packets, &all(), |_| ());
            assert_unique_uids("few hosts", Config::default(), &packets);
        }
    }
}

/// What is inside a tunnel is where its carrier is, whoever else has the same addresses.
#[test]
fn tunnels_of_all_kinds() {
    for (seed, clock) in [(81, STEADY), (82, WILD), (83, STEADY)] {
        let packets = tunnelled(seed, 3000, clock);
        assert!(compare("tunnels", &packets, &all(), |_| ()) > 500);
        compare("tunnels, no checksums", &packets, &some(), |config| {
            config.checksums(false);
        });
        assert_unique_uids("tunnels", Config::default(), &packets);
        let (rows, _) = rows::run(ALONE.config(), &packets);
        let count = |stream: &str| rows.iter().filter(|row| row.stream == stream).count();
        assert!(count("tunnel") > 20 && count("weird") > 20 && count("dns") > 20 && count("analyzer") > 0);
    }
}

/// A frame of several packets is where its first one belongs, even if that is none.
#[test]
fn many_packets_in_a_frame() {
    for seed in 91..94 {
        let packets = wireless(seed, 2000);
        assert!(compare("frames of several packets", &packets, &all(), |_| ()) > 500);
        assert_unique_uids("frames of several packets", Config::default(), &packets);
    }
}

#[test]
fn without_checksums_and_with_small_tables() {
    let packets = mixture(31, 4000, Hosts::Many, STEADY);
    compare("no checksums", &packets, &some(), |config| {
        config.checksums(false);
    });
    let packets = mixture(32, 6000, Hosts::Few, STEADY);
    let shape = |config: &mut ConfigBuilder| {
        config.limits(|limits| limits.flows_per_shard = 4);
        config.limits(|limits| limits.reassembly_per_shard = 2048);
    };
    compare("small tables", &packets, &some(), shape);
}

/// Interim records, with ages so short that very many connections reach them; and limits in bytes that act.
#[test]
fn long_connections_and_full_shards() {
    let ages = |config: &mut ConfigBuilder| {
        config.long_connections([1, 3, 7].map(gannet::Interval::from_secs));
    };
    for (seed, clock, hosts) in [(51, STEADY, Hosts::Many), (52, WILD, Hosts::Few), (53, WILD, Hosts::Pair)] {
        let packets = mixture(seed, 4000, hosts, clock);
        compare("long connections", &packets, &some(), ages);
        let mut config = Config::builder();
        ages(&mut config);
        let (rows, _) = rows::run(config.build().unwrap(), &packets);
        let long = rows.iter().filter(|row| row.stream == "open_conn").count();
        assert!(long > 100, "{long}");
    }
    let full = |config: &mut ConfigBuilder| {
        ages(config);
        config.limits(|limits| limits.half_open_bytes_per_shard = 3000);
        config.limits(|limits| limits.connection_bytes_per_shard = 9000);
        config.limits(|limits| limits.fragment_bytes_per_shard = 1500);
    };
    for (seed, hosts) in [(54, Hosts::Few), (55, Hosts::Pair)] {
        let packets = mixture(seed, 4000, hosts, STEADY);
        compare("limits in bytes", &packets, &some(), full);
        let mut config = Config::builder();
        full(&mut config);
        let (rows, summary) = rows::run(config.build().unwrap(), &packets);
        let count = |stream| rows.iter().filter(|row| row.stream == stream).count() as u64;
        assert!(summary.stats.shed.connections > 10, "{}", summary.stats.shed.connections);
        assert_eq!(count("conn") + summary.stats.shed.connections, summary.stats.connections());
    }
}

#[test]
fn a_capture_that_ends_with_a_hundred_thousand_open_connections() {
    let packets = many_open(41, 100_000);
    let rows = compare("open connections", &packets, &heavy(), |_| ());
    assert!(rows >= 99_000, "{rows}");
    assert_unique_uids("open connections", Config::default(), &packets);
}

#[test]
fn a_hundred_thousand_connections_that_one_jump_ends() {
    let mut packets = many_open(42, 100_000);
    let (late, early) = (START + 30 * 365 * 86_400 * SECOND, START + 5 * SECOND);
    let ends = ((v4(1), 1), (v4(2), 2));
    packets.push(Packet::new(late, udp_frame(ends.0, ends.1, b"late")));
    packets.push(Packet::new(early, udp_frame(ends.1, ends.0, b"early")));
    compare("jump", &packets, &heavy(), |_| ());
}

#[test]
fn weirds_of_many_pairs() {
    compare("weirds", &weirds(51, 300, 60), &some(), |_| ());
    compare("weirds of many pairs", &weirds(52, 20_000, 3), &heavy(), |_| ());
}

#[test]
fn a_spread_of_the_corpus() {
    let captures = captures::corpus();
    let (step, mut rows) = ((captures.len() / 64).max(1), 0);
    let all = all();
    for (turn, path) in captures.iter().step_by(step).enumerate() {
        let packets = captures::packets(path, 3000);
        let ways: Vec<_> = (0..3).map(|way| all[(turn * 3 + way * 7) % all.len()]).collect();
        rows += compare(&path.file_name().unwrap().to_string_lossy(), &packets, &ways, |_| ());
    }
    println!("{} captures, {rows} rows", captures.iter().step_by(step).len());
    // Behind each other they make a capture in which time goes anywhere and ports are used again.
    let mut packets: Vec<Packet> =
        captures.iter().step_by(step).flat_map(|path| captures::packets(path, 3000)).collect();
    compare("all of them", &packets, &heavy(), |config| {
        config.checksums(false);
    });
    packets.sort_by_key(|packet| packet.ts);
    compare("all of them by time", &packets, &heavy(), |_| ());
}

#[test]
fn captures_of_the_repository() {
    for path in captures::all_testdata() {
        let packets = captures::packets(&path, 20_000);
        assert!(!packets.is_empty(), "{}", path.display());
        let name = path.parent().unwrap().file_name().unwrap().to_string_lossy();
        compare(&name, &packets, &some(), |_| ());
        assert_unique_uids(&name, Config::default(), &packets);
        let (expected, _) = rows::run(ALONE.config(), &packets);
        for combination in some() {
            let mut files = Files::open(&[&path]).unwrap();
            let (got, _) = rows::run_source(combination.config(), &mut files);
            assert_same(&expected, &got, &format!("{name}, from the file, {combination:?}"));
        }
    }
}

/// Time can come without packets: told of it in time, an engine says the same.
#[test]
fn time_without_packets() {
    let packets = mixture(61, 3000, Hosts::Many, WILD);
    let text = |rows: &[Row]| rows.iter().map(|row| (row.stream, row.text.clone())).collect::<Vec<_>>();
    let (expected, _) = rows::run(ALONE.config(), &packets);
    let (told, _) = rows::push(ALONE.config(), &packets, |engine, packet, rows| {
        engine.advance(Timestamp::from_nanos(packet.ts), rows);
    });
    assert!(
        text(&expected) == text(&told),
        "the engine says something else if told the time before each packet"
    );
}

#[test]
fn timers_fire_without_packets() {
    let mut engine = Engine::new(Config::default());
    let mut rows = Rows::default();
    let ends = ((v4(1), 4000), (v4(2), 4001));
    rows::feed(&mut engine, &Packet::new(START, udp_frame(ends.0, ends.1, b"x")), &mut rows);
    engine.advance(Timestamp::from_nanos(START + 59 * SECOND), &mut rows);
    assert_eq!(rows.0.len(), 0);
    engine.advance(Timestamp::from_nanos(START + 61 * SECOND), &mut rows);
    assert_eq!((rows.0.len(), engine.connections()), (1, 0));
    engine.advance(Timestamp::from_nanos(START), &mut rows);
    engine.feed(LinkType(1), Timestamp::from_nanos(START), 60, &[0; 60], &mut rows);
    let summary = engine.finish(&mut rows);
    assert_eq!((summary.stats.packets, rows.0.last().unwrap().key > Key::default()), (2, true));
}

/// Ports that are used again within one moment, by a reset connection, and by one that a full shard gave up.
#[test]
fn ids_are_unique_within_a_moment() {
    let ends = ((v4(1), 4000), (v4(2), 80));
    let mut packets = Vec::new();
    for turn in 0..20 {
        let mut tcp = Conversation::new(ends.0, ends.1, [turn << 20, turn << 21]);
        for frame in [tcp.segment(0, SYN, &[]), tcp.segment(1, SYN | ACK, &[]), tcp.segment(0, ACK, b"x")] {
            packets.push(Packet::new(START, frame));
        }
    }
    assert_unique_uids("reused ports", Config::default(), &packets);
    let mut packets = Vec::new();
    for turn in 0..60 {
        let (client, server) = ((v4(1), 4000 + turn % 6), (v4(2), 4001));
        packets.push(Packet::new(START, udp_frame(client, server, b"x")));
    }
    let shape = |config: &mut ConfigBuilder| {
        config.limits(|limits| limits.flows_per_shard = 4);
    };
    let mut config = Config::builder();
    shape(&mut config);
    assert_unique_uids("shed connections", config.build().unwrap(), &packets);
    compare("shed connections", &packets, &some(), shape);
}

#[test]
fn a_run_ends_early_when_it_is_told_to() {
    let packets = mixture(71, 3000, Hosts::Many, STEADY);
    for workers in WORKERS {
        let mut config = Config::builder();
        config.workers(workers).batch(16);
        let mut source = rows::source(&packets);
        let (mut records, mut calls) = (0, 0);
        let summary = gannet::run(
            config.build().unwrap(),
            &mut source,
            |_, output| Keep(output),
            |_| records += 1,
            |headway| {
                calls += 1;
                if headway.packets < 1000 { Control::Continue } else { Control::Stop }
            },
        )
        .unwrap();
        assert!((1000..2000).contains(&summary.stats.packets), "{}", summary.stats.packets);
        assert!(records > 0 && calls > 1);
    }
}

struct Keep(gannet::Output<()>);

impl gannet::events::Subscriber for Keep {
    fn event(&mut self, _meta: &gannet::events::Meta<'_>, _event: gannet::events::Event<'_>) {
        self.0.leave(());
    }
}

#[test]
fn an_engine_that_saw_nothing_ends() {
    assert_eq!(Engine::new(Config::default()).finish(&mut Nobody).stats.packets, 0);
    for combination in all() {
        assert_eq!(rows::run(combination.config(), &[]).0, []);
    }
}
