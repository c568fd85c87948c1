//! OpenVPN on datagrams made here.

use super::Openvpn;
use super::parse::{Kind, Packet};
use crate::base::time::Timestamp;
use crate::events::Event;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Heard, Log};

/// `client server wrapped established rekeys data data`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rows;

impl Log for Rows {
    fn row(event: &Event<'_>) -> Option<(Timestamp, String)> {
        let row = event.get::<Openvpn>()?;
        Some((
            row.ts,
            format!(
                "{} {} {} {} {} {} {}",
                row.client_session,
                row.server_session.as_deref().unwrap_or("-"),
                row.is_wrapped,
                row.established,
                row.rekeys,
                row.orig_data_pkts,
                row.resp_data_pkts
            ),
        ))
    }
}

type Seen = Heard<Rows>;
type Tap = crate::testing::Tap<Seen>;
type Step = (Side, Vec<u8>);

fn play(port: u16, steps: &[Step]) -> Seen {
    let mut tap = Tap::new(port, |config| config.analyzers = vec![&super::OPENVPN]);
    steps.iter().for_each(|(side, bytes)| {
        tap.datagram(*side, bytes);
    });
    tap.finish()
}

/// A packet of this kind and key, by the session 0x11... of the client or 0x22... of the server.
fn packet(kind: u8, side: u8, rest: &[u8]) -> Vec<u8> {
    [&[kind << 3], &[side; 8][..], rest].concat()
}

fn session(more: &[u8]) -> Vec<Step> {
    vec![
        (Client, packet(7, 0x11, &[more, &[0; 5]].concat())),
        (Server, packet(8, 0x22, &[&[1, 0, 0, 0, 0], &[0x11; 8][..], &[0; 4], more].concat())),
        (Client, packet(4, 0x11, &[9; 40])),
        (Server, packet(4, 0x22, &[9; 40])),
        (Client, vec![9 << 3, 1, 2, 3]),
        (Server, vec![9 << 3, 1, 2, 3]),
        (Server, packet(3, 0x22, &[0; 5])),
    ]
}

#[test]
fn a_session_has_a_row() {
    for port in [1194, 12_345] {
        let seen = play(port, &session(&[]));
        assert_eq!(seen.rows, ["1111111111111111 2222222222222222 false true 1 1 1"]);
        assert_eq!((seen.services[0].as_str(), seen.failures.len()), ("openvpn", 0));
        let seen = play(port, &session(&[7; 28]));
        assert_eq!(seen.rows, ["1111111111111111 2222222222222222 true true 1 1 1"]);
    }
    // A server that does not answer.
    assert_eq!(play(1194, &session(&[])[..1]).rows, ["1111111111111111 - false false 0 0 0"]);
    assert!(play(12_345, &session(&[])[..1]).rows.is_empty());
    assert_eq!(play(1194, &session(&[])[..1]).services, ["-"]);
}

#[test]
fn what_is_no_session_has_no_name() {
    let ask = session(&[]).remove(0);
    for odd in
        [(Server, packet(8, 0x22, &[0; 20])), (Server, packet(7, 0x22, &[0; 5])), (Server, vec![0xff; 20])]
    {
        let seen = play(12_345, &[ask.clone(), odd]);
        assert_eq!((seen.services[0].as_str(), seen.rows.len()), ("-", 0));
    }
    let mut late = session(&[]);
    late.push((Client, vec![0xff; 20]));
    let seen = play(1194, &late);
    assert_eq!((seen.services[0].as_str(), seen.failures.len()), ("-", 1));
    assert!(play(1194, &[(Client, packet(4, 0x11, &[0; 20]))]).rows.is_empty());
}

#[test]
fn packets_are_read() {
    assert_eq!(Packet::read(&[]), None);
    assert_eq!(Packet::read(&[7 << 3, 1]), None);
    assert_eq!(Packet::read(&[6 << 3 | 2]), Some(Packet { kind: Kind::Data, key: 2, session: None }));
    let begins = Packet::begins;
    assert!(begins(&packet(7, 1, &[0; 5])) && !begins(&packet(7, 1, &[0; 4])));
    assert!(begins(&packet(7, 1, &[0; 33])) && !begins(&packet(7, 1, &[1; 33])));
    let encrypted = packet(10, 1, &[&[0, 0, 0, 1], &[9; 300][..]].concat());
    assert!(begins(&encrypted) && !begins(&encrypted[..53]));
    assert!(!begins(&packet(8, 1, &[0; 5])) && !begins(&packet(7, 1, &[0; 1200])));
}
