//! Floods: what an engine holds stays within its budgets, and what is given up is counted.

use std::time::Instant;

use gannet::events::{Event, Meta, Subscriber};
use gannet::{Config, Engine, Stats};

use super::{live, peak};
use crate::support::packets::{
    ACK, Conversation, Packet, SECOND, START, SYN, ethernet, fragments, icmp, ip, tcp_frame, udp, udp_frame,
    v4,
};
use crate::support::random::Random;
use crate::support::rows;

/// Two addresses of one and the same shard for any number: their sum decides.
fn pair(source: u32) -> (u32, u32) {
    (source, 0xdead_beef_u32.wrapping_sub(source))
}

/// Counts rows of connections.
#[derive(Default)]
struct Rows(u64);

impl Subscriber for Rows {
    fn event(&mut self, _meta: &Meta<'_>, event: Event<'_>) {
        self.0 += u64::from(event.record.stream().name == "conn");
    }
}

/// Feeds packets that are made one by one; returns the counters and the most bytes that the engine held beside what it
/// takes when it is empty. The connections that made a row, and those that were shed, are all that there were.
pub fn flood(config: Config, packets: impl Iterator<Item = Packet>) -> (Stats, usize) {
    let started = Instant::now();
    let before = live();
    let mut engine = Engine::new(config.clone());
    let empty = live() - before;
    assert!(empty < EMPTY as isize, "{empty}");
    let (mut held, mut most, mut rows) = (empty, 0, Rows::default());
    for packet in packets {
        // What is allocated outside of the engine's calls is not the engine's.
        let before = live();
        peak(true);
        rows::feed(&mut engine, &packet, &mut rows);
        most = most.max(held + peak(false) - before);
        held += live() - before;
    }
    let before = live();
    let mut stats = engine.finish(&mut rows).stats;
    stats.services.clear();
    held += live() - before;
    assert!(held.abs() < 1024, "{held} bytes are left");
    println!(
        "{} packets, at most {} KiB, {:.1} s",
        stats.packets,
        most / 1024,
        started.elapsed().as_secs_f32()
    );
    assert_eq!(stats.panics, 0);
    assert_eq!(rows.0 + stats.shed.connections, stats.connections());
    (stats, (most - empty).max(0) as usize)
}

/// What a connection without an analyzer may cost, its places in tables and its timers included.
const CONNECTION: usize = 2048;
/// What the last of those without an answer take beyond what is on the books for them.
pub const YOUNG: usize = 1 << 20;
/// What each decoder of packed content keeps free for its tables of codes.
const TABLES: usize = 4 << 20;
/// Tables of an engine without connections.
const EMPTY: usize = 32 * 1024;

/// Millions of attempts that all meet in one shard: what they take is what the books say, and no more than they may.
#[test]
fn a_flood_of_syns_from_anywhere() {
    const COUNT: u64 = 2_000_000;
    let budget = 16 << 20;
    let mut config = Config::builder();
    config.limits(|limits| limits.half_open_bytes = budget);
    let mut random = Random::new(1);
    let mut frame = tcp_frame((v4(0), 1), (v4(0), 80), (1, 0), SYN, &[]);
    config.checksums(false);
    let packets = (0..COUNT).map(|n| {
        let (src, dst) = pair(random.next() as u32);
        frame[26..30].copy_from_slice(&src.to_be_bytes());
        frame[30..34].copy_from_slice(&dst.to_be_bytes());
        frame[34..36].copy_from_slice(&(random.next() as u16).to_be_bytes());
        Packet::new(START + n as i64 * 1000, frame.clone())
    });
    let (stats, most) = flood(config.build().unwrap(), packets);
    assert_eq!(stats.tcp_connections, COUNT);
    let kept = (COUNT - stats.shed.connections) as usize;
    println!("{kept} connections, {} bytes each", most / kept);
    assert!(kept > 50_000, "{kept}");
    // Beyond the books: timers of those that are gone, and the index, which grows when very many come and go.
    let most_of_all = budget + YOUNG + budget / 6;
    assert!(most < most_of_all && most > budget * 2 / 3, "{most} bytes for {kept} connections");
}

/// What cannot be packed, here for its times are far behind the clock, is on the books with all that it takes.
#[test]
fn a_flood_that_cannot_be_packed() {
    let budget = 16 << 20;
    let mut config = Config::builder();
    config.limits(|limits| limits.half_open_bytes = budget);
    let packets = (0..100_000_i64).map(|n| {
        let ahead = if n == 0 { 10 * SECOND } else { 0 };
        let ends = ((v4(n as u32 / 50_000), 1024 + (n % 50_000) as u16), (v4(77), 514));
        Packet::new(START + ahead + n * 1000, udp_frame(ends.0, ends.1, b"late"))
    });
    let (stats, most) = flood(config.build().unwrap(), packets);
    assert!(stats.shed.connections > 0);
    assert!(most < budget + YOUNG, "{most} bytes");
}

/// The same over all shards, and with connections that somebody answers.
#[test]
fn a_flood_takes_no_more_than_its_budget_and_leaves_the_others() {
    const COUNT: u64 = 400_000;
    let mut config = Config::builder();
    config.limits(|limits| limits.half_open_bytes_per_shard = 32 << 10);
    config.checksums(false);
    let budget = 1024 * config.build().unwrap().limits().half_open_bytes_per_shard;
    let mut random = Random::new(11);
    let mut frame = tcp_frame((v4(0), 1), (v4(0), 443), (1, 0), SYN, &[]);
    let real = (0..100_u32).map(|n| Conversation::new((v4(5 * n), 1000), (v4(n), 80), [1, 1]));
    let mut real: Vec<_> = real.collect();
    let opening = real.iter_mut().flat_map(Conversation::open).map(|frame| Packet::new(START, frame));
    let opening: Vec<_> = opening.collect();
    let attempts = (0..COUNT).map(|n| {
        let (src, dst) = (random.next() as u32 | 1 << 31, random.next() as u32);
        frame[26..30].copy_from_slice(&src.to_be_bytes());
        frame[30..34].copy_from_slice(&dst.to_be_bytes());
        frame[34..36].copy_from_slice(&(random.next() as u16).to_be_bytes());
        Packet::new(START + n as i64 * 1000, frame.clone())
    });
    let after = real.iter_mut().flat_map(Conversation::close);
    let closing: Vec<_> = after.map(|frame| Packet::new(START + SECOND, frame)).collect();
    let (stats, most) = flood(config.build().unwrap(), opening.into_iter().chain(attempts).chain(closing));
    assert_eq!(stats.tcp_connections, COUNT + 100);
    assert!(stats.shed.connections > COUNT / 2 && stats.shed.brakes == 0);
    assert!(most < budget + YOUNG && most > budget / 2, "{most} bytes, {} shed", stats.shed.connections);
    assert_eq!(stats.one_sided, COUNT - stats.shed.connections, "those that were answered are all there");
}

#[test]
fn all_shards_together_have_a_limit() {
    let mut config = Config::builder();
    config.limits(|limits| limits.connection_bytes = 1 << 20);
    let mut random = Random::new(2);
    let packets = (0..50_000).map(|n| {
        let (client, server) = ((v4(random.next() as u32), 1000), (v4(random.next() as u32), 2000));
        Packet::new(START + n * 1000, udp_frame(client, server, b"x"))
    });
    let (stats, most) = flood(config.build().unwrap(), packets);
    assert!(stats.shed.brakes >= 47_000, "{}", stats.shed.brakes);
    assert!(most < (1 << 20) + 2 * 1024 * CONNECTION + EMPTY, "{most}");
}

/// Traffic that goes on for an hour of its own time, with connections that end: nothing of them stays.
#[test]
fn connections_that_end_leave_nothing() {
    let mut random = Random::new(3);
    let packets = (0..60_000_i64).flat_map(|n| {
        let (src, dst) = pair(random.next() as u32);
        let mut tcp = Conversation::new((v4(src), 1), (v4(dst), 80), [1, 1]);
        let mut frames = tcp.open().to_vec();
        frames.extend(tcp.close());
        frames.into_iter().map(move |frame| Packet::new(START + n * SECOND / 20, frame))
    });
    let (stats, most) = flood(Config::default(), packets);
    assert_eq!((stats.tcp_connections, stats.shed.connections), (60_000, 0));
    // Five seconds' worth of them are still there, twenty each second.
    assert!(most < 1000 * CONNECTION + EMPTY, "{most}");
}

/// Fragments of datagrams that never become whole.
#[test]
fn a_flood_of_fragments() {
    let mut random = Random::new(4);
    let packets = (0..200_000_i64).map(|n| {
        let (src, dst) = pair(random.next() as u32);
        let parts = fragments(src.into(), dst.into(), 17, random.next() as u16, &[0; 1400], 1024);
        Packet::new(START + n * 1000, ethernet(&parts[(n % 2) as usize]))
    });
    let mut config = Config::builder();
    config.limits(|limits| limits.fragment_bytes = 1 << 20);
    let (stats, most) = flood(config.build().unwrap(), packets);
    assert_eq!(stats.fragments, 200_000);
    assert!(stats.shed.datagrams > 100_000, "{}", stats.shed.datagrams);
    assert!(most < (10 << 20) + EMPTY, "{most}");
}

/// Whole datagrams, millions of them, while the shard's oldest one never becomes whole.
#[test]
fn datagrams_that_become_whole_leave_nothing() {
    let (src, dst) = pair(77);
    let ends = ((v4(src), 1), (v4(dst), 2));
    let datagram = udp(ends.0, ends.1, &[0; 200]);
    let stuck = &fragments(src.into(), dst.into(), 17, 0, &datagram, 104)[0];
    let first = std::iter::once(Packet::new(START, ethernet(stuck)));
    let rest = (0..400_000_i64).flat_map(|n| {
        let id = 1 + (n % 60_000) as u16;
        let parts = fragments(src.into(), dst.into(), 17, id, &datagram, 104);
        parts.into_iter().map(move |part| Packet::new(START + n * 1000, ethernet(&part)))
    });
    let (stats, most) = flood(Config::default(), first.chain(rest));
    assert_eq!((stats.shed.datagrams, stats.udp_connections), (0, 1));
    assert!(most < (2 << 20) + EMPTY, "{most}");
}

/// One-byte fragments, and fragments that overlap: the list of one datagram has an end.
#[test]
fn a_datagram_in_very_many_pieces() {
    let (src, dst) = pair(78);
    let packets = (0..40_000_i64).map(|n| {
        let offset = (n * 3 % 8000) as u16;
        let part =
            crate::support::packets::ipv4(src.into(), dst.into(), 17, 1, 0x2000 | offset, &[n as u8; 8]);
        Packet::new(START + n * 1000, ethernet(&part))
    });
    let (stats, most) = flood(Config::default(), packets);
    assert!(stats.shed.datagrams > 0);
    assert!(most < (2 << 20) + EMPTY, "{most}");
}

/// Data above a hole that is never filled, on many connections that share a shard, while somebody listens.
#[test]
fn a_flood_of_data_out_of_order() {
    const LIMIT: usize = 256 * 1024;
    let mut config = Config::builder();
    config.limits(|limits| limits.reassembly_per_shard = LIMIT);
    let connections: Vec<_> = (0..64_u32)
        .map(|n| {
            let (src, dst) = pair(1000 + n);
            Conversation::new((v4(src), 1000), (v4(dst), 53), [1, 1])
        })
        .collect();
    let mut connections = connections;
    let openings: Vec<_> = connections.iter_mut().flat_map(Conversation::open).collect();
    let openings = openings.into_iter().map(|frame| Packet::new(START, frame));
    let mut random = Random::new(5);
    let data = (0..100_000_i64).map(|n| {
        let one = &connections[random.below(64) as usize];
        let seq = one.seq[0].wrapping_add(10 + random.below(15_000) as u32);
        let payload = vec![n as u8; 1 + random.below(400) as usize];
        Packet::new(START + n * 1000, tcp_frame(one.client, one.server, (seq, 2), ACK, &payload))
    });
    let (stats, most) = flood(config.build().unwrap(), openings.chain(data));
    assert!(stats.shed.directions > 0);
    // A list of runs may have twice the room that it needs.
    assert!(most < 2 * LIMIT + 64 * CONNECTION + EMPTY, "{most}");
}

/// Weirds between very many pairs of hosts: what is remembered of them has an end.
#[test]
fn a_flood_of_weirds() {
    /// What is remembered of a weird so that it is told once, until so many are remembered that the oldest go.
    const TOLD: u64 = 64;
    let mut random = Random::new(6);
    let packets = (0..400_000_i64).map(|n| {
        let (src, dst) = (v4(random.next() as u32), v4(random.next() as u32));
        Packet::new(START + n * 1000, ethernet(&ip(src, dst, 6, 1, &[0; 7])))
    });
    let (stats, most) = flood(Config::default(), packets);
    assert!(stats.weirds > 300_000);
    assert!(most < (24 << 20) + (TOLD * stats.weirds) as usize + EMPTY, "{most}");
}

/// Messages that make no connection, or a new one each, and end at once.
#[test]
fn a_flood_of_pings() {
    let mut config = Config::builder();
    config.limits(|limits| limits.flows_per_shard = 1000);
    let packets = (0..100_000_i64).map(|n| {
        let (src, dst) = pair(n as u32);
        let (proto, message) = icmp(v4(src), v4(dst), 8, 0, &[0, 1, 0, 1]);
        Packet::new(START + n * 1000, ethernet(&ip(v4(src), v4(dst), proto, 1, &message)))
    });
    let (stats, most) = flood(config.build().unwrap(), packets);
    assert_eq!(stats.shed.connections, 99_000);
    assert!(most < 1000 * CONNECTION + EMPTY, "{most}");
}

/// Packed files that never end, each with a window of its own.
#[test]
fn a_flood_of_packed_files() {
    use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Progress, Transport};
    use gannet::files::{About, Content, FileInfo, FileKey, Packing};

    /// Carries one file.
    struct Carries(Option<Content>);
    impl Analyzer for Carries {
        fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
            let mut about = About::new("TEST");
            about.packing = Some(Packing::Brotli);
            let file =
                self.0.get_or_insert_with(|| Content::new(FileKey::of_connection(cx, dir, &[]), about));
            file.data(cx, bytes);
            Progress::Consumed(bytes.len())
        }

        fn held(&self) -> usize {
            0
        }
    }
    static CARRIES: Descriptor = Descriptor::new("carries", "CARRIES", |_| Box::new(Carries(None)))
        .doc("Carries packed files")
        .ports(&[(Transport::Udp, 7000)])
        .records(&[FileInfo::STREAM])
        .partial(true)
        .shapes(true);
    const LIMIT: usize = 16 << 20;
    const FILES: i64 = 200;
    /// Datagrams of a block of 64 KiB that is stored rather than packed (RFC 7932, section 9.2).
    const PARTS: i64 = 64;
    let mut config = Config::builder();
    config.analyzers([&CARRIES]);
    config.contents(true);
    config.limits(|limits| limits.unpacking_per_shard = LIMIT);
    let packets = (0..FILES * PARTS).map(|n| {
        let (file, part) = ((n / PARTS) as u16, n % PARTS);
        let mut payload = vec![n as u8; 1024];
        if part == 0 {
            // Four bits for a window of 16 MiB, then a block: not the last, four digits of length less one, not compressed.
            let header: u32 = (0xffff << 3 | 1 << 19) << 4 | 0b1111;
            payload.splice(0..0, header.to_le_bytes()[..3].iter().copied());
        }
        let (src, dst) = pair(9);
        Packet::new(START + n * 1000, udp_frame((v4(src), 1 + file), (v4(dst), 7000), &payload))
    });
    let (stats, most) = flood(config.build().unwrap(), packets);
    assert_eq!(stats.shed.files, 0);
    // All it may be and not much less: what is counted is what is held.
    assert!(stats.shed.unpackings > 10, "{}", stats.shed.unpackings);
    let others = FILES as usize * 2 * CONNECTION + EMPTY;
    assert!(most < LIMIT + others && most > LIMIT - TABLES - others, "{most}");
}

/// Files that begin and never end, and pieces far ahead of what was seen of them.
#[test]
fn a_flood_of_files() {
    use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Progress, Transport};
    use gannet::files::{About, Content, FileInfo, FileKey};

    struct Carries(u64);
    impl Analyzer for Carries {
        fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
            self.0 += 1;
            let about = About::new("TEST");
            Content::new(FileKey::of_connection(cx, dir, &[self.0]), about).data_at(cx, 1000, bytes);
            Progress::Consumed(bytes.len())
        }

        fn held(&self) -> usize {
            0
        }
    }
    static CARRIES: Descriptor = Descriptor::new("carries", "CARRIES", |_| Box::new(Carries(0)))
        .doc("Carries files")
        .ports(&[(Transport::Udp, 7000)])
        .records(&[FileInfo::STREAM])
        .partial(true)
        .shapes(true);
    let mut config = Config::builder();
    config.analyzers([&CARRIES]);
    config.limits(|limits| limits.file_bytes = 32 << 20);
    let packets = (0..100_000_i64).map(|n| {
        let (src, dst) = pair(9);
        Packet::new(START + n * 1000, udp_frame((v4(src), 1), (v4(dst), 7000), &[n as u8; 1000]))
    });
    let (stats, most) = flood(config.build().unwrap(), packets);
    assert_eq!(stats.packets, 100_000);
    assert!(stats.shed.files > 80_000, "{}", stats.shed.files);
    assert!(most < (64 << 20) + EMPTY, "{most}");
}
