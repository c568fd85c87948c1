//! WebSocket on frames made here, and its handshake in HTTP.

use proptest::prelude::*;
use proptest::sample::Index;

use super::WebSocket;
use super::parse::{Header, unmask};
use crate::analyzers::http::Http;
use crate::analyzers::record::AnalyzerFailure;
use crate::base::cursor::Cursor;
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, changed, every_cut, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `host uri agent | subprotocol | client's protocols | server's extensions | client's extensions` of each row.
    rows: Vec<String>,
    /// `method uri` of each row of HTTP.
    http: Vec<String>,
    failures: Vec<(String, bool)>,
    weirds: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        let show = |value: &Option<Vec<u8>>| value.as_deref().map_or("-".to_owned(), text);
        if let Some(row) = event.get::<WebSocket>() {
            let list = |list: &Option<crate::events::Vector<Vec<u8>>>| match list {
                Some(list) => list.0.iter().map(|item| text(item)).collect::<Vec<_>>().join(";"),
                None => "-".to_owned(),
            };
            self.rows.push(format!(
                "{} {} {}|{}|{}|{}|{}",
                show(&row.host),
                show(&row.uri),
                show(&row.user_agent),
                show(&row.subprotocol),
                list(&row.client_protocols),
                list(&row.server_extensions),
                list(&row.client_extensions)
            ));
        } else if let Some(row) = event.get::<Http>() {
            self.http.push(format!("{} {}", show(&row.method), show(&row.uri)));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push((failure.failure_reason.clone(), failure.failure_data.is_some()));
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

/// The key of RFC 6455, section 1.3, and its answer.
const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const ACCEPT: &str = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

fn ask(headers: &str) -> Vec<u8> {
    format!("GET /chat HTTP/1.1\r\nHost: example.org\r\nUser-Agent: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{headers}\r\n")
        .into_bytes()
}

fn agree(headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n{headers}\r\n")
        .into_bytes()
}

/// A frame: its first byte, whether it is masked, its payload.
fn frame(first: u8, masked: bool, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let bit = if masked { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..126 => bytes.push(bit | short as u8),
        long @ 126..0x1_0000 => {
            bytes.push(bit | 126);
            bytes.extend((long as u16).to_be_bytes());
        }
        huge => {
            bytes.push(bit | 127);
            bytes.extend((huge as u64).to_be_bytes());
        }
    }
    if masked {
        bytes.extend(mask);
        bytes.extend(unmask(payload, mask, 0));
    } else {
        bytes.extend(payload);
    }
    bytes
}

/// The handshake, and frames behind it.
fn with(frames: &[(Side, Vec<u8>)]) -> Vec<(Side, Vec<u8>)> {
    [&[(Client, ask(KEY)), (Server, agree(ACCEPT))], frames].concat()
}

fn play(steps: &[(Side, Vec<u8>)]) -> Seen {
    Tap::open(80).play(steps, &[9999])
}

const ROW: &str = "example.org /chat test|-|-|-|-";

#[test]
fn a_connection_goes_over() {
    let seen = play(&with(&[(Client, frame(0x81, true, b"hello")), (Server, frame(0x82, false, b"hi"))]));
    assert_eq!(seen.rows, [ROW]);
    assert_eq!(seen.services, ["http,websocket"]);
    assert_eq!(seen.http, ["GET /chat"]);
    assert!(seen.weirds.is_empty() && seen.failures.is_empty(), "{seen:?}");
    assert_eq!(play(&with(&[])).services, ["http"], "nothing was said in it");
}

#[test]
fn headers_say_what_is_inside() {
    let asked = format!(
        "{KEY}Sec-WebSocket-Protocol: one ,  two\r\nsec-websocket-protocol: three\r\nSec-WebSocket-Extensions: a; b=1,c\r\n"
    );
    let agreed = format!("{ACCEPT}Sec-WebSocket-Protocol: two\r\nSec-WebSocket-Extensions: c\r\n");
    let seen = play(&[(Client, ask(&asked)), (Server, agree(&agreed))]);
    assert_eq!(seen.rows, ["example.org /chat test|two|one;two;three|c|a; b=1;c"]);
    assert!(seen.weirds.is_empty());
}

#[test]
fn what_is_wrong_with_a_handshake_is_told() {
    let wrong = "Sec-WebSocket-Accept: no\r\n";
    for (asked, agreed, weirds) in [
        (
            String::new(),
            String::new(),
            vec![
                "websocket_established_unexpected/WebSocket",
                "websocket_missing_key_header/WebSocket",
                "websocket_missing_accept_header/WebSocket",
            ],
        ),
        (KEY.to_owned(), String::new(), vec!["websocket_missing_accept_header/WebSocket"]),
        (
            KEY.to_owned(),
            wrong.to_owned(),
            vec!["websocket_wrong_accept_header/WebSocket(expected=s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, found=no)"],
        ),
        (
            KEY.repeat(2),
            ACCEPT.repeat(2),
            vec!["websocket_multiple_key_headers/WebSocket", "websocket_multiple_accept_headers/WebSocket"],
        ),
    ] {
        let seen = play(&[(Client, ask(&asked)), (Server, agree(&agreed))]);
        assert_eq!(seen.weirds, weirds, "{asked:?} {agreed:?}");
        assert_eq!(seen.rows, [ROW]);
    }
    // What was said of an earlier request does not count.
    let ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
    let seen = play(&[
        (Client, ask(&KEY.replace("dGhl", "aaaa"))),
        (Server, ok),
        (Client, ask(KEY)),
        (Server, agree(ACCEPT)),
    ]);
    assert!(!seen.weirds.iter().any(|weird| weird.starts_with("websocket")), "{seen:?}");
}

#[test]
fn messages_are_given_to_detection() {
    let get = frame(0x82, true, b"GET /inside HTTP/1.1\r\nHost: x\r\n\r\n");
    let ok = frame(0x82, false, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let seen = play(&with(&[(Client, get), (Server, ok)]));
    assert!(seen.http.iter().any(|row| row.ends_with("/inside")), "{seen:?}");
    // In several frames, each with a mask of its own.
    let parts = [
        frame(0x02, true, b"GET /ins"),
        frame(0x00, false, b"ide HTTP/1.1\r\n"),
        frame(0x80, true, b"Host: x\r\n\r\n"),
    ];
    let seen = play(&with(&[(Client, parts.concat())]));
    assert!(seen.http.iter().any(|row| row.ends_with("/inside")), "{seen:?}");
    // Pings carry nothing.
    let seen = play(&with(&[(Client, frame(0x89, true, b"GET /inside HTTP/1.1\r\nHost: x\r\n\r\n"))]));
    assert_eq!((seen.http.len(), seen.services), (1, vec!["http,websocket".to_owned()]));
}

#[test]
fn frames_may_be_long_and_cut_anywhere() {
    let long: Vec<u8> = (0..70_000_u32).map(|i| i as u8).collect();
    let steps = with(&[
        (Client, frame(0x82, true, &long[..300])),
        (Server, frame(0x82, false, &long)),
        (Client, frame(0x88, true, &[3, 232])),
        (Server, frame(0x88, false, &[])),
    ]);
    assert_eq!(play(&steps).services, ["http,websocket"]);
    let short = with(&[(Client, frame(0x82, true, &long[..200])), (Server, frame(0x8a, false, b"pong"))]);
    assert_eq!(Tap::open(80).play(&short, &[1]), play(&short));
    for cut in every_cut(&short, 7) {
        let failures = play(&cut).failures;
        assert!(!failures.iter().any(|(reason, _)| reason.starts_with("a message")), "{failures:?}");
    }
}

#[test]
fn frames_have_an_order() {
    for (frames, good) in [
        (vec![frame(0x01, true, b"a"), frame(0x80, true, b"b"), frame(0x81, true, b"c")], true),
        (vec![frame(0x81, true, b"a"), frame(0x80, true, b"b")], false),
        (vec![frame(0x81, true, b"a"), frame(0x01, true, b"b"), frame(0x89, true, b"c")], false),
        (vec![frame(0x81, true, b"a"), frame(0x88, true, b"x")], false),
        (vec![frame(0xf3, true, b"a")], true),
    ] {
        let seen = play(&with(&[(Client, frames.concat())]));
        assert_eq!(seen.failures.is_empty(), good, "{frames:?} {seen:?}");
        assert_eq!(seen.services, [if good { "http,websocket" } else { "http" }]);
        assert!(seen.failures.iter().all(|(_, data)| *data));
    }
}

#[test]
fn control_frames_are_short() {
    let seen = play(&with(&[(Client, frame(0x89, true, &[0; 126])), (Client, frame(0x81, true, b"a"))]));
    assert_eq!(seen.weirds, ["websocket_control_frame_size_exceeded/WEBSOCKET(126 > 125)"]);
    assert_eq!(seen.services, ["http,websocket"]);
}

#[test]
fn a_gap_ends_it() {
    let mut tap = Tap::open(80);
    tap.send(Client, &ask(KEY)).send(Server, &agree(ACCEPT)).send(Client, &frame(0x81, true, b"a"));
    tap.lose(Client, 10).send(Client, &frame(0x80, true, b"a")).send(Server, &frame(0x80, false, b"a"));
    let seen = tap.finish();
    assert!(seen.failures.is_empty());
    assert_eq!(seen.services, ["http,websocket"]);
}

#[test]
fn headers_of_frames() {
    let read = |bytes: &[u8]| {
        Header::read(&mut Cursor::new(bytes))
            .ok()
            .map(|header| (header.fin, header.opcode, header.length, header.mask))
    };
    assert_eq!(read(&[0x81, 5]), Some((true, 1, 5, None)));
    assert_eq!(read(&[0x02, 0x85, 1, 2, 3, 4]), Some((false, 2, 5, Some([1, 2, 3, 4]))));
    assert_eq!(read(&[0x82, 126, 1, 0]), Some((true, 2, 256, None)));
    assert_eq!(
        read(&[0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 9, 9, 9, 9]),
        Some((true, 2, 65_536, Some([9; 4])))
    );
    for short in [&[0x81][..], &[0x81, 126, 1], &[0x81, 127, 0, 0, 0, 0, 0, 0, 0], &[0x81, 0x80, 1, 2, 3]] {
        assert_eq!(read(short), None, "{short:?}");
    }
    assert_eq!(unmask(&[0, 0, 0, 0, 0], [1, 2, 3, 4], 3), [4, 1, 2, 3, 4]);
}

proptest! {
    #[test]
    fn a_changed_byte_does_no_harm(at in any::<Index>(), byte in any::<u8>()) {
        let steps = with(&[(Client, frame(0x81, true, b"hello")), (Server, frame(0x82, false, &[7; 200]))]);
        play(&changed(&steps, at, byte));
    }

    #[test]
    fn frames_of_any_kind_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        play(&with(&[(Client, bytes.clone()), (Server, bytes)]));
    }
}
