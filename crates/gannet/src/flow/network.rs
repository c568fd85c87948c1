//! From a packet's layers to the IP packet in it, and from a tunnel back to the beginning.

use super::arrival::Arrival;
use super::route::noted_weirds;
use super::tracker::Tracker;
use super::tunnel::{self, Encap, Inner};
use crate::base::key::Addr;
use crate::base::mac::Macs;
use crate::base::shard::is_carriers;
use crate::decode::ip::{Around, Broken, Ip};
use crate::decode::ipv6::Noted;
use crate::decode::{Found, Walk, link, walk_from};
use crate::events::tunnel::TunnelKind;
use crate::worker::state::Out;

/// Source of the IP stage's weirds.
const IP_SOURCE: &str = "IP";
/// Source of the weirds of frames that hold several others.
const AGGREGATE_SOURCE: &str = "IEEE802_11";

/// What is known of a frame when a part of it is looked at.
#[derive(Clone, Copy, Default)]
struct Known {
    shard: Option<u16>,
    /// Addresses of the last IP header in the frame, if it holds several packets.
    ends: Option<(Addr, Addr)>,
}

impl Known {
    /// A weird of the frame: of the addresses, if there are any by now.
    fn weird(&self, name: &'static str, addl: &str, source: &'static str, out: &mut Out<'_>) {
        match (self.shard, self.ends) {
            (Some(shard), Some((src, dst))) => out.flow_weird((shard, src, dst), name, addl, Some(source)),
            _ => out.net_weird(name, addl, Some(source)),
        }
    }
}

impl Tracker {
    /// A captured frame. `found` is what was found at the end of the walk through its layers, `wire` its length on the wire.
    /// Its shard, if it is not known by now, is that of its first packet, even if it holds several, or the first shard: that is
    /// where it was sent.
    /// Returns whether all of it could be decoded.
    pub(crate) fn frame(
        &mut self,
        found: Found,
        layers: &mut Walk<'_>,
        wire: usize,
        (arrival, shard): (Arrival<'_>, Option<u16>),
        out: &mut Out<'_>,
    ) -> bool {
        self.parts(found, layers, wire, arrival, shard, out)
    }

    /// All parts of a frame; those behind a bad one are not looked at. Returns whether all are good.
    fn parts(
        &mut self,
        mut found: Found,
        layers: &mut Walk<'_>,
        wire: usize,
        arrival: Arrival<'_>,
        shard: Option<u16>,
        out: &mut Out<'_>,
    ) -> bool {
        let mut known = Known { shard, ends: None };
        loop {
            let good = self.part(&found, layers, wire, arrival, &mut known, out);
            if !good {
                if layers.aggregated {
                    known.weird("invalid_802_11_amsdu_inner_packet", "", AGGREGATE_SOURCE, out);
                }
                return false;
            }
            if layers.more.is_none() {
                return true;
            }
            known.shard = known.shard.or(Some(0));
            match layers.next_subframe() {
                Some(next) => found = next,
                None => return true,
            }
        }
    }

    /// What was found at the end of a walk, and on its way. Returns whether it is good.
    fn part(
        &mut self,
        found: &Found,
        layers: &Walk<'_>,
        wire: usize,
        arrival: Arrival<'_>,
        known: &mut Known,
        out: &mut Out<'_>,
    ) -> bool {
        if let Some((name, source, addl)) = layers.noted {
            known.weird(name, addl, source, out);
        }
        match found {
            Found::Ip => self.network(layers, wire, arrival, known, out),
            Found::Handled => true,
            Found::Nothing => false,
            Found::Weird(name, source) => {
                let addl =
                    layers.lengths.map_or(String::new(), |(needed, there)| format!("({needed} > {there})"));
                known.weird(name, &addl, source, out);
                false
            }
        }
    }

    /// An IP header and what is behind it.
    fn network(
        &mut self,
        layers: &Walk<'_>,
        wire: usize,
        arrival: Arrival<'_>,
        known: &mut Known,
        out: &mut Out<'_>,
    ) -> bool {
        let around =
            Around { at: layers.at, wire, checksums: out.state.verify, offloaded: arrival.offloaded };
        let mut noted = Noted::default();
        let parsed = Ip::parse(layers.rest, around, &mut noted);
        let balance = self.balance;
        let shard = known.shard.unwrap_or_else(|| match layers.aggregated {
            true => balance.of_ip(layers.rest).0,
            false => balance.of_packet(layers.rest),
        });
        known.shard = Some(shard);
        noted_weirds(&noted, shard, out);
        if let Some(name) = noted.net {
            known.weird(name, "", IP_SOURCE, out);
        }
        match parsed {
            Ok(ip) => {
                if layers.aggregated {
                    known.ends = Some((ip.src, ip.dst));
                }
                let (vlan, inner_vlan) = (layers.vlan, layers.inner_vlan);
                let aggregated = arrival.aggregated || layers.aggregated;
                let stays = arrival.stays || arrival.encap.is_some() && !is_carriers(shard);
                let arrival = Arrival { shard, vlan, inner_vlan, aggregated, stays, ..arrival };
                match self.leaves_for(layers.rest, arrival) {
                    Some(shard) => self.hand_over(&ip, Arrival { shard, ..arrival }, out),
                    None => self.packet(&ip, arrival, out),
                }
            }
            Err(Broken::Net(name)) => {
                known.weird(name, "", IP_SOURCE, out);
                false
            }
            Err(Broken::Flow(name, src, dst)) => {
                out.state.stats.bad_ip_checksums += 1;
                known.ends = Some((src, dst));
                known.weird(name, "", IP_SOURCE, out);
                false
            }
        }
    }

    /// A packet that came out of a tunnel: it is looked at like any other.
    pub(super) fn enter(&mut self, inner: &Inner<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        let outer = arrival.encap.copied().unwrap_or_else(|| Encap::new(arrival.shard));
        // Depth was tested when the tunnel was unwrapped.
        let Some(encap) = outer.and(inner.level) else { return false };
        let before = std::mem::replace(&mut out.state.tunnelled, true);
        let ethernet = inner.layer.is_some_and(|layer| std::ptr::eq(layer, &raw const link::ETHERNET));
        let macs = ethernet.then(|| Macs::of_ethernet(inner.bytes)).flatten();
        let arrival = Arrival { encap: Some(&encap), macs, cut: inner.cut, ..arrival };
        let wire = (inner.bytes.len() as i64 + inner.cut).max(0) as usize;
        let mut layers = Walk::new(inner.bytes);
        let found = inner.layer.map_or(Found::Ip, |layer| walk_from(layer, &mut layers));
        let good = self.parts(found, &mut layers, wire, arrival, Some(arrival.shard), out);
        out.state.tunnelled = before;
        good
    }

    /// IP in IP (RFC 2003, RFC 4213) of the version that the protocol number says.
    pub(super) fn ip_in_ip(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        self.pair_tunnel(ip, ip.payload, Exactly(ip.proto), TunnelKind::Ip, arrival, out)
    }

    /// GRE, over IP or over UDP: good if its own header is.
    pub(super) fn gre(&mut self, ip: &Ip<'_>, bytes: &[u8], arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        match tunnel::gre(bytes) {
            Ok(carried) => {
                let how = match carried.what {
                    tunnel::What::Layer(layer) => Layered(layer),
                    tunnel::What::Ip => AsIp,
                    tunnel::What::Exact(number) => Exactly(number),
                };
                self.pair_tunnel(ip, carried.bytes, how, TunnelKind::Gre, arrival, out);
                true
            }
            Err((name, addl)) => {
                out.flow_weird((arrival.shard, ip.src, ip.dst), name, &addl, Some("GRE"));
                false
            }
        }
    }

    fn pair_tunnel(
        &mut self,
        ip: &Ip<'_>,
        bytes: &[u8],
        how: How,
        kind: TunnelKind,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) -> bool {
        let mut refuse = |name| {
            out.flow_weird((arrival.shard, ip.src, ip.dst), name, "", Some("IPTUNNEL"));
            false
        };
        if arrival.encap.is_some_and(Encap::is_full) {
            return refuse("exceeded_tunnel_max_depth");
        }
        if let Exactly(number) = how {
            let name = match tunnel::exact(bytes, number) {
                tunnel::Fit::Exact => None,
                tunnel::Fit::WrongVersion => Some("invalid_inner_IP_version"),
                tunnel::Fit::TooShort => Some("truncated_inner_IP"),
                tunnel::Fit::TooLong => Some("inner_IP_payload_length_mismatch"),
            };
            if let Some(name) = name {
                return refuse(name);
            }
        }
        let level = self.tunnels.level(arrival.shard, (ip.src, ip.dst), (kind, ip.proto), out);
        let layer = if let Layered(layer) = how { Some(layer) } else { None };
        self.enter(&Inner { bytes, layer, cut: 0, level }, arrival, out)
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
