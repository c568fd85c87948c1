//! A packet on its way through the stage, and what it looks for.

use super::tunnel::Encap;
use crate::balance::{self, Balance};
use crate::base::key::FlowKey;
use crate::base::mac::Macs;
use crate::base::packet::{LinkType, Network, PacketFlags, PacketMeta};
use crate::base::shard;
use crate::base::time::Timestamp;
use crate::decode::ends::Ends;
use crate::decode::ip::{Ip, ports};
use crate::events::tunnel::TunnelKind;
use crate::worker::state::Out;

/// A packet on its way through the stage: what IP says of it, and what was known before.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'e> {
    pub(crate) ts: Timestamp,
    pub(crate) shard: u16,
    pub(crate) vlan: Option<u16>,
    pub(crate) inner_vlan: Option<u16>,
    /// Addresses of the frame that it came in, if that is known: the sender is taken for the originator.
    pub(crate) macs: Option<Macs>,
    /// Bytes that were on the wire and not captured.
    pub(crate) cut: i64,
    /// It stands for several packets on the wire.
    pub(crate) offloaded: bool,
    /// It came in a frame that may hold several.
    pub(crate) aggregated: bool,
    /// It came in fragments, and the rest of its flow is in another shard.
    pub(crate) apart: bool,
    /// Its shard is that of what carries it, whatever its own addresses say; so is that of what is in it.
    pub(crate) stays: bool,
    /// The tunnels that it came through.
    pub(crate) encap: Option<&'e Encap>,
}

impl Arrival<'_> {
    /// A packet as it was captured; its shard is not known yet.
    #[inline]
    pub(crate) fn new(meta: &PacketMeta, bytes: &[u8]) -> Self {
        let cut = i64::from(meta.wire) - i64::from(meta.captured);
        Self {
            ts: meta.ts,
            shard: 0,
            vlan: None,
            inner_vlan: None,
            macs: (meta.link == LinkType::ETHERNET).then(|| Macs::of_ethernet(bytes)).flatten(),
            cut,
            offloaded: meta.flags.has(PacketFlags::SEGMENTATION_OFFLOADED),
            aggregated: false,
            apart: false,
            stays: false,
            encap: None,
        }
    }

    /// The same of a packet whose network header was found before.
    pub(super) fn at(self, network: Network, shard: u16) -> Self {
        Self { shard, vlan: network.vlan(), inner_vlan: network.inner_vlan(), ..self }
    }

    /// The arrival of what came in fragments, which are in their pair's shard: counts what has its flow in another one.
    pub(super) fn of_fragments(self, ip: &Ip<'_>, balance: Balance, out: &mut Out<'_>) -> Self {
        let stays = self.stays || self.aggregated || self.encap.is_some() && shard::is_carriers(self.shard);
        if balance != Balance::Flow || stays {
            return self;
        }
        let ends = Ends { src: ip.src, dst: ip.dst, ports: ports(ip.proto, ip.payload) };
        let apart = balance::flow_shard(ends) != shard::plain(self.shard);
        out.state.stats.apart_fragments += u64::from(apart);
        Self { apart, ..self }
    }

    pub(super) fn is_in_teredo(&self) -> bool {
        self.encap.and_then(Encap::last).is_some_and(|level| level.kind == TunnelKind::Teredo)
    }
}

/// What identifies a packet's connection.
pub(super) struct Lookup {
    pub(super) key: FlowKey,
    /// Hash of the key.
    pub(super) hash: u32,
    /// Where the connection may be.
    pub(super) hint: u32,
    /// Ports, or what stands in their place, of the sender and the receiver.
    pub(super) src_port: u16,
    pub(super) dst_port: u16,
}
