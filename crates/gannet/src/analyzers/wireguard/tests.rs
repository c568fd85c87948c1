//! WireGuard on datagrams made here.

use super::Wireguard;
use super::parse::Message;
use crate::base::time::Timestamp;
use crate::events::Event;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Heard, Log};

/// `established initiations responses cookies data data keepalives keepalives`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rows;

impl Log for Rows {
    fn row(event: &Event<'_>) -> Option<(Timestamp, String)> {
        let row = event.get::<Wireguard>()?;
        Some((
            row.ts,
            format!(
                "{} {} {} {} {} {} {} {}",
                row.established,
                row.initiations,
                row.responses,
                row.cookies,
                row.orig_data_pkts,
                row.resp_data_pkts,
                row.orig_keepalives,
                row.resp_keepalives
            ),
        ))
    }
}

type Seen = Heard<Rows>;
type Tap = crate::testing::Tap<Seen>;

fn message(kind: u8, numbers: &[u32], length: usize) -> Vec<u8> {
    let mut bytes = vec![kind, 0, 0, 0];
    numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.resize(length, 0x5a);
    bytes
}

fn play(port: u16, steps: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = Tap::new(port, |config| config.analyzers = vec![&super::WIREGUARD]);
    steps.iter().for_each(|(side, bytes)| {
        tap.datagram(*side, bytes);
    });
    tap.finish()
}

fn session() -> Vec<(Side, Vec<u8>)> {
    vec![
        (Client, message(1, &[7], 148)),
        (Server, message(2, &[9, 7], 92)),
        (Client, message(4, &[9], 96)),
        (Server, message(4, &[7], 128)),
        (Server, message(4, &[7], 32)),
    ]
}

#[test]
fn a_peering_has_a_row() {
    for port in [51820, 12_345] {
        let seen = play(port, &session());
        assert_eq!((seen.rows[0].as_str(), seen.services[0].as_str()), ("true 1 1 0 1 1 0 1", "wireguard"));
    }
    // Nobody answers, or only with a cookie.
    let seen = play(12_345, &session()[..1]);
    assert_eq!((seen.rows[0].as_str(), seen.services[0].as_str()), ("false 1 0 0 0 0 0 0", "-"));
    let cookie = (Server, message(3, &[7], 64));
    assert_eq!(play(12_345, &[session().remove(0), cookie]).rows, ["false 1 0 1 0 0 0 0"]);
}

#[test]
fn the_responder_may_begin_again() {
    let mut steps = session();
    steps.push((Server, message(1, &[11], 148)));
    steps.push((Client, message(2, &[12, 11], 92)));
    assert_eq!(play(51820, &steps).rows, ["true 2 2 0 1 1 0 1"]);
}

#[test]
fn what_is_no_message_costs_the_name() {
    for odd in [message(9, &[], 148), message(4, &[], 33), message(2, &[9, 8], 92), vec![1]] {
        let mut steps = session();
        steps.push((Server, odd));
        let seen = play(51820, &steps);
        assert_eq!((seen.failures.len(), seen.services[0].as_str(), seen.rows.len()), (1, "-", 0));
    }
    assert!(play(12_345, &[(Client, message(1, &[7], 147))]).rows.is_empty());
}

#[test]
fn messages_have_lengths() {
    assert_eq!(Message::read(&message(1, &[5], 148)), Some(Message::Initiation { sender: 5 }));
    assert_eq!(Message::read(&message(4, &[5], 32)), Some(Message::Data { empty: true }));
    for length in 0..200 {
        for kind in [1, 2, 3] {
            let found = Message::read(&message(kind, &[1, 2], length)).is_some();
            assert_eq!(found, length == [148, 92, 64][usize::from(kind) - 1], "{kind} {length}");
        }
    }
}
