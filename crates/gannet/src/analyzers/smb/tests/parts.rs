//! Parts of SMB by themselves: headers, bodies, tables, times.

use super::kit::{Two, create, ioctl, le16, tree_connect, wide, write};
use crate::analyzers::smb::FileTime;
use crate::analyzers::smb::parse::smb2::{Header, Message};
use crate::analyzers::smb::parse::{self, Frame, smb2_body};
use crate::analyzers::smb::recent::Recent;
use crate::analyzers::smb::table::{Holds, Pool, Table};
use crate::analyzers::{Likeness, Sample, Transport};
use crate::base::time::Timestamp;
use crate::events::{Scalar, Value};
use crate::parsers::Cursor;

#[test]
fn frames_and_what_begins_them() {
    assert_eq!(Frame::read(&[0, 1, 2, 3]), Some(Frame { is_message: true, len: 0x01_0203 }));
    assert_eq!(Frame::read(&[0x85, 0, 0, 0, 9]), Some(Frame { is_message: false, len: 0 }));
    assert_eq!(Frame::read(&[0, 0, 0]), None);
    for (bytes, begins) in [
        (&b"\0\0\0\x23\xffSMB"[..], true),
        (b"\0\0\0\x23\xfeSMB", true),
        (b"\0\0\0\x23\xfdSMB", false),
        (b"\x85\0\0\x23\xffSMBrest", true),
        (b"\0\0\0\x23\xffSM", false),
    ] {
        assert_eq!(parse::begins(bytes), begins, "{bytes:?}");
        let sample = Sample::new(Transport::Tcp, bytes, b"something else");
        let other = if bytes.len() < 8 { Likeness::Unsure } else { Likeness::No };
        let likeness = if begins { Likeness::Match } else { other };
        assert_eq!(super::super::probe::stream(&sample), likeness);
        let udp = Sample::new(Transport::Udp, bytes, &[]);
        assert_eq!(super::super::probe::stream(&udp), Likeness::No);
    }
}

fn request(command: u16, body: &[u8]) -> Result<Message<'_>, parse::Fault> {
    let header = Two::new(command, 1, 2).bare(&[]);
    let header = Header::read(&mut Cursor::new(&header[4..])).unwrap();
    smb2_body::message(&header, true, &mut Cursor::new(body), false)
}

#[test]
fn a_cut_message_is_a_fault_and_no_other_message() {
    let name = wide("name");
    let cases = [
        (3, tree_connect("name"), Message::TreeConnect(&name)),
        (5, create("name", 9)[..64].to_vec(), Message::Create { name: &name, options: 9 }),
        (9, write(7, 8, b"abc"), Message::Write { file: 7, offset: 8, bytes: b"abc" }),
        (11, ioctl(6, 7, b"abc"), Message::Ioctl { code: 6, file: 7, input: b"abc" }),
    ];
    for (command, body, message) in &cases {
        assert_eq!(request(*command, body), Ok(*message));
        for cut in 0..body.len() {
            assert!(request(*command, &body[..cut]).is_err(), "{command} {cut}");
        }
    }
}

#[test]
fn offsets_go_forth_only() {
    // What is said to stand in front of where it is read is read where it is.
    let mut body = tree_connect("ab");
    body[4..6].copy_from_slice(&le16(64));
    assert_eq!(request(3, &body), Ok(Message::TreeConnect(&wide("ab"))));
    body[4..6].copy_from_slice(&le16(64 + 9));
    body.push(0);
    assert_eq!(request(3, &body), Ok(Message::TreeConnect(&[&wide("ab")[1..], &[0]].concat())));
    // But not what a device is given.
    let mut body = ioctl(6, 7, b"abc");
    body[24..28].copy_from_slice(&[0, 1, 0, 0]);
    assert!(request(11, &body).is_err());
}

#[test]
fn tables_have_a_limit() {
    let mut table = Table::new(3);
    for key in [5, 1, 3] {
        table.set(key, key * 10);
    }
    table.set(1, 11);
    assert_eq!(
        (table.get(1), table.get(3), table.get(5), table.get(4)),
        (Some(11), Some(30), Some(50), None)
    );
    assert!(table.is_full() && table.contains(5));
    assert_eq!((table.remove(3), table.remove(3), table.len()), (Some(30), None, 2));
    table.set(2, 20);
    table.set(4, 40);
    assert_eq!(table.values().collect::<Vec<_>>(), [40]);
    assert!(table.held() > 0);
}

#[test]
fn rows_are_remembered_for_a_while() {
    let mut recent = Recent::new(7);
    let at = |seconds: i64| Timestamp::from_nanos(seconds * 1_000_000_000);
    // What is to be written, when, and whether it was a short time ago.
    for (row, seconds, repeats) in [
        (1, 1000, false),
        (1, 1010, true),
        (2, 1100, false),
        (1, 1189, true),
        (2, 1279, true),
        (1, 1369, false),
        (2, 1600, false),
    ] {
        assert_eq!(recent.repeats(row, at(seconds)), repeats, "{row} at {seconds}");
    }
    let mut recent = Recent::new(7);
    assert!((0..100_000).all(|row| !recent.repeats(row, at(5000))));
    assert!(
        recent.repeats(99_000, at(5001)) && !recent.repeats(90_000, at(5001)),
        "of too many, the oldest are forgotten"
    );
    assert!(recent.held() > 4096 * 16 && recent.held() < 16 * 4096 * 16);
}

struct Text(Vec<u8>);

impl Holds for Text {
    fn held(&self) -> usize {
        self.0.capacity()
    }
}

#[test]
fn records_that_nobody_names_go() {
    let mut pool = Pool::new();
    let first = pool.add(Text(vec![1; 100]));
    let mut others = Vec::new();
    while !pool.is_crowded() {
        others.push(pool.add(Text(vec![2; 10])));
    }
    let before = pool.held();
    pool.edit(first, |text| text.0 = vec![3; 50]);
    assert_eq!(before - pool.held(), 50);
    pool.keep([first].into_iter());
    assert!(!pool.is_crowded());
    assert_eq!(pool.get(first).map(|text| text.0.len()), Some(50));
    assert!(others.iter().all(|id| pool.get(*id).is_none()));
    let new = pool.add(Text(Vec::new()));
    assert!(others.contains(&new));
}

#[test]
fn times_are_shown_as_floating_point_has_them() {
    let shown = |time: FileTime| match time.value() {
        Value::Time(time) => format!("{}", time.nanos()),
        Value::Date(seconds) => format!("{seconds} s"),
        _ => String::new(),
    };
    for (steps, expected) in [
        (116_444_736_000_000_000, "0"),
        (116_444_736_000_000_001, "0"),
        (129_676_764_949_954_317, "1323202894995432000"),
        (0, "-11644473600 s"),
        (u64::MAX, "1833029933770 s"),
    ] {
        assert_eq!(shown(FileTime(steps)), expected, "{steps}");
    }
    assert!(!FileTime(116_444_736_000_000_000).is_after_1970());
    assert!(FileTime(116_444_736_000_000_001).is_after_1970());
}
