//! Header fields, folded or not, and kinds of bodies.

use super::super::mime::{Field, Folding, Kind, Line, MAX_FIELD, content_type, delimiter, token};
use super::text;

#[test]
fn header_fields() {
    for (line, name, value) in [
        ("Host: h", "Host", "h"),
        ("Host:h ", "Host", "h "),
        ("Host (a (comment)) : \t h", "Host", "h"),
        ("(c) X-Y:", "X-Y", ""),
    ] {
        let field = Field::parse(line.as_bytes()).unwrap();
        assert_eq!((text(field.name).as_str(), text(field.value).as_str()), (name, value), "{line}");
    }
    for line in ["no colon", ": nameless", "", "two words: x"] {
        assert_eq!(Field::parse(line.as_bytes()), None, "{line}");
    }
    let first = |value: &'static str| {
        let (token, rest) = token(value.as_bytes())?;
        Some((text(token), text(rest)))
    };
    assert_eq!(first("(c) a, b"), Some(("a".into(), ", b".into())));
    assert_eq!(first(" ,; "), None);
}

#[test]
fn content_types() {
    let parts = |boundary: &str| Some(Kind::Multipart(boundary.as_bytes().to_vec()));
    for (value, kind) in [
        ("text/plain", Some(Kind::Leaf)),
        ("text", None),
        ("Message/rfc822", Some(Kind::Message)),
        ("multipart/mixed", Some(Kind::Leaf)),
        ("multipart/mixed; boundary=abc", parts("abc")),
        ("multipart/form-data; charset=\"u;8\"; boundary=\"a \\\"b\"", parts("a \"b")),
        ("multipart/x; boundary=a:b=c, d", parts("a:b=c,")),
        ("multipart/x; boundary=(x)", parts("(x)")),
        ("multipart/x; x; boundary=y", parts("y")),
        ("multipart/x; boundary=", Some(Kind::Leaf)),
    ] {
        assert_eq!(content_type(value.as_bytes(), None), kind, "{value}");
    }
}

#[test]
fn boundaries() {
    for (line, expected) in [
        ("--b", Some(false)),
        ("--b ", Some(false)),
        ("--bc", Some(false)),
        ("--b--", Some(true)),
        ("--b-", Some(false)),
        ("-b", None),
        (" --b", None),
        ("--a", None),
        ("", None),
    ] {
        assert_eq!(delimiter(line.as_bytes(), b"b"), expected, "{line}");
    }
}

/// The fields of lines, each with the number of its lines, up to their end.
fn fields(lines: &[&str]) -> Vec<(String, usize)> {
    let (mut folding, mut found) = (Folding::default(), Vec::new());
    for line in lines {
        let kind = folding.line(line.as_bytes());
        if kind == Line::Continues {
            assert!(folding.go_on(line.as_bytes()));
            continue;
        }
        if let Some((field, count)) = folding.take() {
            found.push((text(&field), count));
            folding.give_back(field);
        }
        if kind == Line::End {
            break;
        }
        folding.begin(line.as_bytes());
    }
    found
}

#[test]
fn folded_lines_are_joined() {
    for (lines, expected) in [
        (&["a: 1", "b: 2", ""][..], &[("a: 1", 1), ("b: 2", 1)][..]),
        (&["a: 1", " 2", "\t3", "b: 4", ""], &[("a: 1 2\t3", 3), ("b: 4", 1)]),
        (&[" a: 1", ""], &[("a: 1", 1)]),
        (&["  ", " a: 1", ""], &[("a: 1", 1)]),
        (&["a: 1", "\0", "b: 2", ""], &[("a: 1", 1)]),
        (&[""], &[]),
    ] {
        let expected: Vec<_> = expected.iter().map(|(field, count)| ((*field).to_owned(), *count)).collect();
        assert_eq!(fields(lines), expected, "{lines:?}");
    }
}

#[test]
fn a_field_is_bounded() {
    let (mut folding, line) = (Folding::default(), [b' '; 1000]);
    assert!(folding.is_empty());
    folding.begin(b"a:");
    let taken = (0..1000).filter(|_| folding.go_on(&line)).count();
    assert_eq!(taken, MAX_FIELD.div_ceil(1000));
    assert!(folding.held() >= folding.len() && folding.len() < MAX_FIELD + 1000, "{}", folding.len());
}
