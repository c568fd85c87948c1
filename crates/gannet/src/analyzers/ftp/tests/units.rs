//! Addresses, paths, lines and tokens, each alone.

use super::super::nvt::{Nvt, Odd};
use super::super::parse::{extended_passive, extended_port, last_number, passive, port};
use super::super::path::{first_in, join};
use super::super::probe::probe;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;
use crate::testing::text;

#[test]
fn ends_of_data_connections() {
    let shown = |end: Option<(std::net::IpAddr, u16)>| end.map(|(host, port)| format!("{host} {port}"));
    for (argument, expected) in [
        ("10,0,0,1,4,5", Some("10.0.0.1 1029")),
        ("10, 0, 0, 1, 4, 5 and more", Some("10.0.0.1 1029")),
        ("10,0,0,1,4", None),
        ("10,0,0,1,4,256", None),
        ("1,2,3,4,5,", None),
        ("1,2,3,4,5,6", Some("1.2.3.4 1286")),
    ] {
        assert_eq!(shown(port(argument.as_bytes())).as_deref(), expected, "{argument}");
    }
    for (argument, expected) in [
        ("|1|10.0.0.1|77|", Some("10.0.0.1 77")),
        (" !2!2001:db8::1!77!", Some("2001:db8::1 77")),
        ("|||77|", Some(":: 77")),
        ("|1|10.0.0.1|77", None),
        ("|1|10.0.0.1|70000|", None),
        ("|1|host|77|", None),
        ("", None),
    ] {
        assert_eq!(shown(extended_port(argument.as_bytes())).as_deref(), expected, "{argument}");
    }
    for (message, expected) in [
        ("Entering (1,2,3,4,5,6).", Some("1.2.3.4 1286")),
        ("use PORT 1,2,3,4,5,6", Some("1.2.3.4 1286")),
        ("it is 1,2,3,4,5,6", Some("1.2.3.4 1286")),
        ("none", None),
    ] {
        assert_eq!(shown(passive(message.as_bytes())).as_deref(), expected, "{message}");
    }
    assert_eq!(shown(extended_passive(b"here (|||77|)")).as_deref(), Some(":: 77"));
    assert_eq!(extended_passive(b"|||77|"), None);
}

#[test]
fn paths() {
    for (directory, name, expected) in [
        (".", "f", "./f"),
        (".", "/f", "/f"),
        ("/", "f", "/f"),
        ("/a/", "./b/../c/", "/a/c"),
        ("/a", "..", "/"),
        ("/a", "../..", "/.."),
        (".", "..", ".."),
        ("", "f", "f"),
        ("/a", "C:\\x", "C:\\x"),
        ("/a", "b//c", "/a/b/c"),
        ("~", "../x", "~/../x"),
    ] {
        assert_eq!(text(&join(directory.as_bytes(), name.as_bytes())), expected, "{directory} {name}");
    }
    for (message, expected) in [
        ("\"/a\" is it", "/a"),
        ("at /a b", "/a"),
        ("\"/a\\ b\"", "/a\\ b"),
        ("\"C:/x\"", "C:/x"),
        ("none", ""),
    ] {
        assert_eq!(text(first_in(message.as_bytes())), expected, "{message}");
    }
    for (message, expected) in [("12 of 345 bytes", 345), ("none", 0), ("99999999999999999999", 0)] {
        assert_eq!(last_number(message.as_bytes()), expected, "{message}");
    }
}

/// The lines of bytes in pieces, and what is odd about them.
fn lines(pieces: &[&[u8]]) -> (Vec<String>, Vec<Odd>) {
    let (mut nvt, mut found, mut odds) = (Nvt::default(), Vec::new(), Vec::new());
    for piece in pieces {
        let mut rest = *piece;
        while !rest.is_empty() {
            if nvt.next(&mut rest, &mut |odd| odds.push(odd)) {
                found.push(text(&nvt.take()));
            }
        }
    }
    assert!(!nvt.is_partial());
    (found, odds)
}

#[test]
fn telnet_is_taken_out_of_lines() {
    for (bytes, expected, odd) in [
        (&b"a\r\nb\n"[..], vec!["a", "b"], vec![]),
        (b"a\rb\r\n", vec!["a\rb"], vec![Odd::BareCr]),
        (b"a\r\r\n", vec!["a\r"], vec![Odd::BareCr]),
        (b"a\0b\0c\n", vec!["ab\0c"], vec![Odd::Nul]),
        (b"a\r\0\n", vec!["a\r"], vec![]),
        (b"a\xff\xfb\x01b\n", vec!["ab"], vec![]),
        (b"a\xff\xf1b\n", vec!["ab"], vec![]),
        (b"a\xff\xfa\x18\x00x\xff\xff\xff\xf0b\n", vec!["ab"], vec![]),
        (b"\xff\xf4\xff\xf2ABOR\r\n", vec!["ABOR"], vec![]),
    ] {
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!(lines(&[bytes]), (expected.clone(), odd.clone()), "{bytes:?}");
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(lines(&single), (expected, odd), "{bytes:?}");
    }
    let long = vec![b'x'; 1024 * 1024 + 1];
    let (found, odds) = lines(&[&long, b"\n"]);
    assert_eq!((found.len(), odds), (2, vec![Odd::Long(1024 * 1024)]));
}

#[test]
fn likeness() {
    for (orig, resp, expected) in [
        ("USER x\r\n", "220 a\r\n331 b", Likeness::Match),
        ("\r\nuser x\r\n", "220-a\r\n220 b\r\n230 c", Likeness::Match),
        ("USER", "220 a\r\n331 b", Likeness::Unsure),
        ("USER x", "220 a\r\n", Likeness::Unsure),
        ("USER x", "22", Likeness::Unsure),
        ("USER x", "+OK", Likeness::No),
    ] {
        let sample = Sample::new(Transport::Tcp, orig.as_bytes(), resp.as_bytes());
        assert_eq!(probe(&sample), expected, "{orig} {resp}");
    }
}
