//! Modbus/TCP on messages made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::Modbus;
use super::parse::{Fault, HEADER, Header, check};
use crate::analyzers::record::AnalyzerFailure;
use crate::base::direction::Direction::{self, Orig, Resp};
use crate::events::Event;
use crate::flow::Conn;
use crate::testing::Side::{Client, Server};
use crate::testing::{Sees, Side, changed, every_cut};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `tid unit function type exception`.
    rows: Vec<String>,
    /// The millisecond of each row.
    times: Vec<i64>,
    failures: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Modbus>() {
            let exception = row.exception.as_deref().unwrap_or("-");
            self.rows.push(format!("{} {} {} {} {exception}", row.tid, row.unit, row.func, row.pdu_type));
            self.times.push(row.ts.nanos() / 1_000_000);
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

/// A message: transaction, function, and what follows.
fn adu(transaction: u16, function: u8, body: &[u8]) -> Vec<u8> {
    let [high, low] = transaction.to_be_bytes();
    let [l0, l1] = (body.len() as u16 + 2).to_be_bytes();
    [&[high, low, 0, 0, l0, l1, 9, function], body].concat()
}

fn play(steps: &[(Side, Vec<u8>)]) -> Seen {
    Tap::open(502).play(steps, &[9999])
}

/// A client that reads twice, and is refused the second time.
fn reads() -> Vec<(Side, Vec<u8>)> {
    vec![
        (Client, adu(1, 3, &[0, 1, 0, 1])),
        (Server, adu(1, 3, &[2, 0xab, 0xcd])),
        (Client, adu(2, 4, &[0, 1, 0, 1])),
        (Server, adu(2, 0x84, &[2])),
    ]
}

const READS: [&str; 4] = [
    "1 9 READ_HOLDING_REGISTERS REQ -",
    "1 9 READ_HOLDING_REGISTERS RESP -",
    "2 9 READ_INPUT_REGISTERS REQ -",
    "2 9 READ_INPUT_REGISTERS_EXCEPTION RESP ILLEGAL_DATA_ADDRESS",
];

#[test]
fn requests_and_replies_have_a_row_each() {
    let seen = play(&reads());
    assert_eq!(seen.rows, READS);
    assert_eq!(seen.services, ["modbus"]);
    assert!(seen.failures.is_empty());
}

#[test]
fn a_message_may_be_cut_anywhere() {
    assert_eq!(Tap::open(502).play(&reads(), &[1]).rows, READS);
    for cut in every_cut(&reads(), 1) {
        let rows = play(&cut).rows;
        assert_eq!(rows, READS[..rows.len()]);
    }
    let mut several = Vec::new();
    for (_, bytes) in reads().iter().step_by(2) {
        several.extend_from_slice(bytes);
    }
    assert_eq!(play(&[(Client, several)]).rows, [READS[0], READS[2]]);
}

#[test]
fn a_header_alone_makes_a_row() {
    let request = adu(7, 3, &[0, 1, 0, 1]);
    let seen = play(&[(Client, request[..HEADER].to_vec())]);
    assert_eq!(seen.rows, ["7 9 READ_HOLDING_REGISTERS REQ -"]);
    assert_eq!(seen.services, ["-"]);
    assert!(play(&[(Client, request[..HEADER - 1].to_vec())]).rows.is_empty());
}

#[test]
fn an_exception_is_told_with_its_code_at_the_time_of_its_header() {
    let refusal = adu(5, 0x90, &[6]);
    let mut tap = Tap::open(502);
    tap.send(Server, &refusal[..HEADER]).send(Server, &refusal[HEADER..]);
    let seen = tap.finish();
    assert_eq!(seen.rows, ["5 9 WRITE_MULTIPLE_REGISTERS_EXCEPTION RESP SLAVE_DEVICE_BUSY"]);
    assert_eq!(seen.times, [1_000_000_000_004]);
    // Without its code, and from the one who asks, it makes none.
    assert!(play(&[(Server, adu(5, 0x90, &[]))]).rows.is_empty());
    let seen = play(&[(Client, refusal)]);
    assert!(seen.rows.is_empty());
    assert_eq!(seen.services, ["modbus"]);
}

#[test]
fn functions_and_exceptions_have_names() {
    for (code, name) in [
        (1, "READ_COILS"),
        (43, "ENCAP_INTERFACE_TRANSPORT"),
        (127, "REPORT_LOCAL_ADDRESS"),
        (0, "unknown-0"),
        (25, "unknown-25"),
        (0x81, "READ_COILS_EXCEPTION"),
        (0xff, "REPORT_LOCAL_ADDRESS_EXCEPTION"),
        (0x80, "unknown-128"),
        (0x99, "unknown-153"),
    ] {
        assert_eq!(super::names::function(code), name);
    }
    for (code, name) in [(1, "ILLEGAL_FUNCTION"), (7, "unknown-7"), (255, "unknown-255")] {
        assert_eq!(super::names::exception(code), name);
    }
    for table in [super::names_table::FUNCTIONS, super::names_table::EXCEPTIONS] {
        assert!(table.is_sorted_by(|(one, _), (next, _)| one < next));
    }
}

#[test]
fn headers_of_something_else_are_refused() {
    let good = [0, 1, 0, 0, 0, 2, 9, 7];
    assert_eq!(Header::read(&good).map(|header| header.body_len()), Some(0));
    for (at, byte) in [(2, 1), (3, 1), (5, 1), (5, 0)] {
        let mut bad = good;
        bad[at] = byte;
        assert_eq!(Header::read(&bad), None, "byte {at}");
        assert!(play(&[(Client, bad.to_vec())]).rows.is_empty());
    }
}

/// The lengths of bodies from which on a function is content, and a body of that length.
#[test]
fn bodies_are_as_long_as_functions_need() {
    let cases: &[(u8, Direction, &[u8])] = &[
        (1, Orig, &[0, 0, 0, 1]),
        (6, Orig, &[0, 0, 0, 1]),
        (8, Orig, &[0, 0]),
        (15, Orig, &[0, 0, 0, 9, 2, 1, 1]),
        (16, Orig, &[0, 0, 0, 1, 2, 1, 1]),
        (20, Orig, &[7, 6, 0, 1, 0, 1, 0, 1]),
        (21, Orig, &[9, 6, 0, 1, 0, 1, 0, 1, 7, 7]),
        (22, Orig, &[0, 0, 1, 1, 2, 2]),
        (23, Orig, &[0, 0, 0, 1, 0, 0, 0, 1, 2, 1, 1]),
        (24, Orig, &[0, 0]),
        (43, Orig, &[14]),
        (1, Resp, &[1, 1]),
        (2, Resp, &[2, 1, 1]),
        (3, Resp, &[2, 1, 1]),
        (4, Resp, &[2, 1, 1]),
        (5, Resp, &[0, 0, 0xff, 0]),
        (8, Resp, &[0, 0]),
        (16, Resp, &[0, 0, 0, 1]),
        (20, Resp, &[4, 2, 6, 7, 7]),
        (21, Resp, &[9, 6, 0, 1, 0, 1, 0, 1, 7, 7]),
        (22, Resp, &[0, 0, 1, 1, 2, 2]),
        (23, Resp, &[2, 1, 1]),
        (24, Resp, &[0, 4, 0, 1, 7, 7]),
        (43, Resp, &[14]),
        (0x83, Resp, &[2]),
    ];
    for (function, dir, body) in cases {
        assert_eq!(check(*function, *dir, body), Ok(()), "{function} {dir:?}");
        assert_eq!(check(*function, *dir, &[body, &[0; 9][..]].concat()), Ok(()), "{function} {dir:?}");
        for cut in 0..body.len() {
            assert_eq!(check(*function, *dir, &body[..cut]), Err(Fault::Short), "{function} {dir:?} {cut}");
        }
    }
    for (function, dir) in [(7, Orig), (7, Resp), (0x83, Orig), (100, Orig), (100, Resp)] {
        assert_eq!(check(function, dir, &[]), Ok(()));
    }
    // More registers, records or bytes than there is room for.
    for (function, dir, body) in [
        (16, Orig, &[0, 0, 0, 2, 2, 1, 1][..]),
        (23, Orig, &[0, 0, 0, 1, 0, 0, 0, 2, 2, 1, 1]),
        (20, Orig, &[8, 6, 0, 1, 0, 1, 0, 1, 6]),
        (20, Resp, &[4, 3, 6, 7, 7]),
        (21, Orig, &[9, 6, 0, 1, 0, 1, 0, 2, 7, 7]),
        (24, Resp, &[0, 4, 0, 2, 7, 7]),
    ] {
        assert_eq!(check(function, dir, body), Err(Fault::Short), "{function}");
    }
}

#[test]
fn odd_counts_of_bytes_are_told() {
    let cases: &[(Side, u8, &[u8], &str)] = &[
        (Server, 3, &[1, 7], "read holding register response byte count 1"),
        (Server, 4, &[1, 7], "read input register response byte count 1"),
        (Client, 16, &[0, 0, 0, 0, 1, 7], "write multiple registers request byte count 1"),
        (
            Client,
            23,
            &[0, 0, 0, 1, 0, 0, 0, 0, 1, 7],
            "read write multiple registers request write byte count 1",
        ),
        (Server, 23, &[3, 7, 7, 7], "read write multiple registers response byte count 3"),
        (Server, 24, &[0, 5, 0, 1, 7, 7], "read FIFO queue response byte count 5"),
    ];
    for (side, function, body, reason) in cases {
        let good = (Client, adu(1, 7, &[]));
        let after = (Client, adu(3, 7, &[]));
        let seen = play(&[good, (*side, adu(2, *function, body)), after]);
        // The message itself has a row, and there are none once the analyzer is gone.
        assert_eq!(seen.rows.len(), 2, "{function}");
        assert_eq!(seen.failures, [format!("invalid value for modbus {reason}")]);
    }
    // A coil's value is nobody's business.
    assert!(play(&[(Client, adu(1, 5, &[0, 0, 1, 2]))]).failures.is_empty());
}

#[test]
fn a_message_that_is_too_short_takes_the_rest_of_its_segment_along() {
    let good = (Client, adu(1, 7, &[]));
    let bad = [adu(2, 3, &[0]), adu(3, 7, &[])].concat();
    let seen = play(&[good.clone(), (Client, bad.clone())]);
    assert_eq!(seen.rows, ["1 9 READ_EXCEPTION_STATUS REQ -", "2 9 READ_HOLDING_REGISTERS REQ -"]);
    assert_eq!(seen.failures, ["parse error: message is shorter than its function needs"]);
    assert_eq!(seen.services, ["-"]);
    // Behind a gap faults do not count, and the next segment is read from its beginning.
    let mut tap = Tap::open(502);
    tap.send(Client, &good.1).lose(Client, 5).send(Client, &bad).send(Client, &adu(4, 7, &[]));
    let seen = tap.finish();
    assert_eq!(seen.rows.len(), 3);
    assert_eq!(seen.rows[2], "4 9 READ_EXCEPTION_STATUS REQ -");
    assert_eq!((seen.failures.len(), seen.services[0].as_str()), (0, "modbus"));
}

#[test]
fn a_gap_leaves_no_hole() {
    let request = adu(1, 16, &[0, 0, 0, 1, 2, 7, 7]);
    let mut tap = Tap::open(502);
    tap.send(Client, &request[..10]).lose(Client, 5).send(Client, &adu(2, 7, &[]));
    // The second message's first bytes are taken for the missing ones of the first.
    assert_eq!(tap.finish().rows, ["1 9 WRITE_MULTIPLE_REGISTERS REQ -"]);
}

#[test]
fn connections_picked_up_in_the_middle_are_read() {
    let mut tap = Tap::new(502, |_| ());
    tap.send(Client, &adu(1, 3, &[0, 1, 0, 1])).send(Server, &adu(1, 3, &[2, 1, 1]));
    let seen = tap.finish();
    assert_eq!((seen.rows.len(), seen.services[0].as_str()), (2, "modbus"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn segments_do_not_matter(sizes in proptest::collection::vec(1_usize..30, 1..12)) {
        prop_assert_eq!(Tap::open(502).play(&reads(), &sizes).rows, READS);
    }

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..40) {
        Tap::open(502).play(&changed(&reads(), at, byte), &[size]);
    }

    #[test]
    fn bodies_of_any_bytes_do_no_harm(function in any::<u8>(), body in proptest::collection::vec(any::<u8>(), 0..80)) {
        for side in [Client, Server] {
            let seen = play(&[(side, adu(1, function, &body))]);
            prop_assert!(seen.rows.len() <= 1);
        }
    }
}
