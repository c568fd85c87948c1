//! Packets made from nothing: Ethernet, IPv4, IPv6, TCP, UDP, ICMP, with right checksums.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub const SECOND: i64 = 1_000_000_000;
/// 2 March 2011, when nothing else happened.
pub const START: i64 = 1_299_024_000 * SECOND;

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const PSH: u8 = 8;
pub const ACK: u8 = 16;

/// A packet as a capture has it.
#[derive(Clone, Debug)]
pub struct Packet {
    pub link: u16,
    pub ts: i64,
    pub wire: u32,
    pub bytes: Vec<u8>,
}

impl Packet {
    pub fn new(ts: i64, bytes: Vec<u8>) -> Self {
        Self { link: 1, ts, wire: bytes.len() as u32, bytes }
    }
}

/// An address and a port.
pub type End = (IpAddr, u16);

pub fn v4(bits: u32) -> IpAddr {
    Ipv4Addr::from(bits).into()
}

pub fn v6(low: u64) -> IpAddr {
    Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(low)).into()
}

fn sum(bytes: &[u8]) -> u32 {
    let pairs =
        bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low)));
    pairs.fold(0, u32::wrapping_add)
}

fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn pseudo(src: IpAddr, dst: IpAddr, proto: u8, len: usize) -> u32 {
    let octets = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    sum(&octets(src)) + sum(&octets(dst)) + u32::from(proto) + len as u32
}

/// An Ethernet frame around an IP packet.
pub fn ethernet(ip: &[u8]) -> Vec<u8> {
    let kind: [u8; 2] = if ip.first().is_some_and(|byte| byte >> 4 == 6) { [0x86, 0xdd] } else { [8, 0] };
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    frame.extend(kind);
    frame.extend(ip);
    frame
}

/// An IPv4 header and payload; `fragment` is the field of flags and offset.
pub fn ipv4(src: Ipv4Addr, dst: Ipv4Addr, proto: u8, id: u16, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let total = (20 + payload.len()) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend(total.to_be_bytes());
    packet.extend(id.to_be_bytes());
    packet.extend(fragment.to_be_bytes());
    packet.extend([64, proto, 0, 0]);
    packet.extend(src.octets());
    packet.extend(dst.octets());
    let checksum = fold(sum(&packet));
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    packet.extend(payload);
    packet
}

/// An IP packet of the addresses' version.
pub fn ip(src: IpAddr, dst: IpAddr, proto: u8, id: u16, payload: &[u8]) -> Vec<u8> {
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => ipv4(src, dst, proto, id, 0, payload),
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            let mut packet = vec![0x60, 0, 0, 0];
            packet.extend((payload.len() as u16).to_be_bytes());
            packet.extend([proto, 64]);
            packet.extend(src.octets());
            packet.extend(dst.octets());
            packet.extend(payload);
            packet
        }
        _ => panic!("addresses of two versions"),
    }
}

/// The fragments of an IPv4 datagram, of `size` bytes of payload each (a multiple of eight).
pub fn fragments(
    src: Ipv4Addr,
    dst: Ipv4Addr,
    proto: u8,
    id: u16,
    payload: &[u8],
    size: usize,
) -> Vec<Vec<u8>> {
    let count = payload.len().div_ceil(size);
    let part = |(at, part): (usize, &[u8])| {
        let more = if at + 1 < count { 0x2000 } else { 0 };
        ipv4(src, dst, proto, id, more | (at * size / 8) as u16, part)
    };
    payload.chunks(size).enumerate().map(part).collect()
}

fn with_checksum(src: IpAddr, dst: IpAddr, proto: u8, at: usize, mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = match fold(sum(&bytes).wrapping_add(pseudo(src, dst, proto, bytes.len()))) {
        0 if proto == 17 => 0xffff,
        checksum => checksum,
    };
    bytes[at..at + 2].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

/// A UDP datagram without its IP header.
pub fn udp(src: End, dst: End, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in [src.1, dst.1, (8 + payload.len()) as u16, 0] {
        bytes.extend(field.to_be_bytes());
    }
    bytes.extend(payload);
    with_checksum(src.0, dst.0, 17, 6, bytes)
}

/// A TCP segment without its IP header.
pub fn tcp(src: End, dst: End, (seq, ack): (u32, u32), flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(src.1.to_be_bytes());
    bytes.extend(dst.1.to_be_bytes());
    bytes.extend(seq.to_be_bytes());
    bytes.extend(if flags & ACK == 0 { 0 } else { ack }.to_be_bytes());
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    with_checksum(src.0, dst.0, 6, 16, bytes)
}

/// An ICMP message of the addresses' version, without its IP header.
pub fn icmp(src: IpAddr, dst: IpAddr, kind: u8, code: u8, rest: &[u8]) -> (u8, Vec<u8>) {
    let mut bytes = vec![kind, code, 0, 0];
    bytes.extend(rest);
    if src.is_ipv6() {
        return (58, with_checksum(src, dst, 58, 2, bytes));
    }
    let checksum = fold(sum(&bytes));
    bytes[2..4].copy_from_slice(&checksum.to_be_bytes());
    (1, bytes)
}

/// A frame with a UDP datagram.
pub fn udp_frame(src: End, dst: End, payload: &[u8]) -> Vec<u8> {
    ethernet(&ip(src.0, dst.0, 17, 1, &udp(src, dst, payload)))
}

/// A frame with a TCP segment.
pub fn tcp_frame(src: End, dst: End, numbers: (u32, u32), flags: u8, payload: &[u8]) -> Vec<u8> {
    ethernet(&ip(src.0, dst.0, 6, 1, &tcp(src, dst, numbers, flags, payload)))
}

/// A DNS message with one question for an address, or the answer to it.
pub fn dns(id: u16, name: &str, answer: Option<Ipv4Addr>) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend(if answer.is_some() { [0x81, 0x80] } else { [1, 0] });
    bytes.extend([0, 1, 0, u8::from(answer.is_some()), 0, 0, 0, 0]);
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend(label.bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    if let Some(ip) = answer {
        bytes.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        bytes.extend(ip.octets());
    }
    bytes
}

/// One TCP connection, from which frames are taken; it knows its sequence numbers.
pub struct Conversation {
    pub client: End,
    pub server: End,
    /// Next sequence numbers of the client and the server.
    pub seq: [u32; 2],
}

impl Conversation {
    pub fn new(client: End, server: End, first: [u32; 2]) -> Self {
        Self { client, server, seq: first }
    }

    /// One segment; `from` is 0 for the client and 1 for the server.
    pub fn segment(&mut self, from: usize, flags: u8, payload: &[u8]) -> Vec<u8> {
        let (src, dst) = if from == 0 { (self.client, self.server) } else { (self.server, self.client) };
        let frame = tcp_frame(src, dst, (self.seq[from], self.seq[1 - from]), flags, payload);
        let control = u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
        self.seq[from] = self.seq[from].wrapping_add(payload.len() as u32 + control);
        frame
    }

    /// The handshake.
    pub fn open(&mut self) -> [Vec<u8>; 3] {
        [self.segment(0, SYN, &[]), self.segment(1, SYN | ACK, &[]), self.segment(0, ACK, &[])]
    }

    /// Both ends close.
    pub fn close(&mut self) -> [Vec<u8>; 3] {
        [self.segment(0, FIN | ACK, &[]), self.segment(1, FIN | ACK, &[]), self.segment(0, ACK, &[])]
    }
}
