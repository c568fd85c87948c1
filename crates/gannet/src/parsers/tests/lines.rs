//! Lines under any cut.

use super::super::lines::{Lines, Piece};
use super::{cuts, text};

/// Bytes of a line that are kept.
const MAX: usize = 64 * 1024;

/// The lines of chunks; what is in the buffer is taken from there.
fn lines(strict: bool, chunks: &[&[u8]]) -> (Vec<String>, bool) {
    let (mut lines, mut found, mut single) = (Lines::new(MAX), Vec::new(), false);
    lines.set_strict(strict);
    for chunk in chunks {
        let mut rest = *chunk;
        while !rest.is_empty() {
            match lines.next(&mut rest) {
                Piece::Line(line) => found.push(text(line)),
                Piece::Kept | Piece::Overlong => {
                    let line = lines.take();
                    found.push(text(&line));
                    lines.give_back(line);
                }
                Piece::Nothing => {}
            }
            single |= lines.take_bare_cr();
        }
    }
    (found, single)
}

#[test]
fn ends_of_lines() {
    for (strict, chunks, expected, single) in [
        (false, vec![&b"a\r\nb\nc\rd\r\n"[..]], vec!["a", "b", "c", "d"], true),
        (false, vec![b"a\r", b"\nb\r\n"], vec!["a", "b"], false),
        (false, vec![b"a\r", b"b\n"], vec!["a", "b"], true),
        (false, vec![b"\r\r\n\n"], vec!["", "", ""], false),
        (false, vec![b"no end"], vec![], false),
        (true, vec![b"a\rb\nc\r\nd\r", b"\ne\r", b"f\r\n"], vec!["a\rb\nc", "d", "e\rf"], false),
    ] {
        assert_eq!(
            lines(strict, &chunks),
            (expected.into_iter().map(String::from).collect(), single),
            "{chunks:?}"
        );
    }
}

#[test]
fn a_long_line_comes_in_pieces() {
    let long = vec![b'x'; MAX];
    let chunks: Vec<&[u8]> = long.chunks(1400).chain([&b"tail\r\n"[..]]).collect();
    let (found, _) = lines(false, &chunks);
    assert_eq!(found.iter().map(String::len).collect::<Vec<_>>(), [long.len(), 4]);
}

#[test]
fn lines_do_not_depend_on_cuts() {
    for input in ["a\r\nb\nc\rd\r\n\r\n\n\re", "\r\n", "\n\r\r\n", "x", ""] {
        for strict in [false, true] {
            let whole = lines(strict, &[input.as_bytes()]);
            for pieces in cuts(input.as_bytes()) {
                assert_eq!(lines(strict, &pieces), whole, "{pieces:?}, strict: {strict}");
            }
        }
    }
}

#[test]
fn what_is_kept_is_bounded_and_said() {
    let mut lines = Lines::new(100);
    let mut rest = &[b'x'; 90][..];
    assert_eq!(lines.next(&mut rest), Piece::Nothing);
    assert!((90..=128).contains(&lines.held()), "{}", lines.held());
    let mut rest = &[b'x'; 90][..];
    assert_eq!(lines.next(&mut rest), Piece::Overlong);
    assert_eq!((lines.take().len(), rest.len(), lines.held()), (100, 80, 0));
    lines.give_back(Vec::with_capacity(1 << 20));
    assert_eq!(lines.held(), 0, "a large buffer is not kept");
    lines.give_back(Vec::with_capacity(50));
    assert_eq!(lines.held(), 50);
}

#[test]
fn what_is_no_line_is_taken_as_it_is() {
    let mut lines = Lines::new(MAX);
    let mut rest = &b"a\r\nbc\r\nd\n"[..];
    assert_eq!(lines.next(&mut rest), Piece::Line(b"a"));
    assert_eq!(lines.plain(&mut rest, 4), b"bc\r\n");
    assert_eq!(lines.next(&mut rest), Piece::Line(b"d"));
}
