//! SNMP on messages made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::Snmp;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `version community gets bulks responses sets | description | milliseconds since the start, and of the flow`.
    rows: Vec<String>,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Snmp>() {
            let show = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or("-".to_owned(), text);
            let millis = |nanos: i64| nanos / 1_000_000;
            self.rows.push(format!(
                "{} {} {} {} {} {} | {} | {} {}",
                row.version,
                show(&row.community),
                row.get_requests,
                row.get_bulk_requests,
                row.get_responses,
                row.set_requests,
                show(&row.display_string),
                row.up_since
                    .map_or("-".to_owned(), |since| millis(1_000_000_000_000_000_000 - since.nanos())
                        .to_string()),
                millis(row.duration.nanos()),
            ));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

/// A value with its tag.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = match content.len() {
        short @ ..128 => vec![short as u8],
        long => [&[0x82][..], &(long as u16).to_be_bytes()].concat(),
    };
    [&[tag], length.as_slice(), content].concat()
}

fn int(number: u8) -> Vec<u8> {
    value(2, &[number])
}

/// A variable: the last but one number of its name in the group of the system, and its value.
fn variable(number: u8, of: Vec<u8>) -> Vec<u8> {
    value(0x30, &[value(6, &[0x2b, 6, 1, 2, 1, 1, number, 0]), of].concat())
}

fn pdu(kind: u8, variables: &[Vec<u8>]) -> Vec<u8> {
    value(0xa0 | kind, &[int(9), int(0), int(0), value(0x30, &variables.concat())].concat())
}

/// A message of version 1 (0) or 2 (1).
fn message(version: u8, pdu: &[u8]) -> Vec<u8> {
    value(0x30, &[&int(version), &value(4, b"public"), pdu].concat())
}

/// A message of version 3 by this user, whose flags are these.
fn message3(user: &str, flags: &[u8], model: u8, scoped: &[u8]) -> Vec<u8> {
    let head = value(0x30, &[int(1), value(2, &[0, 0xff, 0xe3]), value(4, flags), int(model)].concat());
    let empty = value(4, b"");
    let usm = [value(4, b"engine"), int(1), int(2), value(4, user.as_bytes()), empty.clone(), empty].concat();
    value(0x30, &[&int(3), &head, &value(4, &value(0x30, &usm)), scoped].concat())
}

/// What is not encrypted in version 3.
fn scoped(pdu: &[u8]) -> Vec<u8> {
    value(0x30, &[&value(4, b"engine"), &value(4, b""), pdu].concat())
}

fn play(messages: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = crate::testing::Tap::<Seen>::new(161, |_| ());
    for (side, bytes) in messages {
        tap.datagram(*side, bytes);
    }
    tap.finish()
}

const NULL: [u8; 2] = [5, 0];

fn asked(count: u8) -> Vec<Vec<u8>> {
    (1..=count).map(|number| variable(number, NULL.to_vec())).collect()
}

fn exchange() -> Vec<(Side, Vec<u8>)> {
    let told = [
        variable(1, value(4, b"a box")),
        variable(3, value(0x43, &[0x03, 0xe8])),
        variable(5, value(4, b"name")),
    ];
    vec![(Client, message(1, &pdu(0, &asked(3)))), (Server, message(1, &pdu(2, &told)))]
}

#[test]
fn a_flow_is_a_row() {
    let seen = play(&exchange());
    assert_eq!(seen.rows, ["2c public 3 0 3 0 | a box | 9998 1"]);
    assert_eq!(seen.services, ["snmp"]);
    assert!(seen.failures.is_empty());
    // Nobody answers, and it is not known to be SNMP.
    let seen = play(&exchange()[..1]);
    assert_eq!((seen.rows[0].as_str(), seen.services[0].as_str()), ("2c public 3 0 0 0 | - | - 0", "-"));
}

#[test]
fn variables_are_counted_by_what_asks_for_them() {
    let messages = [(0, 2), (1, 3), (3, 4), (5, 5), (2, 6), (6, 1), (7, 1), (8, 1), (9, 1)];
    let messages = messages.map(|(kind, count)| (Client, message(0, &pdu(kind, &asked(count)))));
    assert_eq!(play(&messages).rows, ["1 public 5 5 6 4 | - | - 8"]);
}

#[test]
fn traps_make_a_row() {
    let trap = |ticks: u8| {
        let head = [value(6, &[0x2b, 6]), value(0x40, &[192, 0, 2, 1]), int(6), int(1), value(ticks, &[5])];
        value(0xa4, &[head.concat(), value(0x30, &asked(1).concat())].concat())
    };
    assert_eq!(play(&[(Client, message(0, &trap(0x43)))]).rows, ["1 public 0 0 0 0 | - | - 0"]);
    assert!(play(&[(Client, message(0, &trap(0x02)))]).rows.is_empty());
}

#[test]
fn version_3_has_users() {
    let get = scoped(&pdu(0, &asked(1)));
    assert_eq!(play(&[(Client, message3("me", &[4], 3, &get))]).rows, ["3 me 1 0 0 0 | - | - 0"]);
    let encrypted = value(4, b"secret");
    for (name, model, scoped, row) in [
        ("", 3, &get, "3 - 1 0 0 0 | - | - 0"),
        ("me", 2, &get, "3 - 1 0 0 0 | - | - 0"),
        ("me", 3, &encrypted, "3 me 0 0 0 0 | - | - 0"),
        ("me", 3, &value(0x31, b"?"), "3 me 0 0 0 0 | - | - 0"),
    ] {
        assert_eq!(play(&[(Client, message3(name, &[0], model, scoped))]).rows, [row]);
    }
    // An answer makes it known; flags that are none are a fault that costs nothing else.
    let seen = play(&[(Server, message3("me", &[], 3, &get)), (Client, message3("me", &[0], 3, &get))]);
    assert_eq!((seen.failures.len(), seen.rows.len()), (1, 1));
    let other = value(0x30, &[int(2), value(4, b"x")].concat());
    let seen = play(&[(Client, other.clone()), (Server, other)]);
    assert_eq!((seen.rows.len(), seen.services[0].as_str()), (0, "snmp"));
}

#[test]
fn what_tells_of_the_system_has_a_type() {
    for (of, text) in [(value(4, b"x"), "x"), (value(0x44, b"y"), "y"), (value(0x0c, b"z"), "z")] {
        let seen = play(&[(Server, message(1, &pdu(2, &[variable(1, of)])))]);
        assert!(seen.rows[0].contains(&format!("| {text} |")), "{:?}", seen.rows);
    }
    for of in [
        int(1),
        value(6, &[0x2b]),
        value(0x41, &[1]),
        value(0x40, &[1, 2, 3, 4]),
        value(0x80, b""),
        NULL.to_vec(),
    ] {
        assert!(play(&[(Server, message(1, &pdu(2, &[variable(1, of)])))]).rows[0].contains("| - |"));
    }
    for tag in [0x41, 0x42, 0x43, 0x46] {
        let seen = play(&[(Server, message(1, &pdu(2, &[variable(3, value(tag, &[100]))])))]);
        assert!(seen.rows[0].contains("| 999 "), "{:?}", seen.rows);
    }
    // Only a response tells.
    assert!(play(&[(Client, message(1, &pdu(3, &[variable(1, value(4, b"x"))])))]).rows[0].contains("| - |"));
}

#[test]
fn numbers_have_a_limit() {
    let nine = value(0x46, &[0, 255, 255, 255, 255, 255, 255, 255, 255]);
    let seen = play(&[(Server, message(1, &pdu(2, &[variable(7, nine)])))]);
    assert_eq!(
        (seen.weirds, seen.rows.len()),
        (vec!["asn_binary_to_int64_shift_too_large(9)".to_owned()], 1)
    );
    let ten = value(0xa0, &[value(2, &[0; 10]), int(0), int(0), value(0x30, b"")].concat());
    let seen = play(&[(Server, message(1, &ten))]);
    assert_eq!(seen.failures, ["ASN.1 integer width overflow"]);
}

#[test]
fn a_message_that_is_cut_counts_nothing() {
    let whole = exchange().remove(1).1;
    for at in 1..whole.len() {
        let seen = play(&[(Server, whole[..at].to_vec())]);
        // It may end between two variables, for how long their list is does not count.
        assert!(seen.rows.len() <= 1 && seen.rows.len() + seen.failures.len() <= 1, "{at}");
    }
    for (at, byte) in [(0, 0x31), (2, 4), (5, 2), (13, 0xbf), (15, 4)] {
        let mut broken = whole.clone();
        broken[at] = byte;
        assert!(play(&[(Server, broken)]).failures.len() <= 1);
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(300))]

    #[test]
    fn a_changed_byte_does_no_harm(at in any::<Index>(), byte in any::<u8>(), which in 0usize..2) {
        let mut messages = exchange();
        let at = at.index(messages[which].1.len());
        messages[which].1[at] = byte;
        play(&messages);
    }

    #[test]
    fn any_bytes_do_no_harm(bytes in any::<Vec<u8>>()) {
        play(&[(Client, bytes.clone()), (Server, bytes)]);
    }
}
