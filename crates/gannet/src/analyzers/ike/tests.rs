//! IKE on datagrams made here.

use super::Ike;
use super::parse::{Header, error_name};
use crate::base::time::Timestamp;
use crate::events::Event;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Heard, Log};

/// `version initiator responder [exchanges] [errors] established`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rows;

impl Log for Rows {
    fn row(event: &Event<'_>) -> Option<(Timestamp, String)> {
        let row = event.get::<Ike>()?;
        Some((
            row.ts,
            format!(
                "{} {} {} {:?} {:?} {}",
                row.version,
                row.initiator_spi,
                row.responder_spi.as_deref().unwrap_or("-"),
                row.exchanges.0,
                row.errors.0,
                row.established
            ),
        ))
    }
}

type Seen = Heard<Rows>;
type Tap = crate::testing::Tap<Seen>;
type Step = (Side, Vec<u8>);

/// A message: numbers of both, version, kind, flags, type of the first payload, and what follows.
fn message(spis: [u64; 2], [version, kind, flags, first]: [u8; 4], payloads: &[u8]) -> Vec<u8> {
    let [initiator, responder] = spis.map(u64::to_be_bytes);
    let length = (28 + payloads.len() as u32).to_be_bytes();
    [&initiator, &responder, &[first, version, kind, flags, 0, 0, 0, 0][..], &length, payloads].concat()
}

fn play(port: u16, steps: &[Step]) -> Seen {
    let mut tap = Tap::new(port, |config| config.analyzers = vec![&super::IKE]);
    steps.iter().for_each(|(side, bytes)| {
        tap.datagram(*side, bytes);
    });
    tap.finish()
}

fn session() -> Vec<Step> {
    vec![
        (Client, message([0xa1, 0], [0x20, 34, 8, 33], &[0, 0, 0, 8, 1, 2, 3, 4])),
        (Server, message([0xa1, 0xb2], [0x20, 34, 0x20, 33], &[0, 0, 0, 8, 1, 2, 3, 4])),
        (Client, message([0xa1, 0xb2], [0x20, 35, 8, 46], &[9; 40])),
        (Server, message([0xa1, 0xb2], [0x20, 35, 0x20, 46], &[9; 40])),
    ]
}

const ROW: &str = r#"2.0 00000000000000a1 00000000000000b2 ["IKE_SA_INIT", "IKE_AUTH"] [] true"#;

#[test]
fn an_association_has_a_row() {
    for port in [500, 12_345] {
        let seen = play(port, &session());
        assert_eq!((seen.rows[0].as_str(), seen.services[0].as_str()), (ROW, "ike"));
    }
    assert_eq!(play(500, &session()[..1]).rows, [r#"2.0 00000000000000a1 - ["IKE_SA_INIT"] [] false"#]);
    // A new one has a row of its own.
    let mut steps = session();
    steps.push((Client, message([0xc3, 0], [0x10, 2, 0, 1], &[])));
    let rows = play(500, &steps).rows;
    assert_eq!(rows, [ROW, r#"1.0 00000000000000c3 - ["main mode"] [] false"#]);
}

#[test]
fn errors_are_named() {
    let refused = [0, 0, 0, 8, 0, 0, 0, 14];
    let steps = [session().remove(0), (Server, message([0xa1, 0xb2], [0x20, 34, 0x20, 41], &refused))];
    assert!(play(500, &steps).rows[0].contains(r#"["NO_PROPOSAL_CHOSEN"] false"#));
    let old = [0, 0, 0, 12, 0, 0, 0, 1, 1, 0, 0, 24];
    let steps = [(Client, message([1, 0], [0x10, 5, 0, 11], &old))];
    assert!(play(500, &steps).rows[0].contains(r#"["AUTHENTICATION_FAILED"]"#));
    // A status is no error, and what is cut says nothing.
    for payload in [&[0, 0, 0, 8, 0, 0, 0x40, 4][..], &[0, 0, 0, 80, 0, 0, 0, 14], &[0, 0, 0, 3], &[0]] {
        let steps = [(Client, message([1, 0], [0x20, 34, 8, 41], payload))];
        assert!(play(500, &steps).rows[0].ends_with("[] false"));
    }
    assert_eq!(error_name(99), "unknown-99");
}

#[test]
fn a_marker_stands_before_messages_on_another_port() {
    let mut steps = session();
    for (_, bytes) in &mut steps {
        bytes.splice(..0, [0; 4]);
    }
    // Signs of life, and what IPsec carries.
    steps.push((Client, vec![0xff]));
    steps.push((Server, vec![7; 60]));
    let seen = play(4500, &steps);
    assert_eq!((seen.rows[0].as_str(), seen.services[0].as_str()), (ROW, "ike"));
    assert!(seen.failures.is_empty());
}

#[test]
fn other_datagrams_are_none() {
    let good = message([1, 0], [0x20, 34, 8, 33], &[]);
    assert!(Header::read(&good).is_some());
    for (at, byte) in [(7, 0), (17, 0x30), (18, 99), (27, 9)] {
        let mut bad = good.clone();
        bad[at] = byte;
        assert_eq!(Header::read(&bad), None, "byte {at}");
        assert!(play(12_345, &[(Client, bad)]).rows.is_empty());
    }
    assert_eq!(Header::read(&good[..27]), None);
    let mut steps = session();
    steps.push((Client, vec![1, 2, 3]));
    let seen = play(500, &steps);
    assert_eq!((seen.failures.len(), seen.services[0].as_str(), seen.rows.len()), (1, "-", 1));
}
