//! Names: compression and its abuse, lengths, NetBIOS; and the tables of names.

use super::super::names::{Name, netbios};
use super::super::tables;
use super::*;
use crate::base::cursor::Cursor;

/// The name at the end of a message, with what was raised, and how far it reaches.
fn name_at(message: &[u8], at: usize, fold: bool, long: bool) -> (String, Vec<String>, usize) {
    let mut notes = Notes::default();
    let (mut name, mut cursor) = (Name::new(), Cursor::new(message));
    cursor.seek(at).unwrap();
    name.read(&mut cursor, fold, long, &mut notes);
    (text(name.text()), notes.0, cursor.at())
}

#[test]
fn names() {
    let weird = |name: &str| vec![format!("weird {name}()")];
    let long = [vec![70; 71], vec![0]].concat();
    for (message, at, expected, weirds, end) in [
        (b"\x03WwW\x01a\0.".to_vec(), 0, "www.a", vec![], 7),
        (b"\0.".to_vec(), 0, "", vec![], 1),
        (b"\x01a\0\x01B\xc0\0.".to_vec(), 3, "b.a", vec![], 7),
        (b"\0\x01B\xc0\0.".to_vec(), 1, "b", vec![], 5),
        (b"\x01a\0\x01b\xc0\x05.".to_vec(), 3, "b", weird("DNS_label_forward_compress_offset"), 7),
        (b"\x01a\0\x01b\xc0\x09.".to_vec(), 3, "b", weird("DNS_label_forward_compress_offset"), 7),
        (b"\x01a\x09bc".to_vec(), 0, "a", weird("DNS_label_len_gt_pkt"), 5),
        (b"\x01a\x09".to_vec(), 0, "a", vec![], 3),
        (b"\x01a\xc0".to_vec(), 0, "a", vec![], 3),
        (b"\x01a".to_vec(), 0, "a", vec![], 2),
        // What a pointer leads to ends where the pointer stands.
        (b"\x03abc\xc0\0.".to_vec(), 4, "abc", vec![], 6),
        (long.clone(), 0, "", weird("DNS_label_too_long"), 1),
    ] {
        assert_eq!(name_at(&message, at, true, false), (expected.into(), weirds, end), "{message:?}");
    }
    assert_eq!(name_at(&long, 0, false, true), ("F".repeat(70), vec![], 72));
    assert_eq!(name_at(b"\x01A\0\x01B\xc0\0.", 3, false, false).0, "B.a");
}

#[test]
fn long_names() {
    let labels = |count: usize| [[&[63][..], &[b'x'; 63]].concat().repeat(count), vec![0, 0]].concat();
    let (name, weirds, _) = name_at(&labels(4), 0, true, false);
    assert_eq!((name.len(), weirds), (255, vec!["weird DNS_NAME_too_long()".to_owned()]));
    let (name, weirds, end) = name_at(&labels(9), 0, true, false);
    assert_eq!((name.len(), end), (511, 8 * 64 + 1));
    assert_eq!(weirds, ["weird DNS_label_len_gt_name_len()", "weird DNS_NAME_too_long()"]);
}

#[test]
fn chains_of_pointers() {
    // Each pointer leads to the one before it.
    let chain = |length: usize| {
        let mut message = b"\x01a\0".to_vec();
        let mut target = 0u16;
        for _ in 0..length {
            let here = message.len() as u16;
            message.extend((0xc000 | target).to_be_bytes());
            target = here;
        }
        message.push(b'.');
        message
    };
    let read = |message: &[u8]| name_at(message, message.len() - 3, true, false);
    assert_eq!((read(&chain(20)).0.as_str(), read(&chain(20)).1.len()), ("a", 0));
    let (name, weirds, _) = read(&chain(21));
    assert_eq!(
        (name.as_str(), weirds),
        ("", vec!["weird DNS_max_compression_chain_depth_exceeded()".into()])
    );
}

pub(super) fn encoded(name: &[u8; 16]) -> Vec<u8> {
    name.iter().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]).collect()
}

#[test]
fn netbios_names() {
    for (name, expected) in [
        (b"WORKGROUP      \x1d", Some(&b"WORKGROUP"[..])),
        (b"\x01\x02__MSBROWSE__\x02\x01", Some(b"\x01\x02__MSBROWSE__\x02")),
        (b"               \0", None),
        (b"*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", Some(b"*")),
        (b"AB\x7fC            ", Some(b"AB")),
        (b"\x7fABC            ", None),
        (b"ABCDEFGHIJKLMNO ", Some(b"ABCDEFGHIJKLMNO")),
    ] {
        assert_eq!(netbios(&encoded(name)).as_deref(), expected);
        assert_eq!(netbios(&encoded(name).to_ascii_lowercase()).as_deref(), expected);
    }
    assert_eq!(netbios(b"workgroup"), None);
    assert_eq!(netbios(&[b'Q'; 32]), None);
}

#[test]
fn name_tables() {
    for (number, name) in [
        (1, "A"),
        (65, "HTTPS"),
        (54, "query-54"),
        (0, "query-0"),
        (66, "query-66"),
        (255, "*"),
        (65521, "INTEGRITY"),
    ] {
        assert_eq!(tables::type_name(number), name);
    }
    assert_eq!(tables::class_name(32769), "qclass-32769");
    assert_eq!((tables::code_name(8), tables::code_name(12)), ("NXRRSet".into(), "unassigned-12".into()));
    assert_eq!(
        (tables::opcode_name(3, false), tables::opcode_name(6, false)),
        ("opcode-3".into(), "dso".into())
    );
    assert_eq!(
        (tables::opcode_name(9, true), tables::opcode_name(6, true)),
        ("netbios-opcode-9".into(), "netbios-release".into())
    );
}
