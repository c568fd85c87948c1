//! TFTP on datagrams made here.

use super::parse::Message;
use super::{TFTP, TFTP_DATA, Tftp};
use crate::events::Event;
use crate::files::FileInfo;
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `write name mode block size data? error`.
    rows: Vec<String>,
    /// `seen missing sent by the originator`.
    files: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Tftp>() {
            self.rows.push(format!(
                "{} {} {} {:?} {:?} {} {}",
                row.is_write,
                text(&row.file_name),
                text(&row.mode),
                row.block_size,
                row.size,
                row.data_uid.is_some(),
                row.error.as_deref().map_or("-".to_owned(), text)
            ));
        } else if let Some(file) = event.get::<FileInfo>() {
            self.files.push(format!("{} {} {:?}", file.seen_bytes, file.missing_bytes, file.is_orig));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

const READ: &[u8] = b"\0\x01boot.img\0octet\0blksize\x008\0tsize\x000\0";

fn block(number: u16, bytes: &[u8]) -> Vec<u8> {
    [&[0, 3], &number.to_be_bytes()[..], bytes].concat()
}

fn tap() -> Tap {
    Tap::new(69, |config| config.analyzers = vec![&TFTP, &TFTP_DATA])
}

#[test]
fn a_file_travels_on_a_flow_of_its_own() {
    let mut tap = tap();
    tap.datagram(Client, READ).datagram(Client, READ);
    // The server calls from a port of its own.
    tap.ports = (40_000, 33_333);
    tap.datagram(Server, &block(1, b"12345678")).datagram(Client, &[0, 4, 0, 1]);
    tap.datagram(Server, &block(2, b"rest"))
        .datagram(Server, &block(2, b"rest"))
        .datagram(Client, &[0, 4, 0, 2]);
    let seen = tap.finish();
    assert_eq!(seen.rows, ["false boot.img octet Some(8) Some(0) true -"]);
    assert_eq!(seen.files, ["12 0 Some(true)"]);
    assert_eq!(seen.services, ["tftp", "tftp"]);
}

#[test]
fn a_server_may_answer_where_it_was_asked() {
    let write = b"\0\x02up\0NetASCII\0";
    let steps: [(Side, Vec<u8>); 5] = [
        (Client, write.to_vec()),
        (Server, vec![0, 4, 0, 0]),
        (Client, block(1, b"1234")),
        (Client, block(3, b"56")),
        (Client, b"\0\x01none\0octet\0".to_vec()),
    ];
    let mut tap = tap();
    steps.iter().for_each(|(side, bytes)| {
        tap.datagram(*side, bytes);
    });
    tap.datagram(Server, b"\0\x05\0\x01no such file\0");
    let seen = tap.finish();
    assert_eq!(
        seen.rows,
        ["true up netascii None None false -", "false none octet None None false no such file"]
    );
    assert_eq!(seen.files, ["6 4 Some(true)"]);
}

#[test]
fn other_datagrams_are_none() {
    for bytes in [
        &b"\0\x01name\0other\0"[..],
        b"\0\x01\0octet\0",
        b"\0\x01name\0octet",
        b"\0\x09x",
        b"\0",
        b"\0\x03\0",
    ] {
        assert_eq!(Message::read(bytes), None, "{bytes:?}");
        let mut tap = tap();
        tap.datagram(Client, bytes);
        assert_eq!(tap.finish().services, ["-"]);
    }
    // What is behind the mode and is no option does no harm.
    assert!(matches!(Message::read(b"\0\x01n\0octet\0junk"), Some(Message::Request(_))));
    assert_eq!(Message::read(&[0, 6, 1]), Some(Message::Options));
}
