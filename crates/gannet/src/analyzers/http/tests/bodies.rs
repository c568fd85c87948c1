//! How long a body is, how it is encoded, and what is missing of it.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

/// Bytes deflated, with the header of zlib or without any.
pub(super) fn deflated(bytes: &[u8], bare: bool) -> Vec<u8> {
    if bare {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        return encoder.finish().unwrap();
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Length of the reply's body, its files and weirds.
fn body(headers: &str, bytes: &[u8]) -> (u64, String, String) {
    let seen = converse(&[(Client, GET), (Server, &reply(headers, bytes))]);
    let files = seen.files.join(" ");
    (seen.more[0].response_body_len, files, seen.weirds.join(" "))
}

#[test]
fn lengths() {
    for (headers, bytes, length, files, weirds) in [
        ("Content-Length: 3\r\n", &b"abc"[..], 3, "< 3/3/0", ""),
        ("Content-Length: 0\r\n", b"", 0, "", ""),
        ("Content-Length: 03\r\n", b"abc", 3, "< 3/3/0", "HTTP_content_length_leading_zeros/HTTP(03)"),
        ("Content-Length: -3\r\n", b"", 0, "", "HTTP_bad_content_length/HTTP(-3)"),
        ("Content-Length: x\r\n", b"", 0, "", "HTTP_bad_content_length/HTTP(x)"),
        ("Content-Length: 9\r\n", b"abc", 3, "< 3/9/0", ""),
        ("Connection: close\r\n", b"a\nb", 3, "< 3/-/0", ""),
        // Without any length it is lines, and each end of one is two bytes.
        ("", b"a\nb\r\nc", 9, "< 9/-/0", ""),
    ] {
        let expected = (length, files.to_owned(), weirds.to_owned());
        assert_eq!(body(headers, bytes), expected, "{headers:?} {}", text(bytes));
    }
}

#[test]
fn replies_without_a_body() {
    let head = b"HEAD / HTTP/1.1\r\n\r\n";
    let sized: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    let seen = converse(&[(Client, &[head, GET].concat()), (Server, &[sized, OK].concat())]);
    assert_eq!(seen.rows, ["1 HEAD / - 1.1 200 OK 0 0", "2 GET / h 1.1 200 OK 0 5"]);
    let same: &[u8] = b"HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n";
    let seen = converse(&[(Client, &GET.repeat(2)), (Server, &[same, OK].concat())]);
    assert_eq!(seen.rows, ["1 GET / h 1.1 304 Same 0 0", "2 GET / h 1.1 200 OK 0 5"]);
}

#[test]
fn chunks() {
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (headers, bytes, length, weirds) in [
        (chunked, &b"3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"[..], 13, ""),
        (chunked, b"0\r\n\r\n", 0, ""),
        (chunked, b"-1\r\n\r\n", 0, ""),
        (chunked, b"3\r\nabc\r\nzz\r\n\r\n", 3, "HTTP_bad_chunk_size/HTTP(zz)"),
        (chunked, b"3\r\nabc\r\n+3\r\n\r\n", 3, "HTTP_bad_chunk_size/HTTP(+3)"),
        (chunked, b"8000000000000000\r\n\r\n", 0, "HTTP_bad_chunk_size/HTTP(8000000000000000)"),
        (chunked, b"7fffffffffffffff\r\nabc", 3, ""),
        ("Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n", 0, "HTTP_chunked_multi/HTTP(, gzip)"),
        (
            "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n",
            b"0\r\n\r\n",
            0,
            "HTTP_content_length_and_chunked/HTTP",
        ),
        (
            "Transfer-Encoding: chunked\r\nContent-Length: 9\r\n",
            b"0\r\n\r\n",
            0,
            "HTTP_content_length_and_chunked/HTTP",
        ),
    ] {
        let (found, _, odd) = body(headers, bytes);
        assert_eq!((found, odd.as_str()), (length, weirds), "{headers:?} {}", text(bytes));
    }
    let request =
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nHost: late\r\n\r\n";
    let seen = converse(&[(Client, &[request, GET].concat()), (Server, &OK.repeat(2))]);
    assert_eq!(seen.rows, ["1 POST / late 1.1 200 OK 5 5", "2 GET / h 1.1 200 OK 0 5"]);
}

#[test]
fn chunks_need_version_1_1() {
    let request = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    let seen = converse(&[(Client, request), (Server, OK)]);
    assert_eq!(seen.rows, ["1 POST / - 1.1 200 OK 0 5"]);
}

#[test]
fn encodings() {
    let plain = b"some text, some more text, and some more text".repeat(100);
    for (coding, bytes) in [
        ("gzip", gzipped(&plain)),
        ("x-gzip", gzipped(&plain)),
        ("deflate", deflated(&plain, false)),
        ("deflate", deflated(&plain, true)),
        ("gzip", deflated(&plain, false)),
    ] {
        let headers = format!("Content-Encoding: {coding}\r\nContent-Length: {}\r\n", bytes.len());
        let expected = (plain.len() as u64, format!("< {}/-/0", plain.len()), String::new());
        assert_eq!(body(&headers, &bytes), expected, "{coding}");
        let closed = format!("Content-Encoding: {coding}\r\n");
        assert_eq!(body(&closed, &bytes), expected, "{coding} until the end");
    }
    let (length, files, odd) = body("Content-Encoding: br\r\nContent-Length: 3\r\n", b"abc");
    assert_eq!((length, files.as_str(), odd.as_str()), (3, "< 3/3/0", ""));
    let (_, _, odd) = body("Content-Encoding: gzip\r\nContent-Length: 4\r\n", &[0x1f, 0x8b, 0xff, 0xff]);
    assert_eq!(odd, "inflate_failed/ZIP");
}

#[test]
fn what_the_client_expects() {
    let request = |headers: &str| format!("POST / HTTP/1.1\r\n{headers}\r\n\r\n");
    for (headers, expected) in [
        ("Expect: 100-continue\r\nContent-Length: 0", "HTTP_content_length_0_and_expect_100_cont/HTTP"),
        ("Expect: a miracle", "HTTP_expect_not_100_continue/HTTP(a)"),
    ] {
        assert_eq!(weirds_of(request(headers).as_bytes()), expected);
    }
}

#[test]
fn brotli_is_undone_for_listeners_only() {
    // `hello, ` five times, without the last two characters; the program `brotli` packed it.
    let packed: &[u8] =
        b"\x1f\x20\x00\xf8\x8d\x94\x6e\xde\x44\x09\x52\x86\x96\x6c\x2c\x6f\x41\x4f\x24\x90\xc7\x01";
    let text = "hello, hello, hello, hello, hello";
    let play = |coding: &str, contents: bool| {
        let headers = format!("Content-Encoding: {coding}\r\nContent-Length: {}\r\n", packed.len());
        let mut tap = Tap::new(80, |config| config.contents = contents);
        tap.dial();
        tap.play(&[(Client, GET.to_vec()), (Server, reply(&headers, packed))], &[1, 7, 100])
    };
    for (coding, expected) in [
        ("br", text.as_bytes()),
        ("BR ", text.as_bytes()),
        // Packed more than once, or in another way.
        ("br, br", packed),
        ("identity, br", packed),
        ("zstd", packed),
        ("x-br", packed),
    ] {
        let (mut heard, silent) = (play(coding, true), play(coding, false));
        assert_eq!(std::mem::take(&mut heard.content), expected, "{coding}");
        assert_eq!(heard, silent, "{coding}: listening changes no row");
        assert_eq!((heard.more[0].response_body_len, heard.files[0].as_str()), (22, "< 22/22/0"));
    }
    // A gap ends what can be undone.
    let mut tap = Tap::new(80, |config| config.contents = true);
    tap.dial().send(Client, GET);
    tap.send(Server, &reply("Content-Encoding: br\r\nContent-Length: 22\r\n", &packed[..15]));
    tap.lose(Server, 5).send(Server, &packed[20..]).close();
    let seen = tap.finish();
    assert!(text.as_bytes().starts_with(&seen.content), "{:?}", seen.content);
    assert_eq!(seen.files, ["< 17/22/5"]);
}

#[test]
fn gaps_in_a_body() {
    let mut tap = Tap::open(80);
    tap.send(Client, &GET.repeat(2)).send(Server, &reply("Content-Length: 30\r\n", &[b'x'; 10]));
    tap.lose(Server, 15).send(Server, b"12345").send(Server, OK).close();
    let seen = tap.finish();
    assert_eq!(seen.rows, ["1 GET / h 1.1 200 OK 0 30", "2 GET / h 1.1 200 OK 0 5"]);
    assert_eq!(seen.files, ["< 15/30/15", "< 5/5/0"]);
    let mut tap = Tap::open(80);
    tap.send(Client, &GET.repeat(2));
    tap.send(Server, &reply("Transfer-Encoding: chunked\r\n", b"14\r\nxxxxx"));
    tap.lose(Server, 15).send(Server, b"\r\n0\r\n\r\n").send(Server, OK).close();
    let seen = tap.finish();
    assert_eq!(seen.rows, ["1 GET / h 1.1 200 OK 0 20", "2 GET / h 1.1 200 OK 0 5"]);
}

#[test]
fn gaps_elsewhere() {
    // Beyond the body: that side is not understood any more.
    let mut tap = Tap::open(80);
    tap.send(Client, &GET.repeat(2)).send(Server, &reply("Content-Length: 30\r\n", &[b'x'; 10]));
    tap.lose(Server, 25).send(Server, OK).close();
    let seen = tap.finish();
    assert_eq!(seen.rows, ["1 GET / h 1.1 200 OK 0 10", "2 GET / h - - - 0 0"]);
    // In the headers of a request: its reply ends too.
    let mut tap = Tap::open(80);
    tap.send(Client, b"GET / HTTP/1.1\r\nHost: h")
        .lose(Client, 20)
        .send(Client, GET)
        .send(Server, OK)
        .close();
    let seen = tap.finish();
    assert_eq!(seen.rows, ["1 GET / - 1.1 200 OK 0 5"]);
}

/// Bytes that are missed behind a message are told of its file once more, in a second row: a request's ends with the
/// connection, a reply's by silence.
#[test]
fn gaps_behind_a_body() {
    let post: &[u8] = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
    let mut tap = Tap::open(80);
    tap.send(Client, post).send(Server, OK).lose(Client, 30).close();
    assert_eq!(tap.finish().files, ["> 5/5/0", "< 5/5/0", "> 0/-/30"]);
    let mut tap = Tap::open(80);
    tap.send(Client, post).send(Server, OK).lose(Server, 30).close();
    assert_eq!(tap.finish().files, ["> 5/5/0", "< 5/5/0", "< 0/-/30 T"]);
}

#[test]
fn ranges_of_one_file() {
    let range: &[u8] = b"GET /big HTTP/1.1\r\nHost: h\r\nRange: bytes=0-\r\n\r\n";
    let part = |first: u64, bytes: &str| {
        let last = first + bytes.len() as u64 - 1;
        format!(
            "HTTP/1.1 206 Part\r\nContent-Range: bytes {first}-{last}/10\r\nContent-Length: {}\r\n\r\n{bytes}",
            bytes.len()
        )
    };
    // In order, out of order, and over two connections.
    for parts in [["01234", "56789"], ["56789", "01234"]] {
        let mut tap = Tap::open(80);
        for (n, bytes) in parts.iter().enumerate() {
            let first = if *bytes == "01234" { 0 } else { 5 };
            tap.send(Client, range).send(Server, part(first, bytes).as_bytes()).close();
            if n == 0 {
                tap.ports.0 += 1;
                tap.dial();
            }
        }
        let seen = tap.finish();
        assert_eq!(seen.files, ["< 10/10/0", "< 10/10/0"], "{parts:?}: one row for each connection");
        let fuids: Vec<_> = seen.more.iter().map(|row| row.resp_fuids.clone().unwrap().0).collect();
        assert_eq!(fuids[0], fuids[1]);
    }
    // A hole that nothing fills.
    let seen = converse(&[(Client, range), (Server, part(5, "56789").as_bytes())]);
    assert_eq!(seen.files, ["< 5/10/5 T"]);
}

/// A length that is none (RFC 9112, section 6.3): where the body ends is not known, and the next start line is found all the same.
#[test]
fn lengths_that_are_none() {
    let bad = |header: &str| format!("POST /p HTTP/1.1\r\n{header}\r\n\r\nhello").into_bytes();
    for (header, weird, length) in [
        ("Content-Length: +5", "+5", 0),
        ("Content-Length: 0x5", "0x5", 0),
        ("Content-Length: 99999999999999999999", "99999999999999999999", 0),
        // Of several ones the last is the best guess, and in a list the first.
        ("Content-Length: 2, 6", "2, 6", 2),
        ("Content-Length: 6\r\nContent-Length: 2", "6, 2", 2),
        ("Content-Length: 2\r\nContent-Length: 5", "2, 5", 5),
    ] {
        for sizes in [[1400].as_slice(), &[1], &[7, 2]] {
            let steps = [
                (Client, bad(header)),
                (Server, OK.to_vec()),
                (Client, POST.to_vec()),
                (Server, OK.to_vec()),
            ];
            let seen = cut(&steps, sizes);
            let first = format!("1 POST /p - 1.1 200 OK {length} 5");
            assert_eq!(seen.rows, [first.as_str(), "2 POST /p h 1.1 200 OK 5 5"], "{header} {sizes:?}");
            assert_eq!(seen.weirds, [format!("HTTP_bad_content_length/HTTP({weird})")], "{header}");
            assert_eq!((seen.failures.len(), seen.services), (0, vec!["http".to_owned()]), "{header}");
        }
    }
    // The same length several times is one.
    for header in ["Content-Length: 5, 5", "Content-Length: 5\r\nContent-Length: 5"] {
        let seen = converse(&[(Client, &[bad(header), GET.to_vec()].concat()), (Server, &OK.repeat(2))]);
        assert_eq!(seen.rows, ["1 POST /p - 1.1 200 OK 5 5", "2 GET / h 1.1 200 OK 0 5"], "{header}");
        assert!(seen.weirds.is_empty(), "{header}: {:?}", seen.weirds);
    }
    // With chunks it says nothing of the body.
    let chunked = b"POST /p HTTP/1.1\r\nContent-Length: +5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let seen = converse(&[(Client, &[chunked.as_slice(), GET].concat()), (Server, &OK.repeat(2))]);
    assert_eq!(seen.rows[1], "2 GET / h 1.1 200 OK 0 5");
}

#[test]
fn lengths_of_replies_are_as_clients_take_them() {
    for (header, length, weird) in [
        ("Content-Length: 5, 6", 5, ""),
        ("Content-Length: 9\r\nContent-Length: 5", 5, ""),
        ("Content-Length: 5x", 5, ""),
        ("Content-Length: +5", 0, "HTTP_bad_content_length/HTTP(+5)"),
    ] {
        let reply = format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\nhello");
        let seen = converse(&[(Client, GET), (Server, reply.as_bytes())]);
        assert_eq!(seen.rows, [format!("1 GET / h 1.1 200 OK 0 {length}")], "{header}");
        assert_eq!(seen.weirds.join(" "), weird, "{header}");
    }
}
