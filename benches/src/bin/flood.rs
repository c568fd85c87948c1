//! Writes a capture (pcap) of a flood to standard output: `flood KIND COUNT [SECONDS]`.
//!
//! KIND says what the COUNT hostile packets are, which come within SECONDS (5) of capture time:
//! - `syns`: first SYNs from random addresses to random ones, each a flow of its own
//! - `shard`: the same, all of them aimed at one shard of the engine
//! - `datagrams`: UDP datagrams of 200 bytes, each a flow of its own
//! - `fragments`: first fragments of datagrams that never become whole
//! - `hole`: one stream of full segments behind a hole that is never filled and never acknowledged away
//! - `relay`: messages from one host to another, each from a port of its own, as a syslog relay sends them
//! - `scan`: first SYNs from one host to the ports of another, one after the other
//! - `queries`: DNS queries of one resolver that nobody answers, 50,000 for each address of the server; all are in one shard
//! - `none`: nothing; COUNT does not matter
//!
//! Mixed in are a thousand real connections: handshake, an HTTP request and its answer, and a close, with 5 to 200
//! milliseconds between a packet and its answer. They are the same for every KIND, so that their rows can be compared.

use std::io::{BufWriter, Write};

use gannet_benches::wire::{End, tcp, udp};

const SYN: u8 = 2;
const ACK: u8 = 0x10;
const PUSH: u8 = 0x18;
const FIN: u8 = 0x11;
const REAL: u32 = 1000;
/// Time of the first packet, in microseconds.
const START: u64 = 1_700_000_000_000_000;

/// Numbers that look random: splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A time in microseconds, and a frame.
type Packet = (u64, Vec<u8>);

/// One real connection, beginning at a time.
fn real(number: u32, start: u64, delay: u64, packets: &mut Vec<Packet>) {
    let client: End = (0x0a00_0000 | number, 20_000 + number as u16);
    let server: End = (0xc0a8_0000 | (number * 7 % 1000), 80);
    let request = format!("GET /{number} HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
    let length = 200 + number % 900;
    let answer =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}", "x".repeat(length as usize));
    let (asked, said) = (1 + request.len() as u32, 1 + answer.len() as u32);
    let steps = [
        (0, tcp(client, server, 0, 0, SYN, &[])),
        (1, tcp(server, client, 0, 1, SYN | ACK, &[])),
        (2, tcp(client, server, 1, 1, ACK, &[])),
        (2, tcp(client, server, 1, 1, PUSH, request.as_bytes())),
        (3, tcp(server, client, 1, asked, PUSH, answer.as_bytes())),
        (4, tcp(client, server, asked, said, FIN, &[])),
        (5, tcp(server, client, said, asked + 1, FIN, &[])),
        (6, tcp(client, server, asked + 1, said + 1, ACK, &[])),
    ];
    packets.extend(steps.into_iter().map(|(step, frame)| (start + step * delay, frame)));
}

/// A thousand of them that begin within so many microseconds, in order of time.
fn all_real(span: u64) -> Vec<Packet> {
    let (mut random, mut packets) = (Random(7), Vec::new());
    for number in 0..REAL {
        let (start, delay) = (random.next() % span, 5000 + random.next() % 195_000);
        real(number, START + start, delay, &mut packets);
    }
    packets.sort_by_key(|packet| packet.0);
    packets
}

/// The last 32 bits of an address that makes a pair of one and the same shard: the sum of both decides.
fn partner(source: u32) -> u32 {
    0x1234_5678_u32.wrapping_sub(source)
}

/// Hostile packet of this number.
fn hostile(kind: &str, number: u64, random: &mut Random) -> Vec<u8> {
    let bits = random.next();
    // Sources from 16.0.0.0 on: none of them is one of the real ones.
    let from = ((bits as u32 & 0x7fff_ffff) | 0x1000_0000, (bits >> 32) as u16);
    let to = (((random.next() as u32) & 0x7fff_ffff) | 0x1000_0000, 443);
    match kind {
        "syns" => tcp(from, to, number as u32, 0, SYN, &[]),
        "shard" => tcp(from, (partner(from.0), 443), number as u32, 0, SYN, &[]),
        "datagrams" => udp(from, to, &[number as u8; 200]),
        "relay" => {
            let port = 1024 + (number % 60_000) as u16;
            udp((0x1000_0001, port), (0x1000_0002, 514), b"<13>message")
        }
        "scan" => tcp((0x1000_0001, 40_000), (0x1000_0002, 1 + number as u16), 1, 0, SYN, &[]),
        "queries" => {
            let host = 0x1000_0001 + (number / 50_000) as u32;
            let [high, low] = (number as u16).to_be_bytes();
            let mut query = vec![high, low, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            query.extend_from_slice(b"\x03www\x07example\x03com\0\0\x01\0\x01");
            udp((host, 1024 + (number % 50_000) as u16), (partner(host), 53), &query)
        }
        "fragments" => {
            let mut frame = udp(from, to, &[number as u8; 1400]);
            frame[18..20].copy_from_slice(&(number as u16).to_be_bytes());
            frame[20] = 0x20;
            frame
        }
        "hole" => {
            let seq = 1_000_000 + (number as u32).wrapping_mul(1400);
            tcp((0x1000_0001, 1), (0x1000_0002, 80), seq, 1, ACK, &[number as u8; 1400])
        }
        other => panic!("{other}?"),
    }
}

fn write(out: &mut impl Write, (time, frame): &Packet) {
    let length = frame.len() as u32;
    for field in [(time / 1_000_000) as u32, (time % 1_000_000) as u32, length, length] {
        out.write_all(&field.to_le_bytes()).expect("standard output");
    }
    out.write_all(frame).expect("standard output");
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [kind, count, rest @ ..] = args.as_slice() else { panic!("flood KIND COUNT [SECONDS]") };
    let count: u64 = if kind == "none" { 0 } else { count.parse().expect("a number") };
    let span = 1_000_000 * rest.first().map_or(5, |seconds| seconds.parse::<u64>().expect("seconds"));
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let header: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1];
    header.iter().for_each(|word| out.write_all(&word.to_le_bytes()).expect("standard output"));
    let mut real = all_real(span).into_iter().peekable();
    let mut random = Random(1);
    if kind == "hole" {
        for frame in [
            tcp((0x1000_0001, 1), (0x1000_0002, 80), 0, 0, SYN, &[]),
            tcp((0x1000_0002, 80), (0x1000_0001, 1), 0, 1, SYN | ACK, &[]),
        ] {
            write(&mut out, &(START, frame));
        }
    }
    for number in 0..count {
        let time = START + span * number / count;
        while let Some(packet) = real.next_if(|packet| packet.0 <= time) {
            write(&mut out, &packet);
        }
        write(&mut out, &(time, hostile(kind, number, &mut random)));
    }
    real.for_each(|packet| write(&mut out, &packet));
    out.flush().expect("standard output");
}
