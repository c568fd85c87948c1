//! Base64, quoted-printable, UTF-16.

use proptest::prelude::*;

use super::super::ByteOrder;
use super::super::base64::{self, Base64, Odd};
use super::super::calendar::days;
use super::super::quoted_printable::{self, MAX_WAITING, QuotedPrintable};
use super::super::utf16::{self, Utf16};
use super::{cuts, text};

#[test]
fn bytes_become_base64() {
    // RFC 4648, section 10.
    for (bytes, text) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ] {
        assert_eq!(base64::encode(bytes.as_bytes()), text);
    }
    assert_eq!(base64::encode(&[0xfb, 0xef, 0xff]), "++//");
}

/// Decodes base64 that comes in pieces: the bytes, and what is wrong.
fn decoded(pieces: &[&[u8]]) -> (String, String) {
    let (mut decoder, mut out, mut odds) = (Base64::default(), Vec::new(), Vec::new());
    let mut odd = |what: Odd| odds.push(what.to_string());
    for piece in pieces {
        decoder.decode(piece, &mut out, &mut odd);
    }
    decoder.finish(&mut out, &mut odd);
    assert_eq!(decoder.held(), 0);
    (text(&out), odds.join(" "))
}

#[test]
fn base64_does_not_depend_on_cuts() {
    for (encoded, plain, odd) in [
        ("aGVsbG8=", "hello", ""),
        ("aGVs", "hel", ""),
        ("", "", ""),
        ("aG Vs", "hel", "character 32 ignored by Base64 decoding"),
        ("a*G*Vs", "hel", "character 42 ignored by Base64 decoding"),
        ("aA==aGVs", "h", "extra base64 groups after '=' padding are ignored"),
        ("aGVsbG8", "hello", "incomplete base64 group, padding with 6 bits of 0"),
        ("aGVsbA", "hell", "incomplete base64 group, padding with 12 bits of 0"),
        ("====", "", ""),
    ] {
        for pieces in cuts(encoded.as_bytes()) {
            assert_eq!(decoded(&pieces), (plain.to_owned(), odd.to_owned()), "{encoded} in {}", pieces.len());
        }
    }
}

/// Decodes quoted-printable that comes in pieces.
fn quoted(pieces: &[&[u8]]) -> String {
    let (mut decoder, mut out) = (QuotedPrintable::default(), Vec::new());
    pieces.iter().for_each(|piece| decoder.decode(piece, &mut out));
    assert!(decoder.held() <= 2 * MAX_WAITING);
    decoder.finish(&mut out);
    text(&out)
}

#[test]
fn lines_of_quoted_printable() {
    for (line, plain) in [
        ("a=3Db \t", "a=b\r\n"),
        ("soft=", "soft"),
        ("soft= \t ", "soft"),
        ("bad=zz=4", "bad=zz=4\r\n"),
        ("==41", "=A\r\n"),
        ("=e9=E9", "\u{fffd}\u{fffd}\r\n"),
        (" in side ", " in side\r\n"),
        ("", "\r\n"),
        ("=", ""),
    ] {
        let mut out = Vec::new();
        quoted_printable::line(line.as_bytes(), &mut out);
        assert_eq!(text(&out), plain, "{line}");
        for end in ["\n", "\r\n"] {
            let whole = format!("{line}{end}");
            for pieces in cuts(whole.as_bytes()) {
                assert_eq!(quoted(&pieces), plain, "{whole:?} in {} pieces", pieces.len());
            }
        }
    }
}

#[test]
fn a_text_that_ends_within_a_line() {
    for (encoded, plain) in
        [("a=4", "a=4"), ("a=", "a"), ("a \t", "a"), ("a= ", "a"), ("a=41", "aA"), ("a\rb", "a\rb")]
    {
        for pieces in cuts(encoded.as_bytes()) {
            assert_eq!(quoted(&pieces), plain, "{encoded:?} in {} pieces", pieces.len());
        }
    }
}

#[test]
fn blanks_that_wait_are_bounded() {
    let blanks = vec![b' '; 3 * MAX_WAITING];
    let (mut decoder, mut out) = (QuotedPrintable::default(), Vec::new());
    decoder.decode(&blanks, &mut out);
    assert!(decoder.held() <= 2 * MAX_WAITING, "{}", decoder.held());
    assert!(out.len() >= blanks.len() - MAX_WAITING, "{}", out.len());
}

/// Decodes UTF-16 that comes in pieces.
fn wide(order: ByteOrder, pieces: &[&[u8]]) -> String {
    let (mut decoder, mut text) = (Utf16::new(order), String::new());
    pieces.iter().for_each(|piece| decoder.decode(piece, &mut text));
    decoder.finish(&mut text);
    assert_eq!(decoder.held(), 0);
    text
}

#[test]
fn utf16_in_both_orders_under_every_cut() {
    for (numbers, expected, without_pairs) in [
        (&[0x61, 0xe9, 0x20ac][..], "aé€", "aé€"),
        (&[0xd83d, 0xde00, 0x62], "😀b", "\u{fffd}\u{fffd}b"),
        (&[0xdbff, 0xdfff], "\u{10ffff}", "\u{fffd}\u{fffd}"),
        // A half of a pair alone: the first, the second, two firsts, one at the end.
        (&[0xd83d, 0x62], "\u{fffd}b", "\u{fffd}b"),
        (&[0xde00, 0x62], "\u{fffd}b", "\u{fffd}b"),
        (&[0xd83d, 0xd83d, 0xde00], "\u{fffd}😀", "\u{fffd}\u{fffd}\u{fffd}"),
        (&[0x61, 0xd83d], "a\u{fffd}", "a\u{fffd}"),
        (&[], "", ""),
    ] {
        for order in [ByteOrder::Big, ByteOrder::Little] {
            let encode = |number: &u16| match order {
                ByteOrder::Big => number.to_be_bytes(),
                ByteOrder::Little => number.to_le_bytes(),
            };
            let bytes: Vec<u8> = numbers.iter().flat_map(encode).collect();
            assert_eq!(utf16::text(&bytes, order), expected, "{numbers:x?} {order:?}");
            assert_eq!(utf16::text_without_pairs(&bytes, order), without_pairs, "{numbers:x?} {order:?}");
            for pieces in cuts(&bytes) {
                assert_eq!(wide(order, &pieces), expected, "{pieces:x?} {order:?}");
            }
        }
    }
    assert_eq!(utf16::text(&[0, 0x61, 0], ByteOrder::Big), "a\u{fffd}");
    assert_eq!(utf16::text(&[0xd8, 0x3d, 0], ByteOrder::Big), "\u{fffd}");
    assert_eq!(utf16::text_without_pairs(&[0, 0x61, 0], ByteOrder::Big), "a");
}

proptest! {
    #[test]
    fn utf16_is_what_the_standard_library_makes_of_it(numbers in prop::collection::vec(any::<u16>(), 0..40)) {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        prop_assert_eq!(utf16::text(&bytes, ByteOrder::Little), String::from_utf16_lossy(&numbers));
    }

    #[test]
    fn quoted_printable_in_pieces_is_as_by_lines(
        body in prop::collection::vec(prop::sample::select(b"=4Ax \t\r\n".to_vec()), 0..60),
        size in 1usize..9,
    ) {
        let body = String::from_utf8(body).unwrap() + "\n";
        let mut out = Vec::new();
        for line in body.strip_suffix('\n').unwrap().split('\n') {
            quoted_printable::line(line.strip_suffix('\r').unwrap_or(line).as_bytes(), &mut out);
        }
        let pieces: Vec<&[u8]> = body.as_bytes().chunks(size).collect();
        prop_assert_eq!(quoted(&pieces), text(&out));
    }
}

#[test]
fn numbers_are_digits_alone() {
    use crate::parsers::number::{decimal, hex_digit};
    assert_eq!((decimal(b"0"), decimal(b"0042")), (Some(0), Some(42)));
    assert_eq!(decimal(b"18446744073709551615"), Some(u64::MAX));
    for text in ["", "+5", "-5", "0x5", " 5", "5 ", "5_0", "18446744073709551616"] {
        assert_eq!(decimal(text.as_bytes()), None, "{text}");
    }
    let digits: Vec<_> = (0..=255).filter_map(hex_digit).collect();
    assert_eq!(digits, (0..10).chain(10..16).chain(10..16).collect::<Vec<_>>());
}

#[test]
fn utf16_that_is_read_leniently() {
    let cases: [(&[u8], Option<&[u8]>); 8] = [
        (&[], Some(b"")),
        (&[0x41, 0, 0xe9, 0, 0xac, 0x20], Some("A\u{e9}\u{20ac}".as_bytes())),
        (&[0x3d, 0xd8, 0, 0xde], Some("\u{1f600}".as_bytes())),
        // An odd byte is a whole number.
        (&[0x41, 0, 0x42], Some(b"AB")),
        // What follows a zero is not told.
        (&[0x41, 0, 0, 0, 0x42, 0], Some(b"A")),
        // Halves alone are kept.
        (&[0, 0xde, 0x41, 0], Some(b"\xed\xb8\x80A")),
        (&[0x3d, 0xd8, 0x41, 0], Some(b"\xed\xa0\xbdA")),
        (&[0, 0, 0x3d, 0xd8], None),
    ];
    for (bytes, text) in cases {
        assert_eq!(utf16::lenient(bytes).as_deref(), text, "{bytes:x?}");
    }
}

#[test]
fn days_of_the_calendar() {
    let cases = [
        (1970, 0, 0),
        (1970, 12, 365),
        (2000, 1, 10_988),
        (2000, 2, 11_017),
        (1969, 11, -31),
        (1600, 0, -135_140),
    ];
    for (year, month, expected) in cases {
        assert_eq!(days(year, month), expected, "{year} {month}");
    }
}
