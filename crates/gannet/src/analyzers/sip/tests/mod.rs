//! SIP on messages made here.

use proptest::prelude::*;
use proptest::sample::Index;

mod more;

use super::Sip;
use super::parse::{RequestLine, before, header, number, request_line, status_line};
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, Tap, changed, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `depth method uri status` of each row.
    rows: Vec<String>,
    /// What the last row has of headers.
    last: Vec<String>,
    times: Vec<i64>,
    failures: Vec<String>,
    weirds: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Sip>() {
            let show = |value: &Option<Vec<u8>>| value.as_deref().map_or("-".to_owned(), text);
            let count = |value: Option<u64>| value.map_or("-".to_owned(), |value| value.to_string());
            let path = |path: &[Vec<u8>]| path.iter().map(|host| text(host)).collect::<Vec<_>>().join(",");
            self.times.push(row.ts.nanos() / 1_000_000 % 1000);
            let (method, uri) = (show(&row.method), show(&row.uri));
            self.rows.push(format!("{} {method} {uri} {}", row.trans_depth, count(row.status_code)));
            self.last = vec![
                show(&row.request_from),
                show(&row.request_to),
                show(&row.response_from),
                show(&row.response_to),
                show(&row.call_id),
                show(&row.seq),
                path(&row.request_path.0),
                path(&row.response_path.0),
                show(&row.status_msg),
                count(row.request_body_len),
                count(row.response_body_len),
                show(&row.content_type),
            ];
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

/// Plays datagrams between two ports.
fn play_on(port: u16, steps: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = Tap::<Seen>::new(port, |_| ());
    for (from, bytes) in steps {
        tap.datagram(*from, bytes);
    }
    tap.finish()
}

fn play(steps: &[(Side, Vec<u8>)]) -> Seen {
    play_on(5060, steps)
}

/// A message with the headers that all have, and more.
fn message(first: &str, more: &str, body: &str) -> Vec<u8> {
    let headers = "Via: SIP/2.0/UDP host:5060;rport;branch=z9\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@y>;tag=2\r\nCall-ID: c7\r\n";
    format!("{first}\r\n{headers}{more}\r\n{body}").into_bytes()
}

fn request(method: &str) -> Vec<u8> {
    message(&format!("{method} sip:b@y SIP/2.0"), &format!("CSeq: 1 {method}\r\nContent-Length: 0\r\n"), "")
}

fn response(status: &str) -> Vec<u8> {
    message(&format!("SIP/2.0 {status}"), "Content-Length: 0\r\n", "")
}

#[test]
fn a_call_has_a_row_for_each_response() {
    let seen = play(&[
        (Client, request("INVITE")),
        (Server, response("100 Trying")),
        (Server, response("180 Ringing")),
        (Server, response("200 OK")),
        (Client, request("ACK")),
        (Server, request("BYE")),
        (Client, response("200 OK")),
    ]);
    assert_eq!(
        seen.rows,
        ["0 INVITE sip:b@y 100", "0 INVITE sip:b@y 180", "0 INVITE sip:b@y 200", "0 BYE sip:b@y 200"]
    );
    assert_eq!(seen.times, [1, 1, 1, 5], "each is as old as its first request");
    assert_eq!(seen.services, ["sip"]);
    assert!(seen.weirds.is_empty() && seen.failures.is_empty());
}

#[test]
fn headers_of_both_sides_come_to_the_row() {
    let invite = message(
        "INVITE sip:b@y SIP/2.0",
        "CSeq: 7 INVITE\r\nVIA: SIP/2.0/TCP two ; branch=a\r\nv: three; branch=b\r\nContent-Length: 4\r\n",
        "body",
    );
    let ok = message("SIP/2.0 200", "C: application/sdp\r\nl: 3\r\n", "");
    let seen = play(&[(Client, invite), (Server, ok)]);
    assert_eq!(
        seen.last,
        [
            "<sip:a@x>",
            "<sip:b@y>;tag=2",
            "<sip:a@x>",
            "<sip:b@y>;tag=2",
            "c7",
            "7 INVITE",
            "SIP/2.0/UDP host:5060;rport,SIP/2.0/TCP two ,three",
            "SIP/2.0/UDP host:5060;rport",
            "",
            "4",
            "3",
            "application/sdp",
        ]
    );
}

#[test]
fn requests_without_a_response_have_a_row_at_the_end() {
    let seen = play(&[(Client, request("OPTIONS")), (Client, request("OPTIONS"))]);
    assert_eq!(
        (seen.rows.as_slice(), seen.services[0].as_str()),
        (&["0 OPTIONS sip:b@y -".to_owned()][..], "-")
    );
    assert_eq!(seen.last[6].matches("host").count(), 2, "hosts add up");
    let seen = play(&[(Client, request("INVITE")), (Server, response("100 Trying"))]);
    assert_eq!(seen.rows, ["0 INVITE sip:b@y 100", "0 INVITE sip:b@y 100"]);
}

#[test]
fn a_response_without_a_request_has_a_row_too() {
    let seen =
        play(&[(Server, response("404 Not Found")), (Client, request("BYE")), (Server, response("200 OK"))]);
    assert_eq!(seen.rows, ["0 - - 404", "0 BYE sip:b@y 200"]);
}

#[test]
fn unknown_methods_and_junk_are_told() {
    let seen = play(&[(Client, request("PRACK")), (Client, [b"\0\xff\"".to_vec(), request("ACK")].concat())]);
    assert_eq!(seen.weirds, ["unknown_SIP_method(PRACK)", "sip_junk_before_request/SIP(\\x00\\xff\")"]);
}

#[test]
fn the_length_of_bodies_holds_until_another_is_told() {
    let long = message("MESSAGE sip:b@y SIP/2.0", "Content-Length: 3\r\n", "abc");
    let without = message("MESSAGE sip:b@y SIP/2.0", "content-length: 9\r\n", "abc");
    let seen = play(&[(Client, long.clone()), (Client, without.clone()), (Server, response("200 OK"))]);
    assert_eq!(seen.rows, ["0 MESSAGE sip:b@y 200"], "only one spelling measures bodies");
    // What is behind a body is a message, and what is missing comes with the next datagram.
    let two = [long.as_slice(), &request("ACK")].concat();
    assert_eq!(play(&[(Client, two)]).rows, ["0 ACK sip:b@y -"]);
    let (head, tail) = long.split_at(long.len() - 2);
    let seen = play(&[(Client, head.to_vec()), (Client, tail.to_vec()), (Client, request("ACK"))]);
    assert_eq!(seen.rows, ["0 ACK sip:b@y -"]);
    let seen = play(&[(Client, head[..20].to_vec()), (Client, [&head[20..], tail].concat())]);
    assert_eq!(seen.rows, ["0 MESSAGE sip:b@y -"]);
}

#[test]
fn what_is_no_sip_ends_it_and_leaves_the_row() {
    let keep_alive = b"\r\n\r\n".to_vec();
    let folded = message("INVITE sip:b@y SIP/2.0", "Subject: a\r\n b\r\n", "");
    for odd in [keep_alive, folded, b"INVITE sip:b@y HTTP/1.1\r\n\r\n".to_vec(), vec![0; 4]] {
        // Zeros are junk in front of a line that has not come yet.
        let is_wrong = odd != vec![0; 4];
        let seen =
            play(&[(Client, request("INVITE")), (Server, response("100 Trying")), (Client, odd.clone())]);
        assert_eq!(seen.failures.len(), usize::from(is_wrong), "{odd:?}");
        assert_eq!(seen.rows, ["0 INVITE sip:b@y 100", "0 INVITE sip:b@y 100"], "{odd:?}");
        assert_eq!(seen.services, [if is_wrong { "-" } else { "sip" }]);
    }
    let seen = play(&[(Client, b"\r\n".to_vec()), (Client, request("ACK")), (Server, response("200 OK"))]);
    assert_eq!((seen.services[0].as_str(), seen.failures.len()), ("sip", 0), "two bytes are nothing");
}

#[test]
fn a_body_that_is_longer_than_it_says_costs_it_once() {
    // What follows the body is no message; the response has the protocol found again, and both are read once more.
    let longer = message("INVITE sip:b@y SIP/2.0", "Content-Length: 1\r\n", "abc\r\n");
    let seen = play(&[(Client, longer), (Server, response("200 OK"))]);
    assert_eq!(seen.rows, ["0 INVITE sip:b@y 200"]);
    assert_eq!(seen.last[6].matches("host").count(), 2);
}

#[test]
fn it_is_found_on_other_ports() {
    let seen = play_on(9999, &[(Client, request("INVITE")), (Server, response("200 OK"))]);
    assert_eq!((seen.rows.len(), seen.services[0].as_str()), (1, "sip"));
    let seen = play_on(
        9999,
        &[(Client, b"GET / HTTP/1.1\r\n\r\n".to_vec()), (Server, b"SIP/2.0 2000\r\n".to_vec())],
    );
    assert_eq!((seen.rows.len(), seen.services[0].as_str()), (0, "-"));
}

#[test]
fn a_path_has_a_hundred_hosts() {
    let many = "Via: h\r\n".repeat(120);
    let seen = play(&[(Client, message("ACK sip:b@y SIP/2.0", &many, ""))]);
    assert_eq!(seen.last[6].split(',').count(), 100);
    assert_eq!(seen.weirds, ["sip_max_request_path_length_exceeded"]);
}

#[test]
fn provisional_responses_repeat_no_more_than_came() {
    let path = format!("Via: {}\r\n", "h".repeat(600)).repeat(90);
    let ringing = |status| (Server, message(&format!("SIP/2.0 {status}"), "To: b\r\n", ""));
    let mut steps = vec![(Client, message("INVITE sip:b@y SIP/2.0", &path, ""))];
    steps.extend((0..5000).map(|_| ringing("180 Ringing")));
    let rows = play(&steps).rows.len();
    assert!((2..1000).contains(&rows), "{rows}");
    // The last one has its row whatever came before.
    steps.push(ringing("200 OK"));
    assert_eq!(play(&steps).rows.len(), rows, "in the place of the one at the end");
    // What a phone that rings for long does costs nothing.
    let mut steps = vec![(Client, request("INVITE"))];
    let more =
        "Via: SIP/2.0/UDP h.example;branch=z9hG4bK776asdhds\r\nTo: b <sip:b@y>\r\nCSeq: 314159 INVITE\r\n";
    steps.extend((0..5000).map(|_| (Server, message("SIP/2.0 180 Ringing", more, ""))));
    assert_eq!(play(&steps).rows.len(), 5001, "one for each, and one at the end");
}

#[test]
fn lines_are_read() {
    let request = |line: &'static str| request_line(line.as_bytes());
    let whole = RequestLine { junk: b"", method: b"INVITE", uri: b"sip:b" };
    assert_eq!(request("INVITE sip:b SIP/2.0"), Some(whole));
    assert_eq!(request("INVITE\tsip:b  SIP/2.0 and more"), Some(whole));
    assert_eq!(request("\"@ INVITE sip:b SIP/2.0"), Some(RequestLine { junk: b"\"@ ", ..whole }));
    for line in [
        "INVITE sip:b",
        "INVITE  SIP/2.0",
        "INVITE sip:b SIP/2",
        "INVITE sip:b SIP/x.0",
        "",
        "INVITE sip:\u{e4} SIP/2.0",
    ] {
        assert_eq!(request(line), None, "{line}");
    }
    for (line, read) in [
        ("SIP/2.0 200 OK", Some((200, "OK"))),
        ("SIP/2.0 486", Some((486, ""))),
        ("SIP/2.0 1234", Some((123, "4"))),
        ("SIP/2.0 OK", None),
        ("SIP/2.0 20", None),
        ("SIP/2 200 OK", None),
    ] {
        assert_eq!(
            status_line(line.as_bytes()),
            read.map(|(code, reason)| (code, reason.as_bytes())),
            "{line}"
        );
    }
    for (line, read) in [
        ("To: a", Some(("To", "a"))),
        ("To \t:\t a b ", Some(("To", "a b "))),
        ("To:", Some(("To", ""))),
        ("To a", None),
        (" To: a", None),
        (": a", None),
    ] {
        assert_eq!(
            header(line.as_bytes()),
            read.map(|(name, value)| (name.as_bytes(), value.as_bytes())),
            "{line}"
        );
    }
    for (value, cut) in
        [("a;tag=b", "a"), ("a; tag=b;tag=c", "a"), ("a;  tag=b", "a;  tag=b"), ("a;ta", "a;ta"), (";", ";")]
    {
        assert_eq!(before(value.as_bytes(), b"tag="), cut.as_bytes(), "{value}");
    }
    for (value, is) in [("12", 12), (" 7 ", 7), ("x", 0), ("99999999999999999999999", u64::MAX)] {
        assert_eq!(number(value.as_bytes()), is, "{value}");
    }
}

proptest! {
    #[test]
    fn a_changed_byte_does_no_harm(at in any::<Index>(), byte in any::<u8>()) {
        let call = [(Client, request("INVITE")), (Server, response("180 Ringing")), (Server, response("200 OK"))];
        play(&changed(&call, at, byte));
    }

    #[test]
    fn bytes_of_any_kind_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in any::<Index>()) {
        let invite = request("INVITE");
        let cut = &invite[..cut.index(invite.len())];
        play(&[(Client, [cut, &bytes].concat()), (Server, [b"SIP/2.0 200 ", bytes.as_slice()].concat()), (Client, bytes)]);
    }
}
