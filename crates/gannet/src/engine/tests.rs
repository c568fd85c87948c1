//! What fuzzing found, what becomes of timers, and how often headers are walked.

use std::sync::Arc;

use super::{Config, Engine, stamp};
use crate::analyzers::{Analyzer, Context, Descriptor, Progress};
use crate::balance::Balance;
use crate::base::direction::{Direction, Transport};
use crate::base::packet::LinkType;
use crate::base::time::{Interval, Timestamp};
use crate::capture::{Batch, Filled, Memory, PacketSource};
use crate::decode::layer::walks;
use crate::events::{Event, Meta};
use crate::flow::Conn;
use crate::testing::{ETHERNET, Lab, ethernet, icmp_bytes, tcp, udp, v4, v6};

const SYN: u8 = 2;
const RST: u8 = 4;

/// A TCP segment without payload as a raw IP packet.
fn segment(seq: u32, flags: u8) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2];
    packet.extend_from_slice(&[0xc3, 0x50, 0x9c, 0x40]);
    packet.extend_from_slice(&seq.to_be_bytes());
    packet.extend_from_slice(&[0, 0, 0, 0, 0x50, flags, 4, 0, 0, 0, 0, 0]);
    packet
}

/// The ids of the connections that segments at these seconds make.
fn uids(segments: &[(i64, u32, u8)]) -> Vec<String> {
    let mut engine = Engine::new(Config { checksums: false, ..Config::default() });
    let mut uids = Vec::new();
    let mut subscriber = |meta: &Meta<'_>, event: Event<'_>| {
        if event.record.stream().name == "conn" {
            uids.extend(meta.conn.and_then(|conn| conn.uid).map(|uid| uid.to_string()));
        }
    };
    for &(second, seq, flags) in segments {
        let packet = segment(seq, flags);
        engine.feed(LinkType(101), Timestamp::from_parts(1000 + second, 0), 40, &packet, &mut subscriber);
    }
    engine.finish(&mut subscriber);
    uids
}

#[test]
fn connections_of_one_time_have_ids_of_their_own() {
    let cases: [&[(i64, u32, u8)]; 4] = [
        // Used again at the same time.
        &[(100, 1, SYN), (100, 9000, SYN), (100, 18_000, SYN)],
        // Used again when time had gone back, and once more at the first time.
        &[(100, 1, SYN), (98, 9000, SYN), (100, 18_000, SYN), (100, 27_000, SYN)],
        // Its end came due at a time that had been, so that it was gone.
        &[(100, 1, SYN), (90, 1, RST), (90, 1, RST), (100, 9000, SYN), (100, 18_000, SYN)],
        &[(100, 1, SYN), (90, 1, RST), (100, 1, RST), (80, 5, SYN), (100, 9000, SYN), (101, 1, RST)],
    ];
    for case in cases {
        let mut all = uids(case);
        let count = all.len();
        assert!(count > 2, "{case:?} made {all:?}");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "{case:?}");
    }
}

/// Sets a timer for each byte, an hour ahead, until it is told to stop.
struct Alarms;

impl Analyzer for Alarms {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        for (token, _) in bytes.iter().enumerate() {
            cx.set_timer(cx.now() + Interval::from_secs(3600), token as u16);
        }
        if bytes.first() == Some(&b'!') {
            Progress::Violation("it was told to")
        } else {
            Progress::Consumed(bytes.len())
        }
    }

    fn held(&self) -> usize {
        0
    }
}

static ALARMS: Descriptor = Descriptor::new("alarms", "ALARMS", |_| Box::new(Alarms))
    .doc("Sets timers.")
    .ports(&[(Transport::Udp, 9)])
    .records(&[Conn::STREAM])
    .partial(true)
    .shapes(true);

#[test]
fn timers_of_an_analyzer_that_is_gone_are_swept_out() {
    let timers = |last: &[u8]| {
        let mut lab = Lab::with(|config| config.analyzers = vec![&ALARMS]);
        // One that failed goes with the next packet.
        for (seconds, payload) in [(1.0, [b'.'; 1000].as_slice()), (2.0, last), (3.0, b".")] {
            lab.packet(seconds, &v4(17, &udp((7, 9), payload)));
        }
        lab.engine.sweep();
        assert_eq!(lab.engine.connections(), 1);
        // One more is that of the fold of tunnels.
        lab.engine.state.timers.len() - 1
    };
    assert_eq!(timers(b"."), 1001, "those of one that is there are kept, but the one that was moved");
    assert_eq!(timers(b"!"), 1);
}

/// A flood sheds connections faster than their timers are due: the timers go too.
#[test]
fn timers_of_what_is_gone_are_swept_out() {
    let mut config = Config { checksums: false, ..Config::default() };
    config.limits.half_open_bytes_per_shard = 1 << 20;
    let mut engine = Engine::new(config);
    let mut nobody = |_: &Meta<'_>, _: Event<'_>| {};
    for n in 0..100_000_u32 {
        let mut packet = segment(1, SYN);
        packet[20..22].copy_from_slice(&(n as u16).to_be_bytes());
        packet[22..24].copy_from_slice(&((n >> 16) as u16).to_be_bytes());
        engine.feed(
            LinkType(101),
            Timestamp::from_parts(1000, i64::from(n) * 1000),
            40,
            &packet,
            &mut nobody,
        );
        let (timers, connections) = (engine.state.timers.len(), engine.connections());
        assert!(timers <= super::SWEEP_FROM.max(2 * connections) + 1, "{timers} for {connections}");
    }
    assert!(engine.stats().shed.connections > 90_000);
}

/// Frames of all kinds that hold one IP packet: TCP, UDP and ICMP, a fragment, with and without a VLAN tag.
fn frames() -> Vec<Vec<u8>> {
    let packets = [
        v4(6, &tcp((40_000, 80), 1, 0, SYN, &[])),
        v4(17, &udp((5, 53), b"abcd")),
        v4(1, &icmp_bytes(8, 0, b"ping")),
        v4(17, &udp((5, 53), &[7; 64])).fragments(16).swap_remove(1),
        v4(6, &tcp((40_000, 80), 1, 0, SYN, &[])).back(),
    ];
    let mut frames: Vec<_> = packets.iter().map(|packet| ethernet(0x0800, &packet.bytes())).collect();
    frames.push(ethernet(0x86dd, &v6(17, &udp((5, 53), b"abcd")).bytes()));
    let tag = |bytes: &[u8]| ethernet(0x8100, &[&[0, 7, 8, 0], bytes].concat());
    frames.extend(packets.iter().map(|packet| tag(&packet.bytes())));
    // Known to the careful way only: PPPoE.
    let length = packets[1].bytes().len() as u8 + 2;
    frames.push(ethernet(0x8864, &[&[0x11, 0, 0, 1, 0, length, 0, 0x21], &*packets[1].bytes()].concat()));
    frames
}

/// A batch of packets a second apart, stamped.
fn batch(link: LinkType, packets: &[Vec<u8>]) -> Batch {
    let mut source = Memory::new();
    for (second, packet) in (1000..).zip(packets) {
        source.push(link, Timestamp::from_parts(second, 0), packet.len() as u32, packet.clone());
    }
    let mut batch = Batch::default();
    assert!(matches!(source.fill(&mut batch, packets.len()), Ok(Filled::Packets)));
    let mut now = Timestamp::ZERO;
    for (number, meta) in (1..).zip(&mut batch.packets) {
        meta.number = number;
        stamp(meta, now);
        now = meta.now;
    }
    batch
}

#[test]
fn headers_are_walked_once() {
    let frames = frames();
    let once = frames.len() as u64;
    let mut nobody = |_: &Meta<'_>, _: Event<'_>| {};
    let config = |decap: &[&str]| Config {
        decap: decap.iter().map(|text| text.parse().unwrap()).collect(),
        ..Config::default()
    };
    for decap in [&[][..], &["vxlan", "gre@192.0.2.1"]] {
        let mut engine = Engine::new(config(decap));
        walks::take();
        for (second, frame) in (1000..).zip(&frames) {
            let ts = Timestamp::from_parts(second, 0);
            engine.feed(ETHERNET, ts, frame.len() as u32, frame, &mut nobody);
        }
        assert_eq!(walks::take(), once, "fed, {decap:?}");
        assert_eq!(engine.stats().analysed, once);
    }
    let mut engine = Engine::new(config(&[]));
    engine.batch(&batch(ETHERNET, &frames), None, &mut nobody);
    assert_eq!(walks::take(), once, "one worker");
    for balance in [Balance::Pair, Balance::Flow] {
        let mut spread = batch(ETHERNET, &frames);
        super::batch::share_out(&mut spread, balance, 2);
        let mut analysed = 0;
        for list in spread.lists.iter().chain(&spread.carriers) {
            let mut engine = Engine::new(Config { balance, ..config(&[]) });
            engine.batch(&spread, Some(list), &mut nobody);
            analysed += engine.stats().analysed;
        }
        assert_eq!((walks::take(), analysed), (once, once), "two workers, {balance:?}");
    }
}

/// What was found of packets ahead of their turn is a hint: in between connections end, begin again, and are given up.
#[test]
fn a_look_ahead_changes_nothing() {
    let ends = [(1, 80), (2, 80), (3, 81), (1, 80), (1, 80), (2, 80), (4, 80), (1, 80), (3, 81)];
    let flags = [SYN, SYN, RST, RST, SYN, 16, SYN, SYN | 16, 1, 16, SYN];
    let mut packets = Vec::new();
    for turn in 0..200_u32 {
        let ports = ends[turn as usize * 5 % ends.len()];
        let body = tcp(
            ports,
            turn * 977,
            turn,
            flags[turn as usize * 3 % flags.len()],
            &[b'x'; 3][..turn as usize % 4],
        );
        packets.push(if turn % 7 == 0 { v4(17, &udp(ports, b"dns")) } else { v4(6, &body) }.bytes());
    }
    let whole = batch(LinkType(101), &packets);
    let config = || {
        let mut config = Config { checksums: false, ..Config::default() };
        config.limits.flows_per_shard = 3;
        config
    };
    let rows = |work: &dyn Fn(&mut Engine, &mut dyn crate::events::Subscriber)| {
        let mut engine = Engine::shared(Arc::new(config()));
        let mut rows = Vec::new();
        let mut subscriber = |meta: &Meta<'_>, event: Event<'_>| {
            rows.push((event.record.stream().name, meta.key, meta.conn.and_then(|conn| conn.uid)));
        };
        work(&mut engine, &mut subscriber);
        engine.finish(&mut subscriber);
        rows
    };
    // Times far apart make idle connections go between two packets of one look.
    for step in [1, 4, 70] {
        let spaced = |meta: &crate::base::packet::PacketMeta| {
            let ts = Timestamp::from_parts(1000 + (meta.number as i64) * step, 0);
            crate::base::packet::PacketMeta { ts, now: ts, ..*meta }
        };
        let alone = rows(&|engine, h| {
            for (packet, meta) in packets.iter().zip(whole.packets.iter().map(spaced)) {
                engine.feed(meta.link, meta.ts, meta.wire, packet, h);
            }
        });
        let together = rows(&|engine, h| {
            let mut batch = batch(LinkType(101), &packets);
            batch.packets = batch.packets.iter().map(spaced).collect();
            engine.batch(&batch, None, h);
        });
        assert!(alone.len() > 20, "{} rows", alone.len());
        assert_eq!(alone, together, "{step} seconds apart");
    }
}
