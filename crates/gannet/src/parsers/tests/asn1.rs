//! ASN.1 under both rules, hostile depth and hostile lengths among them.

use proptest::prelude::*;

use super::super::Cursor;
use super::super::asn1::{
    Class, Fault, Header, INTEGER, MAX_DEPTH, OBJECT, OCTET_STRING, Rules, SEQUENCE, Tag, Value, Values,
    application, content, context, context_constructed, dotted, length, number, push_header, small, unsigned,
};

const HIGH: Tag = Tag { class: Class::Private, constructed: true, number: 0x4001 };

#[test]
fn headers() {
    let fine = |tag, length| Ok(Header { tag, length });
    let (short, broken) = (Err(Fault::Short), Err(Fault::Broken));
    for (bytes, basic, distinguished) in [
        (&[0x02, 0x01][..], fine(INTEGER, Some(1)), fine(INTEGER, Some(1))),
        (&[0x30, 0x82, 0x01, 0x02], fine(SEQUENCE, Some(258)), fine(SEQUENCE, Some(258))),
        // Longer than necessary.
        (&[0x04, 0x83, 0, 0, 9], fine(OCTET_STRING, Some(9)), fine(OCTET_STRING, Some(9))),
        (&[0x80, 0], fine(context(0), Some(0)), fine(context(0), Some(0))),
        (&[0xa3, 0], fine(context_constructed(3), Some(0)), fine(context_constructed(3), Some(0))),
        (
            &[0x61, 0],
            fine(application(1).constructed(), Some(0)),
            fine(application(1).constructed(), Some(0)),
        ),
        // The indefinite form, of a value that holds others and of one that does not.
        (&[0x30, 0x80], fine(SEQUENCE, None), broken),
        (&[0x04, 0x80], broken, broken),
        (&[0xff, 0x81, 0x80, 0x01, 0], fine(HIGH, Some(0)), broken),
        (&[0xff, 0x8f, 0xff, 0xff, 0xff, 0x7f, 0], fine(Tag { number: u32::MAX, ..HIGH }, Some(0)), broken),
        (&[0xff, 0x9f, 0xff, 0xff, 0xff, 0x7f, 0], broken, broken),
        (&[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1], broken, broken),
        (&[], short, short),
        (&[0x30], short, short),
        (&[0x30, 0x82, 1], short, short),
        (&[0x1f, 0x81], short, broken),
    ] {
        assert_eq!(Header::read(&mut Cursor::new(bytes), Rules::Basic), basic, "{bytes:x?}");
        assert_eq!(Header::read(&mut Cursor::new(bytes), Rules::Distinguished), distinguished, "{bytes:x?}");
    }
}

#[test]
fn every_cut_of_a_message_asks_for_more() {
    // An LDAP bind request, its envelope of indefinite length.
    let message =
        [0x30, 0x80, 2, 1, 1, 0x60, 0x0d, 2, 1, 3, 4, 4, b'c', b'n', b'=', b'a', 0x80, 2, b'p', b'w', 0, 0];
    for at in 0..message.len() {
        assert_eq!(Values::ber(&message[..at]).read(), Err(Fault::Short), "{at}");
    }
    let envelope = Values::ber(&message).take(SEQUENCE).unwrap();
    assert_eq!((envelope.whole.len(), envelope.content.len()), (message.len(), message.len() - 4));
    let mut inside = envelope.inside();
    assert_eq!(inside.take(INTEGER).and_then(|id| number(id.content)), Some(1));
    let bind = inside.take(application(0).constructed()).unwrap();
    assert!(inside.is_empty());
    let mut inside = bind.inside();
    assert_eq!(inside.optional(OCTET_STRING), None);
    assert_eq!(inside.take(INTEGER).and_then(|version| small(version.content)), Some(3));
    assert_eq!(inside.take(OCTET_STRING).unwrap().content, b"cn=a");
    assert_eq!(inside.take(context(0)).unwrap().content, b"pw");
}

/// A value of so many indefinite ones inside each other.
fn nested(depth: usize) -> Vec<u8> {
    [[0x30, 0x80].repeat(depth), [0, 0].repeat(depth)].concat()
}

#[test]
fn depth_is_bounded() {
    let deepest = nested(MAX_DEPTH);
    assert_eq!(Values::ber(&deepest).next_value().unwrap().whole, deepest);
    assert_eq!(Values::ber(&nested(MAX_DEPTH + 1)).read(), Err(Fault::Broken));
    assert_eq!(Values::ber(&[0x30, 0x80].repeat(100_000)).read(), Err(Fault::Broken));
    // A mark inside a value of known length ends nothing.
    let marked = [0x30, 0x80, 4, 2, 0, 0, 0, 0];
    assert_eq!(Values::ber(&marked).next_value().unwrap().content, &marked[2..6]);
}

#[test]
fn a_failure_moves_nothing() {
    let mut values = Values::der(&[2, 1, 7, 4, 9]);
    assert!(values.optional(OBJECT).is_none() && values.optional(INTEGER).is_some());
    assert_eq!(values.next_value(), None);
    assert_eq!(values.read(), Err(Fault::Short));
    assert!(!values.is_empty());
}

#[test]
fn numbers() {
    for (content, expected, strict) in [
        (&[0][..], Some(0), Some(0)),
        (&[0x7f], Some(127), Some(127)),
        (&[0x80], Some(-128), None),
        (&[0, 0x80], Some(128), Some(128)),
        (&[0, 0, 1], Some(1), None),
        (&[0xff; 12], Some(-1), None),
        (&[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Some(i64::MAX), Some(i64::MAX as u64)),
        (&[0, 0x80, 0, 0, 0, 0, 0, 0, 0], None, Some(1 << 63)),
        (&[1, 0, 0, 0, 0, 0, 0, 0, 0], None, None),
        (&[], None, None),
    ] {
        assert_eq!(number(content), expected, "{content:x?}");
        assert_eq!(small(content), strict, "{content:x?}");
    }
}

#[test]
fn object_identifiers() {
    for (content, expected) in [
        (&[0x2b, 6, 1, 5, 5, 2][..], Some("1.3.6.1.5.5.2")),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d], Some("1.2.840.113549")),
        (&[0x88, 0x37], Some("2.999")),
        (&[0x2b, 0x80, 1], None),
        (&[0x2b, 0x81], None),
        (&[], None),
    ] {
        assert_eq!(dotted(content).as_deref(), expected, "{content:x?}");
    }
    assert_eq!(dotted(&[1; 129]), None);
}

/// Passes over all values, those inside them too, to a depth.
fn walk(mut values: Values<'_>, depth: usize) -> usize {
    let mut count = 0;
    while let Some(value) = values.next_value() {
        count += 1;
        if value.tag.constructed && depth > 0 {
            count += walk(value.inside(), depth - 1);
        }
    }
    count
}

#[test]
fn values_that_are_taken_by_their_place() {
    let bytes = [0x30, 3, 1, 2, 3, 0xa1, 0x81, 1, 9, 4, 2, 1];
    let mut cursor = Cursor::new(&bytes);
    assert_eq!(content(&mut cursor), Ok(&[1, 2, 3][..]));
    assert_eq!((length(&mut cursor), cursor.u8()), (Ok(1), Ok(9)));
    assert_eq!(content(&mut cursor), Err(Fault::Short));
    assert_eq!(length(&mut Cursor::new(&[0x30, 0x80])), Err(Fault::Broken));
    for (digits, number) in
        [(&[][..], 0), (&[0xff], 255), (&[1, 0], 256), (&[0xff; 8], u64::MAX), (&[1; 9], 0)]
    {
        assert_eq!(unsigned(digits), number);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(identifier in any::<u8>(), high in any::<u32>(), content in prop::collection::vec(any::<u8>(), 0..400)) {
        let tag = match Tag::of(identifier) {
            low if low.number < 31 => low,
            tag => Tag { number: high.max(31), ..tag },
        };
        let mut bytes = Vec::new();
        push_header(tag, content.len(), &mut bytes);
        bytes.extend_from_slice(&content);
        let mut values = Values::ber(&bytes);
        let Value { tag: read, content: inner, whole, .. } = values.read().unwrap();
        prop_assert_eq!((read, inner, whole), (tag, &content[..], &bytes[..]));
        prop_assert!(values.is_empty());
    }

    #[test]
    fn no_bytes_do_harm(bytes in prop::collection::vec(prop::sample::select(vec![0u8, 1, 2, 0x30, 0x80, 0x81, 0xa0, 0x1f, 0xff]), 0..80)) {
        prop_assert!(walk(Values::ber(&bytes), 8) <= 9 * bytes.len());
        prop_assert!(walk(Values::der(&bytes), 8) <= 9 * bytes.len());
    }
}
