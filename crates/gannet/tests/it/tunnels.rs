//! A conversation whose two directions come through different tunnels, or one of them through none, is one conversation, and
//! the number of workers does not show.

use gannet::{Config, TestKnobs as _};

use gannet::flow::{Conn, Tunnel};

use crate::support::packets::{Conversation, Packet, SECOND, START, ethernet, ip, udp, v4};
use crate::support::rows::{self, Row};

const KINDS: [&str; 6] = ["ip", "gre", "bridged", "vxlan", "geneve", "gtp"];

/// A frame in a tunnel between two hosts.
fn wrap(kind: &str, (src, dst): (u32, u32), frame: &[u8]) -> Vec<u8> {
    let (src, dst, packet) = (v4(src), v4(dst), &frame[14..]);
    let over = |to: u16, header: &[u8], rest: &[u8]| {
        ip(src, dst, 17, 1, &udp((src, 40_000), (dst, to), &[header, rest].concat()))
    };
    ethernet(&match kind {
        "ip" => ip(src, dst, 4, 1, packet),
        "gre" => ip(src, dst, 47, 1, &[&[0, 0, 8, 0], packet].concat()),
        "bridged" => ip(src, dst, 47, 1, &[&[0, 0, 0x65, 0x58], frame].concat()),
        "vxlan" => over(4789, &[8, 0, 0, 0, 0, 0, 42, 0], frame),
        "geneve" => over(6081, &[0, 0, 0x65, 0x58, 0, 0, 1, 0], frame),
        _ => over(2152, &[0x30, 255, 0, packet.len() as u8, 0, 0, 0, 1], packet),
    })
}

/// The frames of an HTTP conversation, and who sent each.
fn conversation(client: u32, server: u32) -> Vec<(usize, Vec<u8>)> {
    let mut tcp = Conversation::new((v4(client), 40_000), (v4(server), 80), [1000, 5000]);
    let mut frames: Vec<(usize, Vec<u8>)> = [0, 1, 0].into_iter().zip(tcp.open()).collect();
    frames.push((0, tcp.segment(0, 0x18, b"GET / HTTP/1.1\r\nHost: inside.example\r\n\r\n")));
    frames.push((1, tcp.segment(1, 0x18, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")));
    frames.extend([0, 1, 0].into_iter().zip(tcp.close()));
    frames
}

/// Conversations of many hosts at the same time, each with a tunnel of its own in each direction, or in one of them.
fn capture(hosts: u32) -> Vec<Packet> {
    let mut packets = Vec::new();
    for host in 0..hosts {
        let kind = KINDS[host as usize % KINDS.len()];
        let (client, server) = (0x0a00_0001 + 7 * host, 0xc633_6401 + 13 * host);
        for (turn, (from, frame)) in conversation(client, server).into_iter().enumerate() {
            let outside =
                if from == 0 { (0xcb00_7100 + host, 0xcb00_7201) } else { (0xcb00_7301, 0xcb00_7400 + host) };
            let frame = if from == 0 && host % 3 == 0 { frame } else { wrap(kind, outside, &frame) };
            packets.push(Packet::new(START + turn as i64 * SECOND / 4 + i64::from(host) * 1000, frame));
        }
    }
    packets.sort_by_key(|packet| packet.ts);
    packets
}

fn run(workers: usize, batch: usize, packets: &[Packet]) -> (Vec<Row>, String) {
    let config =
        Config::builder().workers(workers).batch(batch).yield_seed(Some(batch as u64)).build().unwrap();
    let (rows, summary) = rows::run(config, packets);
    (rows, format!("{:?}", summary.stats))
}

#[test]
fn one_conversation_however_it_comes() {
    let packets = capture(60);
    let (alone, counted) = run(1, 64, &packets);
    let of = |stream: &str| alone.iter().filter(|row| row.stream == stream).collect::<Vec<_>>();
    assert_eq!(of("http").len(), 60, "each is whole");
    assert!(of("http").iter().all(|row| row.text.contains("inside.example") && row.text.contains("200")));
    assert!(
        of("weird").iter().all(|row| row.text.contains("tunnel_max_changes")),
        "and nothing odd about it"
    );
    for workers in [1, 2, 3, 8] {
        for batch in [1, 16, 1000] {
            let (rows, other) = run(workers, batch, &packets);
            let parted = rows.iter().zip(&alone).position(|(one, other)| one != other);
            assert_eq!((parted, rows.len()), (None, alone.len()), "{workers} workers, batches of {batch}");
            assert_eq!(counted, other, "{workers} workers, batches of {batch}");
        }
    }
}

/// Whoever asks for some records only gets the same of them.
#[test]
fn tunnels_alone() {
    let packets = capture(20);
    let rows = |streams: &[&'static gannet::events::LogStream]| {
        let config = Config::builder().only(streams.iter().copied()).workers(2).batch(16).build().unwrap();
        let (rows, _) = rows::run(config, &packets);
        rows.into_iter().filter(|row| row.stream == "tunnel").map(|row| row.text).collect::<Vec<_>>()
    };
    let both = rows(&[Tunnel::STREAM, Conn::STREAM]);
    assert!(both.len() > 40);
    assert_eq!(rows(&[Tunnel::STREAM]), both);
}

/// A pair of hosts has one tunnel, named after the first packet in it, whichever worker sees that: one that is discovered again by
/// a connection of another worker, the other way and of another kind, has its name still.
#[test]
fn a_tunnel_has_one_name() {
    let mut packets = Vec::new();
    for host in 0..40 {
        let ends = [(0xcb00_7100 + host, 0xcb00_7201), (0xcb00_7201, 0xcb00_7100 + host)];
        for (nth, kind) in ["gre", "ip"].into_iter().enumerate() {
            let (client, server) = (0x0a00_0001 + 7 * host + 1000 * nth as u32, 0xc633_6401 + 13 * host);
            let at = START + i64::from(host) * 1000 + nth as i64 * 5000 * SECOND;
            for (turn, (from, frame)) in conversation(client, server).into_iter().enumerate() {
                let frame = wrap(kind, ends[from ^ nth], &frame);
                packets.push(Packet::new(at + turn as i64 * SECOND / 4, frame));
            }
        }
    }
    packets.sort_by_key(|packet| packet.ts);
    let (alone, counted) = run(1, 64, &packets);
    let of = |action: &str| alone.iter().filter(|row| row.text.contains(action)).collect::<Vec<_>>();
    assert_eq!((of("EXPIRE").len(), of("DISCOVER").len()), (40, 80));
    assert!(of("DISCOVER").iter().all(|row| row.text.contains("Tunnel::GRE")), "{alone:?}");
    assert!(of("tunnel_max_changes").is_empty());
    for workers in [2, 3, 8] {
        for batch in [1, 1000] {
            let (rows, other) = run(workers, batch, &packets);
            let parted = rows.iter().zip(&alone).find(|(one, other)| one != other);
            assert_eq!((parted, rows.len()), (None, alone.len()), "{workers} workers, batches of {batch}");
            assert_eq!(counted, other, "{workers} workers, batches of {batch}");
        }
    }
}
