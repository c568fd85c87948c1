//! The columns of a connection's row.

use crate::base::nets::LocalNets;
use crate::base::time::Interval;
use crate::events::{ConnTag, Record, Value};
use crate::flow::community::community_id;
use crate::testing::{Ip, Lab, ip, play, udp, v4, v6};

#[test]
fn durations() {
    let rows = play("10 > S");
    assert_eq!((rows.conns[0].duration, rows.conns[0].orig_bytes), (None, None), "a single packet");
    let rows = play("10 > S; 10 < SA; 10 > A 5");
    assert_eq!((rows.conns[0].duration, rows.conns[0].orig_bytes), (None, None), "all at the same time");
    let rows = play("10 > S; 9 < SA");
    assert_eq!(rows.conns[0].duration, None, "time went back");
    let rows = play("10 > S; 10.5 < SA");
    assert_eq!(rows.conns[0].duration, Some(Interval::from_millis(500)));
    let rows = play("10 > S bad; 12 < SA bad; 11 > A bad");
    assert_eq!((rows.conns[0].ts, rows.conns[0].duration), (crate::testing::at(10.0), None));
    let rows = play("10 > S; 11 < SA; 12 > A; 13 > FA; 14 < FA; 16 > A");
    assert_eq!(rows.conns[0].duration, Some(Interval::from_secs(4)), "the last ACK does not count");
}

#[test]
fn datagrams_are_summed_by_their_length_field() {
    let mut lab = Lab::new();
    let ask = v4(17, &udp((7, 9), b"12345"));
    let answer = v4(17, &udp((9, 7), b"123")).back();
    lab.packet(1.0, &ask).packet(2.0, &answer).packet(3.0, &ask);
    let rows = lab.finish();
    assert_eq!(rows.summary(), "SF Dd 10/3 2/1");
    assert_eq!((rows.conns[0].orig_ip_bytes, rows.conns[0].resp_ip_bytes), (Some(66), Some(31)));
    assert_eq!(rows.conns[0].ip_proto, Some(17));
}

#[test]
fn ip_bytes_of_version_six_count_its_header() {
    let mut lab = Lab::new();
    lab.packet(1.0, &v6(17, &udp((7, 9), b"12345")).with(0, &[0, 0, 1, 4, 0, 0, 0, 0]));
    assert_eq!(lab.finish().conns[0].orig_ip_bytes, Some(40 + 8 + 13));
}

#[test]
fn unknown_transports() {
    let mut lab = Lab::new();
    let packet = v4(132, &[0; 30]);
    lab.packet(1.0, &packet).packet(2.0, &packet.clone().back()).packet(3.0, &packet);
    let rows = lab.finish();
    assert_eq!(rows.summary(), "OTH - 0/0 2/1");
    assert_eq!(rows.ends(), "unknown_transport 10.0.0.1:0 10.0.0.2:0");
    assert_eq!((rows.conns[0].ip_proto, rows.conns[0].orig_ip_bytes), (Some(132), Some(100)));
}

/// RFC 9260, section 3.1: the ports come first. Two hosts have one connection of SCTP, whose rows say 0, and a name with ports.
#[test]
fn the_community_id_of_sctp_has_ports() {
    let of = |ports: (u16, u16)| {
        let conn = ConnTag {
            uid: None,
            orig_h: ip("10.0.0.1"),
            orig_p: ports.0,
            resp_h: ip("10.0.0.2"),
            resp_p: ports.1,
            ip_proto: 132,
        };
        community_id(&conn)
    };
    let packet =
        |ports: (u16, u16)| v4(132, &[ports.0.to_be_bytes(), ports.1.to_be_bytes(), [0; 2]].concat());
    // One way, so that it is packed; with an answer; and to two ports, where the first counts.
    let (ask, answer, other) = (packet((7, 900)), packet((900, 7)).back(), packet((8, 900)));
    for packets in [vec![&ask], vec![&ask, &ask, &answer, &ask], vec![&ask, &other, &answer, &other]] {
        let mut lab = Lab::new();
        for (at, packet) in packets.iter().enumerate() {
            lab.packet(at as f64, packet);
        }
        let rows = lab.finish();
        let row = &rows.conns[0];
        assert_eq!(
            (rows.conns.len(), row.orig_pkts),
            (1, Some(packets.len() as u64 - rows.conns[0].resp_pkts.unwrap()))
        );
        assert_eq!(community_id(&row.conn), of((7, 900)));
        assert!(matches!((row.get(3), row.get(5)), (Some(Value::Port(0)), Some(Value::Port(0)))));
    }
    assert_ne!(of((7, 900)), of((0, 0)));
    let mut lab = Lab::new();
    lab.packet(1.0, &v4(132, &[0; 3]));
    assert_eq!(community_id(&lab.finish().conns[0].conn), of((0, 0)), "cut short");
}

#[test]
fn the_protocol_is_part_of_the_key() {
    let mut lab = Lab::new();
    for proto in [17, 132, 50] {
        lab.packet(1.0, &Ip { sum: true, ..v4(proto, &udp((7, 9), b"12345")) });
    }
    assert_eq!(lab.finish().conns.len(), 3);
}

#[test]
fn what_is_local() {
    let nets = LocalNets::default();
    let local = "0.1.2.3 10.255.0.1 100.64.0.1 100.127.255.255 127.0.0.1 169.254.9.9 172.16.0.1 172.31.255.255 \
                 192.0.0.9 192.0.2.1 192.168.9.9 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.251 \
                 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 64:ff9b:1::5 100::9 2001:1ff::1 2001:2::7 \
                 2001:db8::1 fc00::1 fd12::1 fe80::1 febf::1 fec0::1 2002:a00:1:: 2002:c0a8:101::5 2002:7f00:1::1";
    for address in local.split_whitespace() {
        assert!(nets.contains(ip(address)), "{address}");
    }
    let remote = "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.0.1.0 \
                  192.0.3.0 192.167.0.1 198.17.0.1 198.20.0.1 224.0.1.0 225.0.0.1 238.255.255.255 ::2 64:ff9b::1 \
                  64:ff9b:2::1 2001:200::1 2001:4860::8888 2400::1 ff02::1 ff05::2 2002:808:808::1 fb00::1";
    for address in remote.split_whitespace() {
        assert!(!nets.contains(ip(address)), "{address}");
    }
}

#[test]
fn nets_of_the_user() {
    let nets = LocalNets::parse("8.8.8.0/24, 2001:4860::/32 9.9.9.9").unwrap();
    let local = |text: &str| nets.contains(ip(text));
    assert!(local("8.8.8.255") && local("2001:4860:ffff::") && local("9.9.9.9"));
    assert!(!local("8.8.9.0") && !local("2001:4861::") && !local("9.9.9.8") && !local("10.0.0.1"));
    assert!(LocalNets::parse("0.0.0.0/0").unwrap().contains(ip("1.2.3.4")));
    assert!(LocalNets::parse("::/0").unwrap().contains(ip("2400::")));
    for wrong in ["10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/x", "10.0.0.0/-1", "example.org"] {
        let error = LocalNets::parse(wrong).unwrap_err();
        assert!(error.to_string().contains(wrong), "{error}");
    }
    assert!(LocalNets::parse("").unwrap().is_empty());
    let mut lab = Lab::with(|config| config.local_nets = LocalNets::parse("").unwrap());
    lab.packet(1.0, &v4(17, &udp((7, 9), b"1")));
    let rows = lab.finish();
    assert_eq!(
        (rows.conns[0].local_orig, rows.conns[0].local_resp),
        (None, None),
        "nothing known, nothing said"
    );
}

#[test]
fn a_full_shard_gives_up_the_oldest_without_an_answer() {
    let mut lab = Lab::with(|config| config.limits.flows_per_shard = 3);
    let ask = |port| v4(17, &udp((port, 9), b"1"));
    let answer = |port| v4(17, &udp((9, port), b"1")).back();
    lab.packet(1.0, &ask(1)).packet(2.0, &answer(1)).packet(3.0, &ask(2)).packet(4.0, &ask(3));
    lab.packet(5.0, &ask(4));
    assert_eq!(lab.engine.stats().shed.connections, 1);
    lab.packet(6.0, &answer(3)).packet(7.0, &answer(4)).packet(8.0, &ask(5));
    let rows = lab.finish();
    // The oldest without an answer was the second, and when all had one the oldest was the first. Neither makes a row.
    let left = ["udp 10.0.0.1:3 10.0.0.2:9", "udp 10.0.0.1:4 10.0.0.2:9", "udp 10.0.0.1:5 10.0.0.2:9"];
    assert_eq!(rows.ends(), left.join(" | "));
    assert_eq!((rows.stats.shed.connections, rows.stats.connections()), (2, 5));
    assert_eq!(rows.weird_names(), "connections_shed");
}

#[test]
fn the_summary_counts() {
    let mut lab = Lab::new();
    crate::testing::Script::default().feed("1 > S; 2 < SA; 3 > A 5; 4 > A 5 lost; 5 > A 5; 6 < A", &mut lab);
    lab.packet(7.0, &v4(17, &udp((7, 9), b"1")))
        .packet(8.0, &v4(132, b"1"))
        .packet(9.0, &crate::testing::icmp(8, 0, b""));
    let stats = lab.finish().stats;
    assert_eq!(
        (stats.tcp_connections, stats.udp_connections, stats.icmp_connections, stats.other_connections),
        (1, 1, 1, 1)
    );
    assert_eq!((stats.tcp_with_data, stats.with_gaps, stats.missed_bytes, stats.one_sided), (1, 1, 5, 3));
    assert_eq!((stats.acks, stats.gaps), (1, 1), "the one acknowledgement of data was for a hole, too");
    assert_eq!((stats.tcp_ended, stats.udp_ended, stats.icmp_ended), (1, 1, 1));
    assert_eq!(
        (stats.packets, stats.first, stats.last),
        (8, Some(crate::testing::at(1.0)), Some(crate::testing::at(9.0)))
    );
}
