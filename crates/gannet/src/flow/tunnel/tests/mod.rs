//! Tunnels: what is accepted, what is said of them, and what becomes of the packets inside.

mod beyond;
mod gre;
mod gtp;
mod hostile;
mod life;
mod limits;
mod teredo;
mod udp;
mod wireless;

use crate::testing::{Ip, Lab, Rows, udp as datagram, v4, v6};

/// Ports of the carrying datagrams that are no tunnel's own.
const SENDER: u16 = 40_000;

/// A datagram inside, of two hosts that are not those outside.
fn inner() -> Ip {
    v4(17, &datagram((7, 9), b"inside")).between("192.0.2.1", "192.0.2.2")
}

/// The answer to it.
fn answer() -> Ip {
    v4(17, &datagram((9, 7), b"inside")).between("192.0.2.2", "192.0.2.1")
}

fn inner6() -> Ip {
    v6(17, &datagram((7, 9), b"inside"))
}

/// What [`see`] says of a datagram inside.
const FOUR: &str = "in udp 192.0.2.1:7 192.0.2.2:9";
const SIX: &str = "in udp 2001:db8::1:7 2001:db8::2:9";

fn in_ip(number: u8, inner: &[u8]) -> Ip {
    v4(number, inner)
}

fn in_udp(port: u16, payload: &[u8]) -> Ip {
    v4(17, &datagram((SENDER, port), payload))
}

fn vxlan(inner: &[u8]) -> Ip {
    in_udp(4789, &[&[8, 0, 0, 0, 0, 0, 42, 0], inner].concat())
}

fn gre(flags: u16, kind: u16, rest: &[u8]) -> Vec<u8> {
    [&flags.to_be_bytes(), &kind.to_be_bytes(), rest].concat()
}

/// What became of packets, a tenth of a second apart: connections inside, services of what carries them, weirds, and
/// failures.
fn see(packets: &[Ip]) -> String {
    outcome(&run(packets))
}

fn run(packets: &[Ip]) -> Rows {
    let mut lab = Lab::new();
    for (turn, packet) in packets.iter().enumerate() {
        lab.packet(10.0 + turn as f64 / 10.0, packet);
    }
    lab.finish()
}

fn outcome(rows: &Rows) -> String {
    let mut parts = Vec::new();
    for conn in &rows.conns {
        let tag = &conn.conn;
        if conn.tunnel_parents.is_some() {
            let (orig, resp) = ((tag.orig_h, tag.orig_p), (tag.resp_h, tag.resp_p));
            parts.push(format!("in {} {}:{} {}:{}", conn.proto.0, orig.0, orig.1, resp.0, resp.1));
        }
        parts.extend(conn.service.as_ref().map(|service| format!("service {service}")));
    }
    if !rows.weird_names().is_empty() {
        parts.push(format!("weird {}", rows.weird_names()));
    }
    parts.extend(
        rows.failures.iter().map(|row| format!("failed {}: {}", row.analyzer_name, row.failure_reason)),
    );
    if parts.is_empty() { "nothing".to_owned() } else { parts.join("; ") }
}

fn check(rows: &[(&str, Ip, String)]) {
    for (rule, packet, expected) in rows {
        assert_eq!(see(std::slice::from_ref(packet)), *expected, "{rule}");
    }
}

/// The rows of the tunnel log, one a line: time, action, kind and ends.
fn tunnels(rows: &Rows) -> String {
    let text = |row: &crate::events::tunnel::Tunnel| {
        let tag = &row.conn;
        let kind = row.tunnel_type.0.trim_start_matches("Tunnel::");
        let action = row.action.0.trim_start_matches("Tunnel::");
        let ends = format!("{}:{} {}:{}", tag.orig_h, tag.orig_p, tag.resp_h, tag.resp_p);
        format!("{:.1} {action} {kind} {ends}", row.ts.nanos() as f64 / 1e9)
    };
    rows.tunnels.iter().map(text).collect::<Vec<_>>().join("\n")
}
