//! The parts of a body, held against a plain reading by lines, under every cut.

use proptest::prelude::*;

use super::super::mime::{MAX_BOUNDARY, Multipart, Part, delimiter};
use super::{cuts, text};

/// What is heard of a body that comes in pieces: parts in brackets, the last one without its end if it has none.
fn split(boundary: &str, pieces: &[&[u8]]) -> String {
    let mut splitter = Multipart::new(boundary.as_bytes()).unwrap();
    let mut heard = String::new();
    let mut hear = |part: Part<'_>| match part {
        Part::Begin => heard.push('['),
        Part::Data(bytes) => heard.push_str(&text(bytes)),
        Part::End => heard.push(']'),
    };
    for piece in pieces {
        splitter.split(piece, &mut hear);
    }
    splitter.finish(&mut hear);
    heard
}

/// The same by lines, all of the body at hand.
fn by_lines(boundary: &str, body: &str) -> String {
    let mut heard = String::new();
    let (mut open, mut ending) = (false, "");
    let mut rest = body;
    while !rest.is_empty() {
        let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let (whole, behind) = rest.split_at(end);
        rest = behind;
        let line = whole.strip_suffix('\n').map_or(whole, |line| line.strip_suffix('\r').unwrap_or(line));
        match delimiter(line.as_bytes(), boundary.as_bytes()) {
            Some(last) => {
                heard.push_str(if open { "]" } else { "" });
                if last {
                    return heard;
                }
                heard.push('[');
                (open, ending) = (true, "");
            }
            None if open => {
                heard.push_str(ending);
                heard.push_str(line);
                ending = &whole[line.len()..];
            }
            None => {}
        }
    }
    if open {
        heard.push_str(ending);
        heard.push(']');
    }
    heard
}

#[test]
fn parts_do_not_depend_on_cuts() {
    for (body, expected) in [
        ("--b\r\nh: 1\r\n\r\nbody\r\n--b\r\n\r\ntwo\r\n--b--\r\n", "[h: 1\r\n\r\nbody][\r\ntwo]"),
        ("preamble\r\n--b\nx\n--b--\nepilogue\n--b\nno part\n", "[x]"),
        // The line end before a boundary is the boundary's, one more is the part's.
        ("--b\r\nx\r\n\r\n--b--", "[x\r\n]"),
        ("--b\nx\n\n--b--", "[x\n]"),
        ("--b\r\n--b\r\n\r\n--b--", "[][]"),
        // What only looks like a boundary, or like a line end, is content.
        ("--b\r\n-\r\n--\r\n--a\r\n --b\r\nx--b\r\n--b--", "[-\r\n--\r\n--a\r\n --b\r\nx--b]"),
        ("--b\r\na\rb\r\r\n\rc\r\n--b--", "[a\rb\r\r\n\rc]"),
        ("--b\r\n---b\r\n--b--", "[---b]"),
        // What else stands in a boundary's line does not matter.
        ("--b \t\r\nx\r\n--b- -\r\ny\r\n--b-- \r\nz", "[x][y]"),
        // A body that is cut.
        ("--b\r\nx\r\n", "[x\r\n]"),
        ("--b\r\nx\r\n--", "[x\r\n--]"),
        ("--b\r\nx\r", "[x\r]"),
        ("--b\r\nx\r\n--b", "[x][]"),
        ("--b\r\nx\r\n--b-", "[x][]"),
        ("no part", ""),
        ("", ""),
    ] {
        for pieces in cuts(body.as_bytes()) {
            assert_eq!(
                split("b", &pieces),
                expected,
                "{:?}",
                pieces.iter().map(|p| text(p)).collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn a_boundary_is_bounded() {
    let longest = "b".repeat(MAX_BOUNDARY);
    let mut splitter = Multipart::new(longest.as_bytes()).unwrap();
    splitter.split(&vec![b'-'; 100_000], &mut |_| {});
    assert!((MAX_BOUNDARY..=MAX_BOUNDARY + 8).contains(&splitter.held()));
    assert!(Multipart::new((longest + "b").as_bytes()).is_none());
    assert!(Multipart::new(b"").is_none());
}

#[test]
fn behind_the_last_part_there_is_nothing() {
    let mut splitter = Multipart::new(b"b").unwrap();
    splitter.split(b"--b\n--b--", &mut |_| {});
    assert!(splitter.is_over());
    splitter.split(b"\n--b\nx\n", &mut |_| panic!("over"));
    splitter.finish(&mut |_| panic!("over"));
}

proptest! {
    #[test]
    fn any_body_in_any_pieces_is_as_by_lines(
        body in prop::collection::vec(prop::sample::select(b"--bx \r\n\r\n".to_vec()), 0..60),
        size in 1usize..9,
    ) {
        let body = String::from_utf8(body).unwrap();
        let pieces: Vec<&[u8]> = body.as_bytes().chunks(size).collect();
        prop_assert_eq!(split("b", &pieces), by_lines("b", &body));
    }
}
