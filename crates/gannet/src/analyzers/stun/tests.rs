//! STUN on datagrams made here.

use super::Stun;
use super::parse::{Class, Message, method_name};
use crate::events::Event;
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `[methods] requests successes errors address port software`.
    rows: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Stun>() {
            self.rows.push(format!(
                "{:?} {} {} {} {} {} {}",
                row.methods.0,
                row.requests,
                row.successes,
                row.errors,
                row.mapped_host.map_or("-".to_owned(), |host| host.to_string()),
                row.mapped_p.map_or(0, |port| port.0),
                row.software.as_deref().map_or("-".to_owned(), text),
            ));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

fn message(kind: u16, attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, value) in attributes {
        body.extend([kind.to_be_bytes(), (value.len() as u16).to_be_bytes()].concat());
        body.extend_from_slice(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let length = (body.len() as u16).to_be_bytes();
    [&kind.to_be_bytes(), &length, &[0x21, 0x12, 0xa4, 0x42][..], b"transaction!", &body].concat()
}

fn play(port: u16, steps: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = Tap::new(port, |config| config.analyzers = vec![&super::STUN]);
    steps.iter().for_each(|(side, bytes)| {
        tap.datagram(*side, bytes);
    });
    tap.finish()
}

#[test]
fn a_flow_has_a_row() {
    let hidden = [0, 1, 0x21 ^ 0x12, 0x12 ^ 0x34, 0x21 ^ 192, 0x12, 0xa4 ^ 2, 0x42 ^ 9];
    let steps = [
        (Client, message(1, &[(0x8022, b"a client")])),
        (Server, message(0x101, &[(0x20, &hidden), (0x8022, b"a server")])),
        (Client, message(3, &[])),
        (Server, message(0x113, &[(9, &[0, 0, 4, 1])])),
        (Client, vec![0x80; 40]),
    ];
    for port in [3478, 12_345] {
        let seen = play(port, &steps);
        assert_eq!(seen.rows, [r#"["Binding", "Allocate"] 2 1 1 192.0.2.9 4660 a client"#]);
        assert_eq!(seen.services, ["stun"]);
    }
}

#[test]
fn addresses_are_read() {
    let plain = [0, 1, 0x12, 0x34, 192, 0, 2, 9];
    let mapped =
        |bytes: Vec<u8>| Message::read(&bytes).unwrap().mapped.map(|(host, port)| format!("{host} {port}"));
    assert_eq!(mapped(message(0x101, &[(1, &plain)])).as_deref(), Some("192.0.2.9 4660"));
    let mut long = vec![0, 2, 0x21 ^ 0x12, 0x12 ^ 0x34];
    let key = [&[0x21, 0x12, 0xa4, 0x42][..], b"transaction!"].concat();
    let address = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).octets();
    long.extend(address.iter().zip(key).map(|(byte, key)| byte ^ key));
    assert_eq!(mapped(message(0x101, &[(0x20, &long)])).as_deref(), Some("2001:db8::1 4660"));
    assert_eq!(mapped(message(0x101, &[(0x20, &[0, 3, 0, 0])])), None);
}

#[test]
fn other_datagrams_are_none() {
    let good = message(1, &[(0x8022, b"soft")]);
    assert_eq!(Message::read(&good).map(|message| message.class), Some(Class::Request));
    for (at, byte) in [(0, 0x80), (3, 9), (4, 0), (23, 99)] {
        let mut bad = good.clone();
        bad[at] = byte;
        assert_eq!(Message::read(&bad), None, "byte {at}");
        assert!(play(12_345, &[(Client, bad)]).rows.is_empty());
    }
    for cut in 0..good.len() {
        assert_eq!(Message::read(&good[..cut]), None, "{cut}");
    }
    assert_eq!(method_name(9), "ChannelBind");
    assert_eq!(method_name(2), "unknown-2");
}

/// RFC 7983, section 7: what begins with more than 3 is something else. Found by fuzzing: the probe took what it did not say.
#[test]
fn the_first_byte_tells() {
    for (kind, is) in [(0x0001, true), (0x0201, true), (0x0301, true), (0x0401, false), (0x1401, false)] {
        let seen = play(4000, &[(Client, message(kind, &[]))]);
        assert_eq!(seen.services, [if is { "stun" } else { "-" }], "{kind:#06x}");
    }
}
