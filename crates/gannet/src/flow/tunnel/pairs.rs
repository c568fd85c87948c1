//! The tunnels between two addresses that have no ports: IP in IP and GRE. One pair has one, whichever way a packet goes through
//! it and whatever kind of IP is in it; it is named after the first packet in which a connection began.

use super::level::Level;
use crate::base::key::{Addr, FlowKey};
use crate::base::time::Timestamp;
use crate::events::ConnTag;
use crate::events::tunnel::TunnelKind;
use crate::flow::uid::{TieBreaker, uid};

/// The level of a packet from one address to another. Its id is the pair's: whatever it is itself carried in, it is one tunnel.
/// Nothing of it is remembered, for a worker that sees a part of the packets would remember others.
pub(crate) fn level(
    seed: u128,
    shard: u16,
    (src, dst): (Addr, Addr),
    (kind, ip_proto): (TunnelKind, u8),
) -> Level {
    let key = FlowKey::two_way(shard, 0, (src, 0), (dst, 0));
    let id = uid(seed, None, &key, Timestamp::ZERO, TieBreaker::Births(0));
    let (orig_h, resp_h) = (src.ip(), dst.ip());
    Level { tag: ConnTag { uid: Some(id), orig_h, orig_p: 0, resp_h, resp_p: 0, ip_proto }, kind }
}
