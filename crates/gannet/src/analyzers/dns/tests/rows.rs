//! Which query belongs to which reply, and what a row says of them.

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::super::pairing::{Birth, Pairing, Row};
use super::super::record::Dns;
use super::names::encoded;
use super::*;
use crate::base::time::Timestamp;
use crate::events::{ConnTag, Enum};

/// Feeds headers to a pairing; the rows that come out, as "id query rcode".
struct Desk {
    pairing: Pairing,
    now: i64,
    records: Vec<Dns>,
    netbios: bool,
}

impl Desk {
    fn new() -> Self {
        Self { pairing: Pairing::default(), now: 0, records: Vec::new(), netbios: false }
    }

    fn send(&mut self, message: &[u8]) -> &mut Self {
        self.now += 1;
        let now = Timestamp::from_parts(self.now, 0);
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let conn = ConnTag { uid: None, orig_h: host, orig_p: 1, resp_h: host, resp_p: 53, ip_proto: 17 };
        let birth = Birth { ts: now, conn, proto: Enum("udp") };
        let header = Header::read(message).unwrap();
        let records = &mut self.records;
        if header.is_tracked() {
            self.pairing.select(&header, self.netbios, &birth, &mut |row| records.push(row.clone()));
        }
        let setting = if self.netbios { NETBIOS } else { PLAIN };
        let mut filler = Filler { now, row: self.pairing.current(), netbios: self.netbios };
        if parse(message, &header, setting, &mut filler) == Outcome::Ended {
            self.pairing.end(&header, &mut |row| records.push(row.clone()));
        }
        self
    }

    fn finish(&mut self) -> &mut Self {
        let records = &mut self.records;
        self.pairing.flush(&mut |row| records.push(row.clone()));
        self
    }

    fn rows(&mut self) -> Vec<String> {
        let number = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
        let row = |r: Dns| {
            let query = r.query.map_or("-".to_owned(), |q| text(&q));
            format!("{} {query} {}", number(r.trans_id), number(r.rcode))
        };
        self.records.drain(..).map(row).collect()
    }
}

struct Filler<'a> {
    now: Timestamp,
    row: Option<&'a mut Row>,
    netbios: bool,
}

impl Sink for Filler<'_> {
    fn weird(&mut self, _: &'static str, _: &str) {}
    fn violation(&mut self, _: &'static str) {}
    fn confirm(&mut self) {}

    fn question(&mut self, header: &Header, question: &Question<'_>) {
        self.row.iter_mut().for_each(|row| row.question(header, question, self.netbios));
    }

    fn answer(&mut self, header: &Header, owner: &[u8], ttl: u32, text: Vec<u8>) {
        self.row.iter_mut().for_each(|row| row.answer(header, self.now, owner, ttl, text.clone()));
    }
}

pub(super) fn ask(id: u16, name: &str) -> Vec<u8> {
    [header(id, QUERY, [1, 0, 0, 0]), question(name, A)].concat()
}

pub(super) fn reply(id: u16, name: &str) -> Vec<u8> {
    [header(id, REPLY | 0x0280, [1, 1, 0, 0]), question(name, A), rr(name, A, IN, 60, &[1, 2, 3, 4])].concat()
}

pub(super) fn refuse(id: u16, name: &str, rcode: u16, additional: u16) -> Vec<u8> {
    [header(id, REPLY | rcode, [1, 0, 0, additional]), question(name, A)].concat()
}

#[test]
fn a_pair_makes_a_row() {
    let mut desk = Desk::new();
    desk.send(&[header(7, QUERY | 0x0020, [1, 0, 0, 0]), question("A.example", 28)].concat());
    assert_eq!(desk.records.len(), 0);
    let two = [rr("a.example", CNAME, IN, 5, &wire("b")), rr("b", 28, IN, 6, &[0; 16])].concat();
    desk.send(&[header(7, REPLY | 0x0280, [1, 2, 0, 0]), question("a.example", 1), two].concat());
    let row = desk.records.pop().unwrap();
    assert_eq!((row.qtype, row.qtype_name.as_deref()), (Some(28), Some("AAAA")));
    assert_eq!((row.qclass_name.as_deref(), row.opcode_name.as_deref()), (Some("C_INTERNET"), Some("query")));
    assert_eq!((row.aa, row.tc, row.rd, row.ra, row.z, row.rejected), (true, false, true, true, 2, false));
    assert_eq!(row.answers.unwrap().0, [b"b".to_vec(), b"::".to_vec()]);
    assert_eq!(row.ttls.unwrap().0.iter().map(|ttl| ttl.nanos() / 1_000_000_000).collect::<Vec<_>>(), [5, 6]);
    assert_eq!(row.rtt.unwrap().nanos(), 1_000_000_000);
    assert_eq!(desk.finish().records.len(), 0);
}

#[test]
fn replies_without_answers() {
    let mut desk = Desk::new();
    // NXDOMAIN with nothing, NOERROR with nothing, NOERROR with an OPT, an error without a question.
    desk.send(&ask(1, "a")).send(&refuse(1, "a", 3, 0));
    desk.send(&ask(2, "b")).send(&refuse(2, "b", 0, 0));
    desk.send(&ask(3, "c")).send(&refuse(3, "c", 0, 1));
    desk.send(&ask(4, "d")).send(&header(4, REPLY | 5, [0, 0, 0, 0]));
    let rejected: Vec<_> = desk.records.iter().map(|row| row.rejected).collect();
    assert_eq!(rejected, [true, true, false, true]);
    assert!(desk.records.iter().all(|row| row.rtt.is_none() && !row.aa && row.answers.is_none()));
    assert_eq!(desk.records[0].rcode_name.as_deref(), Some("NXDOMAIN"));
}

#[test]
fn repeated_messages_make_rows_of_their_own() {
    let mut desk = Desk::new();
    desk.send(&ask(1, "a")).send(&ask(1, "a")).send(&reply(1, "a"));
    assert_eq!(desk.rows(), ["1 a 0"]);
    assert_eq!(desk.finish().rows(), ["1 a -"]);
    desk.send(&ask(2, "b")).send(&reply(2, "b")).send(&reply(2, "B"));
    assert_eq!(desk.rows(), ["2 b 0"]);
    desk.finish();
    let row = &desk.records[0];
    assert_eq!((row.rtt, row.qtype, row.z, row.rd, row.tc), (None, None, 0, false, false));
    assert!(row.aa && row.ra && row.answers.is_some());
    assert_eq!(desk.rows(), ["2 b 0"]);
}

#[test]
fn a_late_query_completes_a_reply() {
    let mut desk = Desk::new();
    desk.send(&reply(1, "a")).send(&reply(1, "b")).send(&ask(1, "c"));
    assert_eq!(desk.rows(), ["1 c 0"]);
    assert_eq!(desk.finish().rows(), ["1 b 0"]);
}

#[test]
fn the_first_place_is_refilled() {
    let mut desk = Desk::new();
    for (id, name) in [(1, "a"), (2, "b"), (3, "c"), (1, "d"), (2, "e")] {
        desk.send(&ask(id, name));
    }
    desk.send(&reply(3, "c")).send(&reply(1, "a"));
    assert_eq!(desk.rows(), ["3 c 0", "1 a 0"]);
    // The same id comes first, then any; what is left ends in order.
    desk.send(&reply(1, "d"));
    assert_eq!(desk.rows(), ["1 d 0"]);
    desk.send(&ask(9, "f")).send(&reply(8, "g"));
    assert_eq!(desk.finish().rows(), ["2 b -", "2 e -", "9 f -", "8 g 0"]);
}

#[test]
fn too_many_rows_are_given_up() {
    let mut desk = Desk::new();
    desk.send(&ask(0, "first"));
    for id in 1..=51 {
        desk.send(&ask(id, "a"));
    }
    assert_eq!(desk.records.len(), 0);
    desk.send(&ask(52, "b"));
    assert_eq!((desk.records.len(), desk.rows()[50].clone()), (51, "51 a -".to_owned()));
    assert_eq!(desk.finish().rows(), ["0 first -", "52 b -"]);
    desk.send(&ask(0, "first"));
    for _ in 1..=51 {
        desk.send(&ask(1, "a"));
    }
    assert_eq!(desk.records.len(), 0);
    desk.send(&ask(1, "b"));
    assert_eq!(desk.rows().len(), 51);
    assert_eq!(desk.finish().rows(), ["0 first -", "1 b -"]);
    for _ in 0..52 {
        desk.send(&reply(1, "a"));
    }
    assert_eq!(desk.rows().len(), 51);
}

#[test]
fn waiting_rows_are_bounded_by_bytes() {
    let mut desk = Desk::new();
    let long = [&[255][..], &[b'x'; 255]].concat().repeat(200);
    for id in 0..40 {
        desk.send(&[header(id, REPLY, [0, 1, 0, 0]), rr("a", TXT, IN, 1, &long)].concat());
        assert!(desk.pairing.held() < 1 << 21);
    }
    assert!(!desk.records.is_empty());
    desk.finish();
    assert_eq!(desk.records.len(), 40);
    assert!(desk.pairing.held() < 1 << 14);
}

#[test]
fn answers_of_a_row_are_bounded() {
    let answers = rr("", CNAME, IN, 1, &wire("a")).repeat(4000);
    let mut desk = Desk::new();
    desk.send(&[header(1, REPLY, [0, 4000, 0, 0]), answers].concat()).finish();
    assert_eq!(desk.records[0].answers.as_ref().unwrap().0.len(), 1000);
}

#[test]
fn netbios_rows() {
    let mut desk = Desk::new();
    desk.netbios = true;
    let name = text(&encoded(b"WORKGROUP      \0"));
    let message = |id, flags: u16| {
        let question = [wire(&name), words(&[33, IN])].concat();
        [header(id, flags, [1, 0, 0, 0]), question].concat()
    };
    desk.send(&message(1, 0)).send(&message(2, 6 << 11));
    assert_eq!(desk.records.len(), 0);
    // A reply of another operation marks the open row, which is written now and once more at the end.
    desk.send(&message(2, 0x8000 | 6 << 11));
    assert_eq!(desk.records[0].qtype_name.as_deref(), Some("NBSTAT"));
    assert_eq!(desk.records[0].opcode_name.as_deref(), Some("netbios-query"));
    assert!(desk.records[0].rejected);
    assert_eq!(desk.rows(), ["1 WORKGROUP -"]);
    desk.send(&message(1, 0x8000 | 5));
    assert_eq!(desk.rows(), ["1 WORKGROUP 5"]);
    // A flow of releases has no rows.
    desk.send(&message(3, 6 << 11)).send(&message(3, 0x8000 | 6 << 11));
    assert_eq!(desk.finish().rows().len(), 0);
    // A name that is none stays, in lower case.
    desk.send(&ask(4, "NoName"));
    assert_eq!(desk.finish().rows(), ["4 noname -"]);
}

#[test]
fn an_update_of_a_wrong_zone_never_ends() {
    let mut desk = Desk::new();
    let message = |flags| [header(1, UPDATE | flags, [1, 0, 0, 0]), question("z", A)].concat();
    desk.send(&message(0)).send(&message(REPLY));
    assert_eq!(desk.finish().rows().len(), 0);
}

/// A message with many kinds of records and pointers.
fn rich() -> Vec<u8> {
    let kinds = [1, 6, 11, 13, 15, 16, 28, 29, 32, 33, 35, 41, 43, 44, 46, 47, 48, 50, 51, 64, 99, 250, 257];
    let records: Vec<u8> =
        kinds.iter().flat_map(|kind| rr("a.b", *kind, IN, 9, b"\xc0\x0c\x01a\0")).collect();
    [header(1, REPLY, [1, kinds.len() as u16, 0, 0]), question("a", A), records].concat()
}

#[test]
fn every_cut_is_survived() {
    let message = rich();
    for flags in [REPLY, REPLY | UPDATE, QUERY] {
        for end in 12..message.len() {
            let mut cut = message[..end].to_vec();
            cut[2..4].copy_from_slice(&flags.to_be_bytes());
            for setting in [PLAIN, NETBIOS] {
                outcome(setting, &cut);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        ids in proptest::collection::vec((0u16..3, any::<u16>(), any::<[u8; 4]>()), 1..20),
        body in proptest::collection::vec(any::<u8>(), 0..300),
        kind in 0u16..300,
    ) {
        let mut desk = Desk::new();
        for (id, flags, counts) in ids {
            let counts = counts.map(u16::from);
            desk.send(&[header(id, flags, counts), body.clone()].concat());
            desk.send(&[header(id, REPLY, [0, 1, 0, 0]), rr("a", kind, IN, 1, &body)].concat());
        }
        desk.finish();
    }
}
