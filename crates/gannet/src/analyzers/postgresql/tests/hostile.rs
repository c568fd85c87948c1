//! Cut, lost, changed and wrong bytes.

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::probe::probe;
use super::*;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;
use crate::testing::{changed, every_cut};

fn conversation() -> Vec<Step> {
    let tls = vec![(Client, TLS_REQUEST.to_vec()), (Server, b"N".to_vec())];
    let more = vec![query("SELECT 1"), tell(b'D', b"\0\x01"), tell(b'Z', b"I"), ask(b'X', b"")];
    [tls, login(), more].concat()
}

const ROWS: [&str; 4] = [
    "-/-/- ssl_request - | ssl_reply N | F -",
    LOGIN,
    "me/mine/psql simple_query SELECT 1 | - - | T 1",
    "me/mine/psql terminate - | - - | - -",
];

#[test]
fn bytes_may_come_one_by_one() {
    for sizes in [&[1][..], &[2], &[3], &[1, 7], &[13, 1]] {
        assert_eq!(Tap::open(5432).play(&conversation(), sizes).rows, ROWS);
    }
}

#[test]
fn a_conversation_may_end_anywhere() {
    for cut in every_cut(&conversation(), 1) {
        let seen = play(&cut);
        assert!(
            seen.rows.iter().zip(ROWS).filter(|(row, expected)| row == expected).count() + 1
                >= seen.rows.len()
        );
        assert!(seen.failures.len() <= 1);
    }
}

#[test]
fn broken_messages_end_it() {
    for (side, bytes) in [
        (Server, message(b'Z', b"X")),
        (Server, message(b'Z', b"II")),
        (Server, message(b'E', b"Mno end")),
        (Server, message(b'E', b"Mtwo\0\0\0")),
        (Server, message(b'R', &[0, 0, 0, 13])),
        (Server, message(b'R', &[0, 0, 0, 0, 0])),
        (Server, message(b'R', &[0, 0])),
        (Server, message(b'S', b"a b\0c\0")),
        (Server, message(b'S', b"a\0c\0x")),
        (Server, message(b'D', b"\0")),
        (Server, message(b'K', b"\0")),
        (Server, vec![b'C', 0, 0, 0, 3]),
        (Client, message(b'Q', b"no end")),
        (Client, message(b'X', b"x")),
        (Client, vec![b'Q', 0, 0, 0, 0]),
    ] {
        let steps = [login(), vec![(side, bytes.clone()), query("SELECT 1"), tell(b'Z', b"I")]].concat();
        let seen = play(&steps);
        assert!(seen.rows.iter().all(|row| !row.contains("SELECT")), "{bytes:?}");
        assert_eq!((seen.failures.len(), seen.services[0].as_str()), (1, "-"), "{bytes:?}");
    }
}

#[test]
fn whoever_comes_too_early_waits() {
    let login = login();
    let mut early = vec![login[1].clone(), login[0].clone()];
    early.extend_from_slice(&login[3..]);
    assert_eq!(play(&early).rows, [LOGIN]);
    let many: Vec<Step> = (0..5).map(|_| login[1].clone()).collect();
    assert!(play(&[many, login.clone()].concat()).rows.is_empty());
    let tls = vec![(Client, TLS_REQUEST.to_vec()), login[0].clone(), (Server, b"N".to_vec())];
    let seen = play(&[tls, login[1..].to_vec()].concat());
    assert_eq!(seen.rows, [ROWS[0], LOGIN]);
}

#[test]
fn it_ends_where_bytes_are_missing() {
    for side in [Client, Server] {
        let mut tap = Tap::open(5432);
        for (from, bytes) in login() {
            tap.send(from, &bytes);
        }
        tap.lose(side, 3).send(Client, &query("SELECT 1").1).send(Server, &message(b'Z', b"I"));
        let seen = tap.finish();
        assert_eq!((seen.rows, seen.services), (vec![LOGIN.to_owned()], vec!["postgresql".to_owned()]));
    }
}

#[test]
fn it_is_found_by_what_both_sides_say() {
    use Likeness::{Match, No, Unsure};
    let start = startup("user me");
    let far = startup(&format!("x {} user me", "y".repeat(300)));
    for (client, server, likeness) in [
        (&b""[..], &b""[..], Unsure),
        (&TLS_REQUEST, b"", Unsure),
        (&TLS_REQUEST, b"S", Match),
        (&TLS_REQUEST, b"N", Match),
        (&TLS_REQUEST[..5], b"N", Unsure),
        (&TLS_REQUEST, b"X", No),
        (&start, b"R\0\0\0", Unsure),
        (&start, b"R\0\0\0\x08", Match),
        (&start, b"R\0\x01", No),
        (&start[..9], b"R\0\0\0\x08", Unsure),
        (&far, b"R\0\0\0\x08", No),
        (b"GET / HTTP/1.1\r\n", b"", No),
    ] {
        assert_eq!(probe(&Sample::new(Transport::Tcp, client, server)), likeness, "{client:?} {server:?}");
        assert_eq!(probe(&Sample::new(Transport::Tcp, server, client)), likeness, "{client:?} {server:?}");
    }
    assert_eq!(Tap::open(9999).play(&conversation(), &[9999]).rows, ROWS);
}

proptest! {
    #![proptest_config(crate::testing::cases(200))]

    #[test]
    fn a_changed_byte_does_no_harm(at in any::<Index>(), byte in any::<u8>()) {
        play(&changed(&conversation(), at, byte));
    }

    #[test]
    fn any_bytes_do_no_harm(client in any::<Vec<u8>>(), server in any::<Vec<u8>>()) {
        play(&[login(), vec![(Client, client), (Server, server)]].concat());
    }
}
