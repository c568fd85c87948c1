//! The steady state: packets of connections that are known cost no allocation.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Progress, Transport};
use gannet::capture::write::{Precision, Writer};
use gannet::capture::{Batch, Files, Filled, PacketSource};
use gannet::events::{Event, Meta, Subscriber};
use gannet::flow::Conn;
use gannet::{Config, Control, Engine, LinkType, Output, Timestamp};

use super::calls;
use crate::support::packets::{ACK, Conversation, End, PSH, Packet, START, dns, udp_frame, v4};
use crate::support::rows::{self, Nobody};

/// Reads lines and forgets them.
struct Lines;

impl Analyzer for Lines {
    fn data(&mut self, _cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => Progress::Consumed(at + 1),
            None => Progress::Until { byte: b'\n', max: 4096 },
        }
    }

    fn held(&self) -> usize {
        0
    }
}

static LINES: Descriptor = Descriptor::new("lines", "LINES", |_| Box::new(Lines))
    .doc("Lines that are forgotten")
    .ports(&[(Transport::Tcp, 7777), (Transport::Udp, 7777)])
    .records(&[Conn::STREAM])
    .max_tail(8192);

fn ends(port: u16) -> (End, End) {
    ((v4(0x0a00_0001), 40_000), (v4(0xc000_0201), port))
}

/// Segments of both directions, each acknowledged. Lines are cut anywhere.
fn segments(port: u16, count: usize) -> Vec<Packet> {
    let (client, server) = ends(port);
    let mut tcp = Conversation::new(client, server, [u32::MAX - 9999, 5]);
    let mut frames = tcp.open().to_vec();
    for n in 0..count {
        let from = n % 2;
        let payload: Vec<u8> =
            (0..700).map(|at| if (n * 700 + at) % 97 == 0 { b'\n' } else { b'x' }).collect();
        frames.push(tcp.segment(from, ACK | PSH, &payload));
        frames.push(tcp.segment(1 - from, ACK, &[]));
    }
    spread(frames)
}

/// A packet each three milliseconds.
fn spread(frames: Vec<Vec<u8>>) -> Vec<Packet> {
    frames
        .into_iter()
        .enumerate()
        .map(|(n, frame)| Packet::new(START + n as i64 * 3_000_000, frame))
        .collect()
}

fn datagrams(port: u16, count: usize) -> Vec<Packet> {
    let (client, server) = ends(port);
    let sides = [(client, server), (server, client)];
    spread((0..count).map(|n| udp_frame(sides[n % 2].0, sides[n % 2].1, b"a line\nand another\n")).collect())
}

fn queries(count: usize) -> Vec<Packet> {
    let (client, server) = ends(53);
    let pair = |n: usize| {
        let (id, name) = (n as u16, format!("host{n}.example.org"));
        let answer = dns(id, &name, Some(std::net::Ipv4Addr::LOCALHOST));
        [udp_frame(client, server, &dns(id, &name, None)), udp_frame(server, client, &answer)]
    };
    spread((0..count).flat_map(pair).collect())
}

/// Allocations that an engine makes for the packets behind the first `warm` ones.
fn allocations(config: Config, packets: &[Packet], warm: usize) -> u64 {
    let mut engine = Engine::new(config);
    let (first, rest) = packets.split_at(warm);
    for packet in first {
        rows::feed(&mut engine, packet, &mut Nobody);
    }
    let before = calls();
    for packet in rest {
        rows::feed(&mut engine, packet, &mut Nobody);
    }
    let made = calls() - before;
    assert_eq!(engine.connections(), 1);
    let summary = engine.finish(&mut Nobody);
    assert_eq!((summary.stats.packets, summary.stats.missed_bytes), (packets.len() as u64, 0));
    made
}

fn deaf() -> Config {
    let mut config = Config::builder();
    config.only([]);
    config.build().unwrap()
}

fn lines() -> Config {
    let mut config = Config::builder();
    config.analyzers([&LINES]);
    config.build().unwrap()
}

#[test]
fn a_stream_in_order_allocates_nothing() {
    let packets = segments(8000, 6000);
    assert_eq!(allocations(deaf(), &packets, 200), 0, "nobody listens");
    assert_eq!(
        allocations(Config::default(), &packets, 200),
        0,
        "all listen, and no analyzer knows the port"
    );
}

#[test]
fn a_stream_that_an_analyzer_reads_allocates_at_a_cut_line_only() {
    // Whole lines in each segment: nothing is kept.
    let (client, server) = ends(7777);
    let mut tcp = Conversation::new(client, server, [1, 2]);
    let mut frames = tcp.open().to_vec();
    for n in 0..4000 {
        frames.push(tcp.segment(n % 2, ACK | PSH, b"one line\nand one more line\n"));
        frames.push(tcp.segment(1 - n % 2, ACK, &[]));
    }
    assert_eq!(allocations(lines(), &spread(frames), 200), 0);
    // Cut ones: the tail is copied, at a constant cost.
    let packets = segments(7777, 4000);
    let made = allocations(lines(), &packets, 200);
    println!("{made} allocations for 4000 segments with cut lines");
    assert!(made <= 4 * 4000, "{made}");
}

#[test]
fn datagrams_of_a_known_flow_allocate_nothing() {
    assert_eq!(allocations(Config::default(), &datagrams(9999, 8000), 200), 0, "no analyzer");
    assert_eq!(allocations(lines(), &datagrams(7777, 8000), 200), 0, "an analyzer that reads");
    assert_eq!(allocations(deaf(), &datagrams(53, 8000), 200), 0, "nobody listens");
}

#[test]
fn a_query_and_its_answer_allocate_little() {
    let packets = queries(4000);
    let made = allocations(Config::default(), &packets, 400);
    let pairs = (packets.len() as u64 - 400) / 2;
    println!("{:.2} allocations for a query and its answer", made as f64 / pairs as f64);
    assert!(made <= 8 * pairs, "{made} allocations for {pairs} queries with their answers");
}

struct Count(Output<()>);

impl Subscriber for Count {
    fn event(&mut self, meta: &Meta<'_>, _event: Event<'_>) {
        self.0.push(meta, (), |bytes| bytes.extend_from_slice(b"a row"));
    }
}

/// Allocations of a whole run on one worker, the making of the engine included.
fn of_run(source: &mut dyn PacketSource) -> u64 {
    let before = calls();
    let summary =
        gannet::run(Config::default(), source, |_, output| Count(output), |_| (), |_| Control::Continue)
            .unwrap();
    assert!(summary.stats.packets > 1000);
    calls() - before
}

/// What leaves a worker costs allocations by the chunk, not by the row: its bytes are slices of the chunk.
#[test]
fn rows_leave_without_an_allocation_each() {
    const MANY: usize = 100;
    struct Many(Output<u64>, usize);
    impl Subscriber for Many {
        fn event(&mut self, meta: &Meta<'_>, _event: Event<'_>) {
            for n in 0..self.1 {
                self.0.push(meta, n as u64, |bytes| bytes.extend_from_slice(b"a row of some length"));
            }
        }
    }
    let packets = queries(2000);
    let of = |many: usize| {
        let (before, mut rows, mut bytes) = (calls(), 0, 0);
        let ordered = |entry: gannet::Entry<u64>| {
            rows += 1;
            bytes += entry.bytes.len();
        };
        let mut source = rows::source(&packets);
        let config = Config::default();
        gannet::run(config, &mut source, |_, output| Many(output, many), ordered, |_| Control::Continue)
            .unwrap();
        assert_eq!(bytes, 20 * rows);
        (calls() - before, rows)
    };
    let ((few_calls, few), (many_calls, many)) = (of(1), of(MANY));
    println!("{few_calls} allocations for {few} rows, {many_calls} for {many}");
    assert!(few > 1000 && many == MANY * few);
    // Two or three for a chunk of about a thousand.
    assert!(many_calls < few_calls + (many / 100) as u64, "{few_calls} for {few}, {many_calls} for {many}");
}

fn file(name: &str, packets: &[Packet]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let out = BufWriter::new(File::create(&path).unwrap());
    let mut writer = Writer::new(out, LinkType(1), Precision::Nanos).unwrap();
    for packet in packets {
        writer.packet(Timestamp::from_nanos(packet.ts), packet.wire, &packet.bytes).unwrap();
    }
    writer.finish().unwrap();
    path
}

#[test]
fn reading_allocates_no_more_for_more_packets() {
    let (short, long) = (segments(8000, 4000), segments(8000, 16_000));
    let in_memory = [&short, &long].map(|packets| of_run(&mut rows::source(packets)));
    let in_files = [("short.pcap", &short), ("long.pcap", &long)].map(|(name, packets)| {
        let path = file(name, packets);
        let made = of_run(&mut Files::open(&[&path]).unwrap());
        std::fs::remove_file(&path).unwrap();
        made
    });
    println!(
        "allocations for 8,000 and for 32,000 packets: {in_memory:?} from memory, {in_files:?} from a file"
    );
    for [short, long] in [in_memory, in_files] {
        assert!(long <= short + 16, "{short} allocations for few packets, {long} for many");
    }
}

/// Allocations of a source for the batches behind the first hundred, while so many of the last are still in use; and how
/// many batches those were.
fn of_batches(source: &mut dyn PacketSource, held: usize) -> (u64, usize) {
    let mut batches: VecDeque<Batch> = (0..=held).map(|_| Batch::default()).collect();
    let mut made = Vec::with_capacity(1000);
    while let Some(mut batch) = batches.pop_front() {
        if source.fill(&mut batch, 256).unwrap() == Filled::End {
            break;
        }
        made.push(calls());
        assert!(batch.packets.iter().all(|packet| batch.bytes(packet).len() == packet.captured as usize));
        batches.push_back(batch);
    }
    (made.last().unwrap() - made[99], made.len() - 100)
}

/// Blocks go round in their pool: whoever holds some of them for a while makes it larger, and nothing else does.
#[test]
fn a_batch_from_a_file_costs_no_allocation() {
    let packets = segments(8000, 24_000);
    let turns = |turn| packets.iter().skip(turn).step_by(2).cloned().collect::<Vec<_>>();
    let alone = [file("alone.pcap", &packets)];
    let merged = [file("even.pcap", &turns(0)), file("odd.pcap", &turns(1))];
    for paths in [&alone[..], &merged[..]] {
        for held in [0, 1, 8] {
            let (made, batches) = of_batches(&mut Files::open(paths).unwrap(), held);
            assert!(batches > 50, "{batches}");
            assert_eq!(made, 0, "{} files, {held} batches in use, {batches} in all", paths.len());
        }
    }
    for path in alone.iter().chain(&merged) {
        std::fs::remove_file(path).unwrap();
    }
}
