//! The rows of the tunnel log: which tunnels have some, when, in which order, and under which identity.

use super::{SENDER, answer, gre, in_ip, in_udp, inner, run, tunnels, vxlan};
use crate::testing::{Ip, Lab, Rows, arp, at, ethernet, udp, v4};

/// A datagram between other ports than before.
fn another(port: u16) -> Vec<u8> {
    v4(17, &udp((port, 9), b"inside")).between("192.0.2.1", "192.0.2.2").bytes()
}

fn frame(packet: &[u8]) -> Vec<u8> {
    ethernet(0x0800, packet)
}

const FORMAT: &str = "10.0.0.1:40000 10.0.0.2:4789";

#[test]
fn discovered_and_closed() {
    let mut lab = Lab::new();
    lab.packet(10.0, &vxlan(&frame(&another(1))))
        .packet(20.0, &vxlan(&frame(&another(2))))
        .advance(79.0)
        .advance(80.0);
    let rows = lab.finish();
    let expected = format!("10.0 DISCOVER VXLAN {FORMAT}\n80.0 CLOSE VXLAN {FORMAT}");
    assert_eq!(tunnels(&rows), expected);
    let outer = rows.conns.iter().find(|conn| conn.conn.resp_p == 4789).unwrap();
    assert!(
        rows.tunnels.iter().all(|row| row.conn.uid == outer.conn.uid),
        "it is the connection that carries it"
    );
}

#[test]
fn closed_at_the_end_of_the_capture() {
    let rows =
        run(&[vxlan(&frame(&another(1))), in_ip(4, &another(2)), in_ip(47, &gre(0, 0x0800, &another(3)))]);
    let expected = format!(
        "10.0 DISCOVER VXLAN {FORMAT}\n10.1 DISCOVER IP 10.0.0.1:0 10.0.0.2:0\n10.2 CLOSE VXLAN {FORMAT}"
    );
    assert_eq!(tunnels(&rows), expected, "those of an address pair are not");
}

#[test]
fn closed_before_the_connections_own_row() {
    let mut lab = Lab::new();
    lab.packet(10.0, &vxlan(&frame(&another(1))));
    let mut order = Vec::new();
    let mut keep = |_: &crate::events::Meta<'_>, event: crate::events::Event<'_>| {
        if let Some(conn) = event.get::<crate::flow::Conn>().filter(|conn| conn.conn.resp_p == 4789) {
            order.push(format!("conn {}", conn.conn.resp_p));
        } else if let Some(row) = event.get::<crate::events::tunnel::Tunnel>() {
            order.push(row.action.0.to_owned());
        }
    };
    lab.engine.advance(at(100.0), &mut keep);
    assert_eq!(order, ["Tunnel::CLOSE", "conn 4789"]);
}

#[test]
fn nothing_is_said_of_a_tunnel_without_connections() {
    let part = &Ip { id: 3, ..inner() }.fragments(8)[0];
    for packet in [
        vxlan(&ethernet(0x0806, &arp())),
        vxlan(&frame(&part.bytes())),
        in_ip(4, &v4(59, &[]).bytes()),
        in_ip(4, &v4(17, &[0; 3]).bytes()),
        in_ip(47, &gre(0, 0x6558, &ethernet(0x0806, &arp()))),
        in_udp(4789, &[0; 40]),
    ] {
        assert_eq!(tunnels(&run(std::slice::from_ref(&packet))), "", "{packet:?}");
    }
}

#[test]
fn whole_stacks_outermost_first() {
    let nested = in_ip(
        47,
        &gre(
            0,
            0x0800,
            &vxlan(&frame(&in_ip(4, &another(1)).between("192.0.2.5", "192.0.2.6").bytes()))
                .between("192.0.2.3", "192.0.2.4")
                .bytes(),
        ),
    );
    let rows = run(&[nested.clone(), nested]);
    let expected = "10.0 DISCOVER GRE 10.0.0.1:0 10.0.0.2:0\n\
        10.0 DISCOVER VXLAN 192.0.2.3:40000 192.0.2.4:4789\n\
        10.0 DISCOVER IP 192.0.2.5:0 192.0.2.6:0\n\
        10.1 CLOSE VXLAN 192.0.2.3:40000 192.0.2.4:4789";
    assert_eq!(tunnels(&rows), expected);
    let parents: Vec<_> =
        rows.conns.iter().map(|conn| conn.tunnel_parents.as_ref().map(|set| set.0.clone())).collect();
    let uids: Vec<_> = rows.tunnels.iter().map(|row| row.conn.uid.unwrap()).collect();
    assert_eq!(parents, [Some(vec![uids[0]]), Some(vec![uids[2]])], "the innermost one");
}

#[test]
fn one_pair_of_addresses_is_one_tunnel() {
    let (there, back) = (in_ip(4, &another(1)), in_ip(47, &gre(0, 0x0800, &another(2))).back());
    let rows = run(&[there.clone(), back.clone(), there.clone()]);
    assert_eq!(
        tunnels(&rows),
        "10.0 DISCOVER IP 10.0.0.1:0 10.0.0.2:0",
        "whatever the direction, whatever is in it"
    );
    let uid = rows.tunnels[0].conn.uid;
    assert!(uid.is_some() && rows.conns.iter().all(|conn| conn.conn.uid != uid), "an id of its own");
    assert!(
        rows.conns
            .iter()
            .all(|conn| conn.tunnel_parents.as_ref().map(|set| set.0.clone()) == uid.map(|uid| vec![uid]))
    );
    assert_eq!(
        tunnels(&run(&[back, there])),
        "10.0 DISCOVER GRE 10.0.0.2:0 10.0.0.1:0",
        "the first packet names it"
    );
    let others = in_ip(4, &another(3)).between("10.0.0.1", "10.0.0.3");
    let rows = run(&[in_ip(4, &another(1)), others]);
    assert_eq!(
        tunnels(&rows),
        "10.0 DISCOVER IP 10.0.0.1:0 10.0.0.2:0\n10.1 DISCOVER IP 10.0.0.1:0 10.0.0.3:0"
    );
    assert_ne!(rows.tunnels[0].conn.uid, rows.tunnels[1].conn.uid);
}

/// The first packet names it even if nothing was said of it then.
#[test]
fn the_first_packet_names_a_pair() {
    let rows = run(&[in_ip(47, &gre(0, 0x6558, &ethernet(0x0806, &arp()))).back(), in_ip(4, &another(1))]);
    assert_eq!(tunnels(&rows), "10.1 DISCOVER GRE 10.0.0.2:0 10.0.0.1:0");
    let rows = run(&[in_ip(4, &another(1)[..25]).back(), in_ip(4, &another(1))]);
    assert_eq!(tunnels(&rows), "10.1 DISCOVER IP 10.0.0.1:0 10.0.0.2:0", "a packet that is refused does not");
}

/// GRE over UDP is between two addresses as well, and its carrier is no tunnel.
#[test]
fn gre_over_udp_is_of_the_pair() {
    let rows = run(&[in_udp(4754, &gre(0, 0x0800, &another(1)))]);
    assert_eq!(tunnels(&rows), "10.0 DISCOVER GRE 10.0.0.1:0 10.0.0.2:0");
    assert_eq!(rows.conns.len(), 2);
    assert!(rows.conns[0].tunnel_parents.is_none() && rows.conns[0].service.is_none());
}

/// An hour after the last new connection inside, at the first look after that: there is one with a packet (or as the clock goes
/// on) ten seconds after the one before.
#[test]
fn expired() {
    let mut lab = Lab::new();
    for minute in 0..70 {
        lab.packet(10.0 + f64::from(minute) * 60.0, &in_ip(4, &inner().bytes()));
    }
    lab.advance(7749.0).advance(8003.0).advance(8010.0);
    let rows = lab.finish();
    assert_eq!(rows.conns.len(), 70, "each one is a new connection");
    let expected = "10.0 DISCOVER IP 10.0.0.1:0 10.0.0.2:0\n8003.0 EXPIRE IP 10.0.0.1:0 10.0.0.2:0";
    assert_eq!(tunnels(&rows), expected);
    let mut lab = Lab::new();
    for minute in 0..140 {
        lab.packet(10.0 + f64::from(minute) * 30.0, &in_ip(4, &inner().bytes()));
    }
    let expected = "10.0 DISCOVER IP 10.0.0.1:0 10.0.0.2:0\n3640.0 EXPIRE IP 10.0.0.1:0 10.0.0.2:0";
    assert_eq!(tunnels(&lab.finish()), expected, "one connection that goes on does not count");
}

#[test]
fn discovered_again_under_the_same_id() {
    let mut lab = Lab::new();
    lab.packet(10.0, &in_ip(4, &another(1))).packet(5000.0, &in_ip(47, &gre(0, 0x0800, &another(2))).back());
    let rows = lab.finish();
    let expected = "10.0 DISCOVER IP 10.0.0.1:0 10.0.0.2:0\n\
        5000.0 EXPIRE IP 10.0.0.1:0 10.0.0.2:0\n\
        5000.0 DISCOVER IP 10.0.0.1:0 10.0.0.2:0";
    assert_eq!(tunnels(&rows), expected, "as long as the pair is known");
    assert!(rows.tunnels.iter().all(|row| row.conn.uid == rows.tunnels[0].conn.uid));
}

/// No close follows an expiry.
#[test]
fn a_carrier_may_outlive_its_tunnel() {
    let mut lab = Lab::new();
    let steady = |lab: &mut Lab, from: u32, to: u32| {
        for half in from..to {
            lab.packet(10.0 + f64::from(half) * 30.0, &vxlan(&ethernet(0x0806, &arp())));
        }
    };
    lab.packet(9.0, &vxlan(&frame(&another(1))));
    steady(&mut lab, 0, 130);
    lab.advance(5000.0);
    let expected = format!("9.0 DISCOVER VXLAN {FORMAT}\n3610.0 EXPIRE VXLAN {FORMAT}");
    assert_eq!(tunnels(&lab.finish()), expected);
    let mut lab = Lab::new();
    lab.packet(9.0, &vxlan(&frame(&another(1))));
    steady(&mut lab, 0, 130);
    lab.packet(3950.0, &vxlan(&frame(&another(2))));
    let expected = format!("{expected}\n3950.0 DISCOVER VXLAN {FORMAT}\n3950.0 CLOSE VXLAN {FORMAT}");
    assert_eq!(tunnels(&lab.finish()), expected);
}

/// A pair is forgotten a day after its last packet, at the latest after two.
#[test]
fn pairs_are_forgotten() {
    const DAY: f64 = 86_400.0;
    let second = |wait: f64| {
        let mut lab = Lab::new();
        lab.packet(10.0, &in_ip(4, &another(1)))
            .packet(10.0 + wait, &in_ip(47, &gre(0, 0x0800, &another(2))).back());
        let rows = lab.finish();
        tunnels(&rows).lines().last().unwrap().split_once(' ').unwrap().1.to_owned()
    };
    assert_eq!(second(DAY - 1.0), "DISCOVER IP 10.0.0.1:0 10.0.0.2:0");
    assert_eq!(second(DAY), "DISCOVER GRE 10.0.0.2:0 10.0.0.1:0");
    let mut lab = Lab::new();
    for (time, packet) in [
        (10.0, in_ip(4, &another(1))),
        (20.0, in_ip(4, &another(1))),
        (DAY + 15.0, in_ip(47, &gre(0, 0x0800, &another(2)))),
    ] {
        lab.packet(time, &packet);
    }
    assert!(
        tunnels(&lab.finish()).ends_with("DISCOVER IP 10.0.0.1:0 10.0.0.2:0"),
        "it is looked at once a day"
    );
}

/// The carrier's ends are those after it was turned round.
#[test]
fn of_the_responder_first() {
    let packet =
        v4(17, &udp((4789, SENDER), &[&[8, 0, 0, 0, 0, 0, 42, 0], frame(&another(1)).as_slice()].concat()));
    let rows = run(&[packet]);
    assert_eq!(
        tunnels(&rows),
        "10.0 DISCOVER VXLAN 10.0.0.2:40000 10.0.0.1:4789\n10.0 CLOSE VXLAN 10.0.0.2:40000 10.0.0.1:4789"
    );
}

/// A packet inside has the time of the one outside, and shares nothing else with it.
#[test]
fn times_inside() {
    let mut lab = Lab::new();
    lab.packet(10.0, &in_ip(4, &inner().bytes())).packet(12.5, &in_ip(4, &answer().bytes()));
    let rows: Rows = lab.finish();
    assert_eq!(rows.conns[0].ts, at(10.0));
    assert_eq!(rows.conns[0].duration, Some(crate::base::time::Interval::from_millis(2500)));
}

/// Only so many are known in a shard; what is beyond is unwrapped all the same.
#[test]
fn too_many_in_a_shard() {
    let mut lab = Lab::new();
    for host in 0..1500u32 {
        let (a, b) = (format!("10.1.{}.{}", host / 250, host % 250), "10.2.0.1");
        let packet = in_ip(4, &in_ip(4, &another(host as u16)).between(&a, b).bytes());
        lab.packet(10.0 + f64::from(host) / 1e3, &packet);
    }
    let rows = lab.finish();
    assert_eq!(rows.tunnels.len(), 1024, "all of them are in the shard of the packets outside");
    assert_eq!(rows.conns.len(), 1500);
}

/// What the ends of a tunnel say to each other beside it has the same addresses, and is not the tunnel.
#[test]
fn what_its_ends_say_does_not_end_it() {
    // PIM, OSPF, VRRP, ESP.
    for number in [103, 89, 112, 50] {
        let mut lab = Lab::new();
        lab.packet(10.0, &in_ip(47, &gre(0, 0x0800, &another(1))))
            .packet(11.0, &v4(number, &[0; 24]))
            .packet(12.0, &v4(number, &[0; 24]).back())
            .packet(200.0, &in_ip(47, &gre(0, 0x0800, &another(2))));
        assert_eq!(tunnels(&lab.finish()), "10.0 DISCOVER GRE 10.0.0.1:0 10.0.0.2:0", "{number}");
    }
}

/// What has no ports makes a connection inside as it does outside, and IGMP does inside only.
#[test]
fn discovered_by_what_has_no_ports() {
    for number in [2, 89, 132] {
        let packet = v4(number, &[0x16, 0, 9, 4, 0xe0, 0, 0, 0xfb]).between("192.0.2.1", "224.0.0.251");
        let rows = run(&[vxlan(&frame(&packet.bytes())), packet]);
        assert_eq!(tunnels(&rows).lines().next(), Some(format!("10.0 DISCOVER VXLAN {FORMAT}").as_str()));
        let inside = rows.conns.iter().find(|conn| conn.tunnel_parents.is_some()).unwrap();
        let packets = if number == 2 { 1 } else { 2 };
        assert_eq!((inside.proto.0, inside.orig_pkts), ("unknown_transport", Some(packets)), "{number}");
    }
}

/// Fragments may be those of a carrier, and are put together before that is known. Then each goes where it belongs.
#[test]
fn fragments_of_carriers_and_of_others() {
    let part = |packet: &Ip, id| Ip { id, ..packet.clone() }.fragments(32);
    let carrier = vxlan(&frame(&another(1)));
    let other = v4(17, &udp((7, 9), &[1; 64]));
    let mut packets = vec![carrier.clone(), other.clone()];
    packets.extend(part(&carrier, 3));
    packets.extend(part(&other, 4));
    let rows = run(&packets);
    let seen: Vec<_> = rows.conns.iter().map(|conn| (conn.conn.resp_p, conn.orig_pkts)).collect();
    assert_eq!(seen, [(4789, Some(2)), (9, Some(2)), (9, Some(2))], "each with its own");
}
