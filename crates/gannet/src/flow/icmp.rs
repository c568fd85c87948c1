//! Which ICMP messages belong together (RFC 792, RFC 4443): a request type and its reply make one connection.

use crate::base::key::{Addr, FlowKey};
use crate::base::proto;

/// Pairs of request and reply types of ICMP: echo, timestamp, information, router, address mask.
const PAIRS_V4: &[(u8, u8)] = &[(8, 0), (13, 14), (15, 16), (10, 9), (17, 18)];
/// Of ICMPv6: echo, router, neighbour, listener, node information, home agent.
const PAIRS_V6: &[(u8, u8)] = &[(128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145)];

/// The type that answers this one or that this one answers.
fn counterpart(ip_proto: u8, kind: u8) -> Option<u8> {
    let pairs = if ip_proto == proto::ICMP { PAIRS_V4 } else { PAIRS_V6 };
    pairs.iter().find_map(|(a, b)| match kind {
        k if k == *a => Some(*b),
        k if k == *b => Some(*a),
        _ => None,
    })
}

/// Key of a message's connection, and its two "ports": its type and the counterpart, or its type and code.
pub(crate) fn key(shard: u16, ip_proto: u8, src: Addr, dst: Addr, kind: u8, code: u8) -> (FlowKey, u16, u16) {
    let orig = u16::from(kind);
    match counterpart(ip_proto, kind) {
        Some(other) => {
            let resp = u16::from(other);
            (FlowKey::two_way(shard, ip_proto, (src, orig), (dst, resp)), orig, resp)
        }
        None => {
            let resp = u16::from(code);
            (FlowKey::one_way(shard, ip_proto, (src, orig), (dst, resp)), orig, resp)
        }
    }
}
