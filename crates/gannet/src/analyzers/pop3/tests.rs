//! POP3 on conversations made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::parse::{Word, is_plain, split, word};
use super::probe;
use crate::analyzers::record::AnalyzerFailure;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;
use crate::events::{Event, Weird};
use crate::files::FileInfo;
use crate::flow::Conn;
use crate::testing::{Sees, changed, dialogue, every_cut, text, weird_text};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    services: Vec<String>,
    /// Bytes of each file.
    files: Vec<u64>,
    weirds: Vec<String>,
    failures: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        } else if let Some(file) = event.get::<FileInfo>() {
            assert_eq!((file.source, file.is_orig, file.depth), (Some("POP3"), Some(false), 0));
            self.files.push(file.seen_bytes);
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            let data = failure.failure_data.as_deref().map(text).unwrap_or_default();
            self.failures.push(format!("{}: {data}", failure.failure_reason));
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

fn play(lines: &str) -> Seen {
    Tap::open(110).play(&dialogue(lines), &[9999])
}

const LOGIN: &str = "< +OK ready\n> USER x\n< +OK\n> PASS y\n< +OK in\n";
const MAIL: &str = "> RETR 1\n< +OK 9 octets\n< Subject: s\n< \n< ..x\n< .\n";

#[test]
fn what_confirms() {
    for (lines, service) in [
        (LOGIN, "pop3"),
        ("< +OK\n> CAPA\n< +OK\n< X\n< .\n", "pop3"),
        ("< +OK\n> STLS\n< +OK\n", "pop3"),
        ("< +OK\n> USER x\n< -ERR\n", "-"),
        ("< +OK\n> APOP x y\n< +OK\n", "-"),
        ("< +OK\n> AUTH PLAIN\n< +\n> AHgAeQ==\n< +OK\n", "-"),
        ("< +OK\n> QUIT\n< +OK\n", "-"),
    ] {
        let seen = play(lines);
        assert_eq!((seen.services[0].as_str(), seen.weirds), (service, vec![]), "{lines}");
    }
}

#[test]
fn mails_are_files() {
    let mail = |lines: &str| play(&format!("{LOGIN}{lines}")).files;
    // Dots that were doubled stay so.
    assert_eq!(mail(MAIL), [5]);
    assert_eq!(mail(&format!("{MAIL}> TOP 1 5\n< +OK\n< \n< one\n< two\n< .\n")), [5, 10]);
    assert_eq!(mail("> LIST\n< +OK\n< 1 5\n< .\n> RETR 1\n< -ERR\n"), Vec::<u64>::new());
    assert_eq!(mail("> RETR 1\n< +OK\n< \n< the end is missing\n"), [20]);
    // Commands may come at once.
    assert_eq!(mail("> RETR 1\n> RETR 2\n< +OK\n< \n< a\n< .\n< +OK\n< \n< bc\n< .\n"), [3, 4]);
    // A mail that is sent means that there was a login.
    assert_eq!(play(&format!("< +OK\n> CAPA\n< +OK\n< .\n{MAIL}")).files, [5]);
}

#[test]
fn odd_things_are_told() {
    for (lines, weirds) in [
        ("> UTF8\n", vec!["pop3_client_command_unknown/POP3(UTF8)"]),
        ("> +OK\n", vec!["pop3_client_sending_server_commands/POP3"]),
        ("> NOOP\n< LIST\n", vec!["pop3_server_sending_client_commands/POP3"]),
        (
            "> NOOP\n> NOOP\n> NOOP\n> NOOP\n> NOOP\n> NOOP\n> NOOP\n> NOOP\n> NOOP\n> NOOP\n> NOOP\n",
            vec!["pop3_client_too_many_pending_commands/POP3"],
        ),
    ] {
        assert_eq!(play(&format!("{LOGIN}{lines}")).weirds, weirds, "{lines}");
    }
    let auth = |answer: &str| play(&format!("< +OK\n> AUTH PLAIN\n< +\n> {answer}\n")).weirds;
    assert_eq!(auth("eHk="), ["pop3_malformed_auth_plain/POP3"]);
    assert_eq!(
        auth("!!"),
        ["base64_illegal_encoding(character 33 ignored by Base64 decoding)", "pop3_bad_base64_encoding/POP3"]
    );
}

#[test]
fn what_is_no_reply_ends_it() {
    let seen = play(&format!("{LOGIN}> NOOP\n< + huh\n"));
    assert_eq!(seen.failures, ["unknown server command (+): + huh"]);
    assert_eq!(
        (seen.services, seen.weirds),
        (vec!["-".to_owned()], vec!["pop3_server_command_unknown/POP3(+)".to_owned()])
    );
    let seen = play(&format!("{LOGIN}{}", "> X\n< +OK\n".repeat(11)));
    assert_eq!(seen.failures, ["too many unknown client commands: "]);
}

#[test]
fn lines_as_words() {
    for (line, first, rest) in
        [("RETR  1 ", "RETR", "1"), (" \t+OK  a  b", "+OK", "a b"), ("", "", ""), ("A\0B", "A", "")]
    {
        let found = split(line.as_bytes());
        assert_eq!((text(&found.0), text(&found.1)), (first.into(), rest.into()), "{line}");
    }
    for (name, expected) in [
        ("+OK", Some(Word::Ok)),
        ("ok", Some(Word::Ok)),
        ("-ERR", Some(Word::Err)),
        ("--err", Some(Word::Err)),
        ("--ok", None),
        ("top", Some(Word::Mail)),
        ("+", None),
        ("", None),
    ] {
        assert_eq!(word(name.as_bytes()), expected, "{name}");
    }
    for (answer, good) in
        [("\0a\0b", true), ("a\0b\0c", true), ("\0a\0", false), ("a", false), ("a\0b", false)]
    {
        assert_eq!(is_plain(answer.as_bytes()), good, "{answer:?}");
    }
}

#[test]
fn likeness() {
    for (orig, resp, expected) in [
        ("USER x\r\n", "+OK\r\n", Likeness::Match),
        ("x\r\ncapa", "+OK\r\n", Likeness::Match),
        ("USERS", "+OK\r\n", Likeness::Unsure),
        ("", "+O", Likeness::Unsure),
        ("USER x\r\n", "-ERR", Likeness::No),
    ] {
        let sample = Sample::new(Transport::Tcp, orig.as_bytes(), resp.as_bytes());
        assert_eq!(probe(&sample), expected, "{orig} {resp}");
    }
}

/// A conversation with a bit of everything.
fn everything() -> Vec<(crate::testing::Side, Vec<u8>)> {
    let auth = "< +OK\n> CAPA\n< +OK\n< SASL\n< .\n> AUTH PLAIN\n< +\n> AHgAeQ==\n< +OK\n";
    dialogue(&format!(
        "{auth}> STAT\n< +OK 1 9\n> LIST\n< +OK\n< 1 9\n< .\n{MAIL}> DELE 1\n< +OK\n> QUIT\n< +OK\n"
    ))
}

#[test]
fn a_conversation_may_end_anywhere() {
    assert_eq!(Tap::open(110).play(&everything(), &[9999]).files, [5]);
    for part in every_cut(&everything(), 3) {
        Tap::open(110).play(&part, &[9999]);
    }
}

proptest! {
    #[test]
    fn segments_do_not_matter(sizes in proptest::collection::vec(1_usize..30, 1..12)) {
        let whole = Tap::open(110).play(&everything(), &[9999]);
        prop_assert_eq!(Tap::open(110).play(&everything(), &sizes), whole);
    }

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..40) {
        Tap::open(110).play(&changed(&everything(), at, byte), &[size]);
    }
}
