//! Conversations and the rows that they make.

use super::super::frame::{PREFACE, kind};
use super::*;
use crate::testing::every_cut;

#[test]
fn a_stream_is_a_row() {
    let seen = play(&with(&[
        (Client, get(1, "/a%20b?c", true)),
        (
            Server,
            [
                ok(1, &[("content-type", "text/plain"), ("content-length", "11")]),
                data(1, true, b"hello world"),
            ]
            .concat(),
        ),
    ]));
    assert_eq!(seen.rows, ["1 GET example.org /a b?c 2 200 - 0/11"]);
    assert_eq!(seen.files, ["< 11/11/0"]);
    assert_eq!(list(&seen.more[0].resp_mime_types), ["text/plain"]);
    assert_eq!(seen.more[0].user_agent.as_deref(), Some(&b"test"[..]));
    assert_eq!((&seen.services, seen.weirds.len(), seen.failures.len()), (&vec!["http2".to_owned()], 0, 0));
}

#[test]
fn nothing_is_read_unless_asked_for() {
    let steps = with(&[(Client, get(1, "/", true)), (Server, ok(1, &[]))]);
    let mut tap = Tap::new(5000, |_| ());
    tap.dial();
    let seen = tap.play(&steps, &[9999]);
    assert_eq!((seen.rows.len(), seen.services), (0, vec!["-".to_owned()]));
}

#[test]
fn a_port_of_http_1_gives_way() {
    let steps = with(&[(Client, get(1, "/", true)), (Server, [ok(1, &[]), data(1, true, b"")].concat())]);
    for size in [9999, 1] {
        let seen = open(80).play(&steps, &[size]);
        assert_eq!(seen.rows, ["1 GET example.org / 2 200 - 0/0"], "{size}");
        assert_eq!(seen.services, ["http2"]);
        assert!(seen.weirds.is_empty() && seen.failures.is_empty(), "{seen:?}");
    }
    // A server that knows HTTP/1 alone answers the preface.
    let refused = [
        (Client, [PREFACE, &settings()].concat()),
        (Server, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec()),
    ];
    for size in [9999, 1] {
        let seen = open(80).play(&refused, &[size]);
        assert_eq!(seen.rows, ["1 PRI - * 1.1 400 - 0/0"], "{size}");
        assert_eq!(seen.services, ["http"]);
    }
}

#[test]
fn streams_run_side_by_side() {
    let seen = play(&with(&[
        (Client, [get(1, "/one", true), get(3, "/two", false), get(5, "/three", true)].concat()),
        (Server, [ok(5, &[]), ok(1, &[]), data(5, false, b"ab"), data(1, false, b"12")].concat()),
        (Client, data(3, true, b"content of two")),
        (Server, [data(1, true, b"345"), ok(3, &[]), data(5, true, b"c"), data(3, true, b"")].concat()),
    ]));
    assert_eq!(
        seen.rows,
        [
            "1 GET example.org /one 2 200 - 0/5",
            "3 GET example.org /three 2 200 - 0/3",
            "2 POST example.org /two 2 200 - 14/0",
        ]
    );
    assert_eq!(seen.files.len(), 3);
}

#[test]
fn fields_that_rows_show() {
    let block = fields(&[
        (":method", "GET"),
        (":path", "/"),
        ("host", "from.host"),
        ("referer", "http://r/"),
        ("origin", "http://o"),
        ("authorization", "Basic dXNlcjpwYXNz"),
        ("via", "2 proxy"),
    ]);
    let seen = play(&with(&[(Client, frame(kind::HEADERS, 5, 1, &block)), (Server, ok(1, &[]))]));
    assert_eq!(seen.rows, ["1 GET from.host / 2 200 - 0/0"]);
    let row = &seen.more[0];
    assert_eq!(row.referrer.as_deref(), Some(&b"http://r/"[..]));
    assert_eq!(row.origin.as_deref(), Some(&b"http://o"[..]));
    assert_eq!(row.username.as_deref(), Some(&b"user"[..]));
    assert_eq!(row.proxied.as_ref().unwrap().0, [b"VIA -> 2 proxy".to_vec()]);
    // What the request is for counts and not the field Host.
    let block = fields(&[(":method", "GET"), (":path", "/"), (":authority", "a"), ("host", "h")]);
    assert_eq!(play(&with(&[(Client, frame(kind::HEADERS, 5, 1, &block))])).rows, ["1 GET a / 2 - - 0/0"]);
}

#[test]
fn interim_replies_trailers_padding_and_priority() {
    let request =
        [&[3][..], &[0, 0, 0, 0, 15], &fields(&[(":method", "POST"), (":path", "/")]), &[0; 3]].concat();
    let content = [&[4][..], b"content", &[0; 4]].concat();
    let seen = play(&with(&[
        (Client, frame(kind::HEADERS, 4 | 8 | 32, 1, &request)),
        (Server, frame(kind::HEADERS, 4, 1, &fields(&[(":status", "103"), ("link", "x")]))),
        (Server, frame(kind::HEADERS, 4, 1, &field(":status", "100"))),
        (Client, frame(kind::DATA, 8, 1, &content)),
        (Client, frame(kind::HEADERS, 5, 1, &field("checksum", "1"))),
        (Server, ok(1, &[])),
        (Server, data(1, false, b"x")),
        (Server, frame(kind::HEADERS, 5, 1, &fields(&[("grpc-status", "0"), ("content-encoding", "gzip")]))),
    ]));
    assert_eq!(seen.rows, ["1 POST - / 2 200 100 7/1"]);
    assert!(seen.weirds.is_empty() && seen.failures.is_empty(), "{seen:?}");
}

#[test]
fn blocks_go_on_in_other_frames() {
    let block = fields(&[(":method", "GET"), (":path", "/"), (":authority", "a"), ("user-agent", "u")]);
    let (one, rest) = block.split_at(7);
    let (two, three) = rest.split_at(20);
    let frames = [
        frame(kind::HEADERS, 1, 1, one),
        frame(kind::CONTINUATION, 0, 1, two),
        frame(kind::CONTINUATION, 0, 1, &[]),
        frame(kind::CONTINUATION, 4, 1, three),
    ];
    let seen = play(&with(&[(Client, frames.concat()), (Server, frame(kind::HEADERS, 5, 1, &[0x88]))]));
    assert_eq!(seen.rows, ["1 GET a / 2 200 - 0/0"]);
    assert_eq!(seen.more[0].user_agent.as_deref(), Some(&b"u"[..]));
}

#[test]
fn tables_of_both_sides_are_their_own() {
    let first =
        [kept(":method", "GET"), kept(":path", "/first"), kept(":authority", "a"), kept("user-agent", "u")];
    let again = [0xc1, 0xc0, 0xbf, 0xbe];
    let seen = play(&with(&[
        (Client, frame(kind::HEADERS, 5, 1, &first.concat())),
        (Server, frame(kind::HEADERS, 5, 1, &kept(":status", "404"))),
        (Client, frame(kind::HEADERS, 5, 3, &again)),
        (Server, frame(kind::HEADERS, 5, 3, &[0xbe])),
    ]));
    assert_eq!(seen.rows, ["1 GET a /first 2 404 - 0/0", "2 GET a /first 2 404 - 0/0"]);
}

#[test]
fn pushed_streams_have_rows_of_their_own() {
    let promise = fields(&[(":method", "GET"), (":path", "/style.css"), (":authority", "a")]);
    let promise = [&2u32.to_be_bytes()[..], &promise].concat();
    let seen = play(&with(&[
        (Client, get(1, "/", true)),
        (Server, frame(kind::PUSH_PROMISE, 4, 1, &promise)),
        (Server, [ok(1, &[]), ok(2, &[]), data(2, true, b"css"), data(1, true, b"html")].concat()),
    ]));
    assert_eq!(seen.rows, ["2 GET a /style.css 2 200 - 0/3", "1 GET example.org / 2 200 - 0/4"]);
    assert!(seen.failures.is_empty());
    let wrong =
        play(&with(&[(Client, get(1, "/", true)), (Client, frame(kind::PUSH_PROMISE, 4, 1, &promise))]));
    assert_eq!(wrong.failures, ["a client promises a stream"]);
}

#[test]
fn what_is_taken_back_has_its_row() {
    let reset = |stream| frame(kind::RST_STREAM, 0, stream, &[0, 0, 0, 8]);
    let seen = play(&with(&[
        (Client, [get(1, "/a", true), reset(1)].concat()),
        (Client, get(3, "/b", true)),
        (Server, [ok(3, &[]), data(3, false, b"so much"), reset(3)].concat()),
        // Both are over: what comes late is of no stream.
        (Server, [ok(1, &[]), data(3, true, b"late")].concat()),
        (Client, get(5, "/c", true)),
        (Server, frame(kind::GOAWAY, 0, 0, &[0; 8])),
    ]));
    assert_eq!(
        seen.rows,
        [
            "1 GET example.org /a 2 - - 0/0",
            "2 GET example.org /b 2 200 - 0/7",
            "3 GET example.org /c 2 - - 0/0",
        ]
    );
}

#[test]
fn grpc_is_named() {
    let block = fields(&[
        (":method", "POST"),
        (":path", "/helloworld.Greeter/SayHello"),
        ("content-type", "application/grpc+proto"),
    ]);
    let seen = play(&with(&[
        (Client, [frame(kind::HEADERS, 4, 1, &block), data(1, true, &[0, 0, 0, 0, 1, 7])].concat()),
        (Server, [ok(1, &[("content-type", "application/grpc")]), data(1, false, &[0; 5])].concat()),
        (Server, frame(kind::HEADERS, 5, 1, &field("grpc-status", "0"))),
    ]));
    assert_eq!(seen.rows, ["1 POST - /helloworld.Greeter/SayHello 2 200 - 6/5"]);
    assert_eq!(seen.services, ["http2,grpc"]);
    let other = play(&with(&[
        (Client, get(1, "/", true)),
        (Server, ok(1, &[("content-type", "application/grpcs")])),
    ]));
    assert_eq!(other.services, ["http2"]);
}

#[test]
fn bodies_are_decoded_and_have_parts() {
    // `hello`, as gzip stores it.
    let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\x05\0\xfa\xffhello\x86\xa6\x10\x36\x05\0\0\0";
    let form = b"--b\r\ncontent-disposition: form-data; name=f; filename=\"one.txt\"\r\n\r\nfirst\r\n--b\r\n\r\nsecond\r\n--b--\r\n";
    let post = fields(&[
        (":method", "POST"),
        (":path", "/"),
        ("content-type", "multipart/form-data; boundary=b"),
        ("content-length", "4"),
    ]);
    let steps = with(&[
        (
            Client,
            [frame(kind::HEADERS, 4, 1, &post), data(1, false, &form[..40]), data(1, true, &form[40..])]
                .concat(),
        ),
        (
            Server,
            [
                ok(1, &[("content-encoding", "gzip")]),
                data(1, false, &packed[..9]),
                data(1, true, &packed[9..]),
            ]
            .concat(),
        ),
    ]);
    for size in [9999, 1] {
        let seen = open(5000).play(&steps, &[size]);
        assert_eq!(seen.rows, [format!("1 POST - / 2 200 - {}/5", form.len())], "{size}");
        assert_eq!(seen.files, ["> 5/-/0", "> 6/-/0", "< 5/-/0"]);
        assert_eq!(list(&seen.more[0].orig_filenames), [b"one.txt"]);
    }
}

#[test]
fn a_length_that_is_wrong_hides_nothing() {
    let seen = play(&with(&[
        (Client, get(1, "/", true)),
        (Server, [ok(1, &[("content-length", "1")]), data(1, true, b"all of it")].concat()),
    ]));
    assert_eq!(seen.rows, ["1 GET example.org / 2 200 - 0/9"]);
}

const UPGRADE: &str = "GET /up HTTP/1.1\r\nHost: example.org\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
const AGREED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";

fn upgrade() -> Vec<Step> {
    vec![
        (Client, UPGRADE.as_bytes().to_vec()),
        (Server, [AGREED.as_bytes(), &settings(), &ok(1, &[]), &data(1, true, b"hello")].concat()),
        (Client, [PREFACE, &settings(), &get(3, "/next", true)].concat()),
        (Server, [ok(3, &[]), data(3, true, b"")].concat()),
    ]
}

#[test]
fn http_1_hands_over() {
    for size in [9999, 1] {
        let seen = open(80).play(&upgrade(), &[size]);
        assert_eq!(
            seen.rows,
            ["1 GET example.org /up 2 200 101 0/5", "2 GET example.org /next 2 200 - 0/0"],
            "{size}"
        );
        assert_eq!(seen.services, ["http,http2"]);
        assert!(seen.weirds.is_empty() && seen.failures.is_empty(), "{seen:?}");
    }
    // Nothing came behind it.
    let seen = open(80).play(&[(Client, UPGRADE), (Server, AGREED)], &[9999]);
    assert_eq!(seen.rows, ["1 GET example.org /up 1.1 101 101 0/0"]);
}

#[test]
fn one_side_alone() {
    let both = with(&[
        (Client, [get(1, "/a", true), get(3, "/b", true)].concat()),
        (Server, [ok(3, &[]), data(3, true, b"bb"), ok(1, &[]), data(1, true, b"a")].concat()),
    ]);
    let of = |side| both.iter().filter(|(from, _)| *from == side).cloned().collect::<Vec<_>>();
    assert_eq!(play(&of(Client)).rows, ["1 GET example.org /a 2 - - 0/0", "2 GET example.org /b 2 - - 0/0"]);
    let replies = play(&of(Server));
    assert_eq!(replies.rows, ["2 - - - 2 200 - 0/1", "1 - - - 2 200 - 0/2"]);
    assert_eq!(replies.services, ["http2"]);
}

#[test]
fn replies_may_be_recorded_before_their_requests() {
    let (hello, request) = (hello(), [get(1, "/a", true), get(3, "/b", true)].concat());
    let seen = play(&[
        hello[1].clone(),
        (Server, [ok(3, &[]), data(3, true, b"bb"), ok(1, &[]), data(1, false, b"a")].concat()),
        hello[0].clone(),
        (Client, request),
        (Server, data(1, true, b"aa")),
    ]);
    assert_eq!(seen.rows, ["1 GET example.org /b 2 200 - 0/2", "2 GET example.org /a 2 200 - 0/3"]);
    assert!(seen.weirds.is_empty());
}

#[test]
fn connections_through_a_proxy() {
    let connect = fields(&[(":method", "CONNECT"), (":authority", "far:80")]);
    let seen = play(&with(&[
        (Client, frame(kind::HEADERS, 4, 1, &connect)),
        (Server, ok(1, &[])),
        (Client, data(1, false, b"GET /inside HTTP/1.1\r\nHost: far\r\n\r\n")),
        (Server, data(1, true, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")),
        (Client, data(1, true, b"")),
    ]));
    assert!(seen.rows.contains(&"1 CONNECT far:80 far:80 2 200 - 0/0".to_owned()), "{seen:?}");
    assert!(seen.rows.iter().any(|row| row.contains("GET far /inside 1.1 200 - 0/2")), "{seen:?}");
    assert_eq!(seen.services, ["http2,http"]);
    // Refused: what comes is a body.
    let refused = frame(kind::HEADERS, 4, 1, &field(":status", "403"));
    let seen = play(&with(&[
        (Client, frame(kind::HEADERS, 4, 1, &connect)),
        (Server, [refused, data(1, true, b"no")].concat()),
    ]));
    assert_eq!((seen.rows, seen.tunnels), (vec!["1 CONNECT far:80 far:80 2 403 - 0/2".to_owned()], 0));
}

#[test]
fn websocket_on_a_stream() {
    let connect = fields(&[
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":path", "/chat"),
        (":authority", "example.org"),
        ("sec-websocket-version", "13"),
    ]);
    let seen = play(&with(&[
        (Client, frame(kind::HEADERS, 4, 1, &connect)),
        (Server, ok(1, &[])),
        (Client, data(1, false, &[0x81, 0x85, 0, 0, 0, 0, b'h', b'e', b'l', b'l', b'o'])),
        (Server, data(1, false, &[0x82, 2, b'h', b'i'])),
    ]));
    assert_eq!(seen.sockets, ["example.org /chat"]);
    assert_eq!(seen.services, ["http2,websocket"]);
    assert_eq!((seen.weirds.len(), seen.tunnels), (0, 0), "{seen:?}");
}

#[test]
fn a_hole_in_content_is_no_more_than_that() {
    let mut tap = open(5000);
    for (side, bytes) in with(&[(Client, get(1, "/", true))]) {
        tap.send(side, &bytes);
    }
    let body = data(1, true, &[b'x'; 100]);
    tap.send(Server, &[ok(1, &[]), body[..29].to_vec()].concat()).lose(Server, 30).send(Server, &body[59..]);
    tap.send(Client, &get(3, "/next", true)).send(Server, &ok(3, &[]));
    let seen = tap.finish();
    assert_eq!(seen.rows, ["1 GET example.org / 2 200 - 0/100", "2 GET example.org /next 2 200 - 0/0"]);
    assert_eq!(seen.files, ["< 70/-/30"]);
    assert!(seen.weirds.is_empty(), "{:?}", seen.weirds);
}

#[test]
fn a_gap_elsewhere_ends_its_side() {
    let mut tap = open(5000);
    for (side, bytes) in with(&[(Client, get(1, "/", true))]) {
        tap.send(side, &bytes);
    }
    tap.lose(Client, 50).send(Client, &get(5, "/not-read", true));
    tap.send(Server, &[ok(1, &[]), data(1, true, b"x"), ok(3, &[]), data(3, true, b"yz")].concat());
    let seen = tap.finish();
    assert_eq!(seen.rows, ["1 GET example.org / 2 200 - 0/1", "2 - - - 2 200 - 0/2"]);
    assert_eq!(seen.weirds, ["HTTP2_header_state_lost/HTTP2"]);
    assert!(seen.failures.is_empty());
}

#[test]
fn cut_anywhere_it_stays_what_it_is() {
    let steps = with(&[
        (Client, [get(1, "/one", false), data(1, true, b"abc")].concat()),
        (Server, [ok(1, &[]), data(1, true, b"hello")].concat()),
    ]);
    let whole = play(&steps);
    for size in [1, 2, 3, 7] {
        assert_eq!(open(5000).play(&steps, &[size]), whole, "{size}");
    }
    for cut in every_cut(&steps, 3) {
        assert!(play(&cut).failures.is_empty());
    }
}
