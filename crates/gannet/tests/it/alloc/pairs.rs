//! Flows that nobody answers: while there is room, none of their rows is lost, however busy the pair, and what they take is
//! little.

use std::net::IpAddr;

use gannet::Config;

use super::bounds::{YOUNG, flood};
use crate::support::packets::{
    Packet, SECOND, START, SYN, dns, ethernet, icmp, ip, tcp_frame, udp_frame, v4,
};

/// All of the connections make a row, and nothing else but `others` rows is said; they take no more than `limit` bytes.
fn assert_nothing_is_lost(
    (connections, others): (u64, u64),
    limit: usize,
    packets: impl Iterator<Item = Packet>,
) {
    let (stats, most) = flood(Config::default(), packets);
    assert_eq!((stats.connections(), stats.shed.connections), (connections, 0));
    assert_eq!(stats.records, connections + others);
    assert!(most < limit, "{most} bytes");
}

type End = (IpAddr, u16);

/// What a flow that nobody answered may take, all told.
const UNANSWERED: usize = 200;

/// All of them are there at once.
#[test]
fn a_flow_that_nobody_answered_takes_little() {
    const COUNT: usize = 300_000;
    let mut config = Config::builder();
    config.analyzers([]).checksums(false);
    let frames: [fn(End, End) -> Vec<u8>; 4] = [
        |from, to| tcp_frame(from, to, (77, 0), SYN, &[]),
        |from, to| ethernet(&ip(from.0, to.0, 6, 1, &tcp_with_scale(from.1, to.1))),
        |from, to| udp_frame(from, to, b"<13>message"),
        |from, to| {
            let [high, low] = from.1.to_be_bytes();
            let (proto, message) = icmp(from.0, to.0, 8, 0, &[high, low, 0, 1]);
            ethernet(&ip(from.0, to.0, proto, 1, &message))
        },
    ];
    for (number, frame) in frames.into_iter().enumerate() {
        let packets = (0..COUNT).map(|n| {
            let ends = ((v4(n as u32), 1024 + n as u16 % 60_000), (v4(!(n as u32)), 80));
            Packet::new(START + n as i64 * 1000, frame(ends.0, ends.1))
        });
        let (stats, most) = flood(config.build().unwrap(), packets);
        assert_eq!((stats.connections(), stats.shed.connections), (COUNT as u64, 0));
        assert!(most < UNANSWERED * COUNT + YOUNG, "frame {number}: {} bytes each", most / COUNT);
    }
}

/// A SYN that offers a window scale.
fn tcp_with_scale(from: u16, to: u16) -> Vec<u8> {
    let mut header = vec![0; 24];
    header[..2].copy_from_slice(&from.to_be_bytes());
    header[2..4].copy_from_slice(&to.to_be_bytes());
    header[4..8].copy_from_slice(&[1, 2, 3, 4]);
    header[12..16].copy_from_slice(&[6 << 4, SYN, 0xff, 0xff]);
    header[20..].copy_from_slice(&[3, 3, 7, 0]);
    header
}

/// One-way UDP with a new source port for each message, as a syslog relay sends it, or statsd.
#[test]
fn messages_that_nobody_answers() {
    for per_second in [40, 200] {
        let packets = (0..120 * per_second).map(|n| {
            let port = 1024 + (n % 60_000) as u16;
            Packet::new(
                START + n * SECOND / per_second,
                udp_frame((v4(1), port), (v4(2), 514), b"<13>message"),
            )
        });
        // Each of them has a row in syslog.log too.
        let count = 120 * per_second as u64;
        assert_nothing_is_lost((count, count), 20 << 20, packets);
    }
}

#[test]
fn a_vertical_scan() {
    let packets = (0..60_000).map(|n| {
        let frame = tcp_frame((v4(1), 40_000), (v4(2), 1 + n as u16), (1, 0), SYN, &[]);
        Packet::new(START + n * SECOND / 1000, frame)
    });
    assert_nothing_is_lost((60_000, 0), 10 << 20, packets);
}

/// A resolver that gets no answers, in half a second.
#[test]
fn queries_that_nobody_answers() {
    let packets = (0..200_000).map(|n| {
        // Four addresses of the server make the ports suffice; all go to one shard.
        let (client, server) = (0x0100_0000 + (n / 50_000) as u32, 0x0200_0000 - (n / 50_000) as u32);
        // An id of 0x0564 would be the beginning of a DNP3 frame.
        let query = dns((n % 1000) as u16, "www.example.com", None);
        let ends = ((v4(client), 1024 + (n % 50_000) as u16), (v4(server), 53));
        Packet::new(START + n * SECOND / 400_000, udp_frame(ends.0, ends.1, &query))
    });
    assert_nothing_is_lost((200_000, 200_000), 250_000_000, packets);
}
