//! IPv4 and IPv6 headers, tested in the order in which the log contract tests them.

use super::checksum::Sum;
use super::ipv6::{self, Chain};
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
    /// Whether it stands for several packets on the wire, so that its length may not fit into its header.
    pub(crate) offloaded: bool,
}

impl<'p> Ip<'p> {
    /// Reads a header. `noted` collects weirds that do not stop the packet.
    pub(crate) fn parse(bytes: &'p [u8], around: Around, noted: &mut ipv6::Noted) -> Result<Self, Broken> {
        let Some(fixed) = bytes.first_chunk() else { return Err(Broken::Net("truncated_IP")) };
        let mut ip = match version(fixed) {
            4 => v4(fixed),
            6 => v6(bytes, noted).ok_or(Broken::Net("truncated_IP"))?,
            _ => return Err(Broken::Net("unknown_ip_version")),
        };
        if ip.has_no_length() {
            ip.take_length(around);
        }
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
    fn has_no_length(&self) -> bool {
        let empty = if self.v4 { 0 } else { ipv6::HEADER as u32 };
        self.total == empty
    }

    /// A packet that is too long for its header says its length elsewhere, or is as long as what it came in. An option that
    /// says more than was on the wire has no say.
    fn take_length(&mut self, around: Around) {
        let there = around.wire.saturating_sub(around.at);
        let jumbo = self.chain.jumbo.map(|length| length as usize + ipv6::HEADER);
        let length = jumbo.filter(|length| *length <= there).or(around.offloaded.then_some(there));
        if let Some(length) = length.and_then(|length| u32::try_from(length).ok()) {
            self.total = length;
            self.payload_len = length.saturating_sub(self.header);
        }
    }

    /// A datagram put together from fragments: extension headers behind the fragment header go on in its payload.
    pub(crate) fn with_chain_in_payload(mut self, noted: &mut ipv6::Noted) -> Self {
        let start = Chain { length: 0, next: self.proto, ..Chain::default() };
        let chain = ipv6::extend(start, self.payload, &mut self.src, &mut self.dst, noted);
        self.raw_header = self.payload;
        self.payload = self.payload.get(chain.length as usize..).unwrap_or_default();
        self.payload_len = self.payload_len.saturating_sub(chain.length);
        self.header += chain.length;
        self.proto = chain.next;
        self.chain = chain;
        self
    }
}

/// Length of an IPv4 header without options, and the least length of any IP header.
const V4_HEADER: usize = 20;

fn version(fixed: &[u8; V4_HEADER]) -> u8 {
    let [first, ..] = fixed;
    first >> 4
}

#[inline]
fn v4<'p>(fixed: &[u8; V4_HEADER]) -> Ip<'p> {
    let [first, _, l0, l1, i0, i1, o0, o1, _, proto, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *fixed;
    let header = u32::from(first & 0xf) * 4;
    let total = u32::from(u16::from_be_bytes([l0, l1]));
    let offset = u16::from_be_bytes([o0, o1]);
    let more = offset & 0x2000 != 0;
    let position = u32::from(offset & 0x1fff) * 8;
    let fragment = (more || position != 0).then(|| Fragment {
        id: u32::from(u16::from_be_bytes([i0, i1])),
        offset: position,
        more,
        dont_fragment: offset & 0x4000 != 0,
    });
    Ip {
        src: Addr::v4(u32::from_be_bytes([s0, s1, s2, s3])),
        dst: Addr::v4(u32::from_be_bytes([d0, d1, d2, d3])),
        v4: true,
        proto,
        header,
        total,
        payload: &[],
        payload_len: total.saturating_sub(header),
        fragment,
        chain: Chain::default(),
        raw_header: &[],
    }
}

/// Nothing if the fixed header is cut.
#[inline]
fn v6<'p>(bytes: &'p [u8], noted: &mut ipv6::Noted) -> Option<Ip<'p>> {
    let (&[_, _, _, _, l0, l1, next, _, ref addresses @ ..], _) =
        bytes.split_first_chunk::<{ ipv6::HEADER }>()?;
    let (src, dst) = addresses.split_first_chunk()?;
    let mut src = Addr(u128::from_be_bytes(*src));
    let mut dst = Addr(u128::from_be_bytes(*dst.first_chunk()?));
    let chain = ipv6::walk(next, bytes, &mut src, &mut dst, noted);
    let length = u32::from(u16::from_be_bytes([l0, l1]));
    let extensions = chain.length - ipv6::HEADER as u32;
    let fragment = chain.fragment_at.and_then(|at| v6_fragment(bytes.get(at..)?));
    Some(Ip {
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
    })
}

/// A fragment header (RFC 8200, section 4.5).
fn v6_fragment(header: &[u8]) -> Option<Fragment> {
    let &[_, _, o0, o1, i0, i1, i2, i3, ..] = header else { return None };
    let offset = u16::from_be_bytes([o0, o1]);
    Some(Fragment {
        id: u32::from_be_bytes([i0, i1, i2, i3]),
        offset: u32::from(offset & 0xfff8),
        more: offset & 1 != 0,
        dont_fragment: false,
    })
}

/// What a header says, nothing of it checked; nothing if its fixed part is cut or its version is none.
#[inline]
pub(super) fn unchecked(bytes: &[u8]) -> Option<Ip<'_>> {
    let fixed = bytes.first_chunk()?;
    match version(fixed) {
        4 => Some(v4(fixed)),
        6 => v6(bytes, &mut ipv6::Noted::default()),
        _ => None,
    }
}

/// The ports at the beginning of what IP carries, if it is of a protocol whose connections are told apart by them.
pub(crate) fn ports(number: u8, payload: &[u8]) -> Option<(u16, u16)> {
    let &[s0, s1, d0, d1, ..] = payload else { return None };
    let known = matches!(number, proto::TCP | proto::UDP);
    known.then(|| (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])))
}
