//! Flows inside tunnels: through one pair of hosts or several, in tunnels that change, in fragments, and many to a frame.

use std::net::{IpAddr, Ipv4Addr};

use super::flows::{Hosts, Pool};
use crate::support::packets::{
    ACK, Conversation, End, dns, ethernet, fragments, ip, ipv4, tcp_frame, udp, udp_frame, v4, v6,
};
use crate::support::random::Random;

/// A kind of tunnel, by what is put around an Ethernet frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Ip,
    Gre,
    GreOverUdp,
    Bridged,
    Mirrored,
    Vxlan,
    Geneve,
    Gtp,
    Teredo,
    Ayiya,
    Wireless,
    MplsOverGre,
    Mpls,
    L2tp,
    Tzsp,
}

const KINDS: [Kind; 15] = [
    Kind::Ip,
    Kind::Gre,
    Kind::GreOverUdp,
    Kind::Bridged,
    Kind::Mirrored,
    Kind::Vxlan,
    Kind::Geneve,
    Kind::Gtp,
    Kind::Teredo,
    Kind::Ayiya,
    Kind::Wireless,
    Kind::MplsOverGre,
    Kind::Mpls,
    Kind::L2tp,
    Kind::Tzsp,
];

/// Two hosts that carry others' packets.
type Pair = (IpAddr, IpAddr);

impl Kind {
    fn any(random: &mut Random) -> Self {
        KINDS[random.below(KINDS.len() as u64) as usize]
    }

    /// The frame inside, as an IP packet between the two hosts.
    fn wrap(self, (src, dst): Pair, port: u16, frame: &[u8]) -> Vec<u8> {
        let packet = &frame[14..];
        let is_v4 = packet.first().is_some_and(|first| first >> 4 == 4);
        let kind: [u8; 2] = if is_v4 { [8, 0] } else { [0x86, 0xdd] };
        let gre = |header: &[u8], rest: &[u8]| ip(src, dst, 47, 1, &[header, rest].concat());
        let over = |to: u16, header: &[u8], rest: &[u8]| {
            ip(src, dst, 17, 1, &udp((src, port), (dst, to), &[header, rest].concat()))
        };
        match self {
            Self::Ip => ip(src, dst, if is_v4 { 4 } else { 41 }, 1, packet),
            Self::Gre => gre(&[0, 0, kind[0], kind[1]], packet),
            Self::GreOverUdp => over(4754, &[0, 0, kind[0], kind[1]], packet),
            Self::Bridged => gre(&[0x20, 0, 0x65, 0x58, 0, 0, 0, 9], frame),
            Self::Mirrored => gre(&[&[0x10, 0, 0x88, 0xbe], [0; 12].as_slice()].concat(), frame),
            Self::Vxlan => over(4789, &[8, 0, 0, 0, 0, 0, 42, 0], frame),
            Self::Geneve => over(6081, &[1, 0, 0x65, 0x58, 0, 0, 1, 0, 0, 0, 0, 0], frame),
            Self::Gtp => over(2152, &[0x32, 255, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0], packet),
            Self::Teredo => over(3544, &[], packet),
            Self::Ayiya => {
                let header = [&[0x10, 0x52, 0x11, if is_v4 { 4 } else { 41 }], [0; 26].as_slice()].concat();
                over(5072, &header, packet)
            }
            Self::Wireless => gre(&[0, 0, 0x82, 0], &aggregate(&[frame])),
            Self::MplsOverGre => gre(&[0, 0, 0x88, 0x47, 0, 1, 0x90, 63, 0, 0, 0x31, 63], packet),
            Self::Mpls => over(6635, &[0, 1, 0x51, 63], packet),
            Self::L2tp => {
                over(1701, &[0, 2, 0, 7, 0, 9, 0xff, 3, 0, if is_v4 { 0x21 } else { 0x57 }], packet)
            }
            Self::Tzsp => over(37008, &[1, 0, 0, 1, 10, 1, 0xb4, 0, 1], frame),
        }
    }
}

/// A frame of IEEE 802.11 with QoS that holds these Ethernet frames' packets.
fn aggregate(frames: &[&[u8]]) -> Vec<u8> {
    let mut bytes = [&[0x88, 1], [0; 22].as_slice(), &[0x80, 0]].concat();
    for frame in frames {
        let body = [&[0xaa, 0xaa, 3, 0, 0, 0], &frame[12..]].concat();
        bytes.extend([0; 12]);
        bytes.extend((body.len() as u16).to_be_bytes());
        bytes.extend(&body);
        bytes.resize(bytes.len() + body.len() % 4, 0);
    }
    bytes
}

/// Two hosts inside: few, so that several tunnels carry the same.
fn inside(random: &mut Random) -> Pair {
    let last = random.below(4) as u32;
    if random.one_in(3) {
        (v6(7000 + u64::from(last)), v6(8000))
    } else {
        (v4(0xac10_0001 + last), v4(0xac10_0101))
    }
}

fn ends(random: &mut Random, port: u16) -> (End, End) {
    let (client, server) = inside(random);
    ((client, 2000 + random.below(6) as u16), (server, port))
}

/// What is said inside: a connection, questions and answers, a datagram in fragments.
fn conversation(random: &mut Random) -> Vec<(usize, Vec<u8>)> {
    match random.below(3) {
        0 => {
            let (client, server) = ends(random, 80);
            let mut tcp = Conversation::new(client, server, [1, 1]);
            let opening = tcp.open().into_iter().zip([0, 1, 0]);
            let mut frames: Vec<_> = opening.map(|(frame, from)| (from, frame)).collect();
            frames.push((0, tcp.segment(0, ACK, b"GET / HTTP/1.1\r\n\r\n")));
            frames.extend(tcp.close().into_iter().zip([0, 1, 0]).map(|(frame, from)| (from, frame)));
            frames
        }
        1 => {
            let (client, server) = ends(random, 53);
            let name = format!("inside{}.example", random.below(20));
            (0..1 + random.below(3) as u16)
                .flat_map(|id| {
                    let ask = udp_frame(client, server, &dns(id, &name, None));
                    let tell = udp_frame(server, client, &dns(id, &name, Some(Ipv4Addr::LOCALHOST)));
                    [(0, ask), (1, tell)]
                })
                .collect()
        }
        _ => {
            let (src, dst) = (Ipv4Addr::from(0xac10_0001), Ipv4Addr::from(0xac10_0101));
            let datagram = udp((src.into(), 2000), (dst.into(), 9), &random.bytes(300));
            let id = random.below(3) as u16;
            fragments(src, dst, 17, id, &datagram, 128).iter().map(|part| (0, ethernet(part))).collect()
        }
    }
}

/// The same hosts inside through one tunnel, through two between the same hosts, or through two between others.
pub fn tunnel(outside: Pair, elsewhere: Pair, random: &mut Random) -> Vec<Vec<u8>> {
    let kinds = [Kind::any(random), Kind::any(random)];
    let pairs = match random.below(3) {
        0 => [outside, elsewhere],
        _ => [outside, outside],
    };
    let changes = random.one_in(3);
    let port = 40_000 + random.below(3) as u16;
    let mut frames = Vec::new();
    for (from, frame) in conversation(random) {
        let turn = usize::from(changes && random.one_in(2));
        let (src, dst) = pairs[turn];
        let wrapped = if from == 0 || kinds[turn] == Kind::Wireless {
            kinds[turn].wrap((src, dst), port, &frame)
        } else {
            back(kinds[turn], (src, dst), port, &frame)
        };
        frames.push(if random.one_in(8) { nested(outside, &wrapped) } else { ethernet(&wrapped) });
    }
    match random.below(6) {
        0 => in_pieces(&frames),
        1 => damage(frames, random),
        _ => frames,
    }
}

/// The other way: over UDP from the tunnel's port.
fn back(kind: Kind, (src, dst): Pair, port: u16, frame: &[u8]) -> Vec<u8> {
    let mut packet = kind.wrap((dst, src), port, frame);
    let header = if dst.is_ipv4() { 20 } else { 40 };
    if packet[if dst.is_ipv4() { 9 } else { 6 }] == 17 {
        // The checksum stays right when two words change places.
        let (from, to) = ([packet[header], packet[header + 1]], [packet[header + 2], packet[header + 3]]);
        packet[header..header + 2].copy_from_slice(&to);
        packet[header + 2..header + 4].copy_from_slice(&from);
    }
    packet
}

/// One level more, between the same hosts.
fn nested((src, dst): Pair, packet: &[u8]) -> Vec<u8> {
    let number = if packet[0] >> 4 == 4 { 4 } else { 41 };
    ethernet(&ip(src, dst, number, 1, packet))
}

/// The packets outside, where they are of IPv4, in two fragments each.
fn in_pieces(frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let cut = |(id, frame): (usize, &Vec<u8>)| {
        let packet = &frame[14..];
        if packet[0] >> 4 != 4 || packet.len() < 40 {
            return vec![frame.clone()];
        }
        let address = |at: usize| Ipv4Addr::new(packet[at], packet[at + 1], packet[at + 2], packet[at + 3]);
        let half = (packet.len() / 2).next_multiple_of(8);
        fragments(address(12), address(16), packet[9], 100 + id as u16, &packet[20..], half)
            .iter()
            .map(|part| ethernet(part))
            .collect()
    };
    frames.iter().enumerate().flat_map(cut).collect()
}

/// A byte changed behind the addresses.
fn damage(mut frames: Vec<Vec<u8>>, random: &mut Random) -> Vec<Vec<u8>> {
    for frame in &mut frames {
        let at = 34 + random.below(60) as usize;
        if let Some(byte) = frame.get_mut(at) {
            *byte = random.next() as u8;
        }
    }
    frames
}

/// Frames of IEEE 802.11 as they are captured: several packets in each, of different hosts, some that are none.
pub fn wireless(random: &mut Random) -> Vec<Vec<u8>> {
    let arp = |_: &mut Random| [&[2; 12], [8, 6, 0, 1, 8, 0, 6, 4, 0, 1].as_slice(), &[0; 20]].concat();
    let mut pool = Pool::new(Hosts::Many);
    let mut frames = Vec::new();
    for _ in 0..1 + random.below(4) {
        let parts: Vec<Vec<u8>> = (0..1 + random.below(4))
            .map(|_| match random.below(6) {
                0 => arp(random),
                1 => {
                    let (client, server) = ends(random, 9);
                    tcp_frame(client, server, (1, 1), ACK, b"x")
                }
                2 => ethernet(&ipv4(Ipv4Addr::from(0xac10_0001), Ipv4Addr::LOCALHOST, 17, 1, 0, &[0; 3])),
                _ => pool.opening(random).swap_remove(0),
            })
            .collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        frames.push(aggregate(&parts));
    }
    frames
}
