//! Where a packet belongs, and whether it may have another one in it, as far as its outer headers alone tell.

use super::ip::{Ip, ports, unchecked};
use crate::base::key::Addr;
use crate::base::proto;

/// What decides which shard a packet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) src: Addr,
    pub(crate) dst: Addr,
    /// Ports of TCP or UDP, unless it is a fragment.
    pub(crate) ports: Option<(u16, u16)>,
}

/// The addresses that decide which shard a packet belongs to, if it has any, and whether it is a carrier.
#[inline]
pub(crate) fn addresses(bytes: &[u8]) -> Option<(Addr, Addr, Carrier)> {
    let ip = unchecked(bytes)?;
    let behind = bytes.get(ip.header as usize..).unwrap_or_default();
    Some((ip.src, ip.dst, carrier(&ip, behind)))
}

/// Addresses and ports of a packet that has addresses, and whether it is a carrier.
pub(crate) fn ends(bytes: &[u8]) -> Option<(Ends, Carrier)> {
    let ip = unchecked(bytes)?;
    let behind = bytes.get(ip.header as usize..).unwrap_or_default();
    let whole = ip.fragment.is_none() && !ip.chain.esp && ip.chain.mobility_at.is_none();
    let ends = Ends { src: ip.src, dst: ip.dst, ports: ports(ip.proto, behind).filter(|_| whole) };
    Some((ends, carrier(&ip, behind)))
}

/// Whether a port is one of tunnels over UDP that are known by their port, on either side: VXLAN (RFC 7348), Geneve
/// (RFC 8926), GTP (3GPP TS 29.281, TS 29.060), GRE (RFC 8086), Teredo (RFC 4380), AYIYA; L2TP (RFC 2661), MPLS (RFC 7510) and
/// TZSP, whether these are looked into or not.
const fn is_of_tunnels(port: u16) -> bool {
    matches!(port, 4789 | 6081 | 2152 | 2123 | 4754 | 3544 | 5072 | 1701 | 6635 | 37008)
}

/// Whether a packet is a carrier. A function of what identifies its flow and of whether it is a fragment, and of nothing that
/// was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// It is none.
    No,
    /// Its datagram may be one: of a fragment the ports are not known, and another one may name another protocol.
    Perhaps,
    /// It is one.
    Yes,
}

/// Whether a datagram between these ports is a carrier.
#[inline]
pub(crate) fn is_carriers((a, b): (u16, u16)) -> bool {
    is_of_tunnels(a) || is_of_tunnels(b)
}

/// Whether a packet is a carrier; `behind` is what follows its header.
#[inline]
pub(crate) fn carrier(ip: &Ip<'_>, behind: &[u8]) -> Carrier {
    if ip.chain.esp || ip.chain.mobility_at.is_some() {
        return Carrier::No;
    }
    if ip.fragment.is_some() {
        return Carrier::Perhaps;
    }
    match ip.proto {
        proto::UDP => match ports(ip.proto, behind) {
            Some(ports) if is_carriers(ports) => Carrier::Yes,
            _ => Carrier::No,
        },
        proto::GRE | proto::IPV4 | proto::IPV6 => Carrier::Yes,
        _ => Carrier::No,
    }
}
