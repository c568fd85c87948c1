//! Packets made by hand: correct unless a test asks for something else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::base::packet::LinkType;

/// Link type of packets that begin with an IP header.
pub(crate) const RAW: LinkType = LinkType(12);
/// Link type of Ethernet frames.
pub(crate) const ETHERNET: LinkType = LinkType(1);

/// An IP packet to be.
#[derive(Clone, Debug)]
pub(crate) struct Ip {
    pub(crate) src: IpAddr,
    pub(crate) dst: IpAddr,
    pub(crate) proto: u8,
    pub(crate) body: Vec<u8>,
    /// IPv4 options, or IPv6 extension headers, whose first one's number is `first`.
    pub(crate) extra: Vec<u8>,
    pub(crate) first: Option<u8>,
    pub(crate) id: u32,
    /// The flags and offset of a fragment, as IPv4 writes them (offset in units of 8 bytes).
    pub(crate) fragment: u16,
    /// What the length field says, if not the truth.
    pub(crate) length: Option<u16>,
    /// Header words that IPv4 claims to have, if not the truth.
    pub(crate) words: Option<u8>,
    pub(crate) bad_header_sum: bool,
    /// Whether the transport's checksum is filled in.
    pub(crate) sum: bool,
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Between two addresses of either family.
pub(crate) fn packet(src: IpAddr, dst: IpAddr, proto: u8, body: &[u8]) -> Ip {
    Ip {
        src,
        dst,
        proto,
        body: body.to_vec(),
        extra: Vec::new(),
        first: None,
        id: 0,
        fragment: 0,
        length: None,
        words: None,
        bad_header_sum: false,
        sum: true,
    }
}

/// From 10.0.0.1 to 10.0.0.2.
pub(crate) fn v4(proto: u8, body: &[u8]) -> Ip {
    packet(Ipv4Addr::new(10, 0, 0, 1).into(), Ipv4Addr::new(10, 0, 0, 2).into(), proto, body)
}

/// From 2001:db8::1 to 2001:db8::2.
pub(crate) fn v6(proto: u8, body: &[u8]) -> Ip {
    let addr = |last| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last).into();
    packet(addr(1), addr(2), proto, body)
}

impl Ip {
    /// The other way round.
    pub(crate) fn back(mut self) -> Self {
        std::mem::swap(&mut self.src, &mut self.dst);
        self
    }

    pub(crate) fn between(mut self, src: &str, dst: &str) -> Self {
        (self.src, self.dst) = (ip(src), ip(dst));
        self
    }

    /// Adds an IPv6 extension header of this number; its first byte, the next header, is put in when the packet is made.
    pub(crate) fn with(mut self, number: u8, header: &[u8]) -> Self {
        let mut header = header.to_vec();
        match self.first {
            None => self.first = Some(number),
            Some(_) => {
                let at = self.last_header();
                self.extra[at] = number;
            }
        }
        header[0] = self.proto;
        self.extra.extend_from_slice(&header);
        self
    }

    fn last_header(&self) -> usize {
        let (mut at, mut number) = (0, self.first.unwrap());
        loop {
            let length = match number {
                44 | 50 => 8,
                51 => (usize::from(self.extra[at + 1]) + 2) * 4,
                _ => (usize::from(self.extra[at + 1]) + 1) * 8,
            };
            if at + length >= self.extra.len() {
                return at;
            }
            number = self.extra[at];
            at += length;
        }
    }

    /// The transport's bytes with their checksum.
    pub(crate) fn sealed_body(&self) -> Vec<u8> {
        let mut body = self.body.clone();
        let at = match self.proto {
            6 => 16,
            17 => 6,
            1 | 2 | 58 => 2,
            _ => return body,
        };
        if !self.sum || body.len() < at + 2 || body[at..at + 2] != [0, 0] {
            return body;
        }
        let ported = !matches!(self.proto, 1 | 2);
        let start = if ported { pseudo(self.src, self.dst, self.proto, body.len()) } else { 0 };
        let mut sum = checksum(&body, start);
        if self.proto == 17 && sum == [0, 0] {
            sum = [0xff, 0xff];
        }
        body[at..at + 2].copy_from_slice(&sum);
        body
    }

    /// The packet's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let body = self.sealed_body();
        match (self.src, self.dst) {
            (IpAddr::V4(src), IpAddr::V4(dst)) => self.v4_bytes(src, dst, &body),
            (IpAddr::V6(src), IpAddr::V6(dst)) => self.v6_bytes(src, dst, &body),
            _ => panic!("addresses of two families"),
        }
    }

    fn v4_bytes(&self, src: Ipv4Addr, dst: Ipv4Addr, body: &[u8]) -> Vec<u8> {
        let header = 20 + self.extra.len();
        let words = self.words.unwrap_or((header / 4) as u8);
        let total = self.length.unwrap_or((header + body.len()) as u16);
        let mut bytes = vec![0x40 | words, 0];
        bytes.extend(total.to_be_bytes());
        bytes.extend((self.id as u16).to_be_bytes());
        bytes.extend(self.fragment.to_be_bytes());
        bytes.extend([64, self.proto, 0, 0]);
        bytes.extend(src.octets());
        bytes.extend(dst.octets());
        bytes.extend(&self.extra);
        let sum = checksum(&bytes[..(usize::from(words) * 4).min(bytes.len())], 0);
        bytes[10..12].copy_from_slice(&sum);
        if self.bad_header_sum {
            bytes[10] ^= 0xff;
        }
        bytes.extend_from_slice(body);
        bytes
    }

    fn v6_bytes(&self, src: Ipv6Addr, dst: Ipv6Addr, body: &[u8]) -> Vec<u8> {
        let mut whole = self.clone();
        if self.fragment != 0 {
            let offset = (self.fragment & 0x1fff) << 3 | self.fragment >> 13 & 1;
            let mut header = vec![0, 0];
            header.extend(offset.to_be_bytes());
            header.extend(self.id.to_be_bytes());
            whole = whole.with(44, &header);
        }
        let length = self.length.unwrap_or((whole.extra.len() + body.len()) as u16);
        let mut bytes = vec![0x60, 0, 0, 0];
        bytes.extend(length.to_be_bytes());
        bytes.extend([whole.first.unwrap_or(self.proto), 64]);
        bytes.extend(src.octets());
        bytes.extend(dst.octets());
        bytes.extend(&whole.extra);
        bytes.extend_from_slice(body);
        bytes
    }

    /// The packet cut into fragments of so many payload bytes (a multiple of 8) each.
    pub(crate) fn fragments(&self, size: usize) -> Vec<Ip> {
        let body = self.sealed_body();
        let count = body.len().div_ceil(size);
        let piece = |(i, chunk): (usize, &[u8])| {
            let more = if i + 1 < count { 0x2000 } else { 0 };
            Ip { body: chunk.to_vec(), sum: false, fragment: more | (i * size / 8) as u16, ..self.clone() }
        };
        body.chunks(size).enumerate().map(piece).collect()
    }
}

/// The checksum of these bytes and a starting value, by the book: 16-bit words added, carries added back.
fn checksum(bytes: &[u8], start: u32) -> [u8; 2] {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    let add = |sum: u32, word: u32| ((sum + word) & 0xffff) + ((sum + word) >> 16);
    let sum = bytes.chunks(2).map(word).fold(start, add);
    (!(sum as u16)).to_be_bytes()
}

/// The pseudo header in front of a transport.
fn pseudo(src: IpAddr, dst: IpAddr, proto: u8, length: usize) -> u32 {
    let mut bytes = match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => [src.octets(), dst.octets()].concat(),
        (IpAddr::V6(src), IpAddr::V6(dst)) => [src.octets(), dst.octets()].concat(),
        _ => panic!("addresses of two families"),
    };
    bytes.extend((length as u32).to_be_bytes());
    bytes.extend([0, 0, 0, proto]);
    u32::from(!u16::from_be_bytes(checksum(&bytes, 0)))
}

/// A TCP segment, its checksum still to be filled in.
pub(crate) fn tcp(ports: (u16, u16), seq: u32, ack: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    segment(ports, seq, ack, flags, u16::MAX, &[], payload)
}

/// A TCP segment with all that can be chosen; the options are padded.
pub(crate) fn segment(
    ports: (u16, u16),
    seq: u32,
    ack: u32,
    flags: u8,
    window: u16,
    options: &[u8],
    payload: &[u8],
) -> Vec<u8> {
    let mut options = options.to_vec();
    options.resize(options.len().next_multiple_of(4), 0);
    let mut bytes = Vec::new();
    bytes.extend(ports.0.to_be_bytes());
    bytes.extend(ports.1.to_be_bytes());
    bytes.extend(seq.to_be_bytes());
    bytes.extend(ack.to_be_bytes());
    bytes.extend([((20 + options.len()) / 4 * 16) as u8, flags]);
    bytes.extend(window.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(options);
    bytes.extend_from_slice(payload);
    bytes
}

/// A UDP datagram, its checksum still to be filled in.
pub(crate) fn udp(ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(ports.0.to_be_bytes());
    bytes.extend(ports.1.to_be_bytes());
    bytes.extend((payload.len() as u16 + 8).to_be_bytes());
    bytes.extend([0; 2]);
    bytes.extend_from_slice(payload);
    bytes
}

/// An ICMP message of either version, its checksum still to be filled in.
pub(crate) fn icmp_bytes(kind: u8, code: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, code, 0, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(payload);
    bytes
}

/// An ICMP message over IPv4.
pub(crate) fn icmp(kind: u8, code: u8, payload: &[u8]) -> Ip {
    v4(1, &icmp_bytes(kind, code, payload))
}

/// An Ethernet frame.
pub(crate) fn ethernet(ethertype: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    bytes.extend(ethertype.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// An ARP request.
pub(crate) fn arp() -> Vec<u8> {
    let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, 1];
    bytes.extend([0; 20]);
    bytes
}
