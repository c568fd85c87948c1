//! Mirror tunnels: a sensor that is fed through one sees the packets in it as if they had been captured there.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::base::cursor::be16;
use crate::base::key::Addr;
use crate::base::packet::{LinkType, Network, PacketFlags, PacketMeta};
use crate::base::proto;
use crate::decode::ip::{Around, Ip};
use crate::decode::{Found, Walk, fast, ipv6, walk};

/// A tunnel to be opened before packets are numbered and balanced: its kind, and which of that kind.
///
/// A packet of such a tunnel is replaced by the frame in it, which is what is analysed, balanced and filtered from then on;
/// of several tunnels around each other the outermost is opened. Nothing is said of the tunnel itself. A packet that is none,
/// or is broken, is analysed as it is; so is one that comes in fragments, which are counted.
///
/// As text: `vxlan`, `geneve`, `erspan`, `gre` or `tzsp`, then `:` and the UDP port for those over UDP if it is not the usual
/// one, then `@` and the address of one end if only that end's tunnels are meant, such as `vxlan:8472` or `gre@192.0.2.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decap {
    pub(crate) kind: Kind,
    /// Destination port, of a tunnel over UDP.
    pub(crate) port: u16,
    pub(crate) peer: Option<IpAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Vxlan,
    Geneve,
    Erspan,
    Gre,
    Tzsp,
}

const KINDS: [(&str, Kind); 5] = [
    ("vxlan", Kind::Vxlan),
    ("geneve", Kind::Geneve),
    ("erspan", Kind::Erspan),
    ("gre", Kind::Gre),
    ("tzsp", Kind::Tzsp),
];

impl Kind {
    /// The port that IANA has assigned, of a tunnel over UDP.
    fn usual_port(self) -> Option<u16> {
        match self {
            Self::Vxlan => Some(4789),
            Self::Geneve => Some(6081),
            Self::Tzsp => Some(37008),
            Self::Erspan | Self::Gre => None,
        }
    }

    fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

impl FromStr for Decap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (tunnel, peer) = match text.split_once('@') {
            Some((tunnel, peer)) => (tunnel, Some(peer)),
            None => (text, None),
        };
        let (name, port) = match tunnel.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (tunnel, None),
        };
        let kind = KINDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        let kind = kind
            .ok_or_else(|| format!("\"{name}\" is no tunnel: expected vxlan, geneve, erspan, gre or tzsp"))?;
        let port = match (port, kind.usual_port()) {
            (None, usual) => usual.unwrap_or(0),
            (Some(_), None) => {
                return Err(format!("{name} has no ports: expected {name}, or {name}@ADDRESS"));
            }
            (Some(port), Some(usual)) => match port.parse() {
                Ok(port @ 1..) => port,
                _ => return Err(format!("\"{port}\" is no port: expected a number, as in {name}:{usual}")),
            },
        };
        let address = |peer: &str| {
            let expected = format!("expected one, as in {name}@192.0.2.1 or {name}@2001:db8::1");
            peer.parse().map_err(|_| format!("\"{peer}\" is no address: {expected}"))
        };
        Ok(Self { kind, port, peer: peer.map(address).transpose()? })
    }
}

impl fmt::Display for Decap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.kind.usual_port().is_some_and(|usual| usual != self.port) {
            write!(f, ":{}", self.port)?;
        }
        self.peer.map_or(Ok(()), |peer| write!(f, "@{peer}"))
    }
}

impl Decap {
    /// Whether a packet may be of this tunnel, as far as its addresses and its protocol tell.
    fn may_be(&self, ip: &Ip<'_>) -> bool {
        let over = if self.kind.usual_port().is_some() { proto::UDP } else { proto::GRE };
        let is_end = |peer: IpAddr| [ip.src, ip.dst].contains(&Addr::from(peer));
        ip.proto == over && self.peer.is_none_or(is_end)
    }

    /// Whether a datagram goes to this tunnel's port.
    fn is_port(&self, payload: &[u8]) -> bool {
        self.kind.usual_port().is_none() || be16(payload, 2) == Some(self.port)
    }

    /// Bytes of the headers in front of the inner packet, and its link type.
    fn headers(&self, payload: &[u8]) -> Option<(usize, LinkType)> {
        match self.kind {
            Kind::Vxlan => vxlan(payload.get(UDP..)?).map(|link| (UDP + 8, link)),
            Kind::Geneve => geneve(payload.get(UDP..)?).map(|(length, link)| (UDP + length, link)),
            Kind::Erspan => erspan(payload),
            Kind::Gre => gre(payload),
            Kind::Tzsp => tzsp(payload.get(UDP..)?).map(|(length, link)| (UDP + length, link)),
        }
    }
}

/// Length of a UDP header.
const UDP: usize = 8;
const ETHERNET: LinkType = LinkType(1);
const RAW_IP: LinkType = LinkType(12);

/// RFC 7348, section 5: the flag I has to be set.
fn vxlan(header: &[u8]) -> Option<LinkType> {
    (header.len() >= 8 && header.first()? & 8 != 0).then_some(ETHERNET)
}

/// Link type of 802.11 frames without anything before them.
const WIRELESS: LinkType = LinkType(105);

/// TZSP (TaZmen Sniffer Protocol, version 1): a frame that was received, or is to be sent, behind tags of which padding and
/// the last one have no length.
fn tzsp(header: &[u8]) -> Option<(usize, LinkType)> {
    let (&[1, 0 | 1, high, low], mut tags) = header.split_first_chunk::<4>()? else { return None };
    let link = match u16::from_be_bytes([high, low]) {
        1 => ETHERNET,
        18 => WIRELESS,
        _ => return None,
    };
    loop {
        tags = match tags {
            [1, frame @ ..] => return Some((header.len() - frame.len(), link)),
            [0, rest @ ..] => rest,
            [_, length, rest @ ..] => rest.get(usize::from(*length)..)?,
            _ => return None,
        };
    }
}

/// RFC 8926, section 3.4: version 0, and no packet of the tunnel's own management.
fn geneve(header: &[u8]) -> Option<(usize, LinkType)> {
    let &[first, second, ..] = header else { return None };
    if first >> 6 != 0 || second & 0x80 != 0 {
        return None;
    }
    Some((8 + usize::from(first & 0x3f) * 4, by_type(be16(header, 2)?)?))
}

fn by_type(ethertype: u16) -> Option<LinkType> {
    match ethertype {
        0x6558 => Some(ETHERNET),
        0x0800 | 0x86dd => Some(RAW_IP),
        _ => None,
    }
}

/// Flags of a GRE header (RFC 2784, RFC 2890): a checksum, a key and a sequence number take four bytes each.
const CHECKSUM: u16 = 0x8000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;

/// A GRE header of version 0, without routing: its flags, the type of what is in it, and its length.
fn gre_header(bytes: &[u8]) -> Option<(u16, u16, usize)> {
    let (flags, kind) = (be16(bytes, 0)?, be16(bytes, 2)?);
    if flags & !(CHECKSUM | KEY | SEQUENCE) != 0 {
        return None;
    }
    let optional = [CHECKSUM, KEY, SEQUENCE].iter().filter(|flag| flags & **flag != 0).count();
    Some((flags, kind, 4 + 4 * optional))
}

fn gre(bytes: &[u8]) -> Option<(usize, LinkType)> {
    let (_, kind, length) = gre_header(bytes)?;
    Some((length, by_type(kind)?))
}

/// ERSPAN (draft-foschiano-erspan): type I has no header of its own, type II one of 8 bytes, and goes with a sequence number;
/// type III has 12 bytes, and 8 more if the last bit of them says so.
fn erspan(bytes: &[u8]) -> Option<(usize, LinkType)> {
    const TYPE_I_OR_II: u16 = 0x88be;
    const TYPE_III: u16 = 0x22eb;
    let (flags, kind, gre) = gre_header(bytes)?;
    match kind {
        TYPE_I_OR_II if flags & SEQUENCE == 0 => Some((gre, ETHERNET)),
        TYPE_I_OR_II => Some((gre + 8, ETHERNET)),
        TYPE_III => {
            let &[frame, options] = bytes.get(gre + 10..gre + 12)? else { return None };
            let link = match frame >> 2 & 0x1f {
                0 => ETHERNET,
                2 => RAW_IP,
                _ => return None,
            };
            Some((gre + if options & 1 != 0 { 20 } else { 12 }, link))
        }
        _ => None,
    }
}

/// Opens the tunnels among packets that lie in these bytes.
pub(crate) fn open_all(tunnels: &[Decap], block: &[u8], packets: &mut [PacketMeta]) {
    if tunnels.is_empty() {
        return;
    }
    for packet in packets {
        let start = packet.at as usize;
        let bytes = block.get(start..start.saturating_add(packet.captured as usize)).unwrap_or_default();
        open(tunnels, packet, bytes);
    }
}

/// Turns a packet of one of the tunnels into the one that is in it: a part of the same bytes.
pub(crate) fn open(tunnels: &[Decap], packet: &mut PacketMeta, bytes: &[u8]) {
    packet.network = fast::network(packet.link, bytes);
    let layers = match Walk::arrived(bytes, packet.network) {
        Some(layers) => layers,
        None => {
            let mut layers = Walk::new(bytes);
            let Found::Ip = walk(packet.link, &mut layers) else { return };
            packet.network = layers.network(bytes);
            layers
        }
    };
    let around = Around { at: layers.at, wire: packet.wire as usize, checksums: false, offloaded: true };
    let Ok(ip) = Ip::parse(layers.rest, around, &mut ipv6::Noted::default()) else { return };
    let mut tunnels = tunnels.iter().filter(|tunnel| tunnel.may_be(&ip));
    if let Some(fragment) = ip.fragment {
        // Where the others of them belong is not known; the first one has the ports.
        if tunnels.any(|tunnel| fragment.offset != 0 || tunnel.is_port(ip.payload)) {
            packet.flags = packet.flags.and(PacketFlags::TUNNEL_FRAGMENT);
        }
        return;
    }
    let found = tunnels.find_map(|tunnel| tunnel.headers(ip.payload).filter(|_| tunnel.is_port(ip.payload)));
    let Some((headers, link)) = found else { return };
    let before = layers.at + ip.header as usize + headers;
    let captured = ip.payload.len().saturating_sub(headers);
    // A length of 0 is that of a packet that the card will cut up: it is as long as its frame.
    let wire = match ip.payload_len as usize {
        0 => (packet.wire as usize).saturating_sub(before),
        length => length.saturating_sub(headers),
    };
    if captured == 0 {
        return;
    }
    packet.at += before as u32;
    packet.captured = captured as u32;
    packet.wire = wire.max(captured) as u32;
    packet.link = link;
    packet.network = Network::default();
    // What the card said of checksums, it said of the outer ones.
    packet.flags = PacketFlags::DECAPSULATED;
}
