//! IMAP on conversations made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::parse::{Line, line};
use crate::testing::Side::{Client, Server};
use crate::testing::{Heard, NoLog, changed, dialogue};

type Tap = crate::testing::Tap<Heard<NoLog>>;

/// Service, failures and weirds of a conversation.
fn outcome(lines: &str) -> (String, usize, Vec<String>) {
    let seen = Tap::open(143).play(&dialogue(lines), &[9999]);
    (seen.services[0].clone(), seen.failures.len(), seen.weirds)
}

#[test]
fn what_confirms_and_what_ends_it() {
    for (lines, service, failures, weirds) in [
        ("< * OK ready\n", "imap", 0, vec![]),
        ("< * ok ready\n", "imap", 0, vec![]),
        ("< * PREAUTH ready\n", "-", 0, vec![]),
        ("> a CAPABILITY\n", "-", 0, vec![]),
        ("> a capability\n", "imap", 0, vec![]),
        ("> a login x y\n< !\n", "imap", 0, vec![]),
        ("< * OK ready\n> a LOGIN x y\n< (\n", "-", 1, vec![]),
        ("< * OK ready\n< * CAPABILITY IMAP4rev1  STARTTLS\n", "imap", 0, vec![]),
        ("< * OK ready\n< * CAPABILITY\n", "-", 1, vec![]),
        ("> a STARTTLS\n> b STARTTLS\n", "imap", 0, vec!["IMAP: client sent duplicate StartTLS/IMAP"]),
        ("> a starttls\n< a NO\n", "imap", 0, vec!["IMAP: server refused StartTLS/IMAP"]),
        // What follows is TLS, or would be.
        ("> a starttls\n< b OK\n< a OK\n> (\n", "imap", 0, vec![]),
    ] {
        let weirds = weirds.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(outcome(lines), (service.to_owned(), failures, weirds), "{lines}");
    }
}

#[test]
fn nothing_is_read_behind_a_gap() {
    let mut tap = Tap::open(143);
    tap.send(Server, b"* OK ready\r\n").lose(Client, 9).send(Client, b"(\r\n").send(Server, b"(\r\n");
    let seen = tap.finish();
    assert_eq!((seen.services, seen.failures.len()), (vec!["imap".to_owned()], 0));
}

#[test]
fn lines_of_a_segment() {
    let mut rest: &[u8] = b"a1 UID FETCH 1\r\n\r\nb NOOP\n";
    assert_eq!(line(&mut rest, false), Some(Line { tag: b"a1", word: b"UID" }));
    assert_eq!(line(&mut rest, false), Some(Line { tag: b"b", word: b"NOOP" }));
    assert_eq!((line(&mut rest, false), rest.len()), (None, 0));
    for bad in [" a b\r\n", "a\r\n", "a b", "a  \r\n"] {
        assert_eq!(line(&mut bad.as_bytes(), false), None, "{bad:?}");
    }
}

proptest! {
    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..40) {
        let steps = dialogue("< * OK ready\n> a CAPABILITY\n< * CAPABILITY X\n< a OK\n> b STARTTLS\n< b OK\n> x\n");
        Tap::open(143).play(&changed(&steps, at, byte), &[size]);
    }
}
