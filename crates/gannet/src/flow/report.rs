//! What is said of a connection when it is over.

use super::conn::{Connection, Protocol};
use super::record::{Conn, OpenConn};
use crate::base::time::Interval;
use crate::events::{Mac, Set};
use crate::worker::state::Out;

/// Emits the record of a connection that is over.
pub(super) fn report(conn: &Connection, out: &mut Out<'_>) {
    count(conn, out);
    out.milestone(&conn.core, true, conn.reply());
    if out.state.wants.has(Conn::STREAM) {
        let record = record(conn, out);
        out.emit(Some(&conn.core.tag), &record, &[]);
    }
}

/// Emits the record of a connection that goes on.
pub(super) fn interim(conn: &Connection, out: &mut Out<'_>) {
    if out.state.wants.has(OpenConn::STREAM) {
        let record = OpenConn(record(conn, out));
        out.emit(Some(&conn.core.tag), &record, &[]);
    }
}

/// What there is to say of a connection.
fn record(conn: &Connection, out: &Out<'_>) -> Conn {
    let core = &conn.core;
    let (orig_size, resp_size) = sizes(conn);
    let duration = core.last - core.start;
    let lasted = duration > Interval::ZERO;
    let parents = conn.through.as_ref().map(|through| &through.parents).filter(|parents| !parents.is_empty());
    let nets = &out.state.settings.local_nets;
    let known = !nets.is_empty();
    Conn {
        ts: core.start,
        conn: core.tag,
        proto: conn.transport(),
        service: (!core.services.is_empty()).then(|| core.services.join(",")),
        duration: lasted.then_some(duration),
        orig_bytes: orig_size.filter(|_| lasted),
        resp_bytes: resp_size.filter(|_| lasted),
        conn_state: Some(verdict(conn)),
        local_orig: known.then(|| nets.has(core.orig())),
        local_resp: known.then(|| nets.has(core.resp())),
        missed_bytes: core.missed,
        history: (!core.history.text().is_empty()).then(|| core.history.text().to_vec()),
        orig_pkts: Some(conn.sides.orig.packets),
        orig_ip_bytes: Some(conn.sides.orig.ip_bytes),
        resp_pkts: Some(conn.sides.resp.packets),
        resp_ip_bytes: Some(conn.sides.resp.ip_bytes),
        tunnel_parents: parents.map(|parents| Set(parents.clone())),
        ip_proto: Some(u64::from(core.tag.ip_proto)),
        vlan: core.vlan.map(i64::from),
        inner_vlan: core.inner_vlan.map(i64::from),
        orig_l2_addr: core.macs.map(|macs| Mac::from(macs.orig)),
        resp_l2_addr: core.macs.map(|macs| Mac::from(macs.resp)),
    }
}

/// Payload bytes of the originator and the responder, as far as they can be told.
fn sizes(conn: &Connection) -> (Option<u64>, Option<u64>) {
    match &conn.protocol {
        Protocol::Tcp(tcp) => {
            let (orig, resp) = (&tcp.ends.orig, &tcp.ends.resp);
            (orig.known_size(resp.state), resp.known_size(orig.state))
        }
        _ => (Some(conn.sides.orig.bytes.max(0) as u64), Some(conn.sides.resp.bytes.max(0) as u64)),
    }
}

fn verdict(conn: &Connection) -> &'static str {
    match &conn.protocol {
        Protocol::Tcp(tcp) => tcp.verdict(conn.core.history.text()),
        Protocol::Udp(_) => match (conn.sides.orig.bytes >= 0, conn.sides.resp.bytes >= 0) {
            (true, true) => "SF",
            (true, false) => "S0",
            (false, true) => "SHR",
            (false, false) => "OTH",
        },
        Protocol::Icmp | Protocol::Other => "OTH",
    }
}

/// Keeps the figures of the summary.
fn count(conn: &Connection, out: &mut Out<'_>) {
    let stats = &mut out.state.stats;
    let (orig, resp) = (conn.sides.orig.packets, conn.sides.resp.packets);
    stats.count_end(conn.core.tag.ip_proto);
    stats.one_sided += u64::from((orig == 0) != (resp == 0));
    stats.missed_bytes += conn.core.missed;
    for service in &conn.core.services {
        stats.count_service(service);
    }
    if let Protocol::Tcp(tcp) = &conn.protocol {
        let data = conn.core.history.text().iter().any(|letter| matches!(letter, b'D' | b'd'));
        stats.conflicting_segments +=
            u64::from(tcp.ends.orig.stream.conflicts()) + u64::from(tcp.ends.resp.stream.conflicts());
        stats.tcp_with_data += u64::from(data);
        stats.with_gaps += u64::from(tcp.ends.orig.stream.had_gap || tcp.ends.resp.stream.had_gap);
    }
}
