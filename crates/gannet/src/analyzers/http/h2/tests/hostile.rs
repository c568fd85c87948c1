//! What nobody should send: limits hold, and what is wrong is told once.

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::conversation::MAX_BLOCK;
use super::super::frame::kind;
use super::super::hpack::MAX_LIST;
use super::super::streams::{MAX_HELD, MAX_STREAMS};
use super::*;
use crate::testing::changed;

#[test]
fn frames_that_must_not_be() {
    for (what, bytes) in [
        ("a frame is too long or too short", frame(kind::PING, 0, 0, &[0; 7])),
        ("a frame is too long or too short", frame(kind::SETTINGS, 0, 0, &[0; 7])),
        ("a frame is too long or too short", frame(kind::SETTINGS, 1, 0, &[0; 6])),
        ("a frame is too long or too short", frame(kind::RST_STREAM, 0, 1, &[0; 5])),
        ("a frame is too long or too short", frame(kind::PRIORITY, 0, 1, &[0; 4])),
        ("a frame is too long or too short", frame(kind::GOAWAY, 0, 0, &[0; 7])),
        ("a frame of the connection on a stream, or the other way about", data(0, false, b"x")),
        ("a frame of the connection on a stream, or the other way about", frame(kind::SETTINGS, 0, 1, &[])),
        (
            "a header block is interrupted, or goes on without a beginning",
            frame(kind::CONTINUATION, 4, 1, &[]),
        ),
        (
            "a header block is interrupted, or goes on without a beginning",
            [frame(kind::HEADERS, 0, 1, &[]), data(1, false, b"x")].concat(),
        ),
        (
            "a header block is interrupted, or goes on without a beginning",
            [frame(kind::HEADERS, 0, 1, &[]), frame(kind::CONTINUATION, 4, 3, &[])].concat(),
        ),
        ("more padding than content", frame(kind::DATA, 8, 1, &[9, 0])),
        ("more padding than content", frame(kind::DATA, 8, 1, &[2, 0])),
        (
            "more padding than fields, or less than what stands before them",
            frame(kind::HEADERS, 12, 1, &[9, 0]),
        ),
        (
            "more padding than fields, or less than what stands before them",
            frame(kind::HEADERS, 36, 1, &[0; 4]),
        ),
        ("HPACK: no such entry", frame(kind::HEADERS, 4, 1, &[0xff, 0x10])),
    ] {
        let seen = play(&with(&[(Client, bytes.clone()), (Client, get(7, "/", true))]));
        assert_eq!(seen.failures, [what], "{bytes:?}");
        assert_eq!(seen.services, ["-"]);
    }
    // Frames of types that nobody knows are passed over, on a stream or not.
    let odd = [
        frame(0x77, 255, 0, &[1; 9]),
        frame(0xfe, 255, 9, &[1; 9]),
        frame(kind::WINDOW_UPDATE, 0, 9, &[0; 4]),
    ];
    let seen = play(&with(&[(Client, [odd.concat(), get(1, "/", true)].concat())]));
    assert_eq!((seen.rows.len(), seen.failures.len()), (1, 0));
}

#[test]
fn what_is_not_http_2_is_left_alone() {
    let preface = [super::super::frame::PREFACE, &settings()].concat();
    let seen = play(&[(Client, preface.clone()), (Server, b"SSH-2.0-x\r\n".to_vec())]);
    assert!(!seen.services[0].contains("http2"), "{seen:?}");
    let seen =
        play(&[(Server, [settings(), settings()].concat()), (Client, b"something else entirely".to_vec())]);
    assert_eq!((seen.services, seen.rows.len()), (vec!["-".to_owned()], 0));
}

#[test]
fn a_block_without_an_end_is_given_up() {
    let part = frame(kind::CONTINUATION, 0, 1, &field("x", &"y".repeat(16_000)));
    let mut steps = with(&[(Client, frame(kind::HEADERS, 0, 1, &[]))]);
    steps.extend((0..40).map(|_| (Client, part.clone())));
    assert_eq!(play(&steps).weirds, ["HTTP2_header_block_too_large/HTTP2"]);
    let mut empty = with(&[(Client, frame(kind::HEADERS, 0, 1, &[]))]);
    empty.push((Client, frame(kind::CONTINUATION, 0, 1, &[]).repeat(500)));
    assert_eq!(play(&empty).weirds, ["HTTP2_many_continuations/HTTP2"]);
    let large = frame(kind::HEADERS, 4, 1, &vec![0; MAX_BLOCK + 1]);
    let weirds = play(&with(&[(Client, large)])).weirds;
    let told = format!("HTTP2_frame_too_large/HTTP2({} > 16384)", MAX_BLOCK + 1);
    assert_eq!(weirds, [&told, "HTTP2_header_block_too_large/HTTP2"]);
}

#[test]
fn a_large_frame_may_be_allowed() {
    let allows = frame(kind::SETTINGS, 0, 0, &[0, 5, 0, 1, 0, 0]);
    let large = data(1, true, &[7; 40_000]);
    let steps =
        |more: &[Step]| [&with(more)[..], &[(Client, [get(1, "/", false), large.clone()].concat())]].concat();
    assert_eq!(play(&steps(&[])).weirds, ["HTTP2_frame_too_large/HTTP2(40000 > 16384)"]);
    let seen = play(&steps(&[(Server, allows)]));
    assert_eq!((seen.weirds.len(), &seen.rows[0][..]), (0, "1 POST example.org / 2 - - 40000/0"));
}

/// RFC 9113, section 10.5.1: a few bytes stand for many.
#[test]
fn fields_that_stand_for_too_much() {
    let big = kept("x", &"y".repeat(3900));
    let block = [fields(&[(":method", "GET"), (":path", "/")]), big, vec![0xbe; 9000]].concat();
    let seen = play(&with(&[(Client, frame(kind::HEADERS, 5, 1, &block))]));
    assert_eq!(seen.weirds, ["HTTP2_header_list_too_large/HTTP2"]);
    assert_eq!(seen.rows, ["1 GET - / 2 - - 0/0"]);
    // Over many blocks: each row would be long.
    let method = fields(&[(":method", "GET"), (":path", "/")]);
    let first = [&method[..], &kept("user-agent", &"u".repeat(3900)), &[0xbe; 50]].concat();
    let mut steps = with(&[(Client, frame(kind::HEADERS, 5, 1, &first))]);
    let rounds = 16 * 1024 * 1024 / (MAX_LIST - 4000) as u32 + 20;
    for round in 1..=rounds {
        let block = [&method[..], &[0xbe; 100]].concat();
        steps.push((Client, frame(kind::HEADERS, 5, 2 * round + 1, &block)));
    }
    let seen = play(&steps);
    assert!(seen.weirds.contains(&"HTTP2_headers_expand_too_much/HTTP2".to_owned()), "{:?}", seen.weirds);
    assert_eq!(seen.rows.len() as u32, rounds + 1, "each has a row");
    let agents: Vec<usize> =
        seen.more.iter().map(|row| row.user_agent.as_ref().map_or(0, Vec::len)).collect();
    assert_eq!((agents.first(), agents.last()), (Some(&3900), Some(&64)), "and in the end a short one");
}

#[test]
fn streams_under_way_are_few() {
    let mut steps = with(&[]);
    steps.extend((0..2000).map(|at| (Client, get(2 * at + 1, &format!("/{at}"), true))));
    let seen = play(&steps);
    assert_eq!(seen.rows.len(), 2000);
    assert_eq!(seen.rows[0], "1 GET example.org /0 2 - - 0/0");
    let big = "u".repeat(15_000);
    let block = fields(&[(":method", "GET"), (":path", "/"), ("user-agent", &big)]);
    let mut tap = open(5000);
    for (side, bytes) in with(&[]) {
        tap.send(side, &bytes);
    }
    // All of them together would be as large as all may be; some have to go before there are too many.
    const { assert!(MAX_STREAMS * 20_000 > MAX_HELD) };
    for at in 0..300 {
        tap.send(Client, &frame(kind::HEADERS, 5, 2 * at + 1, &block));
    }
    assert_eq!(tap.finish().rows.len(), 300);
}

#[test]
fn floods_are_told_once() {
    let reset = |stream| [get(stream, "/", true), frame(kind::RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat();
    let mut steps = with(&[]);
    steps.extend((0..300).map(|at| (Client, reset(2 * at + 1))));
    let seen = play(&steps);
    assert_eq!(seen.weirds, ["HTTP2_rapid_reset/HTTP2"]);
    assert_eq!(seen.rows.len(), 300, "what is taken back is not hidden");
    for bytes in [
        frame(kind::SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]),
        frame(kind::PING, 0, 0, &[0; 8]),
        frame(kind::WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]),
        frame(kind::PRIORITY, 0, 1, &[0; 5]),
        data(1, false, b""),
    ] {
        let seen = play(&with(&[
            (Client, get(1, "/", false)),
            (Client, bytes.repeat(2000)),
            (Client, bytes.repeat(18_500)),
        ]));
        assert_eq!(seen.weirds, ["HTTP2_many_idle_frames/HTTP2"]);
        assert_eq!(seen.rows.len(), 1);
    }
}

#[test]
fn a_table_that_is_too_large_is_told() {
    let mut size = Vec::new();
    number(&mut size, 0x20, 5, 1 << 20);
    let block = [size, fields(&[(":method", "GET"), (":path", "/")])].concat();
    let seen = play(&with(&[(Client, frame(kind::HEADERS, 5, 1, &block)), (Client, get(3, "/", true))]));
    assert_eq!((seen.weirds, seen.rows.len()), (vec!["HTTP2_header_table_too_large/HTTP2".to_owned()], 2));
}

#[test]
fn requests_and_replies_that_lack_something() {
    let seen = play(&with(&[
        (Client, frame(kind::HEADERS, 5, 1, &field("user-agent", "u"))),
        (Server, frame(kind::HEADERS, 5, 1, &field("server", "s"))),
    ]));
    assert_eq!(seen.rows, ["1 - - - 2 - - 0/0"]);
    assert_eq!(
        seen.weirds,
        ["HTTP2_request_without_method_or_path/HTTP2", "HTTP2_reply_without_status/HTTP2"]
    );
}

fn session() -> Vec<Step> {
    with(&[
        (Client, [get(1, "/one", false), data(1, true, b"abc"), get(3, "/two", true)].concat()),
        (
            Server,
            [
                ok(3, &[]),
                ok(1, &[("content-encoding", "gzip")]),
                data(1, true, b"hello"),
                data(3, true, b"x"),
            ]
            .concat(),
        ),
    ])
}

/// All kinds of frames, tables that change, packed and divided bodies, a promise, a tunnel.
fn much() -> Vec<Step> {
    let promise = [&2u32.to_be_bytes()[..], &fields(&[(":method", "GET"), (":path", "/p")])].concat();
    let form =
        fields(&[(":method", "POST"), (":path", "/f"), ("content-type", "multipart/form-data; boundary=b")]);
    let connect = [vec![0x3f, 0xe1, 0x1f], kept(":method", "CONNECT"), kept(":authority", "far:80")].concat();
    with(&[
        (
            Client,
            [
                get(1, "/one", false),
                frame(kind::HEADERS, 0, 3, &form[..9]),
                frame(kind::CONTINUATION, 4, 3, &form[9..]),
                data(3, true, b"--b\r\n\r\nfirst\r\n--b--\r\n"),
                frame(kind::DATA, 9, 1, b"\x02ab\0\0"),
                frame(kind::HEADERS, 4, 5, &connect),
                frame(kind::RST_STREAM, 0, 7, &[0; 4]),
            ]
            .concat(),
        ),
        (
            Server,
            [
                frame(kind::PUSH_PROMISE, 4, 1, &promise),
                ok(1, &[("content-encoding", "gzip")]),
                ok(5, &[]),
                data(
                    1,
                    true,
                    b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\x05\0\xfa\xffhello\x86\xa6\x10\x36\x05\0\0\0",
                ),
                ok(2, &[]),
                data(2, true, b"pushed"),
                frame(kind::GOAWAY, 0, 0, &[0; 8]),
                frame(kind::HEADERS, 5, 3, &[0x88]),
            ]
            .concat(),
        ),
        (Client, data(5, true, b"GET / HTTP/1.1\r\n\r\n")),
        (Server, data(5, true, b"HTTP/1.1 200 OK\r\n\r\nx")),
    ])
}

proptest! {
    #[test]
    fn many_changes_and_losses_do_no_harm(
        bytes in prop::collection::vec((any::<Index>(), any::<u8>()), 0..6),
        sizes in prop::collection::vec((1..200usize, 0..10u8), 1..8),
    ) {
        let mut steps = much();
        for (at, byte) in bytes {
            steps = changed(&steps, at, byte);
        }
        let mut tap = open(5000);
        let mut sizes = sizes.iter().cycle();
        for (side, bytes) in &steps {
            let mut rest = &bytes[..];
            while let Some((size, luck)) = sizes.next().filter(|_| !rest.is_empty()) {
                let (now, behind) = rest.split_at((*size).min(rest.len()));
                if *luck == 0 {
                    tap.lose(*side, now.len() as u32);
                } else {
                    tap.send(*side, now);
                }
                rest = behind;
            }
        }
        tap.finish();
    }

    #[test]
    fn a_changed_byte_does_no_harm(at in any::<Index>(), byte in any::<u8>()) {
        play(&changed(&session(), at, byte));
    }

    #[test]
    fn frames_of_any_kind_do_no_harm(
        frames in prop::collection::vec((0..11u8, any::<u8>(), 0..6u32, prop::collection::vec(any::<u8>(), 0..60)), 0..20),
        server in any::<bool>(),
    ) {
        let bytes: Vec<u8> = frames.iter().flat_map(|(kind, flags, stream, payload)| frame(*kind, *flags, *stream, payload)).collect();
        play(&with(&[(if server { Server } else { Client }, bytes), (Server, ok(1, &[])), (Client, get(9, "/", true))]));
    }
}
