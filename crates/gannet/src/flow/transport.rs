//! What a packet does to its connection, for each transport.

use super::arrival::Arrival;
use super::conn::{Connection, Protocol};
use super::tunnel;
use crate::analyzers::Stage;
use crate::base::cursor::be16;
use crate::base::direction::Direction;
use crate::base::proto;
use crate::base::time::Timestamp;
use crate::decode::checksum::Sum;
use crate::decode::ip::Ip;
use crate::decode::transport::{SHORT_HEADER, TCP_HEADER, TcpHeader};
use crate::stream::Segment;
use crate::worker::history::{case, mark};
use crate::worker::state::Out;

/// Counts a packet for a side.
pub(super) fn count(conn: &mut Connection, dir: Direction, ip: &Ip<'_>) {
    conn.sides.of_mut(dir).add(ip.total);
}

/// Whether a transport checksum over `length` bytes of payload is right.
fn intact(ip: &Ip<'_>, length: usize) -> bool {
    let bytes = ip.payload.get(..length).unwrap_or(ip.payload);
    Sum::default().add(bytes).pseudo(ip.v4, ip.src.0, ip.dst.0, ip.proto, length as u32).intact()
}

/// A TCP segment, if it is one that counts.
pub(super) fn tcp<'p>(
    conn: &mut Connection,
    dir: Direction,
    header: &TcpHeader,
    ip: &Ip<'p>,
    (arrival, stage): (Arrival<'_>, &mut Stage),
    out: &mut Out<'_>,
) -> Option<Segment<'p>> {
    let checksums = out.state.verify;
    let whole = if ip.total == 0 { ip.payload.len() } else { ip.payload_len as usize };
    let (tcp, mut cx) = conn.parts(stage, out, arrival.ts);
    let tcp = tcp?;
    let odd = if header.length < TCP_HEADER {
        Some("bad_TCP_header_len")
    } else {
        (header.length > whole || header.length > ip.payload.len()).then_some("truncated_header")
    };
    if let Some(name) = odd {
        cx.weird(name);
        return None;
    }
    if checksums && ip.payload.len() >= whole && !intact(ip, whole) {
        cx.out.state.refused = true;
        tcp.bad_checksum(dir, &mut cx);
        return None;
    }
    let (head, payload) = ip.payload.split_at_checked(header.length).unwrap_or((ip.payload, &[]));
    let options = head.get(TCP_HEADER..).unwrap_or_default();
    Some(Segment { header: *header, options, payload, len: whole - header.length })
}

/// A segment that has its turn, at a time and of an IP length.
pub(super) fn segment(
    conn: &mut Connection,
    dir: Direction,
    segment: &Segment<'_>,
    (ts, total): (Timestamp, u32),
    stage: &mut Stage,
    out: &mut Out<'_>,
) {
    let (tcp, mut cx) = conn.parts(stage, out, ts);
    let Some(tcp) = tcp else { return };
    let dir = tcp.segment(segment, dir, &mut cx);
    if std::mem::take(&mut conn.core.flipped) {
        conn.sides.swap();
    }
    conn.sides.of_mut(dir).add(total);
}

/// Port of GRE in UDP (RFC 8086).
const GRE_IN_UDP: u16 = 4754;

/// What a datagram carries.
pub(super) enum Carried<'p> {
    /// A packet in a tunnel.
    Packet(tunnel::Inner<'p>),
    /// A GRE header and what is behind it.
    Gre(&'p [u8]),
}

/// A UDP datagram. Returns what it carries, to be looked at when the connection is back in its place.
pub(super) fn udp<'p>(
    conn: &mut Connection,
    dir: Direction,
    ip: &Ip<'p>,
    (arrival, stage): (Arrival<'_>, &mut Stage),
    out: &mut Out<'_>,
) -> Option<Carried<'p>> {
    let len = if ip.payload_len == 0 { ip.payload.len() } else { ip.payload_len as usize };
    let is_orig = dir == Direction::Orig;
    if udp_is_tested(ip, len, arrival, out) && !udp_intact(ip, len) {
        let (_, mut cx) = conn.parts(stage, out, arrival.ts);
        cx.out.state.refused = true;
        let counts = cx.out.sampled_weird(cx.core, "bad_UDP_checksum", "", Some("UDP"));
        cx.out.state.stats.bad_udp_checksums += u64::from(counts);
        if let Protocol::Udp(errors) = &mut conn.protocol
            && errors.of_mut(dir).hit()
        {
            conn.core.history.push(case(is_orig, b'C'));
        }
        return None;
    }
    let field = i64::from(be16(ip.payload, 4)?);
    conn.core.last = arrival.ts;
    conn.core.history.once(is_orig, mark::DATA, b'D');
    let side = conn.sides.of_mut(dir);
    add_bytes(&mut side.bytes, field - SHORT_HEADER as i64);
    let payload = ip.payload.get(SHORT_HEADER..len.min(ip.payload.len())).unwrap_or_default();
    let carried = if conn.core.tag.resp_p == GRE_IN_UDP {
        Some(Carried::Gre(payload))
    } else {
        tunnel::unwrap(conn, dir, payload, arrival, out).map(Carried::Packet)
    };
    if conn.party.is_awake() {
        let (_, mut cx) = conn.parts(stage, out, arrival.ts);
        cx.datagram(dir, payload);
        if std::mem::take(&mut conn.core.flipped) {
            // The packet that causes a flip stays counted for the originator.
            let (orig, resp) = (conn.sides.orig, conn.sides.resp);
            (conn.sides.orig.packets, conn.sides.orig.ip_bytes) = (resp.packets, resp.ip_bytes);
            (conn.sides.resp.packets, conn.sides.resp.ip_bytes) = (orig.packets, orig.ip_bytes);
        }
    }
    count(conn, dir, ip);
    if field != len as i64 {
        // Behind its analyzers: it names the sides as they are once these may have changed them.
        out.weird(&mut conn.core, "UDP_datagram_length_mismatch", format!("{field} != {len}"), Some("UDP"));
    }
    carried
}

/// Adds to a sum of lengths that is negative while nothing was seen; a length field that lies may make it so again.
fn add_bytes(sum: &mut i64, bytes: i64) {
    *sum = if *sum < 0 { bytes } else { *sum + bytes };
}

fn udp_is_tested(ip: &Ip<'_>, len: usize, arrival: Arrival<'_>, out: &Out<'_>) -> bool {
    /// VXLAN's port and its "I" flag (RFC 7348, section 5): the checksum outside may be absent.
    const VXLAN: u16 = 4789;
    const VXLAN_FLAG: u8 = 8;
    if !out.state.verify || arrival.cut > 0 || ip.payload.len() < len {
        return false;
    }
    let flagged = ip.payload.get(SHORT_HEADER).is_some_and(|first| first & VXLAN_FLAG != 0);
    let vxlan = len > SHORT_HEADER + 22 && flagged && be16(ip.payload, 2) == Some(VXLAN);
    !(vxlan && be16(ip.payload, 6) == Some(0))
}

/// No checksum is fine in IPv4 (RFC 768), and wrong in IPv6 (RFC 8200, section 8.1).
fn udp_intact(ip: &Ip<'_>, len: usize) -> bool {
    (ip.v4 && be16(ip.payload, 6) == Some(0)) || intact(ip, len)
}

/// An ICMP message.
pub(super) fn icmp(
    conn: &mut Connection,
    dir: Direction,
    ip: &Ip<'_>,
    arrival: Arrival<'_>,
    out: &mut Out<'_>,
) {
    let len = if ip.payload_len == 0 { ip.payload.len() } else { ip.payload_len as usize };
    if out.state.verify && ip.payload.len() >= len {
        let bytes = ip.payload.get(..len).unwrap_or(ip.payload);
        let good = if ip.proto == proto::ICMP { Sum::default().add(bytes).intact() } else { intact(ip, len) };
        if !good {
            out.state.refused = true;
            out.weird(&mut conn.core, "bad_ICMP_checksum", "", Some("ICMP"));
            return;
        }
    }
    conn.core.last = arrival.ts;
    add_bytes(&mut conn.sides.of_mut(dir).bytes, len as i64 - SHORT_HEADER as i64);
    if ip.payload.len() >= len {
        count(conn, dir, ip);
    }
}
