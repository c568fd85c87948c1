//! The kernel spreads packets over the workers as the engine would.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};

use gannet::Balance;

use super::net::{Capture, Catch, Peer, Sniffer, alone, options, run};
use crate::support::packets::{ethernet, fragments, ip, udp, udp_frame, v4, v6};

/// Number of the pair that a packet belongs to: it stands at the end of each frame.
fn pair_of(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(*bytes.last_chunk().unwrap())
}

/// The shard of a pair of folded addresses, by the book.
fn shard(a: u32, b: u32) -> usize {
    const KEY: u64 = 0x9e37_79b1;
    let low = |n: u64| n & 0xffff_ffff;
    let sum = low(low(u64::from(a) + u64::from(b)) * KEY);
    (low((sum ^ (sum >> 15)) * KEY) >> 22) as usize
}

fn folded(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            address.octets().chunks(4).fold(0, |sum, word| sum ^ u32::from_be_bytes(word.try_into().unwrap()))
        }
    }
}

/// A frame with an IP packet under another header: the EtherType and what comes before IP.
fn under(kind: u16, header: &[u8], ip: &[u8]) -> Vec<u8> {
    [&ethernet(ip)[..12], &kind.to_be_bytes(), header, ip].concat()
}

/// An IPv6 packet by way of another host: the final destination is in a routing header of type 0.
fn by_way(src: IpAddr, dst: IpAddr, payload: &[u8]) -> Vec<u8> {
    let (IpAddr::V6(src), IpAddr::V6(dst)) = (src, dst) else { panic!("{src} {dst}") };
    let via: Ipv6Addr = "2001:db8:ffff::9".parse().unwrap();
    let mut packet = vec![0x60, 0, 0, 0, 0, 24 + payload.len() as u8, 43, 64];
    packet.extend(src.octets());
    packet.extend(via.octets());
    packet.extend([253, 2, 0, 1, 0, 0, 0, 0]);
    packet.extend(dst.octets());
    packet.extend(payload);
    packet
}

/// A datagram in fragments of 32 bytes.
fn pieces(src: IpAddr, dst: IpAddr, number: u32, payload: &[u8]) -> Vec<Vec<u8>> {
    if let (IpAddr::V4(src), IpAddr::V4(dst)) = (src, dst) {
        return fragments(src, dst, 17, number as u16, payload, 32);
    }
    let piece = |(at, part): (usize, &[u8])| {
        let more = u16::from((at + 1) * 32 < payload.len());
        let place = ((at as u16 * 32) | more).to_be_bytes();
        ip(src, dst, 44, 1, &[&[17, 0], place.as_slice(), &number.to_be_bytes(), part].concat())
    };
    payload.chunks(32).enumerate().map(piece).collect()
}

/// What a pair of hosts says, in both directions, and in all the wrappings that the program follows.
fn talk(number: u32) -> (IpAddr, IpAddr, Vec<Vec<u8>>) {
    let six = number.is_multiple_of(2);
    let host = |number| if six { v6(u64::from(number) << 20 | 5) } else { v4(0x0a00_0000 | number) };
    let (a, b) = (host(2 * number), host(2 * number + 1));
    let mark = number.to_be_bytes();
    let mut frames = Vec::new();
    for (src, dst) in [(a, b), (b, a)] {
        let payload = [vec![1; 44], mark.to_vec()].concat();
        let ip = ip(src, dst, 17, 1, &udp((src, 1000), (dst, 2000), &payload));
        let kind = if six { 0x86dd_u16 } else { 0x0800 }.to_be_bytes();
        frames.push(ethernet(&ip));
        frames.push(under(0x8100, &[&[0, 5], kind.as_slice()].concat(), &ip));
        frames.push(under(0x88a8, &[&[0, 5, 0x81, 0, 0, 6], kind.as_slice()].concat(), &ip));
        frames.push(under(0x8847, &[0, 1, 0x20, 64, 0, 1, 0x21, 64], &ip));
        let length = (ip.len() as u16 + 2).to_be_bytes();
        let ppp = if six { 0x57 } else { 0x21 };
        frames.push(under(0x8864, &[&[0x11, 0, 0, 1], length.as_slice(), &[0, ppp]].concat(), &ip));
        let pieces = pieces(src, dst, number, &mark.repeat(24));
        frames.extend(pieces.iter().map(|ip| ethernet(ip)));
        if six {
            frames.push(ethernet(&by_way(src, dst, &payload)));
        }
    }
    (a, b, frames)
}

/// Has frames come in at `near` and others go out of it, and gives what the workers saw.
fn sniff(peer: &Peer, workers: usize, balance: Balance, frames: &[Vec<u8>]) -> Vec<Catch> {
    let (even, odd): (Vec<_>, Vec<_>) = frames.iter().cloned().enumerate().partition(|(at, _)| at % 2 == 0);
    let [into, out] = [even, odd].map(|half| half.into_iter().map(|(_, frame)| frame).collect::<Vec<_>>());
    let (into, out) = (Capture::new(&into), Capture::new(&out));
    let mut options = options(&["near"]);
    (options.workers, options.balance) = (workers, balance);
    let sniffer = Sniffer::start(&options);
    peer.run(&into.replay("far", "--topspeed"));
    run(&out.replay("near", "--topspeed"));
    let catches = sniffer.finish();
    let seen: usize = catches.iter().map(|catch| catch.packets.len()).sum();
    assert_eq!(seen, frames.len(), "nothing is lost and nothing seen twice");
    catches
}

#[test]
fn a_pair_is_on_the_worker_that_owns_its_shard() {
    alone(|| {
        const PAIRS: u32 = 300;
        let peer = Peer::new();
        peer.cable("near", "far");
        let mut frames = Vec::new();
        let mut shards = HashMap::new();
        for number in 0..PAIRS {
            let (a, b, talk) = talk(number);
            shards.insert(number, shard(folded(a), folded(b)));
            frames.extend(talk);
        }
        for workers in [2, 3, 4] {
            let catches = sniff(&peer, workers, Balance::Pair, &frames);
            assert_eq!(catches.len(), workers);
            for (worker, catch) in catches.iter().enumerate() {
                let pairs: HashSet<u32> = catch.packets.iter().map(|taken| pair_of(&taken.bytes)).collect();
                for pair in &pairs {
                    assert_eq!(shards[pair] * workers / 1024, worker, "pair {pair} of {workers} workers");
                }
                assert!(
                    pairs.len() > PAIRS as usize / workers / 2,
                    "{} pairs of {workers} workers",
                    pairs.len()
                );
            }
        }
    });
}

#[test]
fn by_flow_one_pair_is_spread_and_each_flow_is_in_one_place() {
    alone(|| {
        let peer = Peer::new();
        peer.cable("near", "far");
        let (a, b) = (v4(0x0a00_0001), v4(0x0a00_0002));
        let flow = |number: u32| {
            let (one, two) = ((a, 1000 + number as u16), (b, 80));
            [(one, two), (two, one), (one, two)].map(|(src, dst)| udp_frame(src, dst, &number.to_be_bytes()))
        };
        let frames: Vec<_> = (0..400).flat_map(flow).collect();
        let catches = sniff(&peer, 4, Balance::Flow, &frames);
        let mut places: HashMap<u32, HashSet<usize>> = HashMap::new();
        for (worker, catch) in catches.iter().enumerate() {
            assert!(
                catch.packets.len() > frames.len() / 8,
                "worker {worker}: {} packets",
                catch.packets.len()
            );
            for taken in &catch.packets {
                places.entry(pair_of(&taken.bytes)).or_default().insert(worker);
            }
        }
        assert_eq!(places.len(), 400);
        assert!(places.values().all(|places| places.len() == 1));
    });
}

/// A frame in a mirror tunnel between one pair of hosts, of a kind that its number decides.
fn mirrored(number: u32, frame: &[u8]) -> Vec<u8> {
    let (a, b) = (v4(0xc000_0201), v4(0xc000_0209));
    let gre = |header: &[u8]| ip(a, b, 47, 1, &[header, frame].concat());
    ethernet(&match number % 3 {
        0 => {
            let inside = [&[8, 0, 0, 0, 0, 0, 9, 0], frame].concat();
            ip(a, b, 17, 1, &udp((a, 40_000), (b, 4789), &inside))
        }
        1 => gre(&[0x20, 0, 0x65, 0x58, 0, 0, 0, 1]),
        _ => gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 0, 0, 0, 0, 0]),
    })
}

#[test]
fn one_mirror_tunnel_is_spread_by_what_is_in_it() {
    alone(|| {
        const PAIRS: u32 = 200;
        let peer = Peer::new();
        peer.cable("near", "far");
        let mut frames = Vec::new();
        let mut shards = HashMap::new();
        for number in 0..PAIRS {
            let (a, b) = (v4(0x0a00_0000 | (2 * number)), v4(0x0a00_0001 | (2 * number)));
            shards.insert(number, shard(folded(a), folded(b)));
            let talk =
                [(a, b), (b, a)].map(|(src, dst)| udp_frame((src, 1000), (dst, 2000), &number.to_be_bytes()));
            frames
                .extend((0..3).flat_map(|kind| {
                    talk.iter().map(move |frame| mirrored(kind, frame)).collect::<Vec<_>>()
                }));
        }
        for balance in [Balance::Pair, Balance::Flow] {
            let mut options = options(&["near"]);
            (options.workers, options.balance) = (2, balance);
            options.decap = ["vxlan", "gre", "erspan"].map(|kind| kind.parse().unwrap()).to_vec();
            let sniffer = Sniffer::start(&options);
            peer.run(&Capture::new(&frames).replay("far", "--topspeed"));
            let catches = sniffer.finish();
            let seen: usize = catches.iter().map(|catch| catch.packets.len()).sum();
            assert_eq!(seen, frames.len());
            for (worker, catch) in catches.iter().enumerate() {
                assert!(
                    catch.packets.len() > frames.len() / 4,
                    "worker {worker}: {} packets",
                    catch.packets.len()
                );
                for taken in &catch.packets {
                    assert_eq!(shards[&pair_of(&taken.bytes)] * 2 / 1024, worker);
                }
            }
        }
    });
}
