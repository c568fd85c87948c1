//! Seeds: the captures of `testdata/` in the forms that the targets read.

use std::path::{Path, PathBuf};

use gannet::analyzers::{Direction, Likeness, REGISTRY, Sample, Transport};
use gannet::capture::{Batch, Files, Filled};
use gannet::parsers::base64::Base64;
use gannet::{Engine, LinkType, PacketSource, Timestamp};

use crate::decode::LINKS;
use crate::recorder::{self, Happened, RECORDER, Record};
use crate::watch::Watch;
use crate::{analyzer, certificates, intel, pcapng, query, read_logs, wire};

/// Packets of one seed.
const GROUP: usize = 32;
/// Packets of one capture that become seeds of their own.
const SINGLES: usize = 40;
/// Longest seed; what is longer is left out.
const LONGEST: usize = 1 << 16;

/// A seed: the target's name, and the input.
pub type Seed = (&'static str, Vec<u8>);

struct Packet {
    link: LinkType,
    ts: Timestamp,
    wire: u32,
    bytes: Vec<u8>,
}

/// Seeds from all the captures in the folders of `testdata`, chains of certificates, and a few by hand.
///
/// # Panics
/// If it cannot be read.
pub fn make(testdata: &Path) -> Vec<Seed> {
    let mut seeds = by_hand();
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(testdata).expect("testdata").map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("capture")) {
                from_capture(&path, &mut seeds);
            }
        }
    }
    seeds.extend(chains(&testdata.join("chains")));
    seeds.retain(|(_, bytes)| bytes.len() <= LONGEST);
    seeds
}

/// The made chains, each with those that are trusted.
fn chains(folder: &Path) -> Vec<Seed> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file of chains");
    let pem = read("certificates.pem");
    let blocks =
        pem.split("-----BEGIN CERTIFICATE-----").skip(1).filter_map(|block| block.split("-----END").next());
    let ders: Vec<Vec<u8>> = blocks
        .map(|text| {
            let (mut base64, mut der) = (Base64::default(), Vec::new());
            base64.decode(text.as_bytes(), &mut der, &mut |_| ());
            der
        })
        .collect();
    let of = |numbers: &str| -> Vec<&[u8]> {
        numbers
            .split(',')
            .filter_map(|number| ders.get(number.parse::<usize>().ok()?))
            .map(Vec::as_slice)
            .collect()
    };
    let seed = |line: &str| {
        let mut columns = line.split('\t').skip(1);
        let now = columns.next()?.parse().ok()?;
        let (trusted, sent) = (of(columns.next()?), of(columns.next()?));
        Some(("certificates", certificates::seed(now, &trusted, &sent)))
    };
    read("chains.tsv").lines().filter_map(seed).collect()
}

fn by_hand() -> Vec<Seed> {
    let counting: Vec<u8> = (0..=255).collect();
    let parsed: [&[u8]; 7] = [
        b"one\r\ntwo\nthree\rfour\r\n",
        b"one\r\ntwo\nthree\rfour\r\n",
        b"aGVs*bG8=aA==",
        b"a=3Db= \r\nsoft=\nend \t\r\n",
        b"before\r\n--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b\ntwo\n\n--b--\r\nafter",
        &[0x61, 0, 0x3d, 0xd8, 0, 0xde, 0x3d, 0xd8, 0x62, 0],
        &[0x30, 0x80, 2, 1, 1, 0x60, 0x0d, 2, 1, 3, 4, 4, 99, 110, 61, 97, 0x80, 2, 112, 119, 0, 0],
    ];
    let said: [&[u8]; 4] = [
        b"\x80\0\x05\x01conn\x04\x0e\x09SUBSCRIBEhttp\0\x05\0conn\x04\x0a\x06CANCELdns",
        b"\x87\x04\x0a\x04PING\0\x0aabc\x04\x05\x04PONG\x01\x02no\0\x02no",
        b"\xff\x02\0\0\0\0\0\0\0\x03\x01ab\x06\0\0\0\0\0\0\0\x07\x05ERROR\0",
        b"\x03GET / HTTP/1.1\r\n\r\n",
    ];
    let said = said.map(|bytes| ("zmtp", bytes.to_vec()));
    let parsed = (0..).zip(parsed).map(|(pick, text)| ("parsers", [&[pick, 3], text].concat()));
    ["reassembly", "segments", "logs"]
        .into_iter()
        .flat_map(|target| {
            [vec![0xff; 64], counting.clone(), counting.iter().rev().copied().collect()]
                .map(|seed| (target, seed))
        })
        .chain(parsed)
        .chain(read_logs::SEEDS.map(|text| ("read_logs", [&[1], text.as_bytes()].concat())))
        .chain(intel::SEEDS.map(|file| ("intel", file.to_vec())))
        .chain(query::SEEDS.map(|text| ("query", text.as_bytes().to_vec())))
        .chain(said)
        .chain(sections())
        .collect()
}

/// Files of pcapng with every kind of block, in both byte orders: as `pcapng` makes them, and as they are.
fn sections() -> Vec<Seed> {
    // An interface with all options, a plain one, packets of each kind with and without options, other blocks.
    let blocks: [&[u8]; 8] = [
        &[0x7b, 0x20, 3, 0, b'e', b't', b'h', 3, 13],
        &[3, 0x28],
        &[0x18, 0, 130, 7, 0, 4, 1, 2, 3, 0, 2, 0, b'h', b'i', 0, 6, 0, 0],
        &[1, 6, 1, 2, 3, 4, 5],
        &[2, 1, 130, 9, 0, 4, 1, 2, 3, 0],
        &[5, 8, 0, 0, 0, 0, 0, 1, 2, 3, 4],
        &[0x0d, 4, 0, 0, 0, 0, 0],
        &[0x25, 4, 0, 1, 2, 3, 4],
    ];
    let (one, plain) = (blocks.concat(), blocks.get(1..).unwrap_or_default().concat());
    let two = [&one[..], &[0x2c], &plain, &[0x24], &one].concat();
    let damaged = [&one[..], &[6, 1, 2]].concat();
    let mut seeds = Vec::new();
    for body in [one, plain, two, damaged] {
        for order in [0, 1] {
            let seed = [&[order], body.as_slice()].concat();
            seeds.push(("capture_file", pcapng::file(&seed)));
            seeds.push(("pcapng", seed));
        }
    }
    seeds
}

fn from_capture(path: &Path, seeds: &mut Vec<Seed>) {
    seeds.push(("capture_file", std::fs::read(path).expect("a capture")));
    let packets = packets(path);
    for packet in packets.iter().take(SINGLES) {
        let Some(link) = LINKS.iter().position(|link| *link == packet.link.0) else { continue };
        seeds.push(("decode", [&[link as u8, 0], packet.bytes.as_slice()].concat()));
    }
    for group in packets.chunks(GROUP) {
        let seed = group_seed(group);
        seeds.push(("packets", seed.clone()));
        seeds.push(("workers", seed));
    }
    seeds.extend(records(&packets).iter().flat_map(streams));
}

fn packets(path: &Path) -> Vec<Packet> {
    let mut files = Files::open(&[path]).expect("a capture");
    let (mut batch, mut packets) = (Batch::default(), Vec::new());
    while files.fill(&mut batch, 64).expect("a capture") == Filled::Packets {
        packets.extend(batch.packets.iter().map(|packet| Packet {
            link: packet.link,
            ts: packet.ts,
            wire: packet.wire,
            bytes: batch.bytes(packet).to_vec(),
        }));
    }
    packets
}

fn length(bytes: &[u8]) -> [u8; 2] {
    (bytes.len() as u16).to_le_bytes()
}

/// Packets as `packets` reads them: each with its distance in time, up to a second by milliseconds.
fn group_seed(group: &[Packet]) -> Vec<u8> {
    let mut seed = vec![0];
    let mut before = group.first().map_or(Timestamp::ZERO, |packet| packet.ts);
    for packet in group {
        let link = LINKS.iter().take(8).position(|link| *link == packet.link.0).unwrap_or(1) as u8;
        let millis = (packet.ts - before).nanos().max(0) / 1_000_000;
        let (way, distance) = match u8::try_from(millis) {
            Ok(millis) => (2, millis),
            Err(_) => (3, u8::try_from(millis / 1000).unwrap_or(u8::MAX)),
        };
        let more = packet.wire.saturating_sub(packet.bytes.len() as u32) as u16;
        let longer = u8::from(more > 0);
        seed.extend_from_slice(&[link | way << 3 | longer << 6, distance]);
        if longer == 1 {
            seed.extend_from_slice(&more.to_le_bytes());
        }
        seed.extend_from_slice(&length(&packet.bytes));
        seed.extend_from_slice(&packet.bytes);
        before = packet.ts;
    }
    seed
}

/// The streams and datagrams of a capture, as an analyzer would see them.
fn records(packets: &[Packet]) -> Vec<Record> {
    let mut config = wire::config();
    config.analyzers([&RECORDER]);
    let (mut engine, mut watch) = (Engine::new(config.build().unwrap()), Watch::default());
    recorder::taken();
    for packet in packets {
        engine.feed(packet.link, packet.ts, packet.wire, &packet.bytes, &mut watch);
    }
    watch.finish(engine);
    recorder::taken()
}

/// A connection as `analyzer` reads it, for each analyzer that knows its port or its content.
fn streams(record: &Record) -> Vec<Seed> {
    let transport = record.start.transport;
    let mut body = Vec::new();
    let (mut orig, mut resp) = (Vec::new(), Vec::new());
    for what in &record.happened {
        match what {
            Happened::Data(dir, bytes) if bytes.len() < LONGEST => {
                body.push(u8::from(*dir == Direction::Resp));
                body.extend_from_slice(&length(bytes));
                body.extend_from_slice(bytes);
                let of = if *dir == Direction::Orig { &mut orig } else { &mut resp };
                if transport == Transport::Tcp || of.is_empty() {
                    of.extend_from_slice(bytes);
                }
            }
            Happened::Gap(dir, len) => {
                body.push(4 + u8::from(*dir == Direction::Resp));
                body.extend_from_slice(&(*len as u16).to_le_bytes());
            }
            Happened::End(dir) => body.push(7 | u8::from(*dir == Direction::Resp) << 3),
            Happened::Data(..) | Happened::Flip | Happened::Close => {}
        }
    }
    let mut seeds = Vec::new();
    for (index, descriptor) in REGISTRY.iter().enumerate() {
        let by_port = descriptor.ports.contains(&(transport, record.start.resp_port));
        let sample = Sample::new(transport, &orig, &resp);
        let by_content = descriptor.probe.is_some_and(|probe| probe(&sample) == Likeness::Match);
        let known = analyzer::transports(descriptor);
        let Some(option) = known.iter().position(|t| *t == transport) else { continue };
        if by_port || by_content {
            seeds.push(("analyzer", [&[index as u8, option as u8], body.as_slice()].concat()));
        }
    }
    seeds
}
