//! What fuzzing found, and what becomes of timers.

use super::{Config, Engine};
use crate::analyzers::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::base::packet::LinkType;
use crate::base::time::{Interval, Timestamp};
use crate::events::{Event, Meta};
use crate::flow::Conn;
use crate::testing::{Lab, udp, v4};

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

static ALARMS: Descriptor = Descriptor {
    name: "alarms",
    label: "ALARMS",
    doc: "Sets timers.",
    ports: &[(Transport::Udp, 9)],
    probe: None,
    records: &[Conn::STREAM],
    partial: true,
    shapes: true,
    max_tail: 0,
    new: |_| Box::new(Alarms),
};

#[test]
fn timers_of_an_analyzer_that_is_gone_are_swept_out() {
    let timers = |last: &[u8]| {
        let mut lab = Lab::with(|config| config.analyzers = vec![&ALARMS]);
        for (seconds, payload) in [(1.0, [b'.'; 1000].as_slice()), (2.0, last)] {
            lab.packet(seconds, &v4(17, &udp((7, 9), payload)));
        }
        lab.engine.sweep();
        assert_eq!(lab.engine.connections(), 1);
        lab.engine.state.timers.len()
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
