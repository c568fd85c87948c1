//! RADIUS on messages made here.

use proptest::prelude::*;

use super::Radius;
use super::parse::{address, hardware_address};
use crate::analyzers::record::AnalyzerFailure;
use crate::events::Event;
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `user hardware-address address tunnel info message result milliseconds`.
    rows: Vec<String>,
    failures: usize,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Radius>() {
            let show = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or("-".to_owned(), text);
            self.rows.push(format!(
                "{} {} {} {} {} {} {} {}",
                show(&row.username),
                row.mac.as_deref().unwrap_or("-"),
                row.framed_addr.map_or("-".to_owned(), |address| address.to_string()),
                show(&row.tunnel_client),
                show(&row.connect_info),
                show(&row.reply_msg),
                row.result.unwrap_or("-"),
                row.ttl.map_or("-".to_owned(), |ttl| (ttl.nanos() / 1_000_000).to_string()),
            ));
        } else if event.get::<AnalyzerFailure>().is_some() {
            self.failures += 1;
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

/// A message with these attributes.
fn message(code: u8, attributes: &[(u8, &[u8])]) -> Vec<u8> {
    let head = [&[code, 7, 0, 20][..], &[9; 16]].concat();
    attributes
        .iter()
        .fold(head, |bytes, (kind, value)| [&bytes, &[*kind, value.len() as u8 + 2][..], value].concat())
}

fn play(messages: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = crate::testing::Tap::<Seen>::new(1812, |_| ());
    for (side, bytes) in messages {
        tap.datagram(*side, bytes);
    }
    tap.finish()
}

fn request() -> (Side, Vec<u8>) {
    let station = b"00-1A-2b-3C-4D-5E";
    (
        Client,
        message(
            1,
            &[(1, b"me"), (1, b"other"), (31, station), (66, b"10.0.0.1"), (77, b"11 Mbps"), (8, &[9; 4])],
        ),
    )
}

#[test]
fn an_exchange_ends_with_an_answer() {
    let who = "me 00:1a:2b:3c:4d:5e - 10.0.0.1 11 Mbps";
    let seen = play(&[request(), (Server, message(2, &[(18, b"hello"), (8, &[10, 0, 0, 9])]))]);
    assert_eq!(seen.rows, [format!("{who} - success 1")]);
    assert_eq!(seen.services, ["radius"]);
    assert_eq!(play(&[request(), (Server, message(3, &[]))]).rows, [format!("{who} - failed 1")]);
    assert_eq!(play(&[request()]).rows, [format!("{who} - unknown -")]);
    assert_eq!(play(&[(Server, message(2, &[]))]).rows, ["- - - - - - success -"]);
    // What is open is one exchange, whatever the numbers.
    let twice = [
        request(),
        (Client, message(1, &[(1, b"you")])),
        (Server, message(2, &[])),
        (Server, message(2, &[])),
    ];
    assert_eq!(play(&twice).rows, [format!("{who} - success 2"), "- - - - - - success -".to_owned()]);
}

#[test]
fn a_challenge_is_told() {
    let challenge = (Server, message(11, &[(18, b"code?"), (18, b"more"), (8, &[10, 0, 0, 9]), (1, b"who")]));
    let again = (Client, message(1, &[(1, b"second")]));
    let seen = play(&[request(), challenge, again, (Server, message(3, &[]))]);
    assert_eq!(seen.rows, ["me 00:1a:2b:3c:4d:5e 10.0.0.9 10.0.0.1 11 Mbps code? failed 3"]);
}

#[test]
fn other_messages_open_an_exchange() {
    assert_eq!(play(&[(Client, message(4, &[(1, b"me")]))]).rows, ["- - - - - - unknown -"]);
}

#[test]
fn a_message_that_is_cut_ends_it() {
    let whole = request().1;
    let ends = [20, 24, 31, 50, 60, 69, 75];
    for at in 0..whole.len() {
        let seen = play(&[(Client, whole[..at].to_vec())]);
        assert_eq!(seen.services[0] == "radius", ends.contains(&at), "{at}");
    }
    for broken in [&[1, 1][..], &[1, 0], &[1, 9, 9]] {
        let seen = play(&[request(), (Server, [&message(2, &[]), broken].concat())]);
        assert_eq!((seen.rows.len(), seen.failures, seen.services[0].as_str()), (1, 1, "-"));
        assert!(seen.rows[0].ends_with("unknown -"));
    }
}

#[test]
fn hardware_addresses_come_in_any_spelling() {
    for (text, expected) in [
        ("001122AABBCC", "00:11:22:aa:bb:cc"),
        ("00:11:22:aa:bb:cc", "00:11:22:aa:bb:cc"),
        ("0011.22aa.bbcc", "00:11:22:aa:bb:cc"),
        ("00112233445566FF", "00:11:22:33:44:55:66:ff"),
        ("00-11-22-aa-bb", ""),
        ("192.0.2.7", ""),
        ("", ""),
    ] {
        assert_eq!(hardware_address(text.as_bytes()), expected);
    }
    assert_eq!(address(&[1, 2, 3, 4, 5]).to_string(), "1.2.3.4");
    assert_eq!(address(&[1, 2]).to_string(), "0.0.0.0");
}

proptest! {
    #![proptest_config(crate::testing::cases(300))]

    #[test]
    fn any_bytes_do_no_harm(client in any::<Vec<u8>>(), attributes in any::<Vec<u8>>()) {
        play(&[(Client, client), (Server, [message(11, &[]), attributes].concat())]);
    }
}
