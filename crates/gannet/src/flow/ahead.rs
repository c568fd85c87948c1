//! A look ahead: the headers of packets that are still to come are read, and what their look-ups will touch is touched, so
//! that the processor fetches it for all of them at once instead of waiting for each. It is a hint: nothing depends on it.

use std::hint::black_box;

use super::arrival::{Arrival, Lookup};
use super::conn::Connection;
use super::tracker::Tracker;
use crate::base::packet::{Network, PacketFlags, PacketMeta};
use crate::base::proto;
use crate::base::shard::CARRIERS;
use crate::decode::ends::{self, Ends};
use crate::decode::fast;
use crate::decode::ip::{Around, Ip, ports};
use crate::decode::transport::SHORT_HEADER;
use crate::decode::transport::TCP_HEADER;
use crate::worker::state::Out;

/// What is known of a packet before its turn comes.
#[derive(Default)]
pub(crate) struct Ahead<'p> {
    /// Where IP begins in it.
    pub(crate) network: Network,
    /// All of its headers, if it is a sound packet of TCP or UDP.
    sound: Option<Sound<'p>>,
}

/// The headers of a sound packet, and whose it is.
struct Sound<'p> {
    ip: Ip<'p>,
    shard: u16,
    lookup: Lookup,
}

impl Tracker {
    /// Reads a packet's headers, as far as they are without oddities.
    #[inline]
    pub(crate) fn look_ahead<'p>(&self, meta: &PacketMeta, bytes: &'p [u8], checksums: bool) -> Ahead<'p> {
        let network = match meta.network.at() {
            Some(_) => meta.network,
            None => fast::network(meta.link, bytes),
        };
        let sound = network.at().and_then(|at| self.sound(meta, (at, bytes), checksums));
        Ahead { network, sound }
    }

    #[inline]
    fn sound<'p>(
        &self,
        meta: &PacketMeta,
        (at, bytes): (usize, &'p [u8]),
        checksums: bool,
    ) -> Option<Sound<'p>> {
        let around = Around { at, wire: meta.wire as usize, checksums, offloaded: false };
        let ip = fast::ip(bytes.get(at..)?, around)?;
        let least = match ip.proto {
            proto::TCP => TCP_HEADER,
            proto::UDP => SHORT_HEADER,
            _ => return None,
        };
        if ip.payload.len().min(ip.payload_len as usize) < least {
            return None;
        }
        let ports = ports(ip.proto, ip.payload)?;
        let shard = if meta.flags.has(PacketFlags::PLACED) {
            meta.shard
        } else {
            let carries = ip.proto == proto::UDP && ends::is_carriers(ports);
            let shard = self.balance.of_ends(Ends { src: ip.src, dst: ip.dst, ports: Some(ports) });
            if carries { shard | CARRIERS } else { shard }
        };
        Some(Sound { shard, lookup: self.lookup(shard, &ip, ports), ip })
    }

    /// Touches what the look-ups of these packets will need, in steps: what a step reads depends on the one before, but not
    /// on its neighbours, so that the processor waits for all of a step together.
    pub(crate) fn touch(&self, group: &mut [(usize, Ahead<'_>)]) {
        for sound in group.iter_mut().filter_map(|(_, ahead)| ahead.sound.as_mut()) {
            sound.lookup.hint = self.table.glance(sound.lookup.hash);
        }
        let mut touched = 0;
        for step in [Connection::touch, Connection::touch_behind] {
            for sound in group.iter().filter_map(|(_, ahead)| ahead.sound.as_ref()) {
                touched ^= self.table.peek(sound.lookup.hint).map_or(0, step);
            }
        }
        black_box(touched);
    }

    /// A packet whose headers were read ahead takes the short way; false if it has to go the long one.
    pub(crate) fn arrive(&mut self, ahead: &Ahead<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        let Some(Sound { ip, shard, lookup }) = &ahead.sound else { return false };
        let arrival = arrival.at(ahead.network, *shard);
        if ip.proto == proto::UDP {
            self.udp_of(lookup, ip, arrival, out);
            return true;
        }
        match fast::tcp(ip.payload) {
            Some(header) => self.tcp_of(lookup, &header, ip, arrival, out),
            None => return false,
        }
        true
    }
}
