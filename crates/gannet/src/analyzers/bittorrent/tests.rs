//! BitTorrent on messages made here.

use proptest::prelude::*;

use super::Bittorrent;
use super::parse::{Handshake, Kind, Utp, answers, connects, is_of_table};
use crate::analyzers::Likeness;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::Event;
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, every_cut, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `hash's beginning, established, ids and extensions`.
    rows: Vec<String>,
    failures: usize,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Bittorrent>() {
            let id = |id: &Option<Vec<u8>>| id.as_deref().map_or("-".to_owned(), |id| text(&id[..4]));
            let (orig, resp) = (id(&row.orig_peer_id), id(&row.resp_peer_id));
            let names = [row.orig_extensions.0.join(","), row.resp_extensions.0.join(",")];
            let hash = &row.info_hash[..4];
            self.rows.push(format!("{hash} {} {orig} {resp} {} {}", row.established, names[0], names[1]));
        } else if event.get::<AnalyzerFailure>().is_some() {
            self.failures += 1;
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;
type Step = (Side, Vec<u8>);

fn greeting(hash: u8, peer: &str, reserved: u64) -> Vec<u8> {
    let mut id = peer.as_bytes().to_vec();
    id.resize(20, b'.');
    [b"\x13BitTorrent protocol", &reserved.to_be_bytes()[..], &[hash; 20], &id].concat()
}

fn greetings() -> Vec<Step> {
    vec![
        (Client, greeting(0xab, "-A1-", 0x10_0005)),
        (Server, [greeting(0xab, "-B2-", 0x10_0010), vec![0, 0, 0, 1, 5]].concat()),
        (Client, vec![0, 0, 0, 1, 2]),
    ]
}

fn over_tcp(steps: &[Step], sizes: &[usize]) -> Seen {
    let mut tap = Tap::more(50_000);
    tap.dial();
    tap.play(steps, sizes)
}

fn over_udp(steps: &[Step]) -> Seen {
    let mut tap = Tap::more(50_000);
    steps.iter().for_each(|(side, bytes)| {
        tap.datagram(*side, bytes);
    });
    tap.finish()
}

#[test]
fn peers_greet() {
    for sizes in [&[30_000][..], &[1], &[48, 20]] {
        let seen = over_tcp(&greetings(), sizes);
        assert_eq!(seen.rows, ["abab true -A1- -B2- dht,fast,extended v2,extended"], "{sizes:?}");
        assert_eq!((seen.services[0].as_str(), seen.failures), ("bittorrent", 0));
    }
    // Nobody answers, or about something else, or not at all as a peer would.
    for answer in [vec![], greeting(0xcd, "-B2-", 0), b"HTTP/1.1 400 Bad Request\r\n".to_vec()] {
        let steps = [greetings().remove(0), (Server, answer)];
        let seen = over_tcp(&steps, &[30_000]);
        assert_eq!(seen.rows, ["abab false -A1- - dht,fast,extended "]);
        assert_eq!((seen.services[0].as_str(), seen.failures), ("-", 0));
    }
    for steps in every_cut(&greetings(), 7) {
        assert_eq!(over_tcp(&steps, &[30_000]).failures, 0);
    }
}

#[test]
fn a_greeting_is_known_by_its_name() {
    let whole = greeting(1, "-A1-", 0);
    for cut in 0..=whole.len() {
        let likeness = Handshake::likeness(&whole[..cut]);
        assert_eq!(likeness, if cut < 20 { Likeness::Unsure } else { Likeness::Match });
        assert_eq!(Handshake::read(&whole[..cut]).is_some(), cut == 68);
    }
    assert_eq!(Handshake::likeness(b"\x13BitTorrent Protocol"), Likeness::No);
}

/// A packet of uTP with these numbers and this payload.
fn packet(kind: u8, connection: u16, difference: u32, seq: u16, ack: u16, payload: &[u8]) -> Vec<u8> {
    [
        &[kind, 0][..],
        &connection.to_be_bytes(),
        &[1, 2, 3, 4],
        &difference.to_be_bytes(),
        &[0, 0x10, 0, 0],
        &seq.to_be_bytes(),
        &ack.to_be_bytes(),
        payload,
    ]
    .concat()
}

#[test]
fn peers_greet_over_utp() {
    let steps = vec![
        (Client, packet(0x41, 7, 0, 99, 0, &[])),
        (Server, packet(0x21, 7, 5, 500, 99, &[])),
        (Client, packet(0x01, 8, 5, 100, 499, &greeting(0xab, "-A1-", 0))),
        (Client, b"d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:xx1:y1:qe".to_vec()),
        (Server, packet(0x01, 7, 5, 500, 100, &greeting(0xab, "-B2-", 1))),
        (Server, packet(0x01, 7, 5, 501, 100, &greeting(0xab, "-C3-", 1))),
    ];
    let seen = over_udp(&steps);
    assert_eq!(seen.rows, ["abab true -A1- -B2-  dht"]);
    assert_eq!((seen.services[0].as_str(), seen.failures), ("bittorrent-utp,bittorrent-dht,bittorrent", 0));
    // Encrypted, it is uTP all the same; an answer to something else is none.
    assert_eq!(over_udp(&steps[..2]).services, ["bittorrent-utp"]);
    for odd in [packet(0x21, 8, 5, 500, 99, &[]), packet(0x21, 7, 5, 500, 98, &[]), vec![0x21; 8]] {
        assert_eq!(over_udp(&[steps[0].clone(), (Server, odd)]).services, ["-"]);
    }
    assert_eq!(over_udp(&[steps[0].clone(), (Client, steps[1].1.clone())]).services, ["-"]);
}

#[test]
fn packets_of_utp_are_read() {
    let begin = packet(0x41, 7, 0, 99, 0, &[]);
    assert!(Utp::read(&begin).is_some_and(|packet| packet.begins() && packet.kind == Kind::Syn));
    for other in [
        packet(0x41, 7, 0, 99, 1, &[]),
        packet(0x41, 7, 1, 99, 0, &[]),
        packet(0x41, 7, 0, 99, 0, &[1]),
        packet(0x01, 7, 0, 99, 0, &[]),
    ] {
        assert!(Utp::read(&other).is_some_and(|packet| !packet.begins()));
    }
    assert_eq!(Utp::read(&packet(0x51, 7, 0, 99, 0, &[])), None);
    assert_eq!(Utp::read(&packet(0x42, 7, 0, 99, 0, &[])), None);
    (0..20).for_each(|cut| assert_eq!(Utp::read(&begin[..cut]), None));
    // An extension behind the header: selective acknowledgements.
    let mut with = packet(0x21, 7, 0, 99, 1, &[0, 4, 1, 2, 3, 4, b'x']);
    with[1] = 1;
    assert_eq!(Utp::read(&with).map(|packet| packet.payload), Some(&b"x"[..]));
    assert_eq!(Utp::read(&with[..23]), None);
}

#[test]
fn messages_of_the_table_are_known() {
    let id = "2:id20:aaaaaaaaaaaaaaaaaaaa";
    for (message, is) in [
        (format!("d1:ad{id}e1:q4:ping1:t2:xx1:y1:qe"), true),
        (format!("d1:rd{id}5:nodes0:e1:t2:xx1:v4:LT011:y1:re"), true),
        (format!("d2:ip6:abcdef1:rd{id}e1:t2:xx1:y1:re"), true),
        ("d1:eli201e5:errore1:t2:xx1:y1:ee".to_owned(), true),
        (format!("d1:ad{id}e1:q4:ping1:t2:xx1:y1:qex"), false),
        (format!("d1:ad{id}e1:q4:ping1:t2:xx1:y1:q"), false),
        (format!("d1:ad{id}e1:t2:xx1:y1:qe"), false),
        (format!("d1:ad{id}e1:q4:ping1:y1:qe"), false),
        ("d1:ad2:id3:aaae1:q4:ping1:t2:xx1:y1:qe".to_owned(), false),
        ("d1:t2:xx1:y1:re".to_owned(), false),
        ("d1:t2:xx1:y1:ze".to_owned(), false),
        ("de".to_owned(), false),
        ("d8:announce3:url4:infodee".to_owned(), false),
    ] {
        assert_eq!(is_of_table(message.as_bytes()), is, "{message}");
        let seen = over_udp(&[(Client, message.into_bytes())]);
        assert_eq!(seen.services, [if is { "bittorrent-dht" } else { "-" }]);
    }
}

#[test]
fn trackers_answer() {
    let connect = [&0x0417_2710_1980_u64.to_be_bytes()[..], &[0; 4], &[9; 4]].concat();
    let answer = |action: u8, number: u8, rest: &[u8]| [&[0, 0, 0, action][..], &[number; 4], rest].concat();
    assert_eq!((connects(&connect), connects(&connect[..15])), (Some(0x0909_0909), None));
    assert_eq!(connects(&[connect.as_slice(), &[0]].concat()), None);
    for (bytes, is) in [
        (answer(0, 9, &[1; 8]), true),
        (answer(3, 9, b"no"), true),
        (answer(0, 9, &[1; 7]), false),
        (answer(0, 8, &[1; 8]), false),
        (answer(1, 9, &[1; 8]), false),
        (vec![0; 7], false),
    ] {
        assert_eq!(answers(&bytes, 0x0909_0909), is);
        let seen = over_udp(&[(Client, connect.clone()), (Server, bytes)]);
        assert_eq!(seen.services, [if is { "bittorrent-tracker" } else { "-" }]);
    }
    assert_eq!(over_udp(&[(Client, connect), (Client, answer(0, 9, &[1; 8]))]).services, ["-"]);
}

proptest! {
    #[test]
    fn bytes_of_any_kind_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..100), cut in 0..68_usize) {
        let begin = &greeting(1, "-A1-", 7)[..cut];
        over_tcp(&[(Client, [begin, &bytes].concat()), (Server, bytes.clone())], &[30_000]);
        over_udp(&[(Client, packet(0x41, 7, 0, 99, 0, &[])), (Server, bytes.clone()), (Client, bytes)]);
    }
}
