//! IRC on conversations made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::Irc;
use super::parse::{self, BadOffer, Fault, Message};
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Weird};
use crate::files::FileInfo;
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, changed, every_cut, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `nick user command value addl file size`.
    rows: Vec<String>,
    times: Vec<i64>,
    /// Ids that rows name, and those of files.
    named: Vec<String>,
    files: Vec<String>,
    mimes: Vec<&'static str>,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Irc>() {
            let bytes = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or("-".to_owned(), text);
            let size = row.dcc_file_size.map_or("-".to_owned(), |size| size.to_string());
            self.rows.push(format!(
                "{} {} {} {} [{}] {} {size}",
                bytes(&row.nick),
                bytes(&row.user),
                row.command.unwrap_or("-"),
                bytes(&row.value),
                bytes(&row.addl),
                bytes(&row.dcc_file_name),
            ));
            self.times.push(row.ts.nanos() / 1_000_000);
            self.mimes.extend(row.dcc_mime_type);
            self.named.extend(row.fuid.map(|fuid| fuid.to_string()));
        } else if let Some(file) = event.get::<FileInfo>() {
            self.files.push(format!("{} {}", file.fuid, file.seen_bytes));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;
type Step<'a> = (Side, &'a str);

fn play(steps: &[Step<'_>]) -> Seen {
    Tap::open(6667).play(steps, &[9999])
}

fn client(text: &str) -> Seen {
    play(&[(Client, text)])
}

const NAMES: &str = "NICK bob\r\nUSER b 0 * :Bob B Jones\r\n";
const ROWS: [&str; 2] = ["- - NICK bob [-] - -", "bob - USER b [0 * BobB Jones ] - -"];

#[test]
fn names_and_channels_have_rows() {
    let seen = client(&format!("{NAMES}JOIN #a,#b,#a key\r\nJOIN :#c\r\nPART #a\r\nnick :rob\r\n"));
    let joined = |value: &str, addl: &str| format!("bob b JOIN {value} [{addl}] - -");
    let mut rows = ROWS.map(str::to_owned).to_vec();
    rows.extend([joined("#a", " with channel key: 'key'"), joined("#b", ""), joined("#a", "")]);
    rows.push(joined("#c", ""));
    rows.push("bob b NICK rob [] - -".to_owned());
    assert_eq!(seen.rows, rows);
    assert_eq!(seen.services, ["irc"]);
    assert!(seen.weirds.is_empty());
    // What is said twice in one JOIN is once in it.
    assert_eq!(client("JOIN #a,#a\r\n").rows.len(), 1);
    assert_eq!(client("NJOIN #a :@@x,+y,z\r\n").rows, ["- - JOIN #a [] - -"; 3]);
}

#[test]
fn servers_make_no_rows_but_move_the_time() {
    let seen = play(&[(Client, "NICK a\r\n"), (Server, ":a NICK b\r\n"), (Client, "PING\r\n")]);
    assert_eq!(seen.rows, ["- - NICK a [-] - -"]);
    assert!(play(&[(Server, ":x JOIN #a\r\n")]).rows.is_empty());
    assert_eq!(play(&[(Server, "NICK a\r\n")]).services, ["-"]);
}

#[test]
fn lines_may_end_in_several_ways_and_be_cut_anywhere() {
    for end in ["\r\n", "\n", "\r"] {
        let lines = NAMES.replace("\r\n", end);
        assert_eq!(client(&lines).rows, ROWS);
        assert_eq!(Tap::open(6667).play(&[(Client, &lines)], &[1]).rows, ROWS);
    }
    // The last line needs no end.
    assert_eq!(client(NAMES.trim_end()).rows, ROWS);
    let steps = [(Client, NAMES.as_bytes().to_vec())];
    for cut in every_cut(&steps, 1) {
        assert!(Tap::open(6667).play(&cut, &[99]).rows.len() <= 2);
    }
    let weirds = client("NICK a\rNICK b\rNICK c\r\n").weirds;
    assert_eq!(weirds, ["line_terminated_with_single_CR/CONTENTLINE"]);
}

#[test]
fn lines_are_read_behind_tags_and_senders() {
    let command = |word: &'static str, rest: &'static str, prefixed| {
        Ok(Message::Command { word: word.as_bytes(), rest: rest.as_bytes(), prefixed })
    };
    for (line, message) in [
        ("NICK x", command("NICK", "x", false)),
        ("  NICK   x ", command("NICK", "x ", false)),
        (":me!u@h NICK :x", command("NICK", ":x", true)),
        ("@time=1 :me NICK x", command("NICK", "x", true)),
        ("@time=1 NICK", command("NICK", "", false)),
        (":srv 001 x :hi", Ok(Message::Reply(1))),
        ("433 x", Ok(Message::Reply(433))),
        ("ab", Err(Fault::Short)),
        (":server", Err(Fault::NoMessage)),
        (":server x", Err(Fault::ShortMessage)),
        ("12 x", Err(Fault::BadNumber)),
        ("001", Err(Fault::BadNumber)),
        ("ABCDEFGHIJKLMNOPQRSTU x", Err(Fault::LongCommand)),
    ] {
        assert_eq!(Message::read(line.as_bytes()), message, "{line}");
    }
    assert!(parse::is_command(b"privmsg") && !parse::is_command(b"CAP"));
}

#[test]
fn odd_lines_are_weird() {
    let long = "x".repeat(600);
    let longer = "x".repeat(1200);
    let cases: &[(&str, &[&str])] = &[
        ("ab\r\n", &["irc_line_too_short/IRC"]),
        (":server\r\n", &["irc_invalid_line/IRC"]),
        (&long, &["irc_line_size_exceeded/IRC"]),
        (
            &longer,
            &[
                "contentline_size_exceeded/CONTENTLINE",
                "irc_line_size_exceeded/IRC",
                "irc_invalid_command/IRC",
            ],
        ),
        ("ABCDEFGHIJKLMNOPQRSTU\r\n", &["irc_invalid_command/IRC"]),
        ("JOIN\r\n", &["irc_invalid_join_line/IRC"]),
        ("NJOIN #a\r\n", &["irc_invalid_njoin_line/IRC"]),
        ("PRIVMSG\r\n", &["irc_invalid_privmsg_message_format/IRC"]),
        ("PRIVMSG x :\x01DCC SEND\x01\r\n", &["irc_invalid_dcc_message_format/IRC"]),
        ("PRIVMSG x :\x01DCC SEND f 0 1 2\x01\r\n", &["irc_invalid_dcc_host/IRC"]),
        ("PRIVMSG x :\x01DCC SEND f 1 0 2\x01\r\n", &["irc_invalid_dcc_port/IRC(0)"]),
        ("PRIVMSG x :\x01DCC SEND f 1 70000 2\x01\r\n", &["irc_invalid_dcc_port/IRC(70000)"]),
    ];
    for (line, weirds) in cases {
        assert_eq!(client(&format!("NICK a\r\n{line}")).weirds, *weirds, "{line}");
    }
    // Before it is known to be IRC, some are not.
    assert!(client("ab\r\n").weirds.is_empty());
}

#[test]
fn what_is_no_irc_loses_its_name() {
    for (line, reason) in [(":s x\r\n", "line too short"), ("12 x\r\n", "invalid reply number")] {
        let seen = client(&format!("NICK a\r\n{line}"));
        assert_eq!((seen.failures, seen.services), (vec![reason.to_owned()], vec!["-".to_owned()]));
    }
    let seen = client(&format!("NICK a\r\n{}", "ABCDEFGHIJKLMNOPQRSTU\r\n".repeat(21)));
    assert_eq!(seen.failures, ["too many long lines"]);
    assert_eq!(seen.weirds.last().map(String::as_str), Some("irc_too_many_invalid/IRC"));
}

#[test]
fn any_port_will_do_for_who_says_all() {
    let steps = |text: &str| Tap::open(7000).play(&[(Client, text), (Server, ":s 001 bob :hi\r\n")], &[9999]);
    assert_eq!(steps(NAMES).rows, ROWS);
    assert_eq!(steps(&format!("CAP LS\r\n{NAMES}")).rows, ROWS);
    assert_eq!(steps("USER b 0 * :b\r\nNICK b\r\n").services, ["irc"]);
    for text in ["NICK bob\r\n", "HELLO\r\nNICK b\r\nUSER b 0 * b\r\n", "NICKUSER\r\n"] {
        assert_eq!(steps(text).services, ["-"], "{text}");
    }
    let link = "SERVER one 1 :a server\r\n";
    assert_eq!(Tap::open(7000).play(&[(Client, link), (Server, link)], &[99]).services, ["irc"]);
}

#[test]
fn tls_is_handed_over() {
    let hello = [&[22, 3, 1, 0, 4][..], &[1, 0, 0, 0]].concat();
    let seen = Tap::open(6667).play(
        &[
            (Client, b"NICK a\r\nSTARTTLS\r\n".to_vec()),
            (Server, b":s 670 a :go on\r\n".to_vec()),
            (Client, hello),
            (Client, b"NICK b\r\n".to_vec()),
        ],
        &[9999],
    );
    assert_eq!(seen.rows.len(), 1);
    assert!(seen.failures.is_empty());
}

#[test]
fn compressed_links_are_left_alone() {
    let open = "PASS p 0210 IRC| Z\r\nSERVER s 1 :s\r\n";
    let seen = play(&[(Client, open), (Server, open), (Client, "NICK a\r\n")]);
    assert!(seen.rows.is_empty());
    let plain = "PASS p 0210 IRC| P\r\nSERVER s 1 :s\r\n";
    assert_eq!(play(&[(Client, open), (Server, plain), (Client, "NICK a\r\n")]).rows.len(), 1);
}

#[test]
fn offers_are_read() {
    let offer = |text: &str| {
        parse::offer(text.as_bytes())
            .map(|offer| offer.map(|one| (one.is_file, one.host, one.port, one.size)))
    };
    let host = std::net::Ipv4Addr::new(10, 0, 0, 2);
    assert_eq!(offer("x :\x01DCC SEND f 167772162 5000 12\x01"), Ok(Some((true, host, 5000, 12))));
    assert_eq!(offer("x DCC SEND f 167772162 5000"), Ok(Some((true, host, 5000, 0))));
    assert_eq!(offer("x DCC CHAT f 167772162 5000"), Ok(Some((false, host, 5000, 0))));
    assert_eq!(offer("x DCC SEND f 167772162 5000 1 T"), Ok(Some((true, host, 5000, 1))));
    assert_eq!(offer("x DCC SEND f 167772162 5000 1 U"), Err(BadOffer::Format));
    assert_eq!(offer("x :hello"), Ok(None));
    assert_eq!(offer("x"), Err(BadOffer::NoText));
}

#[test]
fn a_file_that_is_offered_comes() {
    let mut tap = Tap::open(6667);
    tap.send(Client, b"NICK a\r\n");
    let host = u32::from_be_bytes([10, 0, 0, 2]);
    tap.send(Client, format!("PRIVMSG b :\x01DCC SEND f.txt {host} 5000 7\x01\r\n").as_bytes());
    tap.send(Client, b"NICK c\r\n");
    tap.ports = (40_001, 5000);
    tap.dial().send(Server, b"content").send(Client, &[0, 0, 0, 7]).send(Client, &[0]).close();
    let seen = tap.finish();
    assert_eq!(seen.rows, ["- - NICK a [-] - -", "a - NICK c [-] f.txt 7", "c - DCC c [-] f.txt 7",]);
    assert_eq!(seen.files.len(), 1);
    assert_eq!(seen.files[0], format!("{} 7", seen.named[0]));
    assert_eq!(seen.weirds, ["irc_invalid_dcc_send_ack/IRC_DATA"]);
    assert!(seen.services.contains(&"irc-dcc-data".to_owned()));
}

#[test]
fn the_type_of_a_file_comes_with_its_row_where_more_is_told() {
    let host = u32::from_be_bytes([10, 0, 0, 2]);
    let offer = |name: &str, port: u16| {
        format!("PRIVMSG b :\x01DCC SEND {name} {host} {port} 7\x01\r\n").into_bytes()
    };
    let play = |mut tap: Tap, content: &[u8]| {
        tap.dial().send(Client, b"NICK a\r\n").send(Client, &offer("f", 5000));
        let left = tap.leave((40_001, 5000));
        tap.dial().send(Server, content).close().back(left).wait(30.0);
        tap.send(Client, b"NICK c\r\n").send(Client, &offer("g", 5001));
        tap.finish()
    };
    let gif = [b"GIF89a", [7; 40].as_slice()].concat();
    let rows = ["- - NICK a [-] - -", "a - DCC a [-] f 7", "a - NICK c [-] - -"];
    let seen = play(Tap::more(6667), &gif);
    assert_eq!((seen.rows, seen.mimes), (rows.map(str::to_owned).to_vec(), vec!["image/gif"]));
    let seen = play(Tap::new(6667, |_| ()), &gif);
    assert_eq!((seen.rows, seen.mimes), (rows.map(str::to_owned).to_vec(), vec![]));
    // A type that nobody knows is not waited for any longer than to the next offer; of a file without content there is no row.
    let seen = play(Tap::more(6667), &[0xc1; 9]);
    assert_eq!((&seen.rows[2], seen.rows.len(), seen.mimes.len()), (&"c - DCC c [-] f 7".to_owned(), 3, 0));
    assert_eq!(play(Tap::more(6667), b"").rows.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..40) {
        let lines = format!("{NAMES}JOIN #a k\r\nPRIVMSG x :\x01DCC SEND f 1 2 3\x01\r\n");
        let steps = [(Client, lines.into_bytes())];
        Tap::open(6667).play(&changed(&steps, at, byte), &[size]);
    }
}
