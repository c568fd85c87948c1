//! Community ID, version 1: the name of a connection that other tools compute alike.

use std::net::IpAddr;

use sha1::{Digest, Sha1};

use crate::base::proto::{ICMP, ICMPV6, SCTP, TCP, UDP};
use crate::events::ConnTag;

/// Length of an id: `1:` and the base64 text of 20 bytes.
pub const LEN: usize = 30;

/// ICMP types that ask and answer: either one names the other as its counterpart.
const PAIRS: [(u16, u16); 5] = [(8, 0), (13, 14), (15, 16), (17, 18), (10, 9)];
/// The same for ICMPv6.
const PAIRS6: [(u16, u16); 6] = [(128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145)];

/// The id of a connection, as text, for seed 0.
///
/// Both directions give the same id: the smaller end (address, then port) comes first. ICMP types without a
/// counterpart go one way and are never swapped; protocols without ports hash their addresses only.
pub fn community_id(tag: &ConnTag) -> [u8; LEN] {
    let (from, to) = (tag.orig_h.to_canonical(), tag.resp_h.to_canonical());
    let (from_port, to_port) = (tag.orig_p, tag.resp_p);
    let ported = matches!(tag.ip_proto, ICMP | TCP | UDP | ICMPV6 | SCTP);
    let swap = match from.cmp(&to) {
        _ if one_way(tag.ip_proto, from_port) => false,
        std::cmp::Ordering::Equal => ported && from_port > to_port,
        order => order.is_gt(),
    };
    let (first, second, ports) =
        if swap { (to, from, [to_port, from_port]) } else { (from, to, [from_port, to_port]) };
    let mut hash = Sha1::new();
    hash.update([0, 0]);
    add_address(&mut hash, first);
    add_address(&mut hash, second);
    hash.update([tag.ip_proto, 0]);
    if ported {
        hash.update(ports[0].to_be_bytes());
        hash.update(ports[1].to_be_bytes());
    }
    text(&hash.finalize().into())
}

/// Whether this is a kind of ICMP message that has no answer.
fn one_way(ip_proto: u8, kind: u16) -> bool {
    let pairs: &[(u16, u16)] = match ip_proto {
        ICMP => &PAIRS,
        ICMPV6 => &PAIRS6,
        _ => return false,
    };
    !pairs.iter().any(|&(ask, answer)| kind == ask || kind == answer)
}

fn add_address(hash: &mut Sha1, address: IpAddr) {
    match address {
        IpAddr::V4(v4) => hash.update(v4.octets()),
        IpAddr::V6(v6) => hash.update(v6.octets()),
    }
}

fn text(digest: &[u8; 20]) -> [u8; LEN] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = [b'='; LEN];
    let (prefix, body) = out.split_at_mut(2);
    prefix.copy_from_slice(b"1:");
    for (bytes, places) in digest.chunks(3).zip(body.chunks_mut(4)) {
        let bits =
            bytes.iter().enumerate().fold(0, |bits, (i, &byte)| bits | u32::from(byte) << (16 - 8 * i));
        // Two bytes left over fill three places; the fourth keeps its `=`.
        for (i, place) in places.iter_mut().take(bytes.len() + 1).enumerate() {
            let digit = bits >> (18 - 6 * i) & 63;
            *place = ALPHABET.get(digit as usize).copied().unwrap_or(b'=');
        }
    }
    out
}

#[cfg(test)]
mod tests;
