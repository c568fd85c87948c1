//! Limits of all shards together: nothing goes while there is room, for any number of workers, and then those pay who hold
//! most.

use gannet::{Config, ConfigBuilder, Summary, TestKnobs};

use crate::identity::{assert_same, some};
use crate::support::packets::{Packet, START, udp_frame, v4};
use crate::support::rows::{self, Row};

const MIB: usize = 1 << 20;

/// A message between two hosts from a port of its own.
fn message(pair: u32, port: u16) -> Packet {
    let frame = udp_frame((v4(2 * pair), port), (v4(2 * pair + 1), 514), &[b'x'; 100]);
    Packet::new(START + i64::from(port) * 1_000_000, frame)
}

fn run(workers: usize, packets: &[Packet], limits: impl FnOnce(&mut ConfigBuilder)) -> (Vec<Row>, Summary) {
    let mut config = Config::builder();
    config.workers(workers).analyzers([]).young(0);
    limits(&mut config);
    rows::run(config.build().unwrap(), packets)
}

/// All of the whole's room is there for one pair, however many workers there are.
#[test]
fn a_busy_pair_may_have_all_the_room() {
    let packets: Vec<Packet> = (1..4000).map(|port| message(7, port)).collect();
    let room = |config: &mut ConfigBuilder| {
        config.analyzers([]);
        config.limits(|limits| limits.half_open_bytes = MIB);
        config.limits(|limits| limits.connection_bytes = MIB);
    };
    let (expected, _) = run(1, &packets, room);
    assert_eq!(expected.iter().filter(|row| row.stream == "conn").count(), packets.len());
    for combination in some() {
        let mut config = combination.config().rebuild();
        room(&mut config);
        let (got, summary) = rows::run(config.build().unwrap(), &packets);
        assert_same(&expected, &got, &format!("{combination:?}"));
        assert_eq!((summary.stats.shed.connections, summary.stats.shed.brakes), (0, 0));
    }
}

/// When the whole is exhausted, the pair that exhausts it pays: all others keep their share.
#[test]
fn who_holds_most_pays() {
    let mut packets: Vec<Packet> = (1..200).map(|pair| message(1000 + pair, 1)).collect();
    packets.extend((2..20_000).map(|port| message(7, port)));
    packets.extend((1..200).map(|pair| message(3000 + pair, 20_000)));
    for workers in [1, 4] {
        let (rows, summary) = run(workers, &packets, |config| {
            // A share has room for some connections.
            config.limits(|limits| limits.half_open_bytes = 2 * MIB);
        });
        let shed = &summary.stats.shed;
        assert!(shed.connections > 1000 && shed.brakes == shed.connections, "{shed:?}");
        let conns: Vec<_> = rows.iter().filter(|row| row.stream == "conn").collect();
        assert_eq!(conns.len() as u64 + shed.connections, packets.len() as u64);
        let busy = conns.iter().filter(|row| row.text.contains(&v4(14).to_string())).count();
        // One or two of them may be in its very shard.
        let others = conns.len() - busy;
        assert!(others >= 2 * 199 - 2, "{workers} workers: {others} of the others are left");
        assert!(rows.iter().any(|row| row.text.contains("memory_brake")));
    }
}

/// Who held much before others came pays for them, though it sends nothing any more.
#[test]
fn who_holds_most_pays_for_others_too() {
    let mut packets: Vec<Packet> = (1..6000).map(|port| message(7, port)).collect();
    packets.extend((1..2000).map(|pair| message(1000 + pair, 6000)));
    let (rows, summary) = run(1, &packets, |config| {
        config.limits(|limits| limits.half_open_bytes = 3 * MIB / 2);
    });
    assert!(summary.stats.shed.connections > 300, "{:?}", summary.stats.shed);
    let conns: Vec<_> = rows.iter().filter(|row| row.stream == "conn").collect();
    let busy = conns.iter().filter(|row| row.text.contains(&v4(14).to_string())).count();
    // A few shards of others hold more than their share.
    let others = conns.len() - busy;
    assert!(others > 1980, "{others} of the others are left, and {busy} of those that came first");
}

/// Several workers fill one budget: each knows what the others hold.
#[test]
fn workers_share_one_budget() {
    let packets: Vec<Packet> = (0..40_000).map(|n| message(n, 1 + (n / 4000) as u16)).collect();
    let kept = |workers| {
        let limits = |config: &mut ConfigBuilder| {
            config.limits(|limits| limits.half_open_bytes = 2 * MIB);
        };
        let (_, summary) = run(workers, &packets, limits);
        packets.len() as u64 - summary.stats.shed.connections
    };
    let (one, four) = (kept(1), kept(4));
    assert!(one < packets.len() as u64 / 2, "{one}");
    // A worker that is through with the capture holds nothing any more, and leaves room for the others.
    assert!(four > one / 2 && four < 2 * one, "{four} of {one}");
}
