//! Busy pairs of hosts: while there is room, none of their rows is lost, and what they take is little.

use super::bounds::flood;
use crate::support::packets::{Packet, SECOND, START, SYN, dns, tcp_frame, udp_frame, v4};
use gannet::Config;

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
        assert_nothing_is_lost((120 * per_second as u64, 0), 20 << 20, packets);
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
        let query = dns(n as u16, "www.example.com", None);
        let ends = ((v4(client), 1024 + (n % 50_000) as u16), (v4(server), 53));
        Packet::new(START + n * SECOND / 400_000, udp_frame(ends.0, ends.1, &query))
    });
    assert_nothing_is_lost((200_000, 200_000), 400 << 20, packets);
}
