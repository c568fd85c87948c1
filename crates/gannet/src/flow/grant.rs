//! What analyzers wish for, granted when the connection is back in its place: tunnels, inner packets, expected connections.

use super::arrival::Arrival;
use super::conn::{Connection, Protocol};
use super::expect::Expecting;
use super::tracker::Tracker;
use super::tunnel::{self, Encap, Inner, Level};
use crate::analyzers::{Close, Expectation, Expected, InnerLayer, Outcome, Wish, Wisher};
use crate::balance;
use crate::base::direction::Transport;
use crate::base::key::Addr;
use crate::base::list;
use crate::base::shard;
use crate::decode::ends::Ends;
use crate::decode::link;
use crate::events::tunnel::TunnelKind;
use crate::worker::state::Out;
use crate::worker::timer::Timer;

impl Tracker {
    /// Grants what was wished for while a packet was worked on.
    #[inline]
    pub(super) fn grant(&mut self, arrival: Arrival<'_>, out: &mut Out<'_>) {
        if let Some(wishes) = self.stage.take_wishes() {
            self.grant_all(wishes, arrival, out);
        }
    }

    /// The same, for a connection that a timer or its end had something to say on.
    pub(super) fn grant_last(&mut self, conn: &Connection, out: &mut Out<'_>) {
        if let Some(wishes) = self.stage.take_wishes() {
            let encap = conn.encap().copied();
            let arrival = of_connection(conn, encap.as_ref(), out);
            self.grant_all(wishes, arrival, out);
        }
    }

    /// Puts a connection back that a timer was at work on, and grants what was wished for meanwhile.
    #[inline]
    pub(super) fn grant_after(&mut self, conn: Box<Connection>, out: &mut Out<'_>) {
        match self.stage.take_wishes() {
            None => self.table.put_back(conn),
            Some(wishes) => {
                let encap = conn.encap().copied();
                let arrival = of_connection(&conn, encap.as_ref(), out);
                self.table.put_back(conn);
                self.grant_all(wishes, arrival, out);
            }
        }
    }

    #[cold]
    fn grant_all(&mut self, wishes: Vec<Wish>, arrival: Arrival<'_>, out: &mut Out<'_>) {
        for wish in wishes {
            match wish {
                Wish::Tunnel { shard, kind, ends } => {
                    if let Some(encap) = Encap::new(shard).and(Level { tag: ends, kind }) {
                        tunnel::seen(&encap, out);
                    }
                }
                Wish::Packet { from, kind, layer, bytes } => {
                    self.inner(from, kind, layer, &bytes, arrival, out);
                }
                Wish::Expect { from, what } => self.wait_for(from, what, out),
                Wish::Tell { to, token, what } => self.tell(to, token, what, out),
            }
        }
    }

    fn inner(
        &mut self,
        from: Wisher,
        kind: TunnelKind,
        layer: InnerLayer,
        bytes: &[u8],
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) {
        if arrival.encap.is_some_and(Encap::is_full) {
            let flow = (from.shard, Addr::from(from.tag.orig_h), Addr::from(from.tag.resp_h));
            return out.flow_weird(flow, "exceeded_tunnel_max_depth", "", Some(kind.label()));
        }
        let layer = match layer {
            InnerLayer::Ip => None,
            InnerLayer::Ethernet => Some(&link::ETHERNET),
        };
        let level = Level { tag: from.tag, kind };
        self.enter(&Inner { bytes, layer, cut: 0, level }, Arrival { cut: 0, stays: true, ..arrival }, out);
    }

    fn wait_for(&mut self, from: Wisher, what: Box<Expectation>, out: &mut Out<'_>) {
        let token = what.token;
        if !self.meets(from, &what) {
            out.state.stats.expectations_apart += 1;
            return self.tell(from, token, Outcome::Refused, out);
        }
        let birth = out.state.next_birth();
        match self.expectations.add(from, what, birth, out.now()) {
            Some(timer) => out.state.timers.set(timer),
            None => {
                out.state.stats.expectations_refused += 1;
                self.tell(from, token, Outcome::Refused, out);
            }
        }
    }

    /// Whether the ends that are expected, as far as they are known, belong to the shard of who expects them.
    fn meets(&self, from: Wisher, what: &Expectation) -> bool {
        let (Some(orig), Some(resp)) = (what.orig.0, what.resp.0) else { return true };
        let (src, dst) = (Addr::from(orig), Addr::from(resp));
        let expected = match (self.balance, what.orig.1, what.resp.1) {
            (balance::Balance::Flow, Some(a), Some(b)) => {
                balance::flow_shard(Ends { src, dst, ports: Some((a, b)) })
            }
            _ => balance::shard(src, dst),
        };
        expected == shard::plain(from.shard)
    }

    /// Attaches the analyzer that waited for a new connection, and tells who expected it.
    pub(super) fn fulfil(&mut self, conn: &mut Connection, out: &mut Out<'_>) {
        let transport = match conn.protocol {
            Protocol::Tcp(_) => Some(Transport::Tcp),
            Protocol::Udp(_) => Some(Transport::Udp),
            Protocol::Icmp | Protocol::Other => None,
        };
        let tag = conn.core.tag;
        let Some(Expecting { from, what, .. }) = self.expectations.fulfil(conn.core.shard, transport, &tag)
        else {
            return;
        };
        out.state.stats.expectations_met += 1;
        if what.named {
            list::push_only(&mut conn.core.services, what.to.name);
        }
        conn.core.rare().expecter = Some((from, what.token));
        conn.party.awaited(what.to, Expected::new(what.token, from.tag.uid), conn.core.flips);
        self.tell(from, what.token, Outcome::Came(tag), out);
    }

    /// An expectation was not fulfilled in time.
    pub(super) fn expired(&mut self, timer: Timer, out: &mut Out<'_>) {
        if let Some(Expecting { from, what, .. }) = self.expectations.expire(timer.slot, timer.birth) {
            out.state.stats.expectations_expired += 1;
            self.tell(from, what.token, Outcome::Expired, out);
        }
    }

    /// Tells an analyzer what became of its expectation, if its connection is still there.
    fn tell(&mut self, from: Wisher, token: u64, outcome: Outcome, out: &mut Out<'_>) {
        let Some(mut conn) = self.table.take_born(from.slot, from.birth) else { return };
        let now = out.now();
        let (tcp, mut cx) = conn.parts(&mut self.stage, out, now);
        if let Some(tcp) = tcp {
            tcp.prepare(&mut cx);
        }
        cx.expected(from.id, token, outcome);
        if conn.core.ended {
            self.remove(conn, Close::Removed, out);
        } else {
            self.table.put_back(conn);
        }
    }
}

/// How what comes of a connection itself arrives, when no packet is at hand.
fn of_connection<'e>(conn: &Connection, encap: Option<&'e Encap>, out: &Out<'_>) -> Arrival<'e> {
    let core = &conn.core;
    Arrival {
        ts: out.now(),
        shard: core.shard,
        vlan: core.vlan,
        inner_vlan: core.inner_vlan,
        macs: None,
        cut: 0,
        offloaded: false,
        aggregated: false,
        apart: false,
        stays: true,
        encap,
    }
}
