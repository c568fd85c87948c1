//! What is found in a carrier, on its way to the tables of its own shard: at once where they are at hand, and in a lot where
//! another worker has them.

use super::arrival::Arrival;
use super::lot::Lot;
use super::tracker::Tracker;
use crate::balance::{self, Balance};
use crate::base::shard::{is_carriers, plain};
use crate::decode::ends::{Carrier, carrier};
use crate::decode::ip::Ip;
use crate::worker::state::Out;

impl Tracker {
    /// Where a packet that came out of a tunnel belongs, if not where it was found. Carriers in carriers stay with the
    /// outermost one, and so does what comes in frames of several.
    pub(super) fn leaves_for(&self, bytes: &[u8], arrival: Arrival<'_>) -> Option<u16> {
        let found = arrival.encap.is_some() && is_carriers(arrival.shard);
        if !found || arrival.stays || arrival.aggregated {
            return None;
        }
        match self.balance.of_ip(bytes) {
            (_, Carrier::Yes) => None,
            (shard, Carrier::No | Carrier::Perhaps) => Some(shard),
        }
    }

    /// A datagram that came in fragments. While it did, nobody knew whether it is a carrier.
    pub(super) fn datagram(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        let perhaps = arrival.encap.is_none() && is_carriers(arrival.shard);
        if !perhaps || carrier(ip, ip.payload) == Carrier::Yes {
            return self.whole(ip, arrival, out);
        }
        let ip = Ip { fragment: None, ..ip.clone() };
        // Behind a fragment header there may be a routing header, which names another destination.
        let shard = match self.balance {
            Balance::Pair => balance::shard(ip.src, ip.dst),
            Balance::Flow => plain(arrival.shard),
        };
        self.hand_over(&ip, Arrival { shard, ..arrival }, out)
    }

    /// A packet goes to the tables of its own shard. Returns whether it is good, as far as that shows here.
    pub(super) fn hand_over(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        if self.outlet.as_mut().is_some_and(|outlet| outlet.takes(ip, arrival, out.state)) {
            return true;
        }
        let (now, clock) = (out.state.now(), out.now());
        out.state.at_content(now, out.state.key.number, clock);
        self.content(ip, arrival, out)
    }

    /// A packet of a lot: as if it had been handed over at once. Returns whether it is good.
    pub(crate) fn take_over(&mut self, lot: &Lot, index: usize, out: &mut Out<'_>) -> bool {
        let Some((packet, ip)) = lot.packet(index) else { return true };
        (out.state.verify, out.state.refused) = (packet.verify, false);
        let tunnelled = std::mem::replace(&mut out.state.tunnelled, packet.encap.is_some());
        let good = self.content(&ip, Arrival { encap: packet.encap.as_ref(), ..packet.arrival }, out);
        out.state.tunnelled = tunnelled;
        good
    }

    /// What is in a tunnel is the tunnel's own affair: the captured packet is good all the same.
    fn content(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        self.packet(ip, arrival, out) || arrival.encap.is_some()
    }
}
