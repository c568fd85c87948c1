//! The good path: the headers of a whole and sound packet, read straight through by etherparse's slices. Whatever is not of
//! that kind is left to the careful way ([`super::layer`], [`super::ip`]), on whose order of checks the logs depend.

use etherparse::{
    Ethernet2HeaderSlice, Ipv4HeaderSlice, Ipv6HeaderSlice, SingleVlanHeaderSlice, TcpHeaderSlice,
};

use super::checksum::Sum;
use super::ip::{Around, Ip};
use super::ipv6::{self, Chain};
use super::transport::{Flags, TcpHeader};
use crate::base::key::Addr;
use crate::base::packet::{LinkType, Network};

const ETHERNET: LinkType = LinkType(1);
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const VLAN: u16 = 0x8100;
/// Tags that may stand in front of a [`VLAN`] tag: of a provider's bridge, and its older form.
const OUTER_TAGS: [u16; 3] = [VLAN, 0x88a8, 0x9100];

/// Where IP begins in an Ethernet frame with up to two VLAN tags, or in what is IP from its first byte; not known of any other.
pub(crate) fn network(link: LinkType, bytes: &[u8]) -> Network {
    let found = match link {
        ETHERNET => ethernet(bytes),
        LinkType(12 | 101 | 228 | 229) => Some(Network::new(0, None, None)),
        _ => None,
    };
    #[cfg(test)]
    found.iter().for_each(|_| super::layer::walks::count());
    found.unwrap_or_default()
}

fn ethernet(bytes: &[u8]) -> Option<Network> {
    let frame = Ethernet2HeaderSlice::from_slice(bytes).ok()?;
    let mut at = frame.slice().len();
    let mut kind = frame.ether_type().0;
    // The careful way wants two bytes more than the header, and one behind each tag.
    if bytes.len() <= at + 2 {
        return None;
    }
    if matches!(kind, IPV4 | IPV6) {
        return Some(Network::new(at, None, None));
    }
    let mut tags = [None; 2];
    let mut known: &[u16] = &OUTER_TAGS;
    for tag in &mut tags {
        if !known.contains(&kind) {
            break;
        }
        let header = SingleVlanHeaderSlice::from_slice(bytes.get(at..)?).ok()?;
        *tag = Some(header.vlan_identifier().value());
        kind = header.ether_type().0;
        at += header.slice().len();
        known = &[VLAN];
    }
    let [vlan, inner_vlan] = tags;
    (matches!(kind, IPV4 | IPV6) && bytes.len() > at).then(|| Network::new(at, vlan, inner_vlan))
}

/// An IP header without anything that would have to be told: no fragment, no extension header, no length that lies.
#[inline]
pub(crate) fn ip(bytes: &[u8], around: Around) -> Option<Ip<'_>> {
    let ip = match bytes.first()? >> 4 {
        4 => v4(bytes, around)?,
        6 => v6(bytes)?,
        _ => return None,
    };
    (around.wire >= ip.total as usize + around.at).then_some(ip)
}

#[inline]
fn v4(bytes: &[u8], around: Around) -> Option<Ip<'_>> {
    let fixed = Ipv4HeaderSlice::from_slice(bytes).ok()?;
    let (raw_header, behind) = bytes.split_at_checked(fixed.slice().len())?;
    let (header, total) = (raw_header.len(), usize::from(fixed.total_len()));
    if fixed.is_fragmenting_payload() || header > total {
        return None;
    }
    if around.checksums && !Sum::default().add(raw_header).intact() {
        return None;
    }
    Some(Ip {
        src: Addr::v4(u32::from_be_bytes(fixed.source())),
        dst: Addr::v4(u32::from_be_bytes(fixed.destination())),
        v4: true,
        proto: fixed.protocol().0,
        header: header as u32,
        total: total as u32,
        payload: payload(behind, total - header),
        payload_len: (total - header) as u32,
        fragment: None,
        chain: Chain::default(),
        raw_header,
    })
}

#[inline]
fn v6(bytes: &[u8]) -> Option<Ip<'_>> {
    let fixed = Ipv6HeaderSlice::from_slice(bytes).ok()?;
    let next = fixed.next_header().0;
    if ipv6::is_extension(next) {
        return None;
    }
    let (raw_header, behind) = bytes.split_at_checked(ipv6::HEADER)?;
    let length = usize::from(fixed.payload_length());
    Some(Ip {
        src: Addr(u128::from_be_bytes(fixed.source())),
        dst: Addr(u128::from_be_bytes(fixed.destination())),
        v4: false,
        proto: next,
        header: ipv6::HEADER as u32,
        total: (length + ipv6::HEADER) as u32,
        payload: payload(behind, length),
        payload_len: length as u32,
        fragment: None,
        chain: Chain { length: ipv6::HEADER as u32, next, ..Chain::default() },
        raw_header,
    })
}

/// What was captured of the payload. Where it is empty by the header, what follows the header is looked at all the same.
fn payload(behind: &[u8], length: usize) -> &[u8] {
    if length == 0 { behind } else { behind.get(..length).unwrap_or(behind) }
}

/// A TCP header that is all there, options included.
#[inline]
pub(crate) fn tcp(payload: &[u8]) -> Option<TcpHeader> {
    let header = TcpHeaderSlice::from_slice(payload).ok()?;
    let flags = *header.slice().get(13)?;
    Some(TcpHeader {
        src_port: header.source_port(),
        dst_port: header.destination_port(),
        seq: header.sequence_number(),
        ack: header.acknowledgment_number(),
        length: header.slice().len(),
        flags: Flags(flags),
        window: header.window_size(),
    })
}
