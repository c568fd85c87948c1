//! VXLAN, Geneve and AYIYA.

use super::{FOUR, SENDER, SIX, answer, check, in_udp, inner, inner6, outcome, run, see, vxlan};
use crate::testing::{Ip, Lab, arp, ethernet, udp, v4, v6};

fn frame() -> Vec<u8> {
    ethernet(0x0800, &inner().bytes())
}

/// With its parts in their usual order: what carries first.
fn carried(service: &str, inside: &str) -> String {
    format!("service {service}; {inside}")
}

fn geneve(first: u8, kind: u16, rest: &[u8]) -> Ip {
    in_udp(6081, &[&[first, 0], kind.to_be_bytes().as_slice(), &[0, 0, 1, 0], rest].concat())
}

fn ayiya(port: u16, operation: u8, next: u8, inner: &[u8]) -> Ip {
    // An identity of two bytes (2^1) and a signature of five words.
    let header = [&[0x10, 0x52, 0x10 | operation, next], [0; 4 + 2 + 20].as_slice()].concat();
    in_udp(port, &[header.as_slice(), inner].concat())
}

#[test]
fn vxlan_headers() {
    let failed = |reason: &str| format!("failed VXLAN: {reason}");
    check(&[
        ("a frame", vxlan(&frame()), carried("vxlan", FOUR)),
        ("tags are not passed on", vxlan(&ethernet(0x86dd, &inner6().bytes())), carried("vxlan", SIX)),
        ("ARP", vxlan(&ethernet(0x0806, &arp())), "service vxlan".into()),
        (
            "a short frame",
            vxlan(&frame()[..16]),
            carried("vxlan", "weird truncated_ethernet_frame_in_tunnel/ETHERNET"),
        ),
        ("no frame", vxlan(&[]), carried("vxlan", "weird vxlan_empty_packet/VXLAN")),
        ("seven bytes", in_udp(4789, &[8; 7]), failed("VXLAN header truncation")),
        ("nothing", in_udp(4789, &[]), failed("VXLAN header truncation")),
        ("no flag", in_udp(4789, &[0xf7; 60]), failed("VXLAN 'I' flag not set")),
        (
            "from the responder",
            v4(17, &udp((4789, SENDER), &[&[8; 8], frame().as_slice()].concat())).back(),
            carried("vxlan", FOUR),
        ),
        ("to a port that is none", in_udp(4790, &[&[8; 8], frame().as_slice()].concat()), "nothing".into()),
    ]);
}

#[test]
fn a_failure_is_the_end_of_a_tunnel() {
    let (good, bad) = (vxlan(&frame()), in_udp(4789, &[0; 9]));
    let failed = "failed VXLAN: VXLAN 'I' flag not set";
    assert_eq!(
        see(&[bad.clone(), bad.clone(), good.clone()]),
        failed,
        "one row, and nothing is looked at any more"
    );
    assert_eq!(
        see(&[good.clone(), bad, good]),
        format!("service vxlan; {FOUR}; {failed}"),
        "the service stays"
    );
}

#[test]
fn failures_show_the_first_bytes() {
    let shown = |packet: Ip| run(&[packet]).failures[0].failure_data.clone();
    assert_eq!(shown(in_udp(4789, &[1; 100])), Some(vec![1; 40]));
    assert_eq!(shown(in_udp(4789, &[1; 5])), Some(vec![1; 5]));
    assert_eq!(shown(in_udp(4789, &[])), None);
    assert_eq!(shown(in_udp(6081, &[1; 5])), Some(vec![1; 5]));
    assert_eq!(shown(in_udp(5072, &[1; 5])), None, "these do not");
    let rows = run(&[in_udp(4789, &[1; 5])]);
    let row = &rows.failures[0];
    assert_eq!(
        (row.ts, row.analyzer_kind, row.uid),
        (crate::testing::at(10.0), "packet", rows.conns[0].conn.uid)
    );
    assert_eq!((row.orig_p.map(|port| port.0), row.resp_p.map(|port| port.0)), (Some(SENDER), Some(4789)));
    assert_eq!((row.proto.map(|proto| proto.0), row.fuid), (Some("udp"), None));
}

#[test]
fn geneve_headers() {
    let weird = |name: &str| format!("weird {name}");
    let failed = |reason: &str| format!("failed GENEVE: {reason}");
    let options = |count: usize, inner: &[u8]| [vec![0; 4 * count], inner.to_vec()].concat();
    check(&[
        ("a frame", geneve(0, 0x6558, &frame()), carried("geneve", FOUR)),
        ("IPv4", geneve(0, 0x0800, &inner().bytes()), carried("geneve", FOUR)),
        ("IPv6", geneve(0, 0x86dd, &inner6().bytes()), carried("geneve", SIX)),
        ("ARP", geneve(0, 0x0806, &arp()), "service geneve".into()),
        ("ARP, cut", geneve(0, 0x0806, &arp()[..20]), carried("geneve", "weird truncated_ARP_in_tunnel/ARP")),
        ("another type", geneve(0, 0x8847, &inner().bytes()), "service geneve".into()),
        ("options", geneve(3, 0x0800, &options(3, &inner().bytes())), carried("geneve", FOUR)),
        (
            "as many as there can be",
            geneve(63, 0x0800, &options(63, &inner().bytes())),
            carried("geneve", FOUR),
        ),
        (
            "options only",
            geneve(3, 0x0800, &options(3, &[])),
            carried("geneve", "weird geneve_empty_packet/GENEVE"),
        ),
        ("options are cut", geneve(3, 0x0800, &[0; 11]), failed("Geneve option header truncation")),
        ("seven bytes", in_udp(6081, &[0; 7]), failed("Geneve header truncation")),
        ("nothing", in_udp(6081, &[]), failed("Geneve header truncation")),
        ("version 1", geneve(0x40, 0x0800, &inner().bytes()), weird("geneve_invalid_version/GENEVE(1)")),
        (
            "version 3 before its options",
            geneve(0xff, 0x0800, &[]),
            weird("geneve_invalid_version/GENEVE(3)"),
        ),
    ]);
}

#[test]
fn ayiya_headers() {
    let failed = || "failed AYIYA: Truncated AYIYA".to_owned();
    let (four, six) = (inner().bytes(), inner6().bytes());
    check(&[
        ("IPv6", ayiya(5072, 1, 41, &six), carried("ayiya", SIX)),
        ("IPv4", ayiya(5072, 1, 4, &four), carried("ayiya", FOUR)),
        ("something else", ayiya(5072, 1, 6, &four), "service ayiya".into()),
        ("no packet", ayiya(5072, 1, 41, &[]), carried("ayiya", "weird ayiya_empty_packet/AYIYA")),
        ("another operation", ayiya(5072, 2, 41, &six), "nothing".into()),
        ("three bytes", in_udp(5072, &[0x10, 0x52, 0x11]), failed()),
        ("seven bytes", in_udp(5072, &[0, 0, 0x11, 41, 0, 0, 0]), failed()),
        ("identity and signature are cut", in_udp(5072, &[0x10, 0x52, 0x11, 41, 0, 0, 0, 0, 0]), failed()),
        (
            "an identity of 32 KiB",
            in_udp(5072, &[&[0xf0, 0x02, 0x11, 41], six.as_slice()].concat()),
            failed(),
        ),
        ("by its looks, at any port", ayiya(9999, 1, 41, &six), carried("ayiya", SIX)),
        ("by its looks, but cut", in_udp(9999, &[0x10, 0x52, 0x11]), failed()),
        (
            "not at the port of another tunnel",
            ayiya(4789, 1, 41, &six),
            "failed VXLAN: VXLAN 'I' flag not set".into(),
        ),
    ]);
}

#[test]
fn both_directions_are_looked_at_by_the_responders_port() {
    let there = vxlan(&frame());
    let back = v4(
        17,
        &udp(
            (4789, SENDER),
            &[&[8, 0, 0, 0, 0, 0, 42, 0], ethernet(0x0800, &answer().bytes()).as_slice()].concat(),
        ),
    );
    let rows = run(&[there, Ip { body: udp((4789, SENDER), &back.body[8..]), ..back.back() }]);
    assert_eq!(rows.conns.len(), 2);
    assert_eq!(rows.conns.iter().map(|conn| conn.resp_pkts).collect::<Vec<_>>(), [Some(1), Some(1)]);
}

#[test]
fn vlan_ids_are_not_passed_on() {
    let tagged = |ip: &Ip| ethernet(0x8100, &[&[0, 7, 8, 0], ip.bytes().as_slice()].concat());
    let mut lab = Lab::on(crate::testing::ETHERNET);
    lab.bytes(1.0, &tagged(&vxlan(&frame())));
    lab.bytes(2.0, &tagged(&vxlan(&tagged(&answer()))));
    let vlans: Vec<_> = lab.finish().conns.iter().map(|conn| conn.vlan).collect();
    assert_eq!(vlans, [Some(7), None], "the outer connection's, and the first packet's inside");
}

/// A frame inside has its own; a packet without a frame has none.
#[test]
fn hardware_addresses_are_those_of_the_frame_inside() {
    let mut inside = frame();
    inside[..12].copy_from_slice(&[6, 0, 0, 0, 0, 8, 6, 0, 0, 0, 0, 7]);
    let mut lab = Lab::on(crate::testing::ETHERNET);
    lab.bytes(1.0, &ethernet(0x0800, &vxlan(&inside).bytes()));
    lab.bytes(2.0, &ethernet(0x0800, &geneve(0, 0x0800, &inner6().bytes()).bytes()));
    lab.bytes(3.0, &ethernet(0x0800, &v4(4, &inner().between("10.9.9.1", "10.9.9.2").bytes()).bytes()));
    let rows = lab.finish();
    let mac = |conn: &crate::flow::Conn| conn.orig_l2_addr.map(|mac| mac.to_string());
    let of = |host: &str| {
        let conn = rows.conns.iter().find(|conn| conn.conn.orig_h.to_string() == host);
        mac(conn.unwrap_or_else(|| panic!("{host}: {:?}", rows.conns)))
    };
    let (outside, inside) = (Some("02:00:00:00:00:01".to_owned()), Some("06:00:00:00:00:07".to_owned()));
    let (carrier, carried) = (rows.conns.iter()).partition::<Vec<_>, _>(|conn| conn.tunnel_parents.is_none());
    assert!(carrier.iter().all(|conn| mac(conn) == outside), "{carrier:?}");
    assert!(carried.iter().any(|conn| mac(conn) == inside), "{carried:?}");
    assert_eq!(of("10.9.9.1"), None, "IP in IP");
}

/// The checksum of the datagram outside may be left out, and is tested if it is not.
#[test]
fn checksums_outside_vxlan() {
    let sums = |packet: Ip, sum: Option<u16>| {
        let mut body = packet.sealed_body();
        if let Some(sum) = sum {
            body[6..8].copy_from_slice(&sum.to_be_bytes());
        }
        Ip { body, sum: false, ..packet }
    };
    let over6 = |payload: &[u8], port| v6(17, &udp((SENDER, port), payload));
    let payload = [&[8, 0, 0, 0, 0, 0, 42, 0], frame().as_slice()].concat();
    let bad = "weird bad_UDP_checksum/UDP".to_owned();
    let bad_then = |packets: [Ip; 2]| see(&packets);
    check(&[
        ("right", sums(over6(&payload, 4789), None), carried("vxlan", FOUR)),
        ("none, over IPv6", sums(over6(&payload, 4789), Some(0)), carried("vxlan", FOUR)),
        ("wrong", sums(vxlan(&frame()), Some(0x1234)), bad.clone()),
        (
            "none, over IPv6, without the flag",
            sums(over6(&[&[0; 8], frame().as_slice()].concat(), 4789), Some(0)),
            bad.clone(),
        ),
        ("none, over IPv6, thirty bytes", sums(over6(&payload[..22], 4789), Some(0)), bad.clone()),
        (
            "none, over IPv6, thirty-one bytes",
            sums(over6(&payload[..23], 4789), Some(0)),
            carried("vxlan", "weird truncated_ethernet_frame_in_tunnel/ETHERNET"),
        ),
        ("none, over IPv6, another tunnel", sums(over6(&payload, 6081), Some(0)), bad.clone()),
    ]);
    let back = sums(v6(17, &udp((4789, SENDER), &payload)).back(), Some(0));
    assert_eq!(
        bad_then([sums(over6(&payload, 4789), Some(0)), back]),
        format!("{}; {bad}", carried("vxlan", FOUR)),
        "only towards the port"
    );
}

/// What was cut by the snap length outside was on the wire inside.
#[test]
fn a_cut_datagram_is_cut_inside() {
    let bytes =
        vxlan(&ethernet(0x0800, &v4(17, &udp((7, 9), &[1; 200])).between("192.0.2.1", "192.0.2.2").bytes()))
            .bytes();
    let mut lab = Lab::new();
    lab.cut(1.0, &bytes, bytes.len() - 50);
    let rows = lab.finish();
    assert_eq!(outcome(&rows), carried("vxlan", FOUR));
    assert_eq!(rows.conns[1].orig_ip_bytes, Some(228));
    // IP in IP and GRE know only what was captured.
    let bytes = super::in_ip(47, &super::gre(0, 0x0800, &inner().bytes())).bytes();
    let mut lab = Lab::new();
    lab.cut(1.0, &bytes, bytes.len() - 2);
    assert_eq!(outcome(&lab.finish()), "weird truncated_IP_len_in_tunnel/IP");
}
