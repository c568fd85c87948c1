//! Who is the originator: at the first packet, and when later ones show that the guess was wrong.

use crate::testing::{CLIENT, Ip, Lab, SERVER, Script, udp, v4};

/// Ports and flags of a first segment; whether its sender becomes the responder.
#[test]
fn the_first_segment_decides() {
    let rows = [
        ("SYN: never", (80, 40_000), "S", false),
        ("SYN+ACK from a likely server", (80, 40_000), "SA", true),
        ("data from a likely server", (443, 40_000), "A 10", true),
        ("data to a likely server", (40_000, 443), "A 10", false),
        ("data between unlikely ones", (40_000, 50_000), "A 10", false),
        ("RST from a likely server", (25, 40_000), "R", true),
        ("FIN from a likely server", (25, 40_000), "FA", true),
        ("both likely, smaller source", (25, 80), "A 10", true),
        ("both likely, larger source", (80, 25), "A 10", false),
        ("both likely, equal ports", (80, 80), "A 10", false),
        ("both likely, SYN+ACK", (25, 80), "SA", false),
        ("telnet is not likely", (23, 40_000), "A 10", false),
        ("nor is VNC", (5900, 40_000), "A 10", false),
    ];
    for (rule, ports, flags, flips) in rows {
        let mut lab = Lab::new();
        Script { ports, ..Script::default() }.feed(&format!("1 > {flags}"), &mut lab);
        let rows = lab.finish();
        let flipped = rows.conns[0].history.as_ref().is_some_and(|history| history[0] == b'^');
        assert_eq!(flipped, flips, "{rule}");
        assert_eq!(rows.conns[0].conn.orig_p == ports.1 && ports.0 != ports.1, flips, "{rule}");
    }
}

#[test]
fn every_likely_port() {
    let text = "21 22 25 53 79 80 81 88 135 139 143 389 443 445 465 502 563 585 587 614 631 636 989 990 992 993 \
                995 1080 1434 1883 2811 3128 3268 3306 3389 5222 5223 5269 5432 6379 6666 6667 6668 6669 8000 \
                8080 8888 20000";
    let tcp: Vec<u16> = text.split_whitespace().map(|port| port.parse().unwrap()).collect();
    let text = "53 67 88 123 137 161 162 389 443 514 1812 2123 2152 3389 3544 4011 4754 4789 5060 5072 5353 \
                5355 6081 20000";
    let udp: Vec<u16> = text.split_whitespace().map(|port| port.parse().unwrap()).collect();
    for port in 0..=u16::MAX {
        assert_eq!(crate::flow::ports::likely_tcp(port), tcp.contains(&port), "{port}");
        assert_eq!(crate::flow::ports::likely_udp(port), udp.contains(&port), "{port}");
    }
}

fn datagram(from: (&str, u16), to: (&str, u16)) -> Ip {
    v4(17, &udp((from.1, to.1), b"x")).between(from.0, to.0)
}

#[test]
fn the_first_datagram_decides() {
    let rows = [
        (
            "from a likely server",
            datagram(("10.0.0.1", 123), ("10.0.0.2", 40_000)),
            "10.0.0.2:40000 10.0.0.1:123",
        ),
        ("to one", datagram(("10.0.0.1", 40_000), ("10.0.0.2", 123)), "10.0.0.1:40000 10.0.0.2:123"),
        ("between two", datagram(("10.0.0.1", 53), ("10.0.0.2", 123)), "10.0.0.1:53 10.0.0.2:123"),
        ("DHCP offer", datagram(("10.0.0.1", 67), ("10.0.0.2", 68)), "10.0.0.2:68 10.0.0.1:67"),
        (
            "DHCP offer to all",
            datagram(("10.0.0.1", 67), ("255.255.255.255", 68)),
            "10.0.0.1:67 255.255.255.255:68",
        ),
    ];
    for (rule, packet, expected) in rows {
        let mut lab = Lab::new();
        lab.packet(1.0, &packet);
        assert_eq!(lab.finish().ends(), format!("udp {expected}"), "{rule}");
    }
}

#[test]
fn a_flip_shows_in_history_and_in_what_is_local() {
    let mut lab = Lab::new();
    lab.packet(1.0, &datagram(("8.8.8.8", 123), ("10.0.0.2", 40_000)));
    lab.packet(2.0, &datagram(("8.8.8.8", 123), ("10.0.0.2", 40_000)));
    let rows = lab.finish();
    assert_eq!(rows.summary(), "SHR ^d 0/2 0/2");
    assert_eq!((rows.conns[0].local_orig, rows.conns[0].local_resp), (Some(true), Some(false)));
}

#[test]
fn a_lone_syn_ack_and_then_traffic() {
    let swapped = format!("tcp 10.0.0.2:{SERVER} 10.0.0.1:{CLIENT}");
    let kept = format!("tcp 10.0.0.1:{CLIENT} 10.0.0.2:{SERVER}");
    // The script's client sends the SYN+ACK: it is the server.
    let rows = [
        ("an ACK from the other side", "1 > SA ack=5000; 2 < A", "^hA", &swapped),
        ("data from the other side", "1 > SA ack=5000; 2 < A 10", "^hD", &swapped),
        ("data from the same side", "1 > SA ack=5000; 2 > A 10", "^hd", &swapped),
        ("a FIN does not tell", "1 > SA ack=5000; 2 < FA", "Hf", &kept),
        ("nor does a second SYN+ACK, once it is longer", "1 > SA ack=5000; 2 < R; 3 < A", "Hra", &kept),
    ];
    for (rule, text, history, ends) in rows {
        let rows = crate::testing::play(text);
        assert_eq!(rows.conns[0].history.as_deref(), Some(history.as_bytes()), "{rule}");
        assert_eq!(rows.ends(), *ends, "{rule}");
    }
}

#[test]
fn after_such_a_flip_the_states_stay_behind() {
    let rows = crate::testing::play("1 > SA ack=5000; 2 < A; 3 > A 10; 4 < A");
    assert_eq!(rows.summary(), "OTH ^hAd 0/10 2/2");
    assert_eq!(rows.names(), "connection_originator_SYN_ack data_before_established");
}

#[test]
fn syn_and_its_answer_in_the_wrong_order() {
    // The SYN+ACK was captured first, then the SYN that it answers.
    let rows = crate::testing::play("1 > SA seq=700 ack=5001; 2 < S seq=5000; 3 < A ack=701; 4 > A 10");
    assert_eq!(rows.ends(), format!("tcp 10.0.0.2:{SERVER} 10.0.0.1:{CLIENT}"));
    assert_eq!(rows.conns[0].conn_state, Some("S1"));
    assert_eq!(rows.names(), "connection_originator_SYN_ack");
}

/// A weird about the packet that makes the sides change places names them as they are then.
#[test]
fn weirds_of_the_packet_that_turns_the_sides() {
    let turned = [
        ("TCP_seq_underflow_or_misorder", "1 > SA ack=5000; 2 > A 10 seq=900"),
        ("SYN_with_data", "1 > SA seq=700 ack=5001; 2 < S 4 seq=5000"),
    ];
    for (name, text) in turned {
        let rows = crate::testing::play(text);
        let weird = rows.weirds().find(|weird| weird.name == name).unwrap();
        assert_eq!(weird.conn.map(|tag| tag.resp_p), Some(CLIENT), "{name}");
        let first = rows.weirds().next().unwrap();
        assert_eq!(first.conn.map(|tag| tag.orig_p), Some(CLIENT), "{}", first.name);
    }
}

/// A DNS message between two mDNS ports, neither of which is the likelier server.
fn dns(reply: bool) -> Ip {
    let flags = if reply { 0x84 } else { 0 };
    let message = [0, 7, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1];
    let packet = v4(17, &udp((5353, 5353), &message));
    if reply { packet.back() } else { packet }
}

#[test]
fn the_packet_that_causes_a_flip_stays_with_the_originator() {
    let line = |packets: &[bool]| {
        let mut lab = Lab::with(|config| config.analyzers = vec![&crate::analyzers::dns::DNS]);
        for (i, reply) in packets.iter().enumerate() {
            lab.packet(1.0 + i as f64, &dns(*reply));
        }
        let rows = lab.finish();
        assert_eq!(rows.ends(), "udp 10.0.0.1:5353 10.0.0.2:5353");
        rows.summary()
    };
    assert_eq!(line(&[false, true]), "SF Dd 19/19 1/1");
    assert_eq!(line(&[true]), "S0 D^ -/- 1/0");
    assert_eq!(line(&[true, false]), "S0 D^ 38/0 2/0");
    assert_eq!(line(&[true, false, true]), "SF D^d 38/19 2/1");
}
