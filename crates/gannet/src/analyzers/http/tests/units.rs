//! Start lines, values of fields and decoders, each alone.

use super::super::coding::Inflated;
use super::super::fields::{self, number};
use super::super::inflate::Inflate;
use super::super::parse::{NoRequest, Version, request_line, request_within, status_line};
use super::super::probe::{METHODS, probe};
use super::text;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;
use crate::parsers::mime::{Field, filename, has_filename};
use crate::parsers::uri::unescape;

#[test]
fn request_lines() {
    let v = |major, minor| Some(Version { major, minor });
    for (line, method, target, version, odd) in [
        ("GET / HTTP/1.1", "GET", "/", v(1, 1), ""),
        ("get /a  b\tHTTP/1.0 x", "get", "/a  b", v(1, 0), ""),
        ("GET /x", "GET", "/x", v(0, 9), ""),
        ("GET /x http/1.1", "GET", "/x", v(1, 1), "lowercase_HTTP_keyword"),
        ("GET HTTP/1.1", "GET", "", v(1, 1), "missing_HTTP_uri"),
        ("GET / HTTP/1", "GET", "/", None, ""),
        ("GET / HTTP/x.y", "GET", "/", Some(Version::NONE), ""),
        ("GET /a b c", "GET", "/a b", v(0, 9), ""),
        ("PRI * HTTP/2.0", "PRI", "*", v(2, 0), ""),
    ] {
        let mut odds = Vec::new();
        let found = request_line(line.as_bytes(), Version::NONE, &mut |name| odds.push(name)).unwrap();
        assert_eq!((text(found.method).as_str(), text(found.target).as_str()), (method, target), "{line}");
        assert_eq!((found.version, odds.join(" ").as_str()), (version, odd), "{line}");
    }
    for (line, version, odd) in [
        ("", None, "bad_HTTP_request"),
        ("GET", None, "bad_HTTP_request"),
        ("SM", None, "bad_HTTP_request"),
        ("(x) / HTTP/1.1", None, "bad_HTTP_request_with_version"),
        ("GE /", v(0, 9), "bad_HTTP_request"),
        ("GET ", v(0, 9), "bad_HTTP_request"),
    ] {
        let mut odds = Vec::new();
        let found = request_line(line.as_bytes(), Version::NONE, &mut |name| odds.push(name));
        assert_eq!((found, odds.join(" ").as_str()), (Err(NoRequest(version)), odd), "{line}");
    }
}

#[test]
fn status_lines() {
    for (line, code, reason) in [
        ("HTTP/1.1 200 OK fine", Some(200), Some("OK fine")),
        ("HTTP/1.1 200", Some(200), None),
        ("HTTP/1.1 200 ", Some(200), Some("")),
        ("HTTP/1.1 2x0 no", Some(0), Some("no")),
        ("HTTP/1.1 20", None, None),
        ("HTTP/1.1", None, None),
    ] {
        let found = status_line(line.as_bytes(), &mut |_| {}).unwrap();
        assert_eq!((found.code, found.reason.map(text).as_deref()), (code, reason), "{line}");
    }
    assert_eq!(status_line(b"<html>", &mut |_| {}), None);
}

#[test]
fn targets() {
    for (escaped, plain, odd) in [
        ("/a%20b%2f", "/a b/", ""),
        ("/%u0041%u4142", "/AAB", ""),
        ("/%%41", "/A", "double_%_in_URI"),
        ("/x%", "/x%", "illegal_%_at_end_of_URI"),
        ("/x%4", "/x%4", "partial_escape_at_end_of_URI"),
        ("/%zz+", "/%zz+", "unescaped_%_in_URI"),
    ] {
        let mut odds = Vec::new();
        let found = unescape(escaped.as_bytes(), &mut |name| odds.push(name));
        assert_eq!((text(&found).as_str(), odds.join(" ").as_str()), (plain, odd), "{escaped}");
    }
}

#[test]
fn lengths() {
    for (value, length) in [
        ("12", Ok(12)),
        ("5, 5 ,5", Ok(5)),
        ("005", Ok(5)),
        ("9223372036854775807", Ok(i64::MAX)),
        ("9223372036854775808", Err(0)),
        ("5, 6", Err(5)),
        ("5,", Err(5)),
        ("+5", Err(0)),
        ("-5", Err(0)),
        ("0x5", Err(0)),
        ("5 5", Err(0)),
        ("5;x", Err(0)),
        ("5.0", Err(0)),
        ("", Err(0)),
    ] {
        assert_eq!(fields::content_length(value.as_bytes()), length, "{value}");
    }
}

#[test]
fn numbers() {
    for (text, base, value) in [
        ("12", 10, Some(12)),
        ("12x", 10, Some(12)),
        ("-5", 10, Some(-5)),
        ("+5", 10, None),
        (" 5", 10, None),
        ("", 10, None),
        ("ff;x", 16, Some(255)),
        ("7fffffffffffffff", 16, Some(i64::MAX)),
        ("8000000000000000", 16, None),
        ("-8000000000000000", 16, Some(i64::MIN)),
    ] {
        assert_eq!(number(text.as_bytes(), base), value, "{text}");
    }
}

#[test]
fn start_lines_behind_something_else() {
    let request = |line: &str| request_within(line.as_bytes(), METHODS).map(text);
    assert_eq!(request("helloPOST /list HTTP/1.1").as_deref(), Some("POST /list HTTP/1.1"));
    assert_eq!(request("PUT and\0GET / HTTP/1.0").as_deref(), Some("GET / HTTP/1.0"));
    assert_eq!(request("GET / HTTP/1.1").as_deref(), Some("GET / HTTP/1.1"));
    assert_eq!(request("UNSUBSCRIBE x HTTP/1.1").as_deref(), Some("UNSUBSCRIBE x HTTP/1.1"), "the longest");
    for line in [
        "hello",
        "GET /",
        "GET  HTTP/1.1",
        " HTTP/1.1",
        "/ HTTP/1.1",
        "NONE / HTTP/1.1",
        "GET / HTTP/1.x",
        "GET / HTTP/1.1 ",
    ] {
        assert_eq!(request(line), None, "{line}");
    }
}

#[test]
fn file_names() {
    for (value, name) in [
        ("attachment; filename=\"a b.txt\"; x=1", "a b.txt"),
        ("attachment; filename=a.txt; size=3", "a.txt; size=3"),
        ("attachment; filename*=UTF-8'en'a%20b", "a b"),
        ("attachment; FileName = x", "x"),
        ("form-data; name=\"f\"; filename=\"C:\\\\y\"", "C:\\\\y"),
        ("form-data; filename=\"y\"; name=\"f\"", "f"),
    ] {
        assert!(has_filename(value.as_bytes(), b"filename", true), "{value}");
        assert_eq!(text(&filename(value.as_bytes())), name, "{value}");
    }
    assert!(!has_filename(b"attachment; name=x", b"filename", true));
    assert!(has_filename(b"image/png; name=x", b"name", false));
    assert!(!has_filename(b"image/png; name*=x", b"name", false));
}

#[test]
fn ranges() {
    let parse = |value: &'static str| {
        fields::content_range(&Field { name: b"content-range", value: value.as_bytes() })
            .map(|(range, _)| (range.first, range.length, range.whole))
            .map_err(|(name, _)| name.trim_start_matches("HTTP_").to_owned())
    };
    assert_eq!(parse("bytes 10-19/100"), Ok((10, 10, Some(100))));
    assert_eq!(parse("bytes 0-0/*"), Ok((0, 1, None)));
    assert_eq!(parse("bytes 0-0/+9"), Ok((0, 1, None)), "the size of the whole is not known");
    for (value, odd) in [
        ("items 1-2/3", "content_range_unknown_byte_unit"),
        ("bytes 1-2", "content_range_cannot_parse"),
        ("bytes x-2/3", "content_range_cannot_parse"),
        ("bytes +1-2/3", "content_range_cannot_parse"),
        ("bytes 5--3/9", "content_range_invalid"),
        ("bytes 2-1/3", "non_positive_content_range"),
        ("bytes 0-9223372036854775807/3", "content_range_overflow"),
    ] {
        assert_eq!(parse(value), Err(odd.to_owned()), "{value}");
    }
}

#[test]
fn bombs() {
    let mut inflate = Inflate::new().unwrap();
    let zeros = super::bodies::deflated(&vec![0; 64 << 20], false);
    let mut made = 0;
    let outcome = inflate.decode(&zeros, &mut |plain| made += plain.len());
    assert_eq!(outcome, Inflated::Bomb);
    assert!((16 << 20..18 << 20).contains(&made), "{made} bytes of {}", zeros.len());
    assert_eq!(inflate.decode(&zeros, &mut |_| panic!("no more")), Inflated::Fine);
}

#[test]
fn a_broken_header_is_broken_however_it_comes() {
    // Reserved flags; what follows them is no deflate without a header either.
    let broken = [0x1f, 0x8b, 0x08, 0x40, 0, 0, 0, 0, 0, 3, 0x8b, 0x30, 0xf5, 0x57];
    for size in [1, 2, 3, 5, broken.len()] {
        let (mut inflate, mut made) = (Inflate::new().unwrap(), 0);
        let outcomes: Vec<_> = broken
            .chunks(size)
            .map(|chunk| inflate.decode(chunk, &mut |plain| made += plain.len()))
            .collect();
        assert!(outcomes.contains(&Inflated::Broken) && made == 0, "by {size}: {outcomes:?}, {made} bytes");
    }
}

#[test]
fn what_gives_it_away() {
    let verdict =
        |orig: &str, resp: &str| probe(&Sample::new(Transport::Tcp, orig.as_bytes(), resp.as_bytes()));
    for (orig, resp, expected) in [
        ("", "", Likeness::Unsure),
        ("GE", "", Likeness::Unsure),
        ("GET", "", Likeness::Match),
        (" \r\n\x0bPROPFINDx", "", Likeness::Match),
        ("HELO x", "", Likeness::Unsure),
        ("HELO x", "220 y", Likeness::No),
        ("HELO x", "hTTp/1", Likeness::Match),
        ("HELO x", "HTTP/x", Likeness::No),
        ("HELO x", "HTTP/", Likeness::Unsure),
    ] {
        assert_eq!(verdict(orig, resp), expected, "{orig:?} {resp:?}");
    }
    let sample = Sample::new(Transport::Udp, b"GET /", b"");
    assert_eq!(probe(&sample), Likeness::No);
}
