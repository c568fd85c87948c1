//! ICMP: which messages are one connection.

use crate::testing::{Ip, Lab, Rows, icmp, icmp_bytes, v6};

fn feed(packets: &[Ip]) -> Rows {
    let mut lab = Lab::new();
    for (i, packet) in packets.iter().enumerate() {
        lab.packet(1.0 + i as f64, packet);
    }
    lab.finish()
}

fn line(packets: &[Ip]) -> String {
    let rows = feed(packets);
    format!("{}; {}", rows.ends(), rows.summary())
}

fn icmp6(kind: u8, code: u8, payload: &[u8]) -> Ip {
    v6(58, &icmp_bytes(kind, code, payload))
}

#[test]
fn request_and_reply() {
    let pairs = [(8, 0), (13, 14), (15, 16), (10, 9), (17, 18)];
    for (ask, answer) in pairs {
        let expected = format!("icmp 10.0.0.1:{ask} 10.0.0.2:{answer}; OTH - 4/6 1/1");
        assert_eq!(line(&[icmp(ask, 0, b"1234"), icmp(answer, 0, b"123456").back()]), expected);
        let replier = format!("icmp 10.0.0.2:{answer} 10.0.0.1:{ask}; OTH - 6/4 1/1");
        assert_eq!(line(&[icmp(answer, 0, b"123456").back(), icmp(ask, 0, b"1234")]), replier, "reply first");
    }
    for (ask, answer) in [(128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145)] {
        let expected = format!("icmp 2001:db8::1:{ask} 2001:db8::2:{answer}; OTH - 4/6 1/1");
        assert_eq!(line(&[icmp6(ask, 0, b"1234"), icmp6(answer, 0, b"123456").back()]), expected);
    }
}

#[test]
fn one_way_types() {
    let unreachable = |code| icmp(3, code, &[0; 28]);
    assert_eq!(line(&[unreachable(1), unreachable(1)]), "icmp 10.0.0.1:3 10.0.0.2:1; OTH - 56/0 2/0");
    let rows = feed(&[unreachable(1), unreachable(3), unreachable(1).back()]);
    assert_eq!(
        rows.ends(),
        "icmp 10.0.0.1:3 10.0.0.2:1 | icmp 10.0.0.1:3 10.0.0.2:3 | icmp 10.0.0.2:3 10.0.0.1:1",
        "another code or direction is another connection"
    );
}

#[test]
fn identifiers_do_not_tell_connections_apart() {
    let mut other = icmp(8, 0, b"1234");
    other.body[5] = 9;
    assert_eq!(line(&[icmp(8, 0, b"1234"), other]), "icmp 10.0.0.1:8 10.0.0.2:0; OTH - 8/0 2/0");
}

#[test]
fn to_oneself() {
    let to_self = |kind| icmp(kind, 0, b"1234").between("127.0.0.1", "127.0.0.1");
    assert_eq!(line(&[to_self(8), to_self(0)]), "icmp 127.0.0.1:8 127.0.0.1:0; OTH - 4/4 1/1");
}

#[test]
fn neighbours_are_two_connections() {
    let ask = icmp6(135, 0, &[0; 24]).between("fe80::1", "ff02::1:ff00:2");
    let answer = icmp6(136, 0, &[0; 24]).between("fe80::2", "fe80::1");
    assert_eq!(feed(&[ask, answer]).conns.len(), 2);
}

#[test]
fn what_an_error_quotes_is_left_alone() {
    let quoted = Ip { sum: false, ..crate::testing::v4(17, &crate::testing::udp((7, 9), b"")) }.bytes();
    let rows = feed(&[icmp(3, 3, &quoted)]);
    assert_eq!(rows.ends(), "icmp 10.0.0.1:3 10.0.0.2:3");
}
