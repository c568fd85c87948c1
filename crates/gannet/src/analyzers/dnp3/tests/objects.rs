//! Objects: how many bytes stand behind each header.

use crate::analyzers::dnp3::layout::Layout;
use crate::analyzers::dnp3::layouts_table::LAYOUTS;
use crate::analyzers::dnp3::objects::check;
use crate::base::cursor::{Cursor, Short};
use crate::base::direction::Direction::{self, Orig, Resp};

const READ: u8 = 1;
const WRITE: u8 = 2;
const AUTHENTICATE_FILE: u8 = 29;
const RESPONSE: u8 = 129;

fn run(function: u8, dir: Direction, bytes: &[u8]) -> Result<(), Short> {
    check(function, dir, &mut Cursor::new(bytes))
}

/// Objects that are whole, and would not be with a byte less.
fn exact(function: u8, dir: Direction, bytes: &[u8]) {
    assert_eq!(run(function, dir, bytes), Ok(()), "{bytes:?}");
    let less = &bytes[..bytes.len() - 1];
    assert_eq!(run(function, dir, less), Err(Short), "{less:?}");
}

#[test]
fn tables_are_sorted() {
    assert!(LAYOUTS.is_sorted_by(|(one, _), (next, _)| one < next));
    assert!(super::super::names_table::FUNCTIONS.is_sorted_by(|(one, _), (next, _)| one < next));
}

#[test]
fn ranges_say_how_many_objects_there_are() {
    // Counters of two bytes each, two of them; then an object that has to be where they end.
    let counters = [7, 7, 7, 7, 1, 2, 7, 1, 0];
    for (qualifier, range) in [
        (0x00, &[3, 4][..]),
        (0x01, &[255, 0, 0, 1]),
        (0x02, &[255, 255, 0, 0, 0, 0, 1, 0]),
        (0x07, &[2]),
        (0x08, &[2, 0]),
        (0x09, &[2, 0, 0, 0]),
        (0x0b, &[2]),
    ] {
        exact(RESPONSE, Resp, &[&[20, 6, qualifier], range, &counters].concat());
    }
    // Without objects: all of a kind, and addresses.
    for (qualifier, range) in [(6, 0), (3, 2), (4, 4), (5, 8)] {
        exact(RESPONSE, Resp, &[&[20, 6, qualifier][..], &vec![0; range], &[1, 2, 7, 1, 0]].concat());
    }
    // What nobody knows takes all that is left.
    assert_eq!(run(RESPONSE, Resp, &[20, 6, 0x0f, 1, 2, 3]), Ok(()));
}

#[test]
fn ranges_that_end_before_they_begin_are_refused() {
    for (qualifier, range) in
        [(0, &[2, 0][..]), (1, &[2, 0, 0, 0]), (2, &[2, 0, 0, 0, 0, 0, 0, 0]), (9, &[0, 0, 0, 0x80])]
    {
        let bytes = [&[20, 6, qualifier], range, &[0; 9]].concat();
        assert_eq!(run(RESPONSE, Resp, &bytes), Err(Short), "{qualifier}");
    }
    // One before the beginning is none.
    assert_eq!(run(RESPONSE, Resp, &[20, 6, 0, 2, 1]), Ok(()));
}

#[test]
fn indices_and_sizes_stand_before_objects() {
    for (qualifier, prefix) in [(0x17, 1), (0x47, 1), (0x27, 2), (0x57, 2), (0x37, 4), (0x67, 4), (0x77, 0)] {
        let object = [vec![0; prefix], vec![7, 7]].concat();
        exact(RESPONSE, Resp, &[&[20, 6, qualifier, 2][..], &object, &object].concat());
    }
}

#[test]
fn packed_objects_share_bytes() {
    for (group, count, bytes) in [(1, 8, 1), (1, 9, 2), (10, 16, 2), (10, 17, 3), (12, 7, 1)] {
        let variation = if group == 12 { 3 } else { 1 };
        exact(
            RESPONSE,
            Resp,
            &[&[group, variation, 7, count][..], &vec![0; bytes], &[1, 2, 7, 1, 0]].concat(),
        );
    }
    // Double bits take all that is left.
    assert_eq!(run(RESPONSE, Resp, &[3, 1, 7, 9, 0, 0, 0, 0, 0, 0]), Ok(()));
}

#[test]
fn each_kind_has_its_length() {
    for (kind, len) in [
        ([2, 2], 7),
        ([12, 1], 11),
        ([30, 5], 5),
        ([32, 8], 15),
        ([42, 4], 9),
        ([50, 2], 10),
        ([110, 5], 5),
        ([113, 255], 255),
    ] {
        exact(RESPONSE, Resp, &[&kind[..], &[7, 2], &vec![0; 2 * len]].concat());
    }
    for (_, layout) in LAYOUTS {
        if let Layout::Fixed(len) = layout {
            assert!((1..=15).contains(len));
        }
    }
}

#[test]
fn some_objects_say_themselves_how_long_they_are() {
    // An attribute of a device.
    exact(RESPONSE, Resp, &[0, 252, 7, 1, 1, 3, b'a', b'b', b'c']);
    // A file's name, twice as long as it was before.
    let mut command = vec![70, 3, 0x5b, 1, 28, 0];
    command.extend([26, 0, 2, 0]);
    command.extend([0; 22]);
    command.extend(b"ab");
    exact(25, Orig, &command);
    // User and password.
    let mut key = vec![70, 2, 0x5b, 1, 15, 0];
    key.extend([12, 0, 2, 0, 14, 0, 1, 0, 0, 0, 0, 0, 7, 7, 7]);
    exact(AUTHENTICATE_FILE, Orig, &key);
    // Without the function for it, it is nothing, and another header follows.
    assert_eq!(run(WRITE, Orig, &key[..6]), Ok(()));
    // A block of a file is as long as its prefix says, and has eight bytes in front.
    exact(RESPONSE, Resp, &[70, 5, 0x5b, 1, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7]);
    assert_eq!(run(RESPONSE, Resp, &[70, 5, 0x5b, 1, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7]), Err(Short));
    // A profile with two headers, and private registers.
    exact(RESPONSE, Resp, &[&[82, 1, 7, 1][..], &[0; 8], &[2, 0], &[0; 8]].concat());
    exact(RESPONSE, Resp, &[83, 1, 7, 1, 0, 0, 0, 0, 0, 0, 1, 0, 7]);
    // Statuses, which count the byte behind their length.
    exact(RESPONSE, Resp, &[91, 1, 7, 1, 0, 0, 0, 0, 2, 1, 0, 2, 0, 7]);
    assert_eq!(run(RESPONSE, Resp, &[91, 1, 7, 1, 0, 0, 0, 0, 1, 0, 0, 0]), Err(Short));
    // A session key's status with a challenge of one byte, and a code of two.
    exact(RESPONSE, Resp, &[&[120, 5, 0x5b, 1, 14, 0][..], &[0; 9], &[1, 0], &[7, 8, 8]].concat());
    let more = [&[120, 5, 0x5b, 1, 14, 0][..], &[0; 9], &[4, 0], &[7, 8, 8]].concat();
    assert_eq!(run(RESPONSE, Resp, &more), Err(Short));
    // A file as it was described once takes all that is left behind its name.
    let description = [&[70, 1, 7, 1, 2, 0][..], &[0; 32], b"ab"].concat();
    exact(RESPONSE, Resp, &description);
    assert_eq!(run(RESPONSE, Resp, &[&description[..], &[1, 2, 3]].concat()), Ok(()));
}

#[test]
fn requests_have_headers_alone_unless_they_bring_something() {
    assert_eq!(run(READ, Orig, &[60, 2, 6, 60, 3, 6, 1, 2, 0, 0, 9]), Ok(()));
    assert_eq!(run(READ, Orig, &[30, 1, 0x17, 9]), Ok(()));
    exact(5, Orig, &[&[12, 1, 0x17, 1, 9][..], &[0; 11]].concat());
    exact(WRITE, Orig, &[50, 1, 7, 1, 0, 0, 0, 0, 0, 0]);
    // Indications are written as bits: what follows is theirs.
    assert_eq!(run(WRITE, Orig, &[80, 1, 0, 7, 7, 0]), Ok(()));
    assert_eq!(run(READ, Orig, &[60, 2]), Err(Short));
}

#[test]
fn functions_without_objects_have_none() {
    let garbage = [1, 2];
    for function in [0, 13, 14, 15, 19, 23, 24, 34, 128, 129] {
        assert_eq!(run(function, Orig, &garbage), Ok(()), "{function}");
    }
    for function in [0, 1, 128, 132, 255] {
        assert_eq!(run(function, Resp, &garbage), Ok(()), "{function}");
    }
    for function in [129, 130, 131] {
        assert_eq!(run(function, Resp, &garbage), Err(Short), "{function}");
    }
}

#[test]
fn objects_may_have_no_length() {
    let counters = [1, 2, 7, 1, 0];
    // A code whose length its prefix would say, without a prefix.
    exact(RESPONSE, Resp, &[&[120, 9, 8, 5, 0][..], &counters].concat());
    // There is room for one byte each all the same.
    assert_eq!(run(RESPONSE, Resp, &[&[120, 9, 8, 6, 0][..], &counters].concat()), Err(Short));
}
