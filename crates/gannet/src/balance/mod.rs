//! Which worker a packet belongs to: by its address pair, so that both directions and all fragments meet, or by its flow.

use crate::base::key::Addr;
use crate::base::packet::{LinkType, PacketFlags, PacketMeta};
use crate::base::shard::{CARRIERS, SHARD_BITS, SHARDS, plain};
use crate::decode::ends::{self, Carrier, Ends};
use crate::decode::{Found, Walk, fast, walk};

pub(crate) mod decap;
#[cfg(test)]
mod tests;

pub use decap::Decap;

/// What decides which worker a packet goes to: a captured one, and one that is found in a tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Balance {
    /// The two addresses: all that two hosts say to each other meets in one place.
    #[default]
    Pair,
    /// Addresses, and the ports of TCP and UDP: the flows of a few heavy pairs of addresses spread over the workers. What
    /// spans several connections of a pair then does not always meet: a file that comes in parts over several connections
    /// is several files, and what of a flow comes in fragments, which go by their addresses, makes a connection of its
    /// own. [`Stats::apart_fragments`](crate::Stats::apart_fragments) counts those. Tunnels over UDP that choose a source
    /// port by what they carry (VXLAN, Geneve, GTP, GRE in UDP) go by their addresses, so that both directions of what is
    /// in them meet.
    Flow,
}

impl Balance {
    /// Shard of a packet of a link type, below [`SHARDS`]; packets without addresses all belong to the first one. Whoever
    /// spreads packets over sources of his own, for [`run_live`](crate::run_live), gives those of one shard to one source.
    pub fn shard(self, link: LinkType, bytes: &[u8]) -> u16 {
        let mut layers = Walk::new(bytes);
        match walk(link, &mut layers) {
            Found::Ip => self.of_ip(layers.rest).0,
            Found::Handled | Found::Nothing | Found::Weird(..) => 0,
        }
    }

    /// Sets a packet's shard, and notes where IP begins in it, so that nobody has to look for that again.
    pub(crate) fn place(self, packet: &mut PacketMeta, bytes: &[u8]) {
        if packet.network.at().is_none() {
            packet.network = fast::network(packet.link, bytes);
        }
        if let Some(layers) = Walk::arrived(bytes, packet.network) {
            packet.shard = self.of_packet(layers.rest);
            packet.flags = packet.flags.and(PacketFlags::PLACED);
            return;
        }
        let mut layers = Walk::new(bytes);
        packet.shard = match walk(packet.link, &mut layers) {
            Found::Ip if layers.aggregated => self.of_ip(layers.rest).0,
            Found::Ip => self.of_packet(layers.rest),
            Found::Handled | Found::Nothing | Found::Weird(..) => return packet.shard = 0,
        };
        packet.network = layers.network(bytes);
        if packet.network.at().is_some() {
            packet.flags = packet.flags.and(PacketFlags::PLACED);
        }
    }

    /// Shard of a packet that was read.
    pub(crate) fn of_ends(self, ends: Ends) -> u16 {
        match self {
            Self::Pair => shard(ends.src, ends.dst),
            Self::Flow => flow_shard(ends),
        }
    }

    /// Number of the worker that owns a shard, from 0, of so many workers.
    pub fn worker(shard: u16, workers: usize) -> usize {
        usize::from(plain(shard)) * workers / usize::from(SHARDS)
    }

    /// Shard of what begins with an IP header, without a mark of carriers, and whether it is one.
    #[inline]
    pub(crate) fn of_ip(self, bytes: &[u8]) -> (u16, Carrier) {
        let nowhere = (0, Carrier::No);
        match self {
            Self::Pair => {
                ends::addresses(bytes).map_or(nowhere, |(src, dst, carrier)| (shard(src, dst), carrier))
            }
            Self::Flow => ends::ends(bytes).map_or(nowhere, |(ends, carrier)| (flow_shard(ends), carrier)),
        }
    }

    /// Shard of a captured packet, which begins with an IP header: a carrier's if it is one, or may be.
    #[inline]
    pub(crate) fn of_packet(self, bytes: &[u8]) -> u16 {
        match self.of_ip(bytes) {
            (shard, Carrier::No) => shard,
            (shard, Carrier::Perhaps | Carrier::Yes) => shard | CARRIERS,
        }
    }
}

/// Key of the shard hash. Documented and plain, so that a filter program in a kernel can compute the same.
pub(crate) const KEY: u32 = 0x9e37_79b1;

/// Key of the ports in the hash of a flow.
const PORT_KEY: u32 = 0x85eb_ca6b;

/// Responders' ports of the tunnels whose source port depends on what is in them: VXLAN (RFC 7348, section 5), Geneve
/// (RFC 8926, section 3.3), GTP-U (3GPP TS 29.281, section 4.4.2) and GRE in UDP (RFC 8086, section 3).
const TUNNELS: [u16; 4] = [4789, 6081, 2152, 4754];

/// Shard of an address pair: the same for both directions, in 32-bit arithmetic.
///
/// Each address is folded to 32 bits by exclusive or of its four words (an IPv4 address is its only word); the two are
/// added, multiplied by an odd key, mixed by a shift and multiplied again; the top ten bits are the shard.
pub(crate) fn shard(a: Addr, b: Addr) -> u16 {
    mix(sum(a, b))
}

/// Shard of a flow: as that of the pair, with the sum of the ports, multiplied by a key, added to that of the addresses.
pub(crate) fn flow_shard(ends: Ends) -> u16 {
    let ports = ends.ports.filter(|(a, b)| !TUNNELS.contains(a) && !TUNNELS.contains(b));
    let (a, b) = ports.unwrap_or_default();
    mix(sum(ends.src, ends.dst).wrapping_add((u32::from(a) + u32::from(b)).wrapping_mul(PORT_KEY)))
}

fn sum(a: Addr, b: Addr) -> u32 {
    let fold = |addr: Addr| match addr.as_v4() {
        Some(v4) => v4,
        None => (addr.0 >> 96) as u32 ^ (addr.0 >> 64) as u32 ^ (addr.0 >> 32) as u32 ^ addr.0 as u32,
    };
    fold(a).wrapping_add(fold(b))
}

fn mix(sum: u32) -> u16 {
    let sum = sum.wrapping_mul(KEY);
    let mixed = (sum ^ (sum >> 15)).wrapping_mul(KEY);
    (mixed >> (32 - SHARD_BITS)) as u16
}
