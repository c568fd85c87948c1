//! From a packet's layers to the IP packet in it, and from a tunnel back to the beginning.

use super::state::Out;
use super::tracker::{Arrival, Tracker};
use super::tunnel::{self, Encap, Inner, Kind};
use crate::balance;
use crate::decode::ip::{self, Around, Broken, Ip};
use crate::decode::ipv6::Noted;
use crate::decode::{Found, Walk, walk_from};
use crate::flow::Addr;

/// Source of the IP stage's weirds.
const IP_SOURCE: Option<&str> = Some("IP");

impl Tracker {
    /// What was found at the end of a walk, and on its way. `wire` is the length of the walked packet on the wire; the
    /// shard is known already inside a tunnel, and for all but the first packet in one frame.
    pub(crate) fn walked(
        &mut self,
        found: &Found,
        layers: &Walk<'_>,
        wire: usize,
        arrival: Arrival<'_>,
        shard: Option<u16>,
        out: &mut Out<'_>,
    ) -> Option<u16> {
        if let Some((name, source, addl)) = layers.noted {
            out.net_weird(name, addl, Some(source));
        }
        match found {
            Found::Ip => Some(self.network(layers, wire, arrival, shard, out)),
            Found::Nothing => shard,
            Found::Weird(name, source) => {
                let addl =
                    layers.lengths.map_or(String::new(), |(needed, there)| format!("({needed} > {there})"));
                out.net_weird(name, &addl, Some(source));
                shard
            }
        }
    }

    /// An IP header and what is behind it. Returns the packet's shard.
    fn network(
        &mut self,
        layers: &Walk<'_>,
        wire: usize,
        arrival: Arrival<'_>,
        shard: Option<u16>,
        out: &mut Out<'_>,
    ) -> u16 {
        let around = Around { at: layers.at, wire, checksums: out.state.config.checksums };
        let mut noted = Noted::default();
        let parsed = Ip::parse(layers.rest, around, &mut noted);
        let addresses = || match &parsed {
            Ok(ip) => Some((ip.src, ip.dst)),
            Err(_) => ip::addresses(layers.rest),
        };
        let shard = shard.unwrap_or_else(|| addresses().map_or(0, |(src, dst)| balance::shard(src, dst)));
        for weird in noted.flow() {
            let addl = weird.addl.map_or(String::new(), |addl| addl.to_string());
            out.flow_weird((shard, weird.src, weird.dst), weird.name, &addl, None);
        }
        if let Some(name) = noted.net {
            out.net_weird(name, "", IP_SOURCE);
        }
        match parsed {
            Ok(ip) => {
                let (vlan, inner_vlan) = (layers.vlan, layers.inner_vlan);
                self.packet(&ip, Arrival { shard, vlan, inner_vlan, ..arrival }, out);
            }
            Err(Broken::Net(name)) => out.net_weird(name, "", IP_SOURCE),
            Err(Broken::Flow(name, src, dst)) => {
                out.state.stats.bad_ip_checksums += 1;
                out.flow_weird((shard, src, dst), name, "", IP_SOURCE);
            }
        }
        shard
    }

    /// A packet that came out of a tunnel: it is looked at like any other.
    pub(super) fn enter(&mut self, inner: &Inner<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) {
        let outer = arrival.encap.copied().unwrap_or_default();
        // Depth was tested when the tunnel was unwrapped.
        let Some(encap) = outer.and(inner.level) else { return };
        let before = std::mem::replace(&mut out.state.tunnelled, true);
        let arrival = Arrival { encap: Some(&encap), cut: inner.cut, ..arrival };
        let wire = (inner.bytes.len() as i64 + inner.cut).max(0) as usize;
        let mut layers = Walk::new(inner.bytes);
        let mut found = inner.layer.map_or(Found::Ip, |layer| walk_from(layer, &mut layers));
        loop {
            self.walked(&found, &layers, wire, arrival, Some(arrival.shard), out);
            match layers.next_subframe() {
                Some(next) => found = next,
                None => break,
            }
        }
        out.state.tunnelled = before;
    }

    /// IP in IP (RFC 2003, RFC 4213) of the version that the protocol number says.
    pub(super) fn ip_in_ip(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) {
        self.pair_tunnel(ip, ip.payload, Exactly(ip.proto), Kind::Ip, arrival, out);
    }

    /// GRE, over IP or over UDP.
    pub(super) fn gre(&mut self, ip: &Ip<'_>, bytes: &[u8], arrival: Arrival<'_>, out: &mut Out<'_>) {
        match tunnel::gre(bytes) {
            Ok(carried) => {
                let how = match carried.what {
                    tunnel::What::Layer(layer) => Layered(layer),
                    tunnel::What::Ip => AsIp,
                    tunnel::What::Exact(number) => Exactly(number),
                };
                self.pair_tunnel(ip, carried.bytes, how, Kind::Gre, arrival, out);
            }
            Err((name, addl)) => out.flow_weird((arrival.shard, ip.src, ip.dst), name, &addl, Some("GRE")),
        }
    }

    fn pair_tunnel(
        &mut self,
        ip: &Ip<'_>,
        bytes: &[u8],
        how: How,
        kind: Kind,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) {
        let flow: (u16, Addr, Addr) = (arrival.shard, ip.src, ip.dst);
        let source = Some("IPTUNNEL");
        if arrival.encap.is_some_and(Encap::is_full) {
            return out.flow_weird(flow, "exceeded_tunnel_max_depth", "", source);
        }
        if let Exactly(number) = how {
            let name = match tunnel::exact(bytes, number) {
                tunnel::Fit::Exact => None,
                tunnel::Fit::WrongVersion => Some("invalid_inner_IP_version"),
                tunnel::Fit::TooShort => Some("truncated_inner_IP"),
                tunnel::Fit::TooLong => Some("inner_IP_payload_length_mismatch"),
            };
            if let Some(name) = name {
                return out.flow_weird(flow, name, "", source);
            }
        }
        let parent = arrival.encap.and_then(Encap::uid);
        let level = tunnel::pair_level(arrival.shard, (ip.src, ip.dst), kind, ip.proto, parent, out);
        let layer = if let Layered(layer) = how { Some(layer) } else { None };
        self.enter(&Inner { bytes, layer, cut: 0, level }, arrival, out);
    }
}

use How::{AsIp, Exactly, Layered};

/// How an inner packet is read.
enum How {
    /// From a layer below IP.
    Layered(&'static crate::decode::layer::Layer),
    /// As IP.
    AsIp,
    /// As IP of this protocol number, exactly as long as the bytes that are there.
    Exactly(u8),
}
