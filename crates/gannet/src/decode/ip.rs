//! IPv4 and IPv6 headers, tested in the order in which the log contract tests them.

use super::checksum::Sum;
use super::ipv6::{self, Chain};
use super::{be16, be32, be64_pair};
use crate::base::key::Addr;
use crate::base::proto;

/// An IP packet: its header's facts and its payload.
#[derive(Clone, Debug)]
pub(crate) struct Ip<'p> {
    /// Source; the home address where one is given (RFC 6275, section 6.3).
    pub(crate) src: Addr,
    /// Destination; the final one where a routing header names it.
    pub(crate) dst: Addr,
    pub(crate) v4: bool,
    /// Protocol of the payload.
    pub(crate) proto: u8,
    /// Bytes of the header, extension headers included.
    pub(crate) header: u32,
    /// Length of the packet by its header; 0 for a segmentation-offloaded packet.
    pub(crate) total: u32,
    /// Captured bytes behind the header, cut to the length field unless that is zero.
    pub(crate) payload: &'p [u8],
    /// Payload length by the header; 0 with `total` 0.
    pub(crate) payload_len: u32,
    /// Set for a fragment.
    pub(crate) fragment: Option<Fragment>,
    /// What an IPv6 header chain ended in.
    pub(crate) chain: Chain,
    /// The header's bytes, for a datagram put together from fragments.
    pub(crate) raw_header: &'p [u8],
}

/// Where a fragment belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) id: u32,
    /// Offset of its payload in the datagram's.
    pub(crate) offset: u32,
    pub(crate) more: bool,
    pub(crate) dont_fragment: bool,
}

/// Why a packet goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Before the addresses can be trusted.
    Net(&'static str),
    /// With known addresses.
    Flow(&'static str, Addr, Addr),
}

/// What the tests need to know beside the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around {
    /// Bytes before the IP header.
    pub(crate) at: usize,
    /// Length of the whole packet on the wire.
    pub(crate) wire: usize,
    /// Whether checksums are tested.
    pub(crate) checksums: bool,
}

impl<'p> Ip<'p> {
    /// Reads a header. `noted` collects weirds that do not stop the packet.
    pub(crate) fn parse(bytes: &'p [u8], around: Around, noted: &mut ipv6::Noted) -> Result<Self, Broken> {
        let first = match bytes.first() {
            Some(first) if bytes.len() >= 20 => first >> 4,
            _ => return Err(Broken::Net("truncated_IP")),
        };
        let mut ip = match first {
            4 => v4(bytes),
            6 if bytes.len() < ipv6::HEADER => return Err(Broken::Net("truncated_IP")),
            6 => v6(bytes, noted),
            _ => return Err(Broken::Net("unknown_ip_version")),
        };
        let mut total = ip.total as usize;
        if total == 0 {
            if around.checksums {
                return Err(Broken::Net("ip_hdr_len_zero"));
            }
            noted.net = Some("ip_hdr_len_zero");
            total = bytes.len();
        }
        let header = ip.header as usize;
        if around.wire < total + around.at {
            return Err(Broken::Net("truncated_IP_len"));
        }
        if header > total {
            return Err(Broken::Net("invalid_IP_header_size"));
        }
        let Some((raw_header, behind)) = bytes.split_at_checked(header) else {
            return Err(Broken::Net("internally_truncated_header"));
        };
        if ip.v4 && header < 20 {
            return Err(Broken::Net("IPv4_min_header_size"));
        }
        if !ip.v4 && header < ipv6::HEADER {
            return Err(Broken::Net("IPv6_min_header_size"));
        }
        if ip.v4 && around.checksums && !Sum::default().add(raw_header).intact() {
            return Err(Broken::Flow("bad_IP_checksum", ip.src, ip.dst));
        }
        ip.raw_header = raw_header;
        ip.payload = match ip.payload_len as usize {
            0 => behind,
            length => behind.get(..length).unwrap_or(behind),
        };
        Ok(ip)
    }
}

impl<'p> Ip<'p> {
    /// A datagram put together from fragments: extension headers behind the fragment header go on in its payload.
    pub(crate) fn with_chain_in_payload(mut self) -> Self {
        let start = Chain { length: 0, next: self.proto, ..Chain::default() };
        let mut noted = ipv6::Noted::default();
        let chain = ipv6::extend(start, self.payload, &mut self.src, &mut self.dst, &mut noted);
        self.raw_header = self.payload;
        self.payload = self.payload.get(chain.length as usize..).unwrap_or_default();
        self.payload_len = self.payload_len.saturating_sub(chain.length);
        self.header += chain.length;
        self.proto = chain.next;
        self.chain = chain;
        self
    }
}

fn v4(bytes: &[u8]) -> Ip<'_> {
    let header = bytes.first().map_or(0, |b| u32::from(b & 0xf) * 4);
    let total = u32::from(be16(bytes, 2));
    let offset = be16(bytes, 6);
    let more = offset & 0x2000 != 0;
    let position = u32::from(offset & 0x1fff) * 8;
    let fragment = (more || position != 0).then(|| Fragment {
        id: u32::from(be16(bytes, 4)),
        offset: position,
        more,
        dont_fragment: offset & 0x4000 != 0,
    });
    Ip {
        src: Addr::v4(be32(bytes, 12)),
        dst: Addr::v4(be32(bytes, 16)),
        v4: true,
        proto: bytes.get(9).copied().unwrap_or(0),
        header,
        total,
        payload: &[],
        payload_len: total.saturating_sub(header),
        fragment,
        chain: Chain::default(),
        raw_header: &[],
    }
}

fn v6<'p>(bytes: &'p [u8], noted: &mut ipv6::Noted) -> Ip<'p> {
    let mut src = Addr(be64_pair(bytes, 8));
    let mut dst = Addr(be64_pair(bytes, 24));
    let chain = ipv6::walk(bytes, &mut src, &mut dst, noted);
    let length = u32::from(be16(bytes, 4));
    let extensions = chain.length - ipv6::HEADER as u32;
    let fragment = chain.fragment_at.map(|at| {
        let offset = be16(bytes, at + 2);
        Fragment {
            id: be32(bytes, at + 4),
            offset: u32::from(offset & 0xfff8),
            more: offset & 1 != 0,
            dont_fragment: false,
        }
    });
    Ip {
        src,
        dst,
        v4: false,
        proto: chain.next,
        header: chain.length,
        total: length + ipv6::HEADER as u32,
        payload: &[],
        payload_len: length.saturating_sub(extensions),
        fragment,
        chain,
        raw_header: &[],
    }
}

/// What decides which shard a packet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) src: Addr,
    pub(crate) dst: Addr,
    /// Ports of TCP or UDP, unless it is a fragment.
    pub(crate) ports: Option<(u16, u16)>,
}

/// The addresses that decide which shard a packet belongs to, if it has any.
pub(crate) fn addresses(bytes: &[u8]) -> Option<(Addr, Addr)> {
    match bytes.first().map(|b| b >> 4) {
        Some(4) if bytes.len() >= 20 => Some((Addr::v4(be32(bytes, 12)), Addr::v4(be32(bytes, 16)))),
        Some(6) if bytes.len() >= ipv6::HEADER => {
            let ip = v6(bytes, &mut ipv6::Noted::default());
            Some((ip.src, ip.dst))
        }
        _ => None,
    }
}

/// Addresses and ports of a packet that has addresses.
pub(crate) fn ends(bytes: &[u8]) -> Option<Ends> {
    let ip = match bytes.first().map(|b| b >> 4) {
        Some(4) if bytes.len() >= 20 => v4(bytes),
        Some(6) if bytes.len() >= ipv6::HEADER => v6(bytes, &mut ipv6::Noted::default()),
        _ => return None,
    };
    let behind = bytes.get(ip.header as usize..).unwrap_or_default();
    let whole = ip.fragment.is_none() && !ip.chain.esp && ip.chain.mobility_at.is_none();
    Some(Ends { src: ip.src, dst: ip.dst, ports: ports(ip.proto, behind).filter(|_| whole) })
}

/// The ports at the beginning of what IP carries, if it is of a protocol whose connections are told apart by them.
pub(crate) fn ports(number: u8, payload: &[u8]) -> Option<(u16, u16)> {
    let known = matches!(number, proto::TCP | proto::UDP) && payload.len() >= 4;
    known.then(|| (be16(payload, 0), be16(payload, 2)))
}
