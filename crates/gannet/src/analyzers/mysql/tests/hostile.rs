//! Cut, lost, changed and wrong bytes.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::testing::{changed, every_cut};

fn conversation() -> Vec<Step> {
    let steps = [
        query("SELECT"),
        tell(1, &[1]),
        column(2),
        eof(3),
        tell(4, b"\x01a"),
        eof(5),
        query("DROP"),
        error(1, "no"),
        ask(0, &[1]),
    ];
    [open(), steps.to_vec()].concat()
}

const ROWS: [&str; 4] = ["login me T 0 -", "query SELECT T 0 -", "query DROP F - no", "quit  - - -"];

#[test]
fn bytes_may_come_one_by_one() {
    for sizes in [&[1][..], &[2], &[3], &[1, 7], &[13, 1]] {
        assert_eq!(Tap::open(3306).play(&conversation(), sizes).rows, ROWS);
    }
    let all: Vec<u8> = [query("a").1, query("b").1].concat();
    assert_eq!(session(0, &[(Client, all)]), ["query a - - -", "query b - - -"]);
}

#[test]
fn a_conversation_may_end_anywhere() {
    for cut in every_cut(&conversation(), 1) {
        let seen = play(&cut);
        let complete = seen.rows.iter().zip(ROWS).filter(|(row, expected)| row == expected).count();
        assert!(complete + 1 >= seen.rows.len(), "{:?}", seen.rows);
        assert!(seen.failures.is_empty());
    }
}

#[test]
fn who_is_no_server_is_left_alone() {
    for first in [
        &b"\x0a8.0\0"[..],
        b"\xff\x15\x04",
        b"",
        b"\x0a8.0\0\x01\0\0\x0012345678\0\xff\xf7\x21\x02\0\0\0\x05",
    ] {
        let seen = play(&[tell(0, first), login(0, "me", b""), ok(2, 0)]);
        assert_eq!((seen.rows.len(), seen.services[0].as_str()), (0, "-"), "{first:?}");
    }
    // A client that speaks first, and sides that are swapped.
    assert!(play(&[login(0, "me", b""), greeting(0)]).rows.is_empty());
    let swapped: Vec<Step> = conversation()
        .into_iter()
        .map(|(side, bytes)| (if side == Client { Server } else { Client }, bytes))
        .collect();
    assert!(play(&swapped).rows.is_empty());
    let seen = play(&[greeting(0), login(0, "me", b""), tell(2, &[7])]);
    assert_eq!((seen.rows.len(), seen.failures.len()), (1, 1));
}

#[test]
fn nothing_is_read_behind_a_gap() {
    for side in [Client, Server] {
        let mut tap = Tap::open(3306);
        for (from, bytes) in open() {
            tap.send(from, &bytes);
        }
        tap.lose(side, 3).send(Client, &query("q").1).send(Server, &ok(1, 0).1);
        let seen = tap.finish();
        assert_eq!((seen.rows, seen.services), (vec![ROWS[0].to_owned()], vec!["mysql".to_owned()]));
    }
    let mut tap = Tap::new(3306, |_| ());
    for (from, bytes) in open() {
        tap.send(from, &bytes);
    }
    assert!(tap.finish().rows.is_empty());
}

proptest! {
    #![proptest_config(crate::testing::cases(200))]

    #[test]
    fn a_changed_byte_does_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1usize..40) {
        Tap::open(3306).play(&changed(&conversation(), at, byte), &[size]);
    }

    #[test]
    fn any_bytes_do_no_harm(client in any::<Vec<u8>>(), server in any::<Vec<u8>>(), number in any::<u8>()) {
        let steps = vec![ask(0, &client), tell(number, &server), query("q"), tell(1, &server)];
        play(&[open(), steps].concat());
    }
}
