//! Cut, lost, changed and wrong bytes.

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::probe::probe;
use super::*;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;
use crate::testing::{changed, every_cut};

fn conversation() -> Vec<Step> {
    vec![
        ask("SET key value"),
        tell("+OK\r\n"),
        (Client, [command("get key"), b"PING 'a b'\r\n".to_vec()].concat()),
        tell("$5\r\nvalue\r\n%1\r\n+a\r\n*2\r\n:1\r\n#t\r\n"),
    ]
}

const ROWS: [&str; 3] = ["SET key value T OK", "get key - T value", "PING - - T {a: [1, T]}"];

#[test]
fn bytes_may_come_one_by_one() {
    assert_eq!(Tap::open(6379).play(&conversation(), &[1]).rows, ROWS);
    for sizes in [&[2][..], &[3], &[1, 7], &[13, 1]] {
        assert_eq!(Tap::open(6379).play(&conversation(), sizes).rows, ROWS);
    }
}

#[test]
fn a_conversation_may_end_anywhere() {
    for cut in every_cut(&conversation(), 1) {
        let seen = play(&cut);
        let answered = seen.rows.iter().filter(|row| !row.ends_with("- -"));
        assert!(answered.zip(ROWS).all(|(row, expected)| row == expected));
        assert!(seen.failures.len() <= 1);
    }
}

#[test]
fn a_client_that_sends_no_command_is_left_alone() {
    for bytes in [
        "\r\n",
        "   \r\n",
        "*0\r\n",
        "*-1\r\n",
        "*x\r\n",
        "*20001\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n$-1\r\n",
        "*1\r\n$1048577\r\n",
        &"x".repeat(1024),
    ] {
        let seen =
            play(&[ask("get a"), tell("+1\r\n"), tell("+2\r\n"), (Client, bytes.into()), tell("+3\r\n")]);
        assert_eq!(seen.rows, ["get a - T 1", "- - - T 2"], "{bytes:?}");
        assert_eq!((seen.failures.len(), seen.services[0].as_str()), (1, "-"), "{bytes:?}");
    }
    let line = format!("{}\r\n", "x".repeat(1022));
    assert_eq!(play(&[(Client, line.into()), tell("+1\r\n")]).rows.len(), 1);
}

#[test]
fn a_server_that_speaks_first_is_none() {
    let seen = play(&[tell("+OK POP3\r\n"), ask("QUIT"), tell("+OK\r\n")]);
    assert_eq!((seen.rows.len(), seen.services[0].as_str()), (0, "-"));
}

#[test]
fn what_is_lost_of_a_server_costs_a_reply() {
    let mut tap = Tap::open(6379);
    tap.send(Client, &command("get a").repeat(3)).send(Server, b"$9\r\nab").lose(Server, 3);
    tap.send(Server, b"cdef\r\n+2\r\n+3\r\n");
    let seen = tap.finish();
    assert_eq!(seen.rows, ["get a - T 2", "get a - T 3", "get a - - -"]);
    assert_eq!(seen.services, ["redis"]);
    let mut tap = Tap::open(6379);
    tap.send(Client, &command("get a")).send(Server, b"+1\r\n").lose(Client, 3);
    tap.send(Client, &command("get b")).send(Server, b"+2\r\n");
    assert_eq!(tap.finish().rows, ["get a - T 1"]);
}

#[test]
fn it_may_begin_in_the_middle() {
    let mut tap = Tap::new(6379, |_| ());
    tap.send(Client, &command("get a")).send(Server, b"+1\r\n");
    assert_eq!(tap.finish().rows, ["get a - T 1"]);
}

#[test]
fn it_is_found_by_what_a_server_says() {
    use Likeness::{Match, No, Unsure};
    for (bytes, likeness) in [
        ("", Unsure),
        ("+OK", Unsure),
        ("+OK\n\r\n", Match),
        ("-\r\n", Match),
        (":", Unsure),
        (":1", Unsure),
        (":+12.\r", Unsure),
        ("$-1\r\n", Match),
        ("*12\r\n", Match),
        (">1.5\r\n", Match),
        ("*x", No),
        ("*1 \r\n", No),
        ("*\r\n", No),
        ("HTTP/1.1 200 OK\r\n", No),
    ] {
        let sample = Sample::new(Transport::Tcp, b"", bytes.as_bytes());
        assert_eq!(probe(&sample), likeness, "{bytes:?}");
    }
    assert_eq!(Tap::open(9999).play(&conversation(), &[9999]).rows, ROWS);
}

proptest! {
    #![proptest_config(crate::testing::cases(200))]

    #[test]
    fn a_changed_byte_does_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1usize..40) {
        let steps = changed(&conversation(), at, byte);
        let whole = Tap::open(6379).play(&steps, &[9999]);
        prop_assert_eq!(Tap::open(6379).play(&steps, &[size]).rows, whole.rows);
    }

    #[test]
    fn any_bytes_do_no_harm(client in any::<Vec<u8>>(), server in any::<Vec<u8>>()) {
        let mark = b"*1\r\n$1\r\na\r\n".to_vec();
        play(&[(Client, mark), (Client, client), (Server, [b"+", server.as_slice()].concat())]);
    }
}
