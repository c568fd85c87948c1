//! Bencoding.

use proptest::prelude::*;

use crate::parsers::bencode::{Value, get, get_dict, get_text, take};

#[test]
fn values_are_taken_off_the_front() {
    for (bytes, value, left) in [
        (&b"4:spamrest"[..], Some(Value::Text(b"spam")), 4),
        (b"0:", Some(Value::Text(b"")), 0),
        (b"i-42ex", Some(Value::Number(b"-42")), 1),
        (b"le", Some(Value::List(b"")), 0),
        (b"l4:spami7eei1e", Some(Value::List(b"4:spami7e")), 3),
        (b"d1:ad1:bleee", Some(Value::Dict(b"1:ad1:blee")), 0),
        (b"d1:ad1:blee", None, 0),
        (b"5:spam", None, 0),
        (b"99999999999999999999:x", None, 0),
        (b"999999999999999999999:x", None, 0),
        (b"ie", None, 0),
        (b"i-e", None, 0),
        (b"i1x2e", None, 0),
        (b":x", None, 0),
        (b"e", None, 0),
        (b"", None, 0),
    ] {
        let mut rest = bytes;
        assert_eq!(take(&mut rest), value, "{}", String::from_utf8_lossy(bytes));
        assert!(value.is_none() || rest.len() == left);
    }
    let deep = [vec![b'l'; 50_000], vec![b'e'; 50_000]].concat();
    assert!(take(&mut &deep[..]).is_some(), "what is nested costs no stack");
}

#[test]
fn keys_have_values() {
    let content = b"1:ai1e1:b3:two1:cd1:xlee1:dle";
    assert_eq!(get(content, b"a"), Some(Value::Number(b"1")));
    assert_eq!(get_text(content, b"b"), Some(&b"two"[..]));
    assert_eq!(get_dict(content, b"c"), Some(&b"1:xle"[..]));
    assert_eq!((get(content, b"e"), get_text(content, b"a"), get_dict(content, b"b")), (None, None, None));
    assert_eq!(get(b"i1e1:b3:two", b"b"), None, "a key is a text");
    assert_eq!(get(b"1:a", b"a"), None);
}

proptest! {
    #[test]
    fn bytes_of_any_kind_do_no_harm(bytes in prop::collection::vec(prop::sample::select(b"dlei0123:-ab".to_vec()), 0..60)) {
        let mut rest = bytes.as_slice();
        while take(&mut rest).is_some() {}
        get(&bytes, b"a");
    }
}
