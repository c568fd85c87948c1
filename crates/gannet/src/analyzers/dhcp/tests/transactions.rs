//! Transactions: which messages share a row, and when it is written.

use super::{Packet, packet};
use crate::analyzers::dhcp::Dhcp;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Meta};
use crate::flow::Conn;
use crate::testing::{RAW, at, udp, v4};
use crate::{Config, Engine};

/// A row as text: `time, connections, client, server, hardware, assigned, kinds, duration`.
fn text(row: &Dhcp) -> String {
    let show =
        |address: Option<std::net::IpAddr>| address.map_or("-".to_owned(), |address| address.to_string());
    let hardware = row.mac.as_deref().map_or("-".into(), String::from_utf8_lossy);
    format!(
        "{} {} {} {} {hardware} {} {} {}",
        row.ts.seconds() - BEGIN,
        row.uids.0.len(),
        show(row.client_addr),
        show(row.server_addr),
        show(row.assigned_addr),
        row.msg_types.0.join(","),
        row.duration.nanos() / 1_000_000_000,
    )
}

const BEGIN: i64 = 1_000_000_000;
const NOBODY: &str = "0.0.0.0";
const ALL: &str = "255.255.255.255";

/// Who sends to whom.
type Way = (&'static str, u16, &'static str, u16);

const ASK: Way = (NOBODY, 68, ALL, 67);
const TELL: Way = ("192.0.2.1", 67, ALL, 68);

/// What came out of messages at these seconds: rows, failures and services.
#[derive(Default)]
struct Seen {
    rows: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
}

fn run(messages: &[(f64, Way, Packet<'_>)]) -> Seen {
    let mut engine = Engine::new(Config { table_seed: Some(1), ..Config::default() });
    let mut seen = Seen::default();
    let mut sink = |_: &Meta<'_>, event: Event<'_>| {
        if let Some(row) = event.get::<Dhcp>() {
            seen.rows.push(text(row));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            seen.failures.push(failure.failure_reason.clone());
        } else if let Some(conn) = event.get::<Conn>() {
            seen.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    };
    for (second, (from, from_port, to, to_port), message) in messages {
        let datagram = udp((*from_port, *to_port), &message.bytes());
        let bytes = v4(17, &datagram).between(from, to).bytes();
        engine.feed(RAW, at(BEGIN as f64 + second), bytes.len() as u32, &bytes, &mut sink);
    }
    let summary = engine.finish(&mut sink);
    assert_eq!(summary.stats.panics, 0);
    seen
}

const DISCOVER: &[(u8, &[u8])] = &[(53, &[1])];
const OFFER: &[(u8, &[u8])] = &[(53, &[2]), (51, &[0, 0, 0, 60])];
const REQUEST: &[(u8, &[u8])] = &[(53, &[3]), (61, &[1, 2, 0, 0, 0, 0, 8])];
const ACK: &[(u8, &[u8])] = &[(53, &[5])];
const NAK: &[(u8, &[u8])] = &[(53, &[6])];

fn given(options: &'static [(u8, &'static [u8])]) -> Packet<'static> {
    Packet { your: [192, 0, 2, 50], ..packet(1, options) }
}

#[test]
fn both_sides_of_a_lease_share_a_row() {
    let seen = run(&[
        (0.0, ASK, packet(1, DISCOVER)),
        (0.2, TELL, given(OFFER)),
        (0.4, ASK, packet(1, REQUEST)),
        (2.0, TELL, given(ACK)),
    ]);
    let row = "0 2 192.0.2.50 192.0.2.1 02:00:00:00:00:08 192.0.2.50 DISCOVER,OFFER,REQUEST,ACK 2";
    assert_eq!(seen.rows, [row]);
    assert_eq!(seen.services, ["dhcp", "dhcp"]);
}

#[test]
fn another_number_is_another_transaction() {
    let seen = run(&[(0.0, ASK, packet(1, DISCOVER)), (0.1, ASK, packet(2, DISCOVER))]);
    assert_eq!(seen.rows.len(), 2);
    let row = "0 1 - - 02:00:00:00:00:09 - DISCOVER 0";
    assert_eq!(seen.rows[0], row, "without an answer the header's address is shown");
}

#[test]
fn a_refusal_names_no_server() {
    let seen = run(&[(0.0, ASK, packet(1, REQUEST)), (0.1, TELL, packet(1, NAK))]);
    assert_eq!(seen.rows, ["0 2 - - 02:00:00:00:00:08 - REQUEST,NAK 0"]);
}

#[test]
fn a_relay_speaks_for_the_client() {
    let (up, down) = (("192.0.2.9", 67, "192.0.2.1", 67), ("192.0.2.1", 67, "192.0.2.9", 67));
    let seen = run(&[(0.0, up, packet(1, DISCOVER)), (0.1, down, given(OFFER))]);
    assert_eq!(seen.rows, ["0 1 192.0.2.9 192.0.2.1 02:00:00:00:00:09 192.0.2.50 DISCOVER,OFFER 0"]);
}

#[test]
fn a_transaction_is_over_when_a_look_finds_it_silent() {
    // The first packet has all looked at, and then each that comes ten seconds or more after the last one that did.
    for (times, rows) in [
        // At 14 it is too late to join what the look finds silent.
        (
            vec![0.0, 1.0, 14.0],
            vec![
                "0 1 - - 02:00:00:00:00:09 - DISCOVER,DISCOVER 1",
                "14 1 - - 02:00:00:00:00:09 - DISCOVER 0",
            ],
        ),
        // A message of another transaction has it looked at just before ten seconds are over, and nobody looks before 20.
        (
            vec![0.0, 1.0, -10.0, 14.0],
            vec![
                "0 1 - - 02:00:00:00:00:09 - DISCOVER,DISCOVER,DISCOVER 14",
                "10 1 - - 02:00:00:00:00:09 - DISCOVER 0",
            ],
        ),
        // Its last message is not five seconds old then.
        (
            vec![0.0, 8.0, -11.0, 14.0],
            vec![
                "11 1 - - 02:00:00:00:00:09 - DISCOVER 0",
                "0 1 - - 02:00:00:00:00:09 - DISCOVER,DISCOVER,DISCOVER 14",
            ],
        ),
    ] {
        let messages: Vec<_> = times
            .iter()
            .map(|time| (f64::abs(*time), ASK, packet(if *time < 0.0 { 2 } else { 1 }, DISCOVER)))
            .collect();
        let mut rows: Vec<&str> = rows;
        let mut got = run(&messages).rows;
        rows.sort_unstable();
        got.sort_unstable();
        assert_eq!(got, rows, "{times:?}");
    }
}

#[test]
fn no_transaction_goes_on_for_longer_than_half_a_minute() {
    let messages: Vec<_> = (0..15).map(|i| (f64::from(i) * 3.0, ASK, packet(1, DISCOVER))).collect();
    let rows = run(&messages).rows;
    assert_eq!(rows.len(), 2, "{rows:?}");
}

#[test]
fn a_row_has_no_more_than_fifty_messages() {
    let messages: Vec<_> = (0..60).map(|i| (f64::from(i) / 100.0, ASK, packet(1, DISCOVER))).collect();
    let rows = run(&messages).rows;
    assert_eq!(rows.iter().map(|row| row.matches("DISCOVER").count()).collect::<Vec<_>>(), [50, 10]);
    assert!(rows[0].contains(" - - - - "), "a full row is not completed: {}", rows[0]);
}

#[test]
fn without_a_kind_it_is_a_message_and_a_failure() {
    let seen = run(&[(0.0, ASK, packet(1, &[])), (1.0, ASK, packet(1, DISCOVER))]);
    assert_eq!(seen.rows, ["0 1 - - 02:00:00:00:00:09 - unknown-message-type-0 0"]);
    assert_eq!(seen.failures, ["no DHCP message type option"]);
    assert_eq!(seen.services, ["-"]);
}

#[test]
fn another_cookie_is_no_message() {
    let bad = Packet { cookie: 0xffff_fffe, ..packet(1, DISCOVER) };
    let seen = run(&[(0.0, ASK, bad)]);
    assert!(seen.rows.is_empty() && seen.failures.is_empty());
    let seen = run(&[(0.0, ASK, packet(1, DISCOVER)), (0.1, ASK, bad)]);
    assert_eq!((seen.rows.len(), seen.failures), (1, vec!["bad cookie (-2)".to_owned()]));
}

#[test]
fn it_is_found_on_other_ports() {
    let seen = run(&[(0.0, ("192.0.2.7", 5000, "192.0.2.1", 6000), packet(1, DISCOVER))]);
    assert_eq!(seen.services, ["dhcp"]);
    assert_eq!(seen.rows, ["0 1 - - 02:00:00:00:00:09 - DISCOVER 0"], "nobody is known to be a client there");
}
