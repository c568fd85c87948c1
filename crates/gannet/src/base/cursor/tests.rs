//! What each read gives, what is left behind it, and that nothing is read past the end.

use proptest::prelude::*;

use super::*;

const BYTES: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

/// A read, its result as a number, and how many bytes it takes.
type Number = (&'static str, fn(&mut Cursor<'_>) -> Result<u128, Short>, u128, usize);

#[test]
fn numbers_are_read_in_their_order() {
    let cases: &[Number] = &[
        ("u8", |c| c.u8().map(u128::from), 0x01, 1),
        ("u16", |c| c.u16().map(u128::from), 0x0102, 2),
        ("u24", |c| c.u24().map(u128::from), 0x0001_0203, 3),
        ("u32", |c| c.u32().map(u128::from), 0x0102_0304, 4),
        ("u64", |c| c.u64().map(u128::from), 0x0102_0304_0506_0708, 8),
        ("u128", |c| c.u128(), 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10, 16),
        ("u16_le", |c| c.u16_le().map(u128::from), 0x0201, 2),
        ("u32_le", |c| c.u32_le().map(u128::from), 0x0403_0201, 4),
        ("u64_le", |c| c.u64_le().map(u128::from), 0x0807_0605_0403_0201, 8),
        ("u16_in big", |c| c.u16_in(ByteOrder::Big).map(u128::from), 0x0102, 2),
        ("u16_in little", |c| c.u16_in(ByteOrder::Little).map(u128::from), 0x0201, 2),
        ("u32_in big", |c| c.u32_in(ByteOrder::Big).map(u128::from), 0x0102_0304, 4),
        ("u32_in little", |c| c.u32_in(ByteOrder::Little).map(u128::from), 0x0403_0201, 4),
    ];
    for (name, read, expected, length) in cases {
        let mut cursor = Cursor::new(BYTES);
        assert_eq!(read(&mut cursor), Ok(*expected), "{name}");
        assert_eq!(cursor.at(), *length, "{name}");
        for short in 0..*length {
            let mut cursor = Cursor::new(&BYTES[..short]);
            assert_eq!(read(&mut cursor), Err(Short), "{name} of {short}");
            assert_eq!((cursor.at(), cursor.left()), (0, short), "{name} of {short} moved");
        }
    }
}

#[test]
fn runs_of_bytes_are_read_whole_or_not_at_all() {
    let mut cursor = Cursor::new(&[2, 7, 8, 0, 1, 9, 0, 0, 1, 5, 3, 1]);
    assert_eq!(cursor.bytes8(), Ok(&[7, 8][..]));
    assert_eq!(cursor.bytes16(), Ok(&[9][..]));
    assert_eq!(cursor.bytes24(), Ok(&[5][..]));
    // A length that counts more than there is moves nothing, its own bytes included.
    assert_eq!(cursor.bytes8(), Err(Short));
    assert_eq!((cursor.at(), cursor.rest()), (10, &[3, 1][..]));
    assert_eq!(cursor.bytes16(), Err(Short));
    assert_eq!(cursor.peek(), Ok(3));
    assert_eq!((cursor.missing(2), cursor.missing(5)), (0, 3));
    assert_eq!(cursor.take(3), Err(Short));
    assert_eq!(cursor.up_to(9), &[3, 1]);
    assert!(cursor.is_empty());
    assert_eq!((cursor.peek(), cursor.u8(), cursor.take(0)), (Err(Short), Err(Short), Ok(&[][..])));
}

#[test]
fn a_cursor_within_another_cannot_leave_its_bytes() {
    let mut cursor = Cursor::new(BYTES);
    let mut inner = cursor.within(3).unwrap();
    assert_eq!((inner.u16(), inner.u16(), inner.left()), (Ok(0x0102), Err(Short), 1));
    assert_eq!(cursor.u8(), Ok(4));
    assert!(cursor.within(13).is_err());
    assert_eq!(cursor.take_rest().len(), 12);
    assert_eq!((cursor.at(), cursor.left(), cursor.whole()), (16, 0, BYTES));
}

#[test]
fn seeking_goes_to_the_end_and_not_behind_it() {
    let mut cursor = Cursor::new(&BYTES[..4]);
    for (at, fine) in [(4, true), (5, false), (0, true), (2, true), (usize::MAX, false)] {
        let before = cursor.at();
        assert_eq!(cursor.seek(at).is_ok(), fine, "{at}");
        assert_eq!(cursor.at(), if fine { at } else { before });
    }
    assert_eq!(cursor.u8(), Ok(3));
}

#[test]
fn text_ends_before_its_end() {
    let mut cursor = Cursor::new(b"ab\0\0cd");
    assert_eq!(cursor.before(0), Ok(&b"ab"[..]));
    assert_eq!(cursor.before(0), Ok(&b""[..]));
    assert_eq!(cursor.before(0), Err(Short));
    assert_eq!(cursor.rest(), b"cd");
}

#[test]
fn numbers_at_an_offset_are_there_or_not() {
    for (at, expected) in [(0, Some(0x0102)), (14, Some(0x0f10)), (15, None), (16, None), (usize::MAX, None)]
    {
        assert_eq!(be16(BYTES, at), expected, "{at}");
    }
}

proptest! {
    /// Whatever is read in whatever order: what was read and what is left are the whole, and a failure moves nothing.
    #[test]
    fn nothing_is_read_past_the_end(
        bytes in prop::collection::vec(any::<u8>(), 0..48),
        reads in prop::collection::vec((0u8..16, 0usize..24), 0..24),
    ) {
        let mut cursor = Cursor::new(&bytes);
        for (kind, n) in reads {
            let before = cursor.at();
            let sound = match kind {
                0 => cursor.u8().is_ok(),
                1 => cursor.u16().is_ok(),
                2 => cursor.u24().is_ok(),
                3 => cursor.u32().is_ok(),
                4 => cursor.u64().is_ok(),
                5 => cursor.u128().is_ok(),
                6 => cursor.u16_le().is_ok(),
                7 => cursor.u32_le().is_ok(),
                8 => cursor.u64_le().is_ok(),
                9 => cursor.bytes8().is_ok(),
                10 => cursor.bytes16().is_ok(),
                11 => cursor.bytes24().is_ok(),
                12 => cursor.take(n).is_ok_and(|taken| taken.len() == n),
                13 => cursor.within(n).is_ok(),
                14 => cursor.before(n as u8).is_ok(),
                _ => cursor.seek(n).is_ok(),
            };
            prop_assert!(sound || cursor.at() == before);
            prop_assert!(cursor.at() + cursor.left() == bytes.len());
            prop_assert_eq!(cursor.rest(), &bytes[cursor.at()..]);
        }
    }
}
