//! NTP on messages made here.

use proptest::prelude::*;

use super::Ntp;
use super::parse::{Fault, Message, Times, message};
use crate::analyzers::record::AnalyzerFailure;
use crate::base::time::{Interval, Timestamp};
use crate::events::Event;
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, Tap, text};

/// What came out.
#[derive(Default)]
struct Seen {
    /// `originator's port, version, mode, extension fields` of each row.
    rows: Vec<(u16, u64, u64, u64)>,
    failures: Vec<String>,
    /// `originator's port, history, service` of each connection.
    conns: Vec<(u16, String, String)>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Ntp>() {
            self.rows.push((row.conn.orig_p, row.version, row.mode, row.num_exts));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(conn) = event.get::<Conn>() {
            let history = conn.history.as_deref().map_or("-".to_owned(), text);
            self.conns.push((conn.conn.orig_p, history, conn.service.as_deref().unwrap_or("-").to_owned()));
        }
    }
}

/// Plays datagrams between a client's port and 123.
fn play(steps: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = Tap::<Seen>::new(123, |_| ());
    for (from, bytes) in steps {
        tap.datagram(*from, bytes);
    }
    tap.finish()
}

/// A message that tells the time, of stratum 2, version 4.
fn times(mode: u8) -> Vec<u8> {
    let mut bytes = vec![0x20 | mode, 2, 6, 0xec];
    bytes.extend([0, 0, 0x80, 0, 0, 1, 0x40, 0]);
    bytes.extend([192, 0, 2, 1]);
    // 1970 and a quarter of a second; never; a second before 1970; 1990.
    bytes.extend([0x83, 0xaa, 0x7e, 0x80, 0x40, 0, 0, 0]);
    bytes.extend([0; 8]);
    bytes.extend([0x83, 0xaa, 0x7e, 0x7f, 0, 0, 0, 0]);
    bytes.extend(((2_208_988_800_u64 + 631_152_000) << 32 | 0x8000_0000).to_be_bytes());
    bytes
}

/// An extension field as Autokey has them, with a value and a signature, and zeros behind them.
fn field(value: usize, signature: usize, pad: usize) -> Vec<u8> {
    let mut bytes = vec![2, 5];
    bytes.extend(((22 + value + signature + pad) as u16).to_be_bytes());
    bytes.extend([0; 10]);
    bytes.extend((value as u32).to_be_bytes());
    bytes.extend(vec![7; value]);
    bytes.extend((signature as u32).to_be_bytes());
    bytes.extend(vec![8; signature + pad]);
    bytes
}

fn read(bytes: &[u8]) -> Times {
    message(bytes).expect("a message").times.expect("times")
}

#[test]
fn a_message_is_read_field_by_field() {
    let at = |nanos| Timestamp::from_nanos(nanos);
    assert_eq!(
        read(&times(3)),
        Times {
            stratum: 2,
            poll: Interval::from_secs(64),
            precision: Interval::from_nanos(953),
            // 0x8000 is taken for -32768.
            root_delay: Interval::from_nanos(-500_000_000),
            root_dispersion: Interval::from_nanos(1_250_000_000),
            reference_id: b"192.0.2.1".to_vec(),
            reference: at(250_000_000),
            origin: Timestamp::ZERO,
            receive: at(-1_000_000_000),
            transmit: at(631_152_000_500_000_000),
            extensions: 0,
        }
    );
}

#[test]
fn powers_of_two_stay_within_what_can_be_shown() {
    for (exponent, nanos) in [
        (0_i8, 1_000_000_000),
        (10, 1_024_000_000_000),
        (-1, 500_000_000),
        (-20, 953),
        (-40, 0),
        (-128, 0),
        (127, i64::MAX),
    ] {
        let mut bytes = times(3);
        bytes[2] = exponent.cast_unsigned();
        assert_eq!(read(&bytes).poll.nanos(), nanos, "{exponent}");
    }
}

#[test]
fn who_is_followed_is_a_name_near_the_clock_and_an_address_far_from_it() {
    for (stratum, shown) in [(0, b"GPS\0".as_slice()), (1, b"GPS\0"), (2, b"71.80.83.0"), (16, b"71.80.83.0")]
    {
        let mut bytes = times(4);
        bytes[1] = stratum;
        bytes[12..16].copy_from_slice(b"GPS\0");
        assert_eq!(read(&bytes).reference_id, shown, "{stratum}");
    }
}

#[test]
fn extension_fields_are_counted() {
    let with = |parts: &[Vec<u8>]| [vec![times(3)], parts.to_vec()].concat().concat();
    for (parts, count) in [
        (vec![vec![0; 20]], Ok(0)),
        (vec![vec![0; 24]], Ok(0)),
        (vec![vec![0; 7]], Ok(0)),
        (vec![field(0, 0, 10)], Ok(1)),
        (vec![field(4, 2, 4), field(30, 0, 0), vec![0; 20]], Ok(2)),
        // A field that begins 24 bytes before the end is an authentication code.
        (vec![field(0, 0, 2)], Ok(0)),
        // A cookie of NTS: its length leaves no room for what is taken for the value's length.
        (vec![vec![2, 4, 0, 104], vec![0xff; 100]], Err(Fault::Extension)),
        (vec![vec![0, 0, 0, 17], vec![0; 30]], Err(Fault::Extension)),
        (vec![vec![0, 0, 0, 21], vec![0; 30]], Err(Fault::Extension)),
        (vec![vec![0, 0, 0, 80], vec![0; 30]], Err(Fault::Short)),
    ] {
        let read = message(&with(&parts)).map(|message| message.times.map_or(0, |times| times.extensions));
        assert_eq!(read, count, "{parts:?}");
    }
}

#[test]
fn control_and_private_messages_are_as_long_as_they_say() {
    let control =
        |count: u8, data: usize| [vec![0x26, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, count], vec![1; data]].concat();
    let private =
        |auth: u8, items: u8, data: usize| [vec![0x17, auth, 3, 42, 0, items], vec![1; data]].concat();
    for (bytes, good) in [
        (control(0, 0), true),
        (control(5, 5), true),
        (control(5, 17), true),
        (control(5, 4), false),
        (private(0, 0, 0), true),
        (private(0, 6, 6), true),
        (private(0, 6, 5), false),
        (private(0x80, 0, 20), true),
        (private(0x80, 0, 19), false),
        (vec![0x26, 2, 0], false),
        (vec![0x23], false),
        (vec![], false),
    ] {
        assert_eq!(message(&bytes).is_ok(), good, "{bytes:?}");
    }
}

#[test]
fn messages_have_a_row_each() {
    let seen = play(&[(Client, times(3)), (Server, times(4)), (Client, times(3))]);
    assert_eq!(seen.rows, [(40_000, 4, 3, 0), (40_000, 4, 4, 0), (40_000, 4, 3, 0)]);
    assert_eq!(seen.conns, [(40_000, "Dd".to_owned(), "ntp".to_owned())]);
    assert!(seen.failures.is_empty());
}

#[test]
fn what_manages_a_server_has_none() {
    let seen = play(&[(Client, vec![0x26, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])]);
    assert!(seen.rows.is_empty());
    assert_eq!(seen.conns[0].2, "ntp");
}

#[test]
fn mode_zero_says_nothing_else() {
    let read = message(&[0x20, 1]).expect("a message");
    assert_eq!(read, Message { version: 4, mode: 0, times: None });
    assert_eq!(play(&[(Client, vec![0x20])]).rows, [(40_000, 4, 0, 0)]);
}

/// From a port that does not say who the client is.
fn from_any_port(steps: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = Tap::<Seen>::new(123, |_| ());
    tap.ports.0 = 50_000;
    for (from, bytes) in steps {
        tap.datagram(*from, bytes);
    }
    tap.finish()
}

#[test]
fn a_server_is_the_responder_once_that_shows() {
    // A client's message from what is taken for the server: the sides change places, and that row says so already.
    let seen =
        from_any_port(&[(Client, times(1)), (Server, times(3)), (Client, times(4)), (Server, times(4))]);
    assert_eq!(
        seen.rows.iter().map(|row| (row.0, row.2)).collect::<Vec<_>>(),
        [(50_000, 1), (123, 3), (123, 4), (123, 4)]
    );
    assert!(seen.conns[0].1.contains('^'), "{:?}", seen.conns);
    // Peers and broadcasts leave it as it is.
    let seen = from_any_port(&[(Client, times(5)), (Server, times(2))]);
    assert_eq!(seen.conns[0].1, "Dd");
}

#[test]
fn what_is_no_message_is_told_once_the_protocol_is_known() {
    let short = times(3)[..47].to_vec();
    let seen = play(&[(Client, short.clone())]);
    assert!(seen.rows.is_empty() && seen.failures.is_empty());
    let seen = play(&[(Client, times(3)), (Client, short), (Client, times(3))]);
    assert_eq!(seen.rows.len(), 1, "nothing is read any more");
    assert_eq!(seen.failures, ["message is shorter than what is in it"]);
    assert_eq!(seen.conns[0].2, "-");
}

proptest! {
    #[test]
    fn bytes_of_any_kind_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..120), first in any::<u8>()) {
        let _any = message(&bytes);
        let mut started = times(3);
        started[0] = first;
        started.extend(&bytes);
        play(&[(Client, started), (Server, bytes)]);
    }

    #[test]
    fn a_cut_message_is_short(cut in 0_usize..48) {
        prop_assert_eq!(message(&times(3)[..cut]), Err(Fault::Short));
    }
}
