//! The parsers that protocols share: whatever the bytes, in pieces of any size they give the same as at once.
//!
//! Input: a byte that picks the parser, a byte that is the size of pieces, and what is parsed. Parts of a multipart body are
//! behind the boundary `b`.

use gannet::parsers::asn1::{MAX_DEPTH, Values};
use gannet::parsers::base64::Base64;
use gannet::parsers::lines::{Lines, Piece};
use gannet::parsers::mime::{Field, Multipart, Part, content_type, token};
use gannet::parsers::quoted_printable::{MAX_WAITING, QuotedPrintable};
use gannet::parsers::utf16::{self, Utf16};
use gannet::parsers::{ByteOrder, asn1};

use crate::cursor::Cursor;

/// Bytes of a line that are kept.
const MAX_LINE: usize = 64;

/// What a parser makes of a text in pieces.
type InPieces = fn(&[&[u8]]) -> Vec<u8>;

const PARSERS: [InPieces; 7] =
    [strict, lenient, base64, quoted_printable, multipart, wide, |pieces| values(&pieces.concat())];

/// Parses the input at once and in pieces.
pub fn run(data: &[u8]) {
    let mut cursor = Cursor::new(data);
    let pick = usize::from(cursor.u8()) % PARSERS.len();
    let size = usize::from(cursor.u8()).max(1);
    let input = cursor.rest();
    let Some(parse) = PARSERS.get(pick) else { return };
    let pieces: Vec<&[u8]> = input.chunks(size).collect();
    let (whole, in_pieces) = (parse(&[input]), parse(&pieces));
    assert_eq!(whole, in_pieces, "parser {pick}, pieces of {size}");
    if let Some(field) = Field::parse(input) {
        let _kind = content_type(field.value, None);
        assert!(token(field.value).is_none_or(|(token, _)| !token.is_empty()));
    }
}

fn strict(pieces: &[&[u8]]) -> Vec<u8> {
    lines(true, pieces)
}

fn lenient(pieces: &[&[u8]]) -> Vec<u8> {
    lines(false, pieces)
}

/// Lines, each in brackets. Where a long one is cut depends on the pieces, so that such lines are joined.
fn lines(strict: bool, pieces: &[&[u8]]) -> Vec<u8> {
    let (mut lines, mut out) = (Lines::new(MAX_LINE), vec![b'[']);
    lines.set_strict(strict);
    for piece in pieces {
        let mut rest = *piece;
        while !rest.is_empty() {
            match lines.next(&mut rest) {
                Piece::Line(line) => out.extend([line, b"]["].concat()),
                Piece::Kept => out.extend([&lines.take(), &b"]["[..]].concat()),
                Piece::Overlong => out.extend(lines.take()),
                Piece::Nothing => {}
            }
            assert!(lines.held() <= 2 * MAX_LINE);
        }
    }
    // An input that is longer than a line comes out otherwise at once than in pieces: then it must only come out.
    if pieces.iter().map(|piece| piece.len()).sum::<usize>() > MAX_LINE { Vec::new() } else { out }
}

fn base64(pieces: &[&[u8]]) -> Vec<u8> {
    let (mut decoder, mut out, mut odds) = (Base64::default(), Vec::new(), Vec::new());
    for piece in pieces {
        decoder.decode(piece, &mut out, &mut |odd| odds.push(odd.to_string()));
    }
    decoder.finish(&mut out, &mut |odd| odds.push(odd.to_string()));
    [out, odds.join(" ").into_bytes()].concat()
}

fn quoted_printable(pieces: &[&[u8]]) -> Vec<u8> {
    let (mut decoder, mut out) = (QuotedPrintable::default(), Vec::new());
    for piece in pieces {
        decoder.decode(piece, &mut out);
        assert!(decoder.held() <= 2 * MAX_WAITING);
    }
    decoder.finish(&mut out);
    out
}

fn multipart(pieces: &[&[u8]]) -> Vec<u8> {
    let Some(mut splitter) = Multipart::new(b"b") else { return Vec::new() };
    let (mut out, mut open) = (Vec::new(), false);
    let mut hear = |part: Part<'_>| match part {
        Part::Begin => {
            assert!(!std::mem::replace(&mut open, true), "a part in a part");
            out.push(b'[');
        }
        Part::Data(bytes) => {
            assert!(open && !bytes.is_empty(), "content of no part");
            out.extend_from_slice(bytes);
        }
        Part::End => {
            assert!(std::mem::take(&mut open), "no part to end");
            out.push(b']');
        }
    };
    pieces.iter().for_each(|piece| splitter.split(piece, &mut hear));
    splitter.finish(&mut hear);
    assert!(!open, "a part without an end");
    out
}

fn wide(pieces: &[&[u8]]) -> Vec<u8> {
    let (mut decoder, mut text) = (Utf16::new(ByteOrder::Little), String::new());
    pieces.iter().for_each(|piece| decoder.decode(piece, &mut text));
    decoder.finish(&mut text);
    assert_eq!(utf16::text(&pieces.concat(), ByteOrder::Little), text);
    text.into_bytes()
}

/// Passes over all values under both rules, those inside others too.
fn values(input: &[u8]) -> Vec<u8> {
    for values in [Values::ber(input), Values::der(input)] {
        walk(values, MAX_DEPTH);
    }
    Vec::new()
}

fn walk(mut values: Values<'_>, depth: usize) {
    while let Some(value) = values.next_value() {
        assert!(value.content.len() < value.whole.len());
        let _readings =
            (asn1::integer(value.content), asn1::number(value.content), asn1::dotted(value.content));
        if value.tag.constructed && depth > 0 {
            walk(value.inside(), depth - 1);
        }
    }
}
