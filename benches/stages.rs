//! Each stage of a packet's path alone: decoding, the flow table, reassembly, the analyzers, the rows.
//!
//! `cargo bench -p gannet-benches --bench stages [NAME ...]`, where a name is a part of a benchmark's.

use std::hint::black_box;

use etherparse::{
    Ethernet2HeaderSlice, LaxIpv4Slice, LaxSlicedPacket, NetSlice, SingleVlanHeaderSlice, SlicedPacket,
    TcpSlice, TransportSlice, UdpSlice,
};
use gannet::analyzers::REGISTRY;
use gannet::events::{ConnTag, Event, Key, Meta, Record};
use gannet::{Engine, Interval, LinkType, Outline, Timestamp, outline};
use gannet_benches::count::{Count, Listen, Rows, TAKER, TAKER_PORT, config, feed, taken};
use gannet_benches::measure::Harness;
use gannet_benches::packets::{Packet, load, testdata};
use gannet_benches::wire::{tcp, udp};
use gannet_logs::{Format, Formatter, Options};

const ETHERNET: LinkType = LinkType::ETHERNET;
const START: Timestamp = Timestamp::from_parts(1_700_000_000, 0);

fn main() {
    let harness = Harness::from_args();
    decode(&harness);
    flows(&harness);
    reassembly(&harness);
    let packets = load(&testdata());
    analyzers(&harness, &packets);
    rows(&harness, &packets);
}

type Decoder = fn(&Packet) -> Option<Outline>;

/// Ethernet packets of the test captures, IPv4 with TCP or UDP, that all decoders agree on.
fn decode(harness: &Harness) {
    let all: Vec<Packet> = load(&testdata())
        .into_iter()
        .filter(|packet| packet.link == ETHERNET && by_hand(&packet.bytes).is_some())
        .filter(|packet| {
            own(packet) == by_hand(&packet.bytes) && sliced(&packet.bytes) == by_hand(&packet.bytes)
        })
        .collect();
    assert!(all.len() > 1000, "{} packets for the decoders", all.len());
    let count = |decode: Decoder| {
        all.iter().filter(|packet| black_box(decode(black_box(packet))).is_some()).count() as u64
    };
    let decoders: [(&str, Decoder); 4] = [
        ("decode/own views", own),
        ("decode/etherparse slices by hand", |packet| by_hand(&packet.bytes)),
        ("decode/etherparse SlicedPacket", |packet| sliced(&packet.bytes)),
        ("decode/etherparse LaxSlicedPacket", |packet| lax(&packet.bytes)),
    ];
    for (name, decoder) in decoders {
        harness.run(name, "packet", || {
            let decoded = count(decoder);
            assert_eq!(decoded, all.len() as u64);
            decoded
        });
    }
}

fn own(packet: &Packet) -> Option<Outline> {
    outline(packet.link, packet.wire, &packet.bytes)
}

fn mapped(address: [u8; 4]) -> u128 {
    std::net::Ipv4Addr::from(address).to_ipv6_mapped().into()
}

/// The layers one by one, as the manual of the crate advises for speed.
fn by_hand(bytes: &[u8]) -> Option<Outline> {
    const VLAN: [u16; 3] = [0x8100, 0x88a8, 0x9100];
    let ethernet = Ethernet2HeaderSlice::from_slice(bytes).ok()?;
    let mut kind = ethernet.ether_type().0;
    let mut rest = bytes.get(14..)?;
    while VLAN.contains(&kind) {
        kind = SingleVlanHeaderSlice::from_slice(rest).ok()?.ether_type().0;
        rest = rest.get(4..)?;
    }
    if kind != 0x0800 {
        return None;
    }
    let (ip, _) = LaxIpv4Slice::from_slice(rest).ok()?;
    let (header, payload) = (ip.header(), ip.payload());
    if payload.fragmented {
        return None;
    }
    let outline = Outline {
        src: mapped(header.source()),
        dst: mapped(header.destination()),
        proto: payload.ip_number.0,
        ..Outline::default()
    };
    match payload.ip_number.0 {
        6 => {
            let tcp = TcpSlice::from_slice(payload.payload).ok()?;
            Some(with_tcp(outline, &tcp))
        }
        17 => {
            let udp = UdpSlice::from_slice_lax(payload.payload).ok()?;
            Some(with_udp(outline, &udp))
        }
        _ => None,
    }
}

fn with_tcp(outline: Outline, tcp: &TcpSlice<'_>) -> Outline {
    let (src_port, dst_port) = (tcp.source_port(), tcp.destination_port());
    Outline { src_port, dst_port, seq: tcp.sequence_number(), payload: tcp.payload().len(), ..outline }
}

fn with_udp(outline: Outline, udp: &UdpSlice<'_>) -> Outline {
    let (src_port, dst_port) = (udp.source_port(), udp.destination_port());
    Outline { src_port, dst_port, payload: udp.payload().len(), ..outline }
}

fn sliced(bytes: &[u8]) -> Option<Outline> {
    let packet = SlicedPacket::from_ethernet(bytes).ok()?;
    let NetSlice::Ipv4(ip) = packet.net? else { return None };
    let header = ip.header();
    let outline = Outline {
        src: mapped(header.source()),
        dst: mapped(header.destination()),
        proto: header.protocol().0,
        ..Outline::default()
    };
    match packet.transport? {
        TransportSlice::Tcp(tcp) => Some(with_tcp(outline, &tcp)),
        TransportSlice::Udp(udp) => Some(with_udp(outline, &udp)),
        _ => None,
    }
}

fn lax(bytes: &[u8]) -> Option<Outline> {
    let packet = LaxSlicedPacket::from_ethernet(bytes).ok()?;
    let etherparse::LaxNetSlice::Ipv4(ip) = packet.net? else { return None };
    let header = ip.header();
    let outline = Outline {
        src: mapped(header.source()),
        dst: mapped(header.destination()),
        proto: header.protocol().0,
        ..Outline::default()
    };
    match packet.transport? {
        TransportSlice::Tcp(tcp) => Some(with_tcp(outline, &tcp)),
        TransportSlice::Udp(udp) => Some(with_udp(outline, &udp)),
        _ => None,
    }
}

/// One UDP datagram of each of `count` flows, spread over hosts and so over shards.
fn datagrams(count: u32) -> Vec<Vec<u8>> {
    let end = |n: u32| ((0x0a00_0000 + n / 50, 20_000 + (n % 50) as u16), (0xc000_0200 + n % 200, 30_000));
    (0..count)
        .map(|n| {
            // Not one after the other, so that a table gets no help from the order.
            let (from, to) = end((u64::from(n) * 7919 % u64::from(count)) as u32);
            udp(from, to, b"payload")
        })
        .collect()
}

/// New connections, and packets of known ones, with few and with many in the table.
fn flows(harness: &Harness) {
    for count in [1_000, 100_000, 1_000_000] {
        let (insert, find) = (format!("flow/new, of {count}"), format!("flow/known, of {count}"));
        if !harness.wants(&insert) && !harness.wants(&find) {
            continue;
        }
        let packets = datagrams(count);
        let all = u64::from(count);
        let feed_all = |engine: &mut Engine| {
            for packet in &packets {
                engine.feed(ETHERNET, START, packet.len() as u32, packet, &mut Count::default());
            }
            assert_eq!(engine.connections() as u64, all);
            all
        };
        harness.run_with(&insert, "packet", empty, feed_all);
        let mut engine = empty();
        feed_all(&mut engine);
        harness.run(&find, "packet", || feed_all(&mut engine));
    }
}

/// An engine of which nobody wants anything.
fn empty() -> Engine {
    Engine::new(config(Listen::Nothing))
}

/// A connection of `count` segments of a kilobyte, all of them heard; every `swap` neighbours are turned round.
fn transfer(count: u32, swap: usize) -> Vec<Vec<u8>> {
    const SIZE: u32 = 1024;
    let (client, server) = ((0x0a00_0001, 50_000), (0x0a00_0002, TAKER_PORT));
    let payload = [b'x'; SIZE as usize];
    let mut segments = vec![
        tcp(client, server, 0, 0, 2, &[]),
        tcp(server, client, 0, 1, 0x12, &[]),
        tcp(client, server, 1, 1, 0x10, &[]),
    ];
    let mut data: Vec<_> = (0..count).map(|n| tcp(client, server, 1 + n * SIZE, 1, 0x10, &payload)).collect();
    data.chunks_mut(swap).for_each(<[_]>::reverse);
    for (n, segment) in (1..).zip(data) {
        segments.push(segment);
        if n % 16 == 0 {
            segments.push(tcp(server, client, 1, 1 + n * SIZE, 0x10, &[]));
        }
    }
    segments
}

fn reassembly(harness: &Harness) {
    const SEGMENTS: u32 = 16_000;
    for (name, swap) in [("in order", 1), ("pairs reversed", 2), ("sixteen reversed", 16)] {
        let packets = transfer(SEGMENTS, swap);
        harness.run(&format!("reassembly/{name}"), "segment", || {
            let mut config = config(Listen::Conn).rebuild();
            config.analyzers([&TAKER]);
            let mut engine = Engine::new(config.build().unwrap());
            for (n, packet) in (0..).zip(&packets) {
                let ts = START + Interval::from_nanos(1000 * n);
                engine.feed(ETHERNET, ts, packet.len() as u32, packet, &mut Count::default());
            }
            let summary = engine.finish(&mut Count::default());
            assert_eq!((taken(), summary.stats.missed_bytes), (u64::from(SEGMENTS) * 1024, 0));
            u64::from(SEGMENTS)
        });
    }
}

/// Each analyzer of the registry over the test captures, less what the same packets cost without it.
fn analyzers(harness: &Harness, packets: &[Packet]) {
    for descriptor in REGISTRY {
        let Some(stream) = descriptor.records.first() else { continue };
        let name = format!("analyzer/{}", descriptor.name);
        let own = captures_with(stream.name, packets);
        let measure = |name: &str, with: bool| {
            let mut records = 0;
            let time = harness.run(name, "packet", || {
                let mut config = config(Listen::Everything).rebuild();
                config.analyzers(with.then_some(*descriptor));
                let mut count = Count { of: stream.name.to_owned(), ..Count::default() };
                feed(config.build().unwrap(), &own, &mut count);
                assert_eq!(count.found > 0, with, "records of {}", descriptor.name);
                records = count.found;
                own.len() as u64
            });
            time.map(|nanos| (nanos * own.len() as f64, records))
        };
        let without = measure(&format!("{name}, its packets without it"), false);
        let with = measure(&name, true);
        if let (Some((without, _)), Some((with, records))) = (without, with) {
            let more = format!("{name}, what it adds");
            println!("{more:<44} {:>10.1} ns/record", (with - without) / records as f64);
        }
    }
}

/// The packets of the connections in which a kind of record came up: those of the hosts that it names.
fn captures_with(stream: &str, packets: &[Packet]) -> Vec<Packet> {
    let mut pairs = std::collections::HashSet::new();
    let mut note = |meta: &Meta<'_>, event: Event<'_>| {
        if event.record.stream().name == stream
            && let Some(conn) = meta.conn
        {
            let bits = |ip: std::net::IpAddr| match ip {
                std::net::IpAddr::V4(v4) => u128::from(v4.to_ipv6_mapped()),
                std::net::IpAddr::V6(v6) => v6.into(),
            };
            pairs.extend([
                ((bits(conn.orig_h), conn.orig_p), (bits(conn.resp_h), conn.resp_p)),
                ((bits(conn.resp_h), conn.resp_p), (bits(conn.orig_h), conn.orig_p)),
            ]);
        }
    };
    feed(config(Listen::Everything), packets, &mut note);
    let named = |packet: &&Packet| {
        own(packet).is_some_and(|o| pairs.contains(&((o.src, o.src_port), (o.dst, o.dst_port))))
    };
    packets.iter().filter(named).cloned().collect()
}

/// Rows of the records of the test captures.
fn rows(harness: &Harness, packets: &[Packet]) {
    let mut conns: Vec<(ConnTag, gannet::flow::Conn)> = Vec::new();
    let mut lookups: Vec<(ConnTag, gannet::analyzers::dns::Dns)> = Vec::new();
    let mut keep = |meta: &Meta<'_>, event: Event<'_>| {
        let Some(tag) = meta.conn else { return };
        conns.extend(event.get::<gannet::flow::Conn>().map(|conn| (*tag, conn.clone())));
        lookups.extend(event.get::<gannet::analyzers::dns::Dns>().map(|dns| (*tag, dns.clone())));
    };
    feed(config(Listen::Everything), packets, &mut keep);
    for format in [Format::Tsv, Format::Json] {
        format_all(harness, &format!("row/conn {format:?}"), &conns, format);
        format_all(harness, &format!("row/dns {format:?}"), &lookups, format);
        let rows_of_all = || {
            let mut rows = Rows::new(format);
            feed(config(Listen::Everything), packets, &mut rows);
            rows.rows
        };
        harness.run(&format!("row/the engine with all rows {format:?}"), "row", rows_of_all);
    }
}

fn format_all<R: Record>(harness: &Harness, name: &str, records: &[(ConnTag, R)], format: Format) {
    let mut formatter = Formatter::new(Options::new(format));
    let mut buffer = Vec::new();
    harness.run(name, "row", || {
        buffer.clear();
        for (tag, record) in records {
            let meta = Meta::new(Key::at(START), Some(tag));
            let _cut = formatter.row(&meta, record, &mut buffer);
        }
        let rows = buffer.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(rows, records.len());
        rows as u64
    });
}
