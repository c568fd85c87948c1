//! Depth of tunnels in tunnels, and connections that move from one tunnel to another.

use super::{FOUR, SENDER, answer, gre, in_ip, in_udp, inner, outcome, run, vxlan};
use crate::testing::{Ip, Lab, Rows, ethernet, udp, v4};

/// A packet so many levels of IP in IP deep.
fn deep(levels: usize, packet: &Ip) -> Ip {
    (0..levels).fold(packet.clone(), |packet, _| in_ip(4, &packet.bytes()))
}

fn framed(packet: &Ip) -> Vec<u8> {
    ethernet(0x0800, &packet.bytes())
}

#[test]
fn four_levels_and_no_more() {
    let weird = |source: &str| format!("weird exceeded_tunnel_max_depth_in_tunnel/{source}");
    assert_eq!(outcome(&run(&[deep(4, &inner())])), FOUR);
    assert_eq!(outcome(&run(&[deep(5, &inner())])), weird("IPTUNNEL"));
    let in_gre = in_ip(47, &gre(0, 0x0800, &inner().bytes()));
    assert_eq!(outcome(&run(&[deep(3, &in_gre)])), FOUR);
    assert_eq!(outcome(&run(&[deep(4, &in_gre)])), weird("IPTUNNEL"), "GRE too is IP in IP there");
    let broken = in_ip(4, &inner().bytes()[..30]);
    assert_eq!(outcome(&run(&[deep(4, &broken)])), weird("IPTUNNEL"), "depth is looked at first");
}

/// Over UDP the connection that would carry it says so in its history.
#[test]
fn too_deep_over_udp() {
    let v6 = super::inner6().between("2001:0:1::1", "2001:db8::2").bytes();
    let ayiya = [&[0x10, 0x52, 0x11, 41], [0; 26].as_slice(), v6.as_slice()].concat();
    let rows: &[(&str, Ip)] = &[
        ("VXLAN", vxlan(&framed(&inner()))),
        ("VXLAN", in_udp(4789, &[])),
        ("GENEVE", in_udp(6081, &[&[0, 0, 8, 0, 0, 0, 0, 0], inner().bytes().as_slice()].concat())),
        ("TEREDO", in_udp(3544, &v6)),
        ("TEREDO", in_udp(9999, &v6)),
        ("AYIYA", in_udp(5072, &ayiya)),
        ("AYIYA", in_udp(9999, &ayiya)),
    ];
    for (source, packet) in rows {
        let port = u16::from_be_bytes([packet.body[2], packet.body[3]]);
        let seen = run(&[deep(4, packet), deep(4, packet)]);
        let expected = format!(
            "in udp 10.0.0.1:{SENDER} 10.0.0.2:{port}; weird exceeded_tunnel_max_depth_in_tunnel/{source}"
        );
        assert_eq!(outcome(&seen), expected, "{source} {port}");
        assert_eq!(seen.conns[0].history.as_deref(), Some(&b"DX"[..]), "{source}: once");
        assert_eq!(seen.all_weirds().count(), 2);
        let below = run(&[deep(3, packet)]);
        assert!(!below.weird_names().contains("max_depth"), "{source} {port}");
    }
}

/// The packet inside, through one of several tunnels that are all in one shard: a level further in.
fn through(tunnel: usize) -> Ip {
    let host = format!("192.0.2.{}", 100 + tunnel);
    in_ip(4, &in_ip(4, &inner().bytes()).between("192.0.2.50", &host).bytes())
}

/// The connection inside, after packets through these tunnels.
fn moved(tunnels: &[usize]) -> Rows {
    let packets: Vec<Ip> = tunnels.iter().map(|tunnel| through(*tunnel)).collect();
    run(&packets)
}

fn parents(rows: &Rows) -> usize {
    rows.conns[0].tunnel_parents.as_ref().map_or(0, |set| set.0.len())
}

#[test]
fn connections_that_move() {
    let weird = "tunnel_max_changes_per_connection_exceeded(5)";
    for (rule, tunnels, expected, weirds, history) in [
        ("stays", &[1, 1, 1][..], 1, 0, "D"),
        ("moves once", &[1, 2, 2], 2, 0, "D"),
        ("moves back: a change, but no new parent", &[1, 2, 1], 2, 0, "D"),
        ("five times", &[1, 2, 3, 4, 5, 6], 6, 0, "D"),
        ("a sixth time", &[1, 2, 3, 4, 5, 6, 7], 6, 1, "DX"),
        ("and no more after that", &[1, 2, 3, 4, 5, 6, 7, 7, 7], 6, 1, "DX"),
        ("every further change is one", &[1, 2, 1, 2, 1, 2, 1, 2, 2, 3], 2, 3, "DX"),
    ] {
        let rows = moved(tunnels);
        assert_eq!((rows.conns.len(), parents(&rows)), (1, expected), "{rule}");
        assert_eq!(rows.all_weirds().count(), weirds, "{rule}");
        assert_eq!(rows.weird_names(), if weirds > 0 { weird } else { "" }, "{rule}");
        assert_eq!(rows.conns[0].history.as_deref(), Some(history.as_bytes()), "{rule}");
    }
}

#[test]
fn changes_are_in_the_tunnel_log() {
    let rows = moved(&[1, 2, 1]);
    let expected = "10.0 DISCOVER IP 10.0.0.1:0 10.0.0.2:0\n\
        10.0 DISCOVER IP 192.0.2.50:0 192.0.2.101:0\n\
        10.1 DISCOVER IP 192.0.2.50:0 192.0.2.102:0";
    assert_eq!(super::tunnels(&rows), expected);
    let parents = rows.conns[0].tunnel_parents.clone().unwrap().0;
    assert_eq!(parents, [rows.tunnels[1].conn.uid.unwrap(), rows.tunnels[2].conn.uid.unwrap()]);
}

/// The same packet inside, in a tunnel and in none, of one pair of addresses.
#[test]
fn out_of_a_tunnel_is_a_change_too() {
    let outside = v4(17, &udp((7, 9), b"inside"));
    let inside = in_ip(4, &outside.bytes());
    let rows = run(&[
        outside.clone(),
        inside.clone(),
        outside.clone(),
        inside.clone(),
        outside.clone(),
        inside.clone(),
    ]);
    assert_eq!((rows.conns.len(), parents(&rows), rows.weird_names().as_str()), (1, 1, ""));
    let rows = run(&[
        inside.clone(),
        outside.clone(),
        inside.clone(),
        outside.clone(),
        inside.clone(),
        outside,
        inside,
    ]);
    assert_eq!((rows.conns.len(), parents(&rows)), (1, 1));
    assert_eq!(rows.weird_names(), "tunnel_max_changes_per_connection_exceeded(5)");
}

/// The other direction is no change, nor is another kind between the same addresses.
#[test]
fn what_is_no_change() {
    let rows = run(&[
        in_ip(4, &inner().bytes()),
        in_ip(4, &answer().bytes()).back(),
        in_ip(47, &gre(0, 0x0800, &inner().bytes())),
    ]);
    assert_eq!((rows.conns.len(), parents(&rows), rows.weirds().count()), (1, 1, 0));
    let to = |from: u16, port: u16, inner: &Ip| {
        v4(17, &udp((from, port), &[&[8, 0, 0, 0, 0, 0, 1, 0], framed(inner).as_slice()].concat()))
    };
    let rows = run(&[to(SENDER, 4789, &inner()), to(4789, SENDER, &answer()).back()]);
    let inside = rows.conns.iter().find(|conn| conn.tunnel_parents.is_some()).unwrap();
    assert_eq!(inside.tunnel_parents.as_ref().unwrap().0.len(), 1);
    let rows = run(&[to(SENDER, 4789, &inner()), to(SENDER + 1, 4789, &inner())]);
    let inside = rows.conns.iter().find(|conn| conn.tunnel_parents.is_some()).unwrap();
    assert_eq!(
        inside.tunnel_parents.as_ref().unwrap().0.len(),
        2,
        "another connection that carries it is one"
    );
}

/// What carries a packet is not part of what it belongs to: one connection, whatever tunnels its packets come through.
#[test]
fn the_same_ends_in_two_pairs() {
    let packet = in_ip(4, &inner().bytes());
    let rows = run(&[packet.clone(), packet.clone().between("10.0.0.3", "10.0.0.4"), packet]);
    assert_eq!((rows.conns.len(), parents(&rows), rows.conns[0].orig_pkts), (1, 2, Some(3)));
    let there = in_ip(47, &gre(0, 0x0800, &inner().bytes()));
    let back = vxlan(&framed(&answer())).between("10.0.0.3", "10.0.0.4");
    let rows = run(&[there, back, answer(), inner()]);
    let inside = rows.conns.iter().find(|conn| conn.conn.resp_p == 9).unwrap();
    assert_eq!((rows.conns.len(), inside.tunnel_parents.as_ref().unwrap().0.len()), (2, 2));
    assert_eq!((inside.orig_pkts, inside.resp_pkts), (Some(2), Some(2)), "outside of any too");
}

/// Fragments inside meet, and are of the tunnel that the last one came through.
#[test]
fn fragments_inside() {
    let parts = Ip { id: 9, ..v4(17, &udp((7, 9), &[1; 200])) }.fragments(104);
    let mut lab = Lab::new();
    for (turn, part) in parts.iter().enumerate() {
        lab.packet(10.0 + turn as f64, &vxlan(&framed(part)));
    }
    let rows = lab.finish();
    assert_eq!(outcome(&rows), "service vxlan; in udp 10.0.0.1:7 10.0.0.2:9");
    assert_eq!(rows.conns[1].orig_ip_bytes, Some(228));
    // Fragments outside hold one packet inside.
    let whole = vxlan(&framed(&v4(17, &udp((7, 9), &[1; 200])).between("192.0.2.1", "192.0.2.2")));
    let parts = Ip { id: 7, ..whole }.fragments(96);
    assert!(parts.len() > 2);
    assert_eq!(outcome(&run(&parts)), format!("service vxlan; {FOUR}"));
}
