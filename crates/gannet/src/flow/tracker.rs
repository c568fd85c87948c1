//! Follows connections: from an IP packet to the connection it belongs to, and from its timers to its end.

use super::conn::{Connection, Protocol, Side};
use super::expiry::{INACTIVITY, set_first};
use super::frag::Fragments;
use super::table::Table;
use super::tunnel::{self, Encap};
use super::uid::{TieBreaker, uid};
use super::{icmp, ports as well_known};
use crate::analyzers::tree::Asleep;
use crate::analyzers::{Close, Doubt, Start};
use crate::balance::{self, Balance};
use crate::base::direction::Pair;
use crate::base::direction::{Direction, Transport};
use crate::base::key::{Addr, FlowKey};
use crate::base::packet::PacketMeta;
use crate::base::proto;
use crate::base::time::{Interval, Timestamp};
use crate::decode::ip::{Ends, Ip, ports};
use crate::decode::transport::{SHORT_HEADER, TCP_HEADER, TcpHeader};
use crate::events::ConnTag;
use crate::stream::{Delivery, Tcp};
use crate::worker::budget::{Room, Shed};
use crate::worker::core::{Core, Rare};
use crate::worker::history::{History, mark};
use crate::worker::state::{EndPhase, Out};
use crate::worker::timer::{Timer, TimerKind};

/// Packets of an answered connection between two looks at what it costs.
const CHARGE_EVERY: u64 = 16;
/// Life of an incomplete datagram.
const FRAGMENT_LIFE: Interval = Interval::from_secs(300);

/// A packet on its way through the stage: what IP says of it, and what was known before.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'e> {
    pub(crate) ts: Timestamp,
    pub(crate) shard: u16,
    pub(crate) vlan: Option<u16>,
    pub(crate) inner_vlan: Option<u16>,
    /// Bytes that were on the wire and not captured.
    pub(crate) cut: i64,
    /// It came in a frame that may hold several.
    pub(crate) aggregated: bool,
    /// It came in fragments, and the rest of its flow is in another shard.
    pub(crate) apart: bool,
    /// The tunnels that it came through.
    pub(crate) encap: Option<&'e Encap>,
}

impl Arrival<'_> {
    /// A packet as it was captured; its shard is not known yet.
    pub(crate) fn new(meta: &PacketMeta) -> Self {
        let cut = i64::from(meta.wire) - i64::from(meta.captured);
        Self {
            ts: meta.ts,
            shard: 0,
            vlan: None,
            inner_vlan: None,
            cut,
            aggregated: false,
            apart: false,
            encap: None,
        }
    }

    /// The arrival of what came in fragments, which are in their pair's shard: counts what has its flow in another one.
    fn of_fragments(self, ip: &Ip<'_>, out: &mut Out<'_>) -> Self {
        if out.state.config.balance != Balance::Flow || self.encap.is_some() || self.aggregated {
            return self;
        }
        let ends = Ends { src: ip.src, dst: ip.dst, ports: ports(ip.proto, ip.payload) };
        let apart = balance::flow_shard(ends) != self.shard;
        out.state.stats.apart_fragments += u64::from(apart);
        Self { apart, ..self }
    }

    fn is_in_teredo(&self) -> bool {
        self.encap.and_then(Encap::last).is_some_and(|level| level.kind == tunnel::Kind::Teredo)
    }
}

/// Tables of connections and fragments.
pub(crate) struct Tracker {
    pub(super) table: Table,
    pub(super) fragments: Fragments,
    max_flows_per_shard: u32,
    /// Connections make interim records.
    pub(super) reports_ages: bool,
}

/// What identifies a packet's connection.
struct Lookup {
    key: FlowKey,
    src: (Addr, u16),
    dst: (Addr, u16),
    ip_proto: u8,
}

impl Tracker {
    pub(crate) fn new(config: &crate::engine::Config) -> Self {
        Self {
            table: Table::new(config.hasher(2), config),
            fragments: Fragments::new(config.hasher(3), config.limits.fragment_bytes_per_shard),
            max_flows_per_shard: config.limits.flows_per_shard,
            reports_ages: !config.long_connections.is_empty(),
        }
    }

    /// Takes over other limits.
    pub(crate) fn reconfigure(&mut self, config: &crate::engine::Config) {
        self.table.reconfigure(config);
        self.reports_ages = !config.long_connections.is_empty();
        self.fragments.reconfigure(config.limits.fragment_bytes_per_shard);
        self.max_flows_per_shard = config.limits.flows_per_shard;
    }

    /// Number of connections.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Bytes of incomplete datagrams.
    pub(crate) fn fragment_bytes(&self) -> usize {
        self.fragments.held()
    }

    /// Bytes held for the analyzers of all connections.
    pub(crate) fn held(&self) -> usize {
        self.table.each().flat_map(|conn| conn.analyzers.iter()).map(crate::analyzers::Attached::held).sum()
    }

    /// An IP packet. Returns whether it is good, as far as its headers tell.
    pub(crate) fn packet(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        match ip.fragment {
            None => self.whole(ip, arrival, out),
            Some(_) if (ip.payload.len() as u32) < ip.total.saturating_sub(ip.header) => {
                let flow = (arrival.shard, ip.src, ip.dst);
                out.flow_weird(flow, "incompletely_captured_fragment", "", Some("IP"));
                let first = ip.fragment.is_some_and(|fragment| fragment.offset == 0);
                first && self.whole(ip, arrival.of_fragments(ip, out), out)
            }
            Some(fragment) => self.fragment(ip, fragment, arrival, out),
        }
    }

    fn fragment(
        &mut self,
        ip: &Ip<'_>,
        fragment: crate::decode::ip::Fragment,
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
        let ip = if ip.v4 { ip } else { ip.with_chain_in_payload() };
        self.whole(&ip, Arrival { cut: 0, ..arrival.of_fragments(&ip, out) }, out)
    }

    /// A packet that is no fragment any more.
    fn whole(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
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
            proto::IGMP => igmp(ip, flow, out),
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

    fn tcp(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        if !header_fits(ip, TCP_HEADER, "TCP", arrival, out) {
            return false;
        }
        let Some(header) = TcpHeader::parse(ip.payload) else { return false };
        let src = (ip.src, header.src_port);
        let dst = (ip.dst, header.dst_port);
        let key = FlowKey::two_way(arrival.shard, ip.proto, src, dst);
        let lookup = Lookup { key, src, dst, ip_proto: ip.proto };
        let found = self.table.find(&key).and_then(|slot| self.table.take(slot));
        let mut earlier = 0;
        let reused = match found {
            Some(mut conn) => {
                let (tcp, mut cx) = parts(&mut conn, out, arrival.ts);
                if !tcp.is_some_and(|tcp| tcp.is_reuse(&header, arrival.ts, &mut cx)) {
                    follow_tunnels(&mut conn, arrival, out);
                    self.tcp_segment(conn, &header, ip, arrival, out);
                    return true;
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
        let conn = self.create(&lookup, earlier, flip, arrival, out);
        self.tcp_segment(conn, &header, ip, arrival, out);
        true
    }

    fn tcp_segment(
        &mut self,
        mut conn: Box<Connection>,
        header: &TcpHeader,
        ip: &Ip<'_>,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) {
        let dir = conn.direction(ip.src, header.src_port);
        super::transport::tcp(&mut conn, dir, header, ip, arrival, out);
        self.finish_packet(conn, out);
    }

    fn udp(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        if !header_fits(ip, SHORT_HEADER, "UDP", arrival, out) {
            return false;
        }
        let Some((src_port, dst_port)) = ports(ip.proto, ip.payload) else { return false };
        let (src, dst) = ((ip.src, src_port), (ip.dst, dst_port));
        let key = FlowKey::two_way(arrival.shard, ip.proto, src, dst);
        let lookup = Lookup { key, src, dst, ip_proto: ip.proto };
        let flip = well_known::likely_udp(src.1) && !well_known::likely_udp(dst.1);
        let mut conn = self.find_or_create(&lookup, flip, arrival, out);
        let dir = conn.direction(ip.src, src.1);
        let carried = super::transport::udp(&mut conn, dir, ip, arrival, out);
        self.finish_packet(conn, out);
        match carried {
            Some(super::transport::Carried::Packet(inner)) => _ = self.enter(&inner, arrival, out),
            Some(super::transport::Carried::Gre(bytes)) => _ = self.gre(ip, bytes, arrival, out),
            None => {}
        }
        true
    }

    fn icmp(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        if !header_fits(ip, SHORT_HEADER, "ICMP", arrival, out) {
            return false;
        }
        let &[kind, code, ..] = ip.payload else { return false };
        let (key, src_port, dst_port) = icmp::key(arrival.shard, ip.proto, ip.src, ip.dst, kind, code);
        let lookup = Lookup { key, src: (ip.src, src_port), dst: (ip.dst, dst_port), ip_proto: ip.proto };
        let mut conn = self.find_or_create(&lookup, false, arrival, out);
        let dir = conn.direction(ip.src, src_port);
        super::transport::icmp(&mut conn, dir, ip, arrival, out);
        self.finish_packet(conn, out);
        true
    }

    fn other(&mut self, ip: &Ip<'_>, arrival: Arrival<'_>, out: &mut Out<'_>) -> bool {
        let key = FlowKey::two_way(arrival.shard, ip.proto, (ip.src, 0), (ip.dst, 0));
        let lookup = Lookup { key, src: (ip.src, 0), dst: (ip.dst, 0), ip_proto: ip.proto };
        let mut conn = self.find_or_create(&lookup, false, arrival, out);
        let dir = conn.direction(ip.src, 0);
        conn.core.last = arrival.ts;
        super::transport::count(&mut conn, dir, ip);
        self.finish_packet(conn, out);
        true
    }

    fn find_or_create(
        &mut self,
        lookup: &Lookup,
        flip: bool,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) -> Box<Connection> {
        match self.table.find(&lookup.key).and_then(|slot| self.table.take(slot)) {
            Some(mut conn) => {
                follow_tunnels(&mut conn, arrival, out);
                conn
            }
            None => self.create(lookup, 0, flip, arrival, out),
        }
    }

    fn finish_packet(&mut self, mut conn: Box<Connection>, out: &mut Out<'_>) {
        if conn.core.ended {
            return self.remove(conn, Close::Removed, out);
        }
        if conn.half_open && answered(&conn) {
            self.table.answered(&mut conn);
        }
        let at_rest = matches!(&conn.protocol, Protocol::Tcp(tcp) if tcp.is_at_rest());
        self.table.note_rest(&mut conn, at_rest);
        let packets = conn.sides.orig.packets + conn.sides.resp.packets;
        if conn.half_open || packets.is_multiple_of(CHARGE_EVERY) {
            return self.charge(conn, out);
        }
        self.table.put_back(conn);
    }

    /// Puts a connection back with what it costs now on the books; over the budget, something goes.
    fn charge(&mut self, mut conn: Box<Connection>, out: &mut Out<'_>) {
        let (shard, slot) = (conn.core.shard, conn.core.slot);
        self.table.charge(&mut conn);
        self.table.put_back(conn);
        while self.table.half_open_is_full(shard)
            && let Some(victim) = self.table.oldest_half_open(shard)
        {
            self.shed(victim, out);
        }
        loop {
            let room = self.table.room(shard);
            if room == Room::Enough {
                break;
            }
            let others = |oldest: Option<u32>| oldest.filter(|oldest| *oldest != slot && room == Room::Full);
            if let Some(victim) = others(self.table.oldest_half_open(shard)) {
                self.shed(victim, out);
            } else if self.give_up_analyzers(slot, out) {
                if room == Room::Brake {
                    out.shed(Shed::Brake, shard, None);
                }
            } else if let Some(victim) = others(self.table.oldest_answered(shard)) {
                self.shed(victim, out);
            } else {
                break;
            }
        }
    }

    /// Gives up the analyzers of an answered connection; false if it has none.
    fn give_up_analyzers(&mut self, slot: u32, out: &mut Out<'_>) -> bool {
        let Some(mut conn) = self.table.take(slot) else { return false };
        if conn.half_open || conn.analyzers.is_empty() {
            self.table.put_back(conn);
            return false;
        }
        let now = out.now();
        parts(&mut conn, out, now).1.give_up();
        self.table.charge(&mut conn);
        if conn.core.ended {
            self.remove(conn, Close::Removed, out);
        } else {
            self.table.put_back(conn);
        }
        true
    }

    /// Gives up a connection: it makes no row.
    fn shed(&mut self, slot: u32, out: &mut Out<'_>) {
        let Some(conn) = self.table.take(slot) else { return };
        out.shed(Shed::Connection, conn.core.shard, None);
        self.end(conn, Close::Removed, out);
    }

    /// Makes a connection, in the table but taken out.
    fn create(
        &mut self,
        lookup: &Lookup,
        earlier: u32,
        flip: bool,
        arrival: Arrival<'_>,
        out: &mut Out<'_>,
    ) -> Box<Connection> {
        self.make_room(arrival.shard, out);
        let Lookup { key, src, dst, ip_proto } = *lookup;
        // Unless time went back, only a connection that was born at this time of the clock can have the same key and time; it is
        // in the same shard, unless one of them came in a frame with others, or in fragments.
        let unsure = arrival.ts < out.now() || !self.table.remembers(arrival.shard, out.now());
        let before = self.table.births(arrival.shard);
        let tie = if arrival.aggregated || arrival.apart {
            TieBreaker::Elsewhere(arrival.shard, before)
        } else if unsure {
            TieBreaker::Nth(before)
        } else {
            TieBreaker::Births(earlier)
        };
        let birth = out.state.next_birth();
        let id = uid(out.state.config.uid_seed, arrival.encap.and_then(Encap::uid), &key, arrival.ts, tie);
        let tag = ConnTag {
            uid: Some(id),
            orig_h: src.0.ip(),
            orig_p: src.1,
            resp_h: dst.0.ip(),
            resp_p: dst.1,
            ip_proto,
        };
        let core = Core {
            tag,
            key,
            orig_is_low: key.low() == src.0,
            shard: arrival.shard,
            slot: self.table.next_slot(),
            birth,
            bore: 0,
            born: out.now(),
            earlier,
            start: arrival.ts,
            last: arrival.ts,
            history: History::default(),
            services: Vec::new(),
            had_weird: false,
            timeout: INACTIVITY,
            inactivity_due: arrival.ts + INACTIVITY,
            idle_set: false,
            looked: false,
            attempt: false,
            ages: None,
            flipped: false,
            ended: false,
            missed: 0,
            vlan: arrival.vlan,
            inner_vlan: arrival.inner_vlan,
            rare: arrival.encap.map(|encap| {
                let parents = encap.uid().into_iter().collect();
                Box::new(Rare { encap: Some(Box::new(*encap)), parents, ..Rare::default() })
            }),
            tunnel_changes: 0,
        };
        let unset = Side { bytes: -1, ..Side::default() };
        let mut conn = Box::new(Connection {
            core,
            sides: Pair { orig: unset, resp: unset },
            protocol: protocol_of(ip_proto),
            analyzers: Vec::new(),
            detection: None,
            asleep: None,
            older: 0,
            younger: 0,
            half_open: true,
            charged: 0,
            at_rest: false,
            tunnel: None,
        });
        self.table.insert(&mut conn);
        if flip && !conn.core.resp().is_broadcast() {
            conn.core.flip();
            conn.core.flipped = false;
        }
        if let Some(encap) = arrival.encap {
            out.discover(arrival.shard, encap);
        }
        attach(&mut conn, out);
        set_first(&mut conn, out);
        out.state.stats.count_connection(ip_proto);
        conn
    }

    /// Makes room for one more connection in a shard.
    fn make_room(&mut self, shard: u16, out: &mut Out<'_>) {
        while self.table.count(shard) >= self.max_flows_per_shard {
            let Some(victim) = self.table.victim(shard) else { break };
            self.shed(victim, out);
        }
        if self.table.room(shard) == Room::Brake
            && let Some(victim) = self.table.victim(shard)
        {
            out.shed(Shed::Brake, shard, None);
            self.shed(victim, out);
        }
    }

    /// Ends a connection that is taken out: its analyzers say what is left to say, and then it is reported.
    pub(super) fn remove(&mut self, conn: Box<Connection>, why: Close, out: &mut Out<'_>) {
        let conn = self.end(conn, why, out);
        super::report::report(&conn, out);
    }

    /// Ends a connection that is taken out, without a word of it.
    fn end(&mut self, mut conn: Box<Connection>, why: Close, out: &mut Out<'_>) -> Box<Connection> {
        let ts = out.now();
        conn.core.ended = true;
        let (tcp, mut cx) = parts(&mut conn, out, ts);
        if let Some(tcp) = tcp {
            tcp.prepare(&mut cx);
            tcp.release(&mut cx);
        }
        for dir in [Direction::Orig, Direction::Resp] {
            cx.end(dir);
        }
        cx.close(why);
        self.table.remove(&mut conn, ts);
        out.close_tunnel(conn.core.shard, &conn.core.tag);
        conn
    }

    /// The end of the capture: everything that is left is reported, oldest first.
    pub(crate) fn finish(&mut self, out: &mut Out<'_>) {
        for slot in self.table.by_age() {
            let Some(conn) = self.table.take(slot) else { continue };
            out.state.at_end(EndPhase::Connections, conn.core.birth);
            self.remove(conn, Close::Finished, out);
        }
        out.finish_files();
    }
}

/// Notes if a connection's packets come through other tunnels than before.
#[inline]
fn follow_tunnels(conn: &mut Connection, arrival: Arrival<'_>, out: &mut Out<'_>) {
    if conn.core.encap().is_some() || arrival.encap.is_some() {
        follow_changes(conn, arrival, out);
    }
}

fn follow_changes(conn: &mut Connection, arrival: Arrival<'_>, out: &mut Out<'_>) {
    let same = match (conn.core.encap(), arrival.encap) {
        (None, None) => true,
        (Some(before), Some(now)) => before.same(now),
        _ => false,
    };
    if same {
        return;
    }
    let core = &mut conn.core;
    core.rare().encap = arrival.encap.copied().map(Box::new);
    if core.tunnel_changes >= tunnel::MAX_CHANGES {
        let limit = tunnel::MAX_CHANGES.to_string();
        core.history.once(true, mark::LIMIT, b'X');
        return out.weird(core, "tunnel_max_changes_per_connection_exceeded", &limit, None);
    }
    core.tunnel_changes += 1;
    if let Some(encap) = arrival.encap {
        let parents = &mut core.rare().parents;
        parents.extend(encap.uid().filter(|uid| !parents.contains(uid)));
        out.discover(arrival.shard, encap);
    }
}

/// Whether the responder's side showed itself, so that the connection is no mere attempt.
fn answered(conn: &Connection) -> bool {
    match &conn.protocol {
        Protocol::Tcp(tcp) => !tcp.ends.orig.state.is_handshake() || !tcp.ends.resp.state.is_handshake(),
        _ => conn.sides.orig.packets > 0 && conn.sides.resp.packets > 0,
    }
}

fn protocol_of(ip_proto: u8) -> Protocol {
    match ip_proto {
        proto::TCP => Protocol::Tcp(Box::default()),
        proto::UDP => Protocol::Udp(Pair::default()),
        proto::ICMP | proto::ICMPV6 => Protocol::Icmp,
        _ => Protocol::Other,
    }
}

/// Attaches the analyzers of the port, and detection.
fn attach(conn: &mut Connection, out: &mut Out<'_>) {
    let transport = match conn.protocol {
        Protocol::Tcp(_) => Transport::Tcp,
        Protocol::Udp(_) => Transport::Udp,
        Protocol::Icmp | Protocol::Other => return,
    };
    let start = Start { transport, resp_port: conn.core.tag.resp_p, orig_port: conn.core.tag.orig_p };
    if !out.state.active.concerns(start) {
        return;
    }
    conn.asleep = Some(Asleep { start, turned: false });
    if transport == Transport::Udp {
        let ts = conn.core.start;
        parts(conn, out, ts).1.wake();
    }
}

/// Splits a connection into its TCP part and what analyzers need.
pub(crate) fn parts<'a>(
    conn: &'a mut Connection,
    out: &'a mut Out<'_>,
    ts: Timestamp,
) -> (Option<&'a mut Tcp>, Delivery<'a>) {
    let payload = conn.sides.orig.bytes.max(0) + conn.sides.resp.bytes.max(0);
    let tcp = match &mut conn.protocol {
        Protocol::Tcp(tcp) => Some(tcp.as_mut()),
        _ => None,
    };
    let delivery = Delivery {
        core: &mut conn.core,
        analyzers: &mut conn.analyzers,
        detection: &mut conn.detection,
        asleep: &mut conn.asleep,
        out: out.again(),
        doubt: Doubt { incomplete: false, payload: payload as u64 },
        ts,
        partial: false,
    };
    (tcp, delivery)
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

/// IGMP makes no connection; its checksum is looked at (RFC 3376, section 4.1.2).
fn igmp(ip: &Ip<'_>, flow: (u16, Addr, Addr), out: &mut Out<'_>) -> bool {
    let whole = ip.payload.len() >= SHORT_HEADER && ip.payload.len() >= ip.payload_len as usize;
    if out.state.verify && whole && !crate::decode::checksum::Sum::default().add(ip.payload).intact() {
        out.flow_weird(flow, "igmp_invalid_checksum", "", Some("IGMP"));
    }
    true
}
