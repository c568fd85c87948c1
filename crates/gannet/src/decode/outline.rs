//! What a packet's headers say, in one call: for benchmarks and tests that compare it with other decoders.

use super::ip::{Around, Ip, ports};
use super::transport::TcpHeader;
use super::{Found, Walk, fast, ipv6, walk};
use crate::base::packet::LinkType;
use crate::base::proto;

/// The headers of a packet in brief.
///
/// Not `#[non_exhaustive]`: it is hidden, and measurements make one of another library's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Source address; IPv4 as in `::ffff:0:0/96`.
    pub src: u128,
    /// Destination address.
    pub dst: u128,
    /// Protocol behind the IP header.
    pub proto: u8,
    /// Source port, of TCP and UDP.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Sequence number, of TCP.
    pub seq: u32,
    /// Captured bytes behind all these headers.
    pub payload: usize,
}

/// Walks a packet's headers; `None` if there is no sound IP header. Checksums are not looked at.
pub fn outline(link: LinkType, wire: u32, bytes: &[u8]) -> Option<Outline> {
    let ip = match straight(link, wire, bytes) {
        Some(ip) => ip,
        None => carefully(link, wire, bytes)?,
    };
    let mut outline = Outline {
        src: ip.src.0,
        dst: ip.dst.0,
        proto: ip.proto,
        payload: ip.payload.len(),
        ..Outline::default()
    };
    match ip.proto {
        proto::TCP if ip.fragment.is_none() => {
            let header = TcpHeader::parse(ip.payload)?;
            outline.src_port = header.src_port;
            outline.dst_port = header.dst_port;
            outline.seq = header.seq;
            outline.payload = ip.payload.len().checked_sub(header.length)?;
        }
        proto::UDP if ip.fragment.is_none() => {
            (outline.src_port, outline.dst_port) = ports(ip.proto, ip.payload)?;
            outline.payload = ip.payload.len().checked_sub(super::transport::SHORT_HEADER)?;
        }
        _ => {}
    }
    Some(outline)
}

fn straight(link: LinkType, wire: u32, bytes: &[u8]) -> Option<Ip<'_>> {
    let at = fast::network(link, bytes).at()?;
    fast::ip(bytes.get(at..)?, Around { at, wire: wire as usize, checksums: false, offloaded: true })
}

fn carefully(link: LinkType, wire: u32, bytes: &[u8]) -> Option<Ip<'_>> {
    let mut layers = Walk::new(bytes);
    let Found::Ip = walk(link, &mut layers) else { return None };
    let around = Around { at: layers.at, wire: wire as usize, checksums: false, offloaded: true };
    Ip::parse(layers.rest, around, &mut ipv6::Noted::default()).ok()
}
