//! XMPP on conversations made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::parse::{begins_stream, local, tag};
use crate::testing::Side::{Client, Server};
use crate::testing::{Heard, NoLog, changed, dialogue};

type Tap = crate::testing::Tap<Heard<NoLog>>;

const STREAM: &str = "> <?xml version='1.0'?><stream:stream to='x' xmlns='jabber:client'>\n";

#[test]
fn what_confirms_and_what_ends_it() {
    for (port, lines, service, failures, weirds) in [
        (5222, STREAM, "xmpp", 0, vec![]),
        (7777, STREAM, "xmpp", 0, vec![]),
        (5222, "< <stream:stream xmlns='jabber:client'>\n", "-", 0, vec![]),
        (5222, "> <stream:stream>\n> no tag\n", "-", 1, vec![]),
        (5222, "> <stream:stream>\n> <a><b/>text\n", "xmpp", 0, vec![]),
        (5222, "> <stream:stream>\n> <message>\n> no tag\n", "xmpp", 0, vec![]),
        (5222, "> <stream:stream>\n< <proceed/>\n", "xmpp", 0, vec!["XMPP: proceed without starttls/XMPP"]),
        // What follows is TLS, or would be.
        (5269, "> <stream:stream>\n> <x:starttls/>\n< <y:proceed/>\n> no tag\n", "xmpp", 0, vec![]),
    ] {
        let seen = Tap::open(port).play(&dialogue(lines), &[9999]);
        let found = (
            seen.services[0].as_str(),
            seen.failures.len(),
            seen.weirds.iter().map(String::as_str).collect(),
        );
        assert_eq!(found, (service, failures, weirds), "{lines}");
    }
}

#[test]
fn nothing_is_read_behind_a_gap() {
    let mut tap = Tap::open(5222);
    tap.send(Client, b"<stream:stream>").lose(Client, 9).send(Client, b"x").send(Server, b"y");
    let seen = tap.finish();
    assert_eq!((seen.services, seen.failures.len()), (vec!["xmpp".to_owned()], 0));
}

#[test]
fn tags() {
    for (text, name) in [
        ("<a>", Some("a")),
        (" \r\n</a:b c='d'>text", Some("/a:b")),
        ("<?xml version='1.0'?>", Some("?xml")),
        ("<a", None),
        ("<!-- -->", None),
        ("<>", None),
        ("x<a>", None),
        ("", None),
    ] {
        assert_eq!(tag(&mut text.as_bytes()), name.map(str::as_bytes), "{text}");
    }
    for (name, expected) in [("a:b", "b"), ("a:", "a:"), ("b", "b")] {
        assert_eq!(local(name.as_bytes()), expected.as_bytes());
    }
}

#[test]
fn likeness() {
    for (text, expected) in [
        ("<stream:stream to='x' xmlns='jabber:client'>", Some(true)),
        ("<?xml version='1.0'?>\n<stream:stream xmlns='jabber:", Some(true)),
        ("<?xml vers", None),
        ("<?xml version='1.0'?> <str", None),
        ("<stream:stream xmlns='jab", None),
        ("<stream:stream xmlns='x'>", Some(false)),
        ("<html>", Some(false)),
        ("", None),
    ] {
        assert_eq!(begins_stream(text.as_bytes()), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..40) {
        let steps = dialogue(&format!("{STREAM}< <stream:stream>\n> <starttls/>\n< <proceed/>\n> x\n"));
        Tap::open(5222).play(&changed(&steps, at, byte), &[size]);
    }
}
