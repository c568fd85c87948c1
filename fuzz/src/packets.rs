//! A sequence of packets of several link types, whose times go forward, back and far away.
//!
//! Input: a byte of options, then packets: a byte (link type in the low three bits, the way of time in the next three,
//! the length on the wire in the last two), what these need, the packet's length in two bytes, the packet.

use gannet::flow::Conn;
use gannet::{Balance, ConfigBuilder, Engine, Interval, LinkType, Timestamp};

use crate::cursor::Cursor;
use crate::decode::LINKS;
use crate::watch::Watch;
use crate::wire;

/// Packets after which an input has said enough.
const ENOUGH: usize = 512;

/// Tunnels inside each other that are looked into.
const DEPTH: usize = 4;

/// A packet of the input.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Link type.
    pub link: LinkType,
    /// Time.
    pub ts: Timestamp,
    /// Length on the wire.
    pub wire: u32,
    /// Captured bytes.
    pub bytes: &'a [u8],
}

/// What an input means: a configuration and packets.
pub fn read(data: &[u8]) -> (ConfigBuilder, Vec<Packet<'_>>) {
    let mut cursor = Cursor::new(data);
    let options = cursor.u8();
    let mut config = wire::config();
    config.checksums(options & 1 != 0);
    if options & 2 != 0 {
        config.limits(|limits| limits.flows_per_shard = 1 + u32::from(options >> 6));
    }
    if options & 4 != 0 {
        config.limits(|limits| limits.reassembly_per_shard = 2000);
        config.limits(|limits| limits.half_open_bytes_per_shard = 3000);
        config.limits(|limits| limits.connection_bytes_per_shard = 9000);
        config.limits(|limits| limits.fragment_bytes_per_shard = 3000);
        config.long_connections([Interval::from_secs(1), Interval::from_secs(5)]);
    }
    if options & 8 != 0 {
        config.only((options & 16 != 0).then_some(Conn::STREAM));
    }
    if options & 32 != 0 {
        config.balance(Balance::Flow);
        config.decap(["vxlan", "geneve", "erspan", "gre"].iter().flat_map(|kind| kind.parse()));
    }
    let mut now = Timestamp::from_parts(1_700_000_000, 0);
    let mut packets: Vec<Packet<'_>> = Vec::new();
    while packets.len() < ENOUGH
        && let Some(op) = cursor.op()
    {
        let link = LinkType(LINKS.get(usize::from(op & 7)).copied().unwrap_or(1));
        now = time(now, op >> 3 & 7, &mut cursor);
        let more = if op >> 6 == 1 { u32::from(cursor.u16()) } else { 0 };
        let bytes = match packets.last() {
            Some(last) if op >> 6 == 2 => last.bytes,
            _ => cursor.run(),
        };
        let wire = if op >> 6 == 3 { u32::from(cursor.u16()) } else { bytes.len() as u32 + more };
        packets.push(Packet { link, ts: now, wire, bytes });
    }
    (config, packets)
}

fn time(now: Timestamp, way: u8, cursor: &mut Cursor<'_>) -> Timestamp {
    let seconds = |n: i64| now + Interval::from_secs(n);
    let millis = |n: i64| now + Interval::from_millis(n);
    match way {
        0 => now,
        1 => millis(1),
        2 => millis(cursor.u8().into()),
        3 => seconds(cursor.u8().into()),
        4 => seconds(60 * i64::from(cursor.u16())),
        5 => millis(-i64::from(cursor.u8())),
        6 => seconds(-i64::from(cursor.u16())),
        _ => Timestamp::from_nanos(cursor.u64() as i64),
    }
}

/// Feeds the packets.
pub fn run(data: &[u8]) {
    let (config, packets) = read(data);
    let (mut engine, mut watch) = (Engine::new(config.build().unwrap()), Watch::default());
    for packet in &packets {
        engine.feed(packet.link, packet.ts, packet.wire, packet.bytes, &mut watch);
        // Tunnels inside each other are connections too, and so many are looked into at most.
        assert!(engine.connections() <= packets.len() * (DEPTH + 1));
    }
    let summary = watch.finish(engine);
    assert!(summary.stats.packets <= packets.len() as u64);
}
