//! From an IP packet to its connection: what the transport's header says, and whose packet it is.

use super::arrival::{Arrival, Lookup};
use super::birth::follow_tunnels;
use super::conn::{Connection, Protocol};
use super::table::NO_SLOT;
use super::tracker::Tracker;
use super::{icmp, ports as well_known, reorder, transport};
use crate::analyzers::Close;
use crate::base::key::{Addr, FlowKey};
use crate::base::proto;
use crate::base::time::{Interval, Timestamp};
use crate::decode::ip::{Fragment, Ip, ports};
use crate::decode::ipv6::Noted;
use crate::decode::transport::{SHORT_HEADER, TCP_HEADER, TcpHeader};
use crate::worker::budget::Shed;
use crate::worker::state::Out;
use crate::worker::timer::{Timer, TimerKind};

/// Packets of an answered connection between two looks at what it costs.
const CHARGE_EVERY: u64 = 16;
/// Life of an incomplete datagram.
const FRAGMENT_LIFE: Interval = Interval::from_secs(300);

impl Tracker {
    /// An IP packet. Returns whether it is good, as far as its headers tell.
    pub(crate) fn packet(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        match ip.fragment {
            None => self.whole(ip, arrival, out),
            Some(_) if (ip.payload.len() as u32) < ip.total.saturating_sub(ip.header) => {
                let flow = (arrival.shard, ip.src, ip.dst);
                out.flow_weird(flow, "incompletely_captured_fragment", "", Some("IP"));
                let first = ip.fragment.is_some_and(|fragment| fragment.offset == 0);
                first && self.datagram(ip, arrival.of_fragments(ip, self.balance, out), out)
            }
            Some(fragment) => self.fragment(ip, fragment, arrival, out),
        }
    }

    pub(super) fn fragment(
        &mut self,
        ip: &Ip<'_>,
        fragment: Fragment,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) -> bool {
        let birth = out.state.next_birth();
        let outcome = self.fragments.add(arrival.shard, ip, fragment, birth);
        let flow = (arrival.shard, ip.src, ip.dst);
        for name in outcome.weirds {
            out.flow_weird(flow, name, "", None);
        }
        out.state.stats.fragments += 1;
        for _ in 0..outcome.shed {
            out.shed(Shed::Fragments, arrival.shard, None);
        }
        for _ in 0..outcome.braked {
            out.shed(Shed::Brake, arrival.shard, None);
        }
        if let Some((slot, birth)) = outcome.begun {
            let due = arrival.ts + FRAGMENT_LIFE;
            out.state.timers.set(Timer { due, birth, slot, kind: TimerKind::Fragment });
        }
        let Some(whole) = outcome.whole else { return true };
        if whole.header > whole.total {
            out.flow_weird(flow, "invalid_IP_header_size", "", Some("IP"));
            return false;
        }
        let payload_len = whole.total - whole.header;
        let payload = whole.payload.get(..payload_len as usize).unwrap_or(&whole.payload);
        let ip = Ip {
            proto: whole.proto,
            header: whole.header,
            total: whole.total,
            payload,
            payload_len,
            fragment: None,
            ..ip.clone()
        };
        let mut noted = Noted::default();
        let ip = if ip.v4 { ip } else { ip.with_chain_in_payload(&mut noted) };
        noted_weirds(&noted, arrival.shard, out);
        self.datagram(&ip, Arrival { cut: 0, ..arrival.of_fragments(&ip, self.balance, out) }, out)
    }

    /// A packet that is no fragment any more.
    pub(super) fn whole(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        let flow = (arrival.shard, ip.src, ip.dst);
        if ip.chain.esp {
            return true;
        }
        if ip.chain.mobility_at.is_some() {
            return mobility(ip, flow, out);
        }
        match ip.proto {
            proto::TCP => self.tcp(ip, arrival, out),
            proto::UDP => self.udp(ip, arrival, out),
            proto::ICMP | proto::ICMPV6 => self.icmp(ip, arrival, out),
            proto::IGMP if arrival.encap.is_none() => igmp(ip, flow, out),
            proto::IGMP => igmp(ip, flow, out) && self.other(ip, arrival, out),
            proto::IPV4 | proto::IPV6 => self.ip_in_ip(ip, arrival, out),
            proto::GRE => self.gre(ip, ip.payload, arrival, out),
            // In Teredo that is a bubble, which keeps a path open.
            proto::NONE if arrival.is_in_teredo() => true,
            proto::NONE => {
                out.flow_weird(flow, "ipv6_no_next", "", Some("IP"));
                false
            }
            _ => self.other(ip, arrival, out),
        }
    }

    pub(super) fn tcp(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        if !header_fits(ip, TCP_HEADER, "TCP", arrival, out) {
            return false;
        }
        let Some(header) = TcpHeader::parse(ip.payload) else { return false };
        let ports = (header.src_port, header.dst_port);
        let lookup = self.lookup(arrival.shard, ip, ports);
        self.tcp_of(&lookup, &header, ip, arrival, out);
        true
    }

    /// What identifies the connection of a packet, of a protocol whose connections have two ends with ports.
    #[inline]
    pub(super) fn lookup(&self, shard: u16, ip: &Ip<'_>, ports: (u16, u16)) -> Lookup {
        let key = FlowKey::two_way(shard, ip.proto, (ip.src, ports.0), (ip.dst, ports.1));
        self.lookup_key(key, ports)
    }

    #[inline]
    fn lookup_key(&self, key: FlowKey, (src_port, dst_port): (u16, u16)) -> Lookup {
        Lookup { key, hash: self.table.hash(&key), hint: NO_SLOT, src_port, dst_port }
    }

    /// A segment of the connection that was looked up, or of a new one.
    pub(super) fn tcp_of(
        &mut self,
        lookup: &Lookup,
        header: &TcpHeader,
        ip: &Ip<'_>,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) {
        let found = self.take(lookup);
        let mut earlier = 0;
        let reused = match found {
            Some(mut conn) => {
                if header.flags.syn() && conn.has_early() && !reorder::expects(&conn, header) {
                    reorder::flush(&mut conn, &mut self.stage, out);
                }
                let known = !header.flags.syn() || conn.has_early();
                if known || !self.is_reuse(&mut conn, header, arrival, out) {
                    follow_tunnels(&mut conn, arrival, out);
                    return self.tcp_segment(conn, header, ip, arrival, out);
                }
                Some(conn)
            }
            None => None,
        };
        if let Some(mut conn) = reused {
            if conn.core.born == out.now() {
                earlier = conn.core.earlier + 1;
                // What it was called is taken into account, so it need not be remembered.
                conn.core.born = Timestamp::ZERO;
            }
            self.remove(conn, Close::Removed, out);
        }
        let flip = (!header.flags.syn() || header.flags.ack())
            && well_known::likely_tcp(header.src_port)
            && (!well_known::likely_tcp(header.dst_port)
                || (!header.flags.syn() && header.src_port < header.dst_port));
        let conn = self.create((lookup, ip), earlier, flip, arrival, out);
        self.tcp_segment(conn, header, ip, arrival, out);
    }

    /// Whether a SYN begins another connection between the same ends.
    fn is_reuse(
        &mut self,
        conn: &mut Connection,
        header: &TcpHeader,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) -> bool {
        let (tcp, mut cx) = conn.parts(&mut self.stage, out, arrival.ts);
        tcp.is_some_and(|tcp| tcp.is_reuse(header, arrival.ts, &mut cx))
    }

    pub(super) fn tcp_segment(
        &mut self,
        mut conn: Box<Connection>,
        header: &TcpHeader,
        ip: &Ip<'_>,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) {
        let dir = conn.direction(ip.src, header.src_port);
        let about = (arrival.ts, ip.total);
        if let Some(segment) = transport::tcp(&mut conn, dir, header, ip, (arrival, &mut self.stage), out)
            && !reorder::takes(&mut conn, dir, &segment, about, &mut self.stage, out)
        {
            transport::segment(&mut conn, dir, &segment, about, &mut self.stage, out);
        }
        self.finish_packet(conn, arrival, out);
    }

    pub(super) fn udp(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        if !header_fits(ip, SHORT_HEADER, "UDP", arrival, out) {
            return false;
        }
        let Some(ports) = ports(ip.proto, ip.payload) else { return false };
        let lookup = self.lookup(arrival.shard, ip, ports);
        self.udp_of(&lookup, ip, arrival, out);
        true
    }

    /// A datagram of the connection that was looked up, or of a new one.
    pub(super) fn udp_of(&mut self, lookup: &Lookup, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) {
        let Lookup { src_port, dst_port, .. } = *lookup;
        let flip = || well_known::likely_udp(src_port) && !well_known::likely_udp(dst_port);
        let mut conn = self.find_or_create((lookup, ip), flip, arrival, out);
        let dir = conn.direction(ip.src, src_port);
        let carried = transport::udp(&mut conn, dir, ip, (arrival, &mut self.stage), out);
        self.finish_packet(conn, arrival, out);
        match carried {
            Some(transport::Carried::Packet(inner)) => _ = self.enter(&inner, arrival, out),
            Some(transport::Carried::Gre(bytes)) => _ = self.gre(ip, bytes, arrival, out),
            None => {}
        }
    }

    pub(super) fn icmp(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        if !header_fits(ip, SHORT_HEADER, "ICMP", arrival, out) {
            return false;
        }
        let &[kind, code, ..] = ip.payload else { return false };
        let (key, src_port, dst_port) = icmp::key(arrival.shard, ip.proto, ip.src, ip.dst, kind, code);
        let lookup = self.lookup_key(key, (src_port, dst_port));
        let mut conn = self.find_or_create((&lookup, ip), || false, arrival, out);
        let dir = conn.direction(ip.src, src_port);
        transport::icmp(&mut conn, dir, ip, arrival, out);
        self.finish_packet(conn, arrival, out);
        true
    }

    pub(super) fn other(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        let lookup = self.lookup(arrival.shard, ip, (0, 0));
        let mut conn = self.find_or_create((&lookup, ip), || false, arrival, out);
        let dir = conn.direction(ip.src, 0);
        conn.core.last = arrival.ts;
        transport::count(&mut conn, dir, ip);
        self.finish_packet(conn, arrival, out);
        true
    }

    fn take(&mut self, lookup: &Lookup) -> Option<Box<Connection>> {
        let slot = self.table.find(&lookup.key, lookup.hash, lookup.hint)?;
        self.table.take(slot)
    }

    pub(super) fn find_or_create(
        &mut self,
        (lookup, ip): (&Lookup, &Ip<'_>),
        flip: impl FnOnce() -> bool,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) -> Box<Connection> {
        match self.take(lookup) {
            Some(mut conn) => {
                follow_tunnels(&mut conn, arrival, out);
                conn
            }
            None => self.create((lookup, ip), 0, flip(), arrival, out),
        }
    }

    pub(super) fn finish_packet(
        &mut self,
        mut conn: Box<Connection>,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) {
        if conn.core.ended {
            return self.remove(conn, Close::Removed, out);
        }
        let answered = conn.half_open && answered(&conn);
        if answered {
            self.table.answered(&mut conn);
        }
        let at_rest = matches!(&conn.protocol, Protocol::Tcp(tcp) if tcp.is_at_rest());
        self.table.note_rest(&mut conn, at_rest);
        let packets = conn.sides.orig.packets + conn.sides.resp.packets;
        if conn.half_open || answered || packets.is_multiple_of(CHARGE_EVERY) {
            self.charge(conn, out);
        } else {
            self.table.put_back(conn);
        }
        self.grant(arrival, out);
    }
}

/// Whether the responder's side showed itself, so that the connection is no mere attempt.
fn answered(conn: &Connection) -> bool {
    match &conn.protocol {
        Protocol::Tcp(tcp) => !tcp.ends.orig.state.is_handshake() || !tcp.ends.resp.state.is_handshake(),
        _ => conn.sides.orig.packets > 0 && conn.sides.resp.packets > 0,
    }
}

/// Weirds of a header chain, with the addresses as they were when each was noticed.
pub(super) fn noted_weirds(noted: &Noted, shard: u16, out: &mut Out<'_>) {
    for weird in noted.flow() {
        let addl = weird.addl.map_or(String::new(), |addl| addl.to_string());
        out.flow_weird((shard, weird.src, weird.dst), weird.name, &addl, None);
    }
}

/// Whether a transport header is there, by the length field and by what was captured.
fn header_fits(
    ip: &Ip<'_>,
    least: usize,
    source: &'static str,
    arrival: Arrival<'_>,
    out: &mut Out<'_>,
) -> bool {
    let flow = (arrival.shard, ip.src, ip.dst);
    if ip.payload_len != 0 && (ip.payload_len as usize) < least {
        out.flow_weird(flow, "truncated_header", "", Some(source));
        return false;
    }
    if ip.payload.len() < least {
        out.flow_weird(flow, "internally_truncated_header", "", Some(source));
        return false;
    }
    true
}

fn mobility(ip: &Ip<'_>, flow: (u16, Addr, Addr), out: &mut Out<'_>) -> bool {
    use crate::decode::ipv6::{after_mobility, mobility_intact};
    let Some(header) = ip.chain.mobility_at.and_then(|at| ip.raw_header.get(at..)) else { return true };
    if out.state.verify && !mobility_intact(header, ip.src, ip.dst) {
        out.flow_weird(flow, "bad_MH_checksum", "", Some("IP"));
        return false;
    }
    if after_mobility(header) != Some(proto::NONE) {
        out.flow_weird(flow, "mobility_piggyback", "", Some("IP"));
    }
    true
}

/// IGMP makes no connection, unless it is in a tunnel; its checksum is looked at (RFC 3376, section 4.1.2).
fn igmp(ip: &Ip<'_>, flow: (u16, Addr, Addr), out: &mut Out<'_>) -> bool {
    let whole = ip.payload.len() >= SHORT_HEADER && ip.payload.len() >= ip.payload_len as usize;
    if out.state.verify && whole && !crate::decode::checksum::Sum::default().add(ip.payload).intact() {
        out.flow_weird(flow, "igmp_invalid_checksum", "", Some("IGMP"));
    }
    true
}
