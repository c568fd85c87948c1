//! Single flows: lists of frames in the order in which they are sent.

use std::net::{IpAddr, Ipv4Addr};

use crate::support::packets::{
    ACK, Conversation, End, FIN, PSH, RST, SYN, dns, ethernet, fragments, icmp, ip, ipv4, tcp, tcp_frame,
    udp, udp_frame, v4, v6,
};
use crate::support::random::Random;

/// Who talks to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Many hosts of both versions.
    Many,
    /// One pair of hosts: all of it in one shard.
    Pair,
    /// Three pairs.
    Few,
}

/// Makes flows, and remembers some of them to be used again.
pub struct Pool {
    hosts: Hosts,
    used: Vec<(End, End)>,
}

impl Pool {
    pub fn new(hosts: Hosts) -> Self {
        Self { hosts, used: Vec::new() }
    }

    fn addresses(&self, random: &mut Random) -> (IpAddr, IpAddr) {
        let pairs = match self.hosts {
            Hosts::Many if random.one_in(5) => return (v6(random.below(200)), v6(1000 + random.below(50))),
            Hosts::Many => {
                return (
                    v4(0x0a00_0000 + random.below(200) as u32),
                    v4(0xc000_0200 + random.below(60) as u32),
                );
            }
            Hosts::Pair => 1,
            Hosts::Few => 3,
        };
        let pair = random.below(pairs) as u32;
        let (a, b) = (v4(0x0a00_0001 + pair), v4(0xc000_0201 + 7 * pair));
        if random.one_in(2) { (a, b) } else { (b, a) }
    }

    /// Client and server; now and then those of an earlier flow.
    fn ends(&mut self, port: u16, random: &mut Random) -> (End, End) {
        if random.one_in(6) && !self.used.is_empty() {
            return self.used[random.below(self.used.len() as u64) as usize];
        }
        let (client, server) = self.addresses(random);
        let ends = ((client, 1024 + random.below(60_000) as u16), (server, port));
        if self.used.len() < 64 {
            self.used.push(ends);
        }
        ends
    }

    /// A flow of a kind chosen at random.
    pub fn flow(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        match random.below(12) {
            0..3 => self.conversation(random),
            3 => self.names_over_tcp(random),
            4 | 5 => self.names(random),
            6 => self.reuse(random),
            7 => self.in_fragments(random),
            8 => self.tunnel(random),
            9 => self.pings(random),
            10 => self.datagrams(random),
            _ => self.damaged(random),
        }
    }

    /// A TCP connection with data, disorder, losses, and one of several ends.
    fn conversation(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        const PORTS: [u16; 7] = [80, 443, 22, 25, 5000, 21, 53];
        let port = PORTS[random.below(PORTS.len() as u64) as usize];
        let (client, server) = self.ends(port, random);
        let mut tcp = Conversation::new(client, server, [random.next() as u32, random.next() as u32]);
        let mut frames = tcp.open().to_vec();
        for _ in 0..random.below(12) {
            let from = random.below(2) as usize;
            let len = 1 + random.below(600) as usize;
            frames.push(tcp.segment(from, ACK | PSH, &random.bytes(len)));
            frames.push(tcp.segment(1 - from, ACK, &[]));
        }
        match random.below(5) {
            0 | 1 => frames.extend(tcp.close()),
            2 => frames.push(tcp.segment(random.below(2) as usize, RST | ACK, &[])),
            3 => frames.push(tcp.segment(0, FIN | ACK, &[])),
            _ => {}
        }
        disturb(&mut frames, random);
        frames
    }

    fn names(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        let (client, server) = self.ends(53, random);
        let mut frames = Vec::new();
        for _ in 0..1 + random.below(4) {
            let (id, name) = (random.below(4) as u16, format!("host{}.example", random.below(1000)));
            frames.push(udp_frame(client, server, &dns(id, &name, None)));
            if !random.one_in(4) {
                let ip = Ipv4Addr::from(random.next() as u32);
                frames.push(udp_frame(server, client, &dns(id, &name, Some(ip))));
            }
        }
        disturb(&mut frames, random);
        frames
    }

    fn names_over_tcp(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        let (client, server) = self.ends(53, random);
        let mut tcp = Conversation::new(client, server, [random.next() as u32, random.next() as u32]);
        let mut frames = tcp.open().to_vec();
        for id in 0..random.below(6) as u16 {
            for (from, answer) in [None, Some(Ipv4Addr::LOCALHOST)].into_iter().enumerate() {
                let message = dns(id, "tcp.example", answer);
                let mut bytes = (message.len() as u16).to_be_bytes().to_vec();
                bytes.extend(message);
                let (head, tail) = bytes.split_at(random.below(bytes.len() as u64) as usize);
                frames.push(tcp.segment(from, ACK, head));
                frames.push(tcp.segment(from, ACK | PSH, tail));
            }
        }
        frames.extend(tcp.close());
        disturb(&mut frames, random);
        frames
    }

    /// The same ports again at once: SYN, reset, SYN, reset.
    fn reuse(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        let (client, server) = self.ends(8080, random);
        let mut frames = Vec::new();
        for _ in 0..2 + random.below(4) {
            let mut tcp = Conversation::new(client, server, [random.next() as u32, random.next() as u32]);
            frames.push(tcp.segment(0, SYN, &[]));
            frames.push(tcp.segment(1, if random.one_in(2) { SYN | ACK } else { RST | ACK }, &[]));
            frames.push(tcp.segment(0, RST | ACK, &[]));
        }
        frames
    }

    fn in_fragments(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        let (client, server) = self.ends(9, random);
        let (IpAddr::V4(src), IpAddr::V4(dst)) = (client.0, server.0) else { return self.pings(random) };
        let (payload, id) = (random.bytes(800), random.below(3) as u16);
        let datagram = udp(client, server, &payload);
        let mut parts: Vec<_> =
            fragments(src, dst, 17, id, &datagram, 128).iter().map(|part| ethernet(part)).collect();
        disturb(&mut parts, random);
        parts
    }

    /// Flows inside a tunnel; their addresses are not those outside.
    fn tunnel(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        let (outside, elsewhere) = (self.addresses(random), self.addresses(random));
        super::tunnels::tunnel(outside, elsewhere, random)
    }

    fn pings(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        let (src, dst) = self.addresses(random);
        let id = random.below(3) as u8;
        let (ask, tell) = if src.is_ipv6() { (128, 129) } else { (8, 0) };
        let message = |src, dst, kind: u8, sequence: u8| {
            let (proto, bytes) = icmp(src, dst, kind, 0, &[0, id, 0, sequence, 1, 2, 3, 4]);
            ethernet(&ip(src, dst, proto, 1, &bytes))
        };
        (0..4)
            .flat_map(|sequence| [message(src, dst, ask, sequence), message(dst, src, tell, sequence)])
            .collect()
    }

    fn datagrams(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        const PORTS: [u16; 6] = [123, 443, 5060, 514, 9999, 5353];
        let port = PORTS[random.below(PORTS.len() as u64) as usize];
        let (client, server) = self.ends(port, random);
        let count = 1 + random.below(6);
        let payload = |random: &mut Random| {
            let len = random.below(300) as usize;
            random.bytes(len)
        };
        let sides = [(client, server), (server, client)];
        (0..count)
            .map(|n| udp_frame(sides[(n % 2) as usize].0, sides[(n % 2) as usize].1, &payload(random)))
            .collect()
    }

    /// Packets that are cut, or have bytes changed: in headers, so that all kinds of weirds come of it.
    fn damaged(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        let mut frames = match random.below(3) {
            0 => self.conversation(random),
            1 => self.names(random),
            _ => self.in_fragments(random),
        };
        for frame in &mut frames {
            match random.below(4) {
                0 => frame.truncate(random.below(frame.len() as u64) as usize),
                1 | 2 => {
                    let at = 12 + random.below(40) as usize;
                    if let Some(byte) = frame.get_mut(at) {
                        *byte = random.next() as u8;
                    }
                }
                _ => {}
            }
        }
        frames.retain(|frame| !frame.is_empty());
        frames
    }

    /// The first packets of a connection that stays open.
    pub fn opening(&mut self, random: &mut Random) -> Vec<Vec<u8>> {
        let hosts =
            (v4(0x0a00_0000 | (random.next() as u32 & 0x00ff_ffff)), v4(random.next() as u32 | 0xc000_0000));
        let (client, server) = ((hosts.0, random.next() as u16), (hosts.1, random.next() as u16));
        if random.one_in(3) {
            return vec![udp_frame(client, server, b"hello")];
        }
        let mut tcp = Conversation::new(client, server, [7, 9]);
        let frames = tcp.open();
        let count = if random.one_in(4) { 3 } else { 1 };
        frames.into_iter().take(count).collect()
    }
}

/// Some frames are lost, repeated, or change places.
fn disturb(frames: &mut Vec<Vec<u8>>, random: &mut Random) {
    if random.one_in(2) || frames.len() < 3 {
        return;
    }
    let at = random.below(frames.len() as u64 - 1) as usize;
    match random.below(3) {
        0 => drop(frames.remove(at)),
        1 => frames.insert(at, frames[at].clone()),
        _ => frames.swap(at, at + 1),
    }
}

/// A packet whose headers are wrong in one of several ways, between the addresses of this pair.
pub fn strange(pair: u32, random: &mut Random) -> Vec<u8> {
    let (src, dst) = (Ipv4Addr::from(0x0b00_0000 + pair), Ipv4Addr::from(0xc633_6401));
    let ends = ((src.into(), 5), (dst.into(), 6));
    match random.below(9) {
        0 => ethernet(&ipv4(src, dst, 6, 1, 0, &[0; 7])),
        1 => ethernet(&ipv4(src, dst, 17, 1, 0, &[0; 3])),
        2 => ethernet(&ipv4(src, dst, 17, 1, 0x2001, &[0; 16])),
        3 => {
            let mut packet = ipv4(src, dst, 6, 1, 0, &tcp(ends.0, ends.1, (1, 1), ACK, b"x"));
            packet[10] ^= 0xff;
            ethernet(&packet)
        }
        4 => {
            let mut packet = ipv4(src, dst, 6, 1, 0, &tcp(ends.0, ends.1, (1, 1), ACK, b"x"));
            packet[0] = 0x41;
            ethernet(&packet)
        }
        5 => tcp_frame(ends.0, ends.1, (1, 1), SYN | RST | FIN, b"x"),
        _ => extensions(v6(u64::from(pair % 512)), random),
    }
}

/// An IPv6 packet with a chain of headers that may change its addresses, may be too long, and may be wrong.
fn extensions(src: IpAddr, random: &mut Random) -> Vec<u8> {
    const KINDS: [u8; 8] = [43, 43, 43, 60, 60, 0, 44, 135];
    let dst = v6(9_000 + random.below(3));
    let count = random.below(4) as usize;
    let kinds: Vec<u8> = (0..count).map(|_| KINDS[random.below(KINDS.len() as u64) as usize]).collect();
    let mut chain = Vec::new();
    for (at, kind) in kinds.iter().enumerate() {
        let next = kinds.get(at + 1).copied().unwrap_or(6);
        let units = if *kind == 44 { 0 } else { random.below(5) as u8 };
        let mut header = vec![next, units];
        if *kind == 60 {
            header.extend([1, 2, 0, 0, 201, 16]);
        } else {
            header.extend([random.below(3) as u8, random.below(2) as u8, 0, 0, 0, random.below(2) as u8]);
        }
        header.resize(8 * (usize::from(units) + 1), 0);
        if let Some(last) = header.last_mut().filter(|_| units > 0) {
            *last = random.below(4) as u8;
        }
        chain.extend(header);
    }
    let (client, server) = ((src, 5), (dst, 6));
    chain.extend(tcp(client, server, (1, 1), SYN, &[]));
    let mut packet = ip(src, dst, kinds.first().copied().unwrap_or(6), 1, &chain);
    match random.below(4) {
        0 => packet[4..6].copy_from_slice(&(random.below(80) as u16).to_be_bytes()),
        1 => packet.truncate(40 + random.below(chain.len() as u64) as usize),
        _ => {}
    }
    ethernet(&packet)
}
