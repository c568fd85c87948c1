//! Kerberos on messages made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::Kerberos;
use super::names_table::{CIPHERS, ERRORS};
use super::value::time;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Date, Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{Client, Server};
use crate::testing::{Sees, Side, changed, every_cut, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `type client service success error till cipher forwardable renewable`.
    rows: Vec<String>,
    certificates: usize,
    failures: usize,
    services: Vec<String>,
    weirds: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Kerberos>() {
            let show = |field: &Option<Vec<u8>>| field.as_deref().map_or("-".into(), text);
            let flag = |flag: Option<bool>| flag.map_or("-".into(), |flag| flag.to_string());
            let line = [
                row.request_type.unwrap_or("-").to_owned(),
                show(&row.client),
                show(&row.service),
                flag(row.success),
                show(&row.error_msg),
                row.till.map_or("-".into(), |till| till.0.to_string()),
                row.cipher.as_deref().unwrap_or("-").to_owned(),
                flag(row.forwardable),
                flag(row.renewable),
            ];
            self.rows.push(line.join(" "));
            self.certificates += usize::from(row.client_cert_fuid.is_some());
        } else if event.get::<AnalyzerFailure>().is_some() {
            self.failures += 1;
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird.name.clone());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;
type Step = (Side, Vec<u8>);

fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    match content.len() {
        length @ 0..0x80 => [&[tag, length as u8], content].concat(),
        length => [&[tag, 0x82], &(length as u16).to_be_bytes()[..], content].concat(),
    }
}

fn element(number: u8, content: &[u8]) -> Vec<u8> {
    value(0xa0 + number, content)
}

fn integer(number: u8) -> Vec<u8> {
    value(2, &[number])
}

fn name(parts: &[&str]) -> Vec<u8> {
    let parts: Vec<_> = parts.iter().map(|part| value(27, part.as_bytes())).collect();
    value(0x30, &[element(0, &integer(1)), element(1, &value(0x30, &parts.concat()))].concat())
}

fn head(kind: u8, first: u8) -> Vec<u8> {
    [element(first, &integer(5)), element(first + 1, &integer(kind))].concat()
}

fn encrypted(etype: u8) -> Vec<u8> {
    let parts = [element(0, &integer(etype)), element(1, &integer(2)), element(2, &value(4, b"secret"))];
    value(0x30, &parts.concat())
}

fn ticket(service: &[&str], etype: u8) -> Vec<u8> {
    let parts = [
        element(0, &integer(5)),
        element(1, &value(27, b"REALM")),
        element(2, &name(service)),
        element(3, &encrypted(etype)),
    ];
    value(0x61, &value(0x30, &parts.concat()))
}

fn padata(kind: u8, content: &[u8]) -> Vec<u8> {
    let entry = value(0x30, &[element(1, &integer(kind)), element(2, &value(4, content))].concat());
    element(3, &value(0x30, &entry))
}

/// A request of a kind, with what is said beforehand.
fn request(kind: u8, padata: &[u8], client: Option<&[&str]>, service: &[&str]) -> Vec<u8> {
    let client = client.map_or(Vec::new(), |client| element(1, &name(client)));
    let body = [
        element(0, &value(3, &[0, 0x40, 0x80, 0, 0])),
        client,
        element(2, &value(27, b"REALM")),
        element(3, &name(service)),
        element(5, &value(24, b"19700101000010Z")),
        element(7, &integer(9)),
        element(8, &value(0x30, &integer(18))),
    ];
    let body = element(4, &value(0x30, &body.concat()));
    value(0x60 + kind, &value(0x30, &[head(kind, 1), padata.to_vec(), body].concat()))
}

fn reply(kind: u8, client: &[&str], service: &[&str], etype: u8) -> Vec<u8> {
    let parts = [
        head(kind, 0),
        element(3, &value(27, b"REALM")),
        element(4, &name(client)),
        element(5, &ticket(service, etype)),
        element(6, &encrypted(17)),
    ];
    value(0x60 + kind, &value(0x30, &parts.concat()))
}

fn error(code: u8, text: Option<&str>) -> Vec<u8> {
    let text = text.map_or(Vec::new(), |text| element(11, &value(27, text.as_bytes())));
    let parts = [
        head(30, 0),
        element(4, &value(24, b"19700101000010Z")),
        element(5, &integer(1)),
        element(6, &integer(code)),
        element(9, &value(27, b"REALM")),
        element(10, &name(&["krbtgt", "REALM"])),
        text,
    ];
    value(0x7e, &value(0x30, &parts.concat()))
}

fn logon() -> Vec<u8> {
    request(10, &[], Some(&["bob"]), &["krbtgt", "REALM"])
}

fn over_udp(messages: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = Tap::new(88, |_| ());
    for (side, message) in messages {
        tap.datagram(*side, message);
    }
    tap.finish()
}

fn over_tcp(messages: &[(Side, Vec<u8>)]) -> Vec<(Side, Vec<u8>)> {
    let framed = |message: &Vec<u8>| [&(message.len() as u32).to_be_bytes()[..], message].concat();
    messages.iter().map(|(side, message)| (*side, framed(message))).collect()
}

#[test]
fn an_exchange_has_a_row() {
    let asked = (Client, logon());
    let tgt = "krbtgt/REALM";
    let cases: [(&[Step], String); 8] = [
        (
            &[asked.clone(), (Server, reply(11, &["bob"], &["krbtgt", "REALM"], 18))],
            format!("AS bob/REALM {tgt} true - 10 aes256-cts-hmac-sha1-96 true true"),
        ),
        (std::slice::from_ref(&asked), format!("AS bob/REALM {tgt} - - 10 - true true")),
        (
            &[asked.clone(), (Server, error(6, None))],
            format!("AS bob/REALM {tgt} false KDC_ERR_C_PRINCIPAL_UNKNOWN 10 - true true"),
        ),
        (
            &[asked.clone(), (Server, error(6, Some("CLIENT_NOT_FOUND")))],
            format!("AS bob/REALM {tgt} false CLIENT_NOT_FOUND 10 - true true"),
        ),
        // Only the first is told, and an error that asks for proof is none.
        (
            &[
                asked.clone(),
                (Server, error(25, Some("NEEDED_PREAUTH"))),
                asked.clone(),
                (Server, error(24, None)),
            ],
            format!("AS bob/REALM {tgt} false KDC_ERR_PREAUTH_FAILED 10 - true true"),
        ),
        (
            &[asked.clone(), (Server, error(25, None)), (Server, reply(11, &["bob"], &["x"], 18))],
            format!("AS bob/REALM {tgt} false KDC_ERR_PREAUTH_REQUIRED 10 - true true"),
        ),
        (
            &[
                (Client, request(12, &[], None, &["cifs", "srv"])),
                (Server, reply(13, &["bob", "host"], &["a", "b", "c"], 99)),
            ],
            "TGS bob/host/REALM a/b/c true - 10 unknown-99 true true".into(),
        ),
        (&[(Server, error(30, None))], format!("- - {tgt} false - - - - -")),
    ];
    for (messages, row) in cases {
        let seen = over_udp(messages);
        assert_eq!(seen.rows, std::slice::from_ref(&row));
        assert_eq!(seen.services, ["krb"]);
        let seen = Tap::open(88).play(&over_tcp(messages), &[9999]);
        assert_eq!(seen.rows, [row]);
        assert_eq!(seen.services, ["krb_tcp"]);
    }
}

#[test]
fn it_is_found_on_any_port() {
    let messages = [(Client, logon()), (Server, error(6, None))];
    let mut tap = Tap::new(9999, |_| ());
    tap.datagram(Client, &messages[0].1).datagram(Server, &messages[1].1);
    assert_eq!(tap.finish().services, ["krb"]);
    assert_eq!(Tap::open(9999).play(&over_tcp(&messages), &[1]).services, ["krb_tcp"]);
    // The server's answer alone is enough.
    assert_eq!(Tap::open(9999).play(&over_tcp(&messages[1..]), &[3]).services, ["krb_tcp"]);
}

#[test]
fn a_message_over_tcp_may_be_cut_anywhere() {
    let steps = over_tcp(&[(Client, logon()), (Server, reply(11, &["bob"], &["s"], 18))]);
    let rows = Tap::open(88).play(&steps, &[9999]).rows;
    assert_eq!(Tap::open(88).play(&steps, &[1]).rows, rows);
    for cut in every_cut(&steps, 7) {
        assert_eq!(Tap::open(88).play(&cut, &[9999]).failures, 0);
    }
}

#[test]
fn a_gap_ends_both_sides() {
    let mut tap = Tap::open(88);
    let steps = over_tcp(&[(Client, logon()), (Server, error(6, None))]);
    tap.send(Client, &steps[0].1).lose(Client, 10).send(Server, &steps[1].1);
    assert_eq!(tap.finish().rows, ["AS bob/REALM krbtgt/REALM - - 10 - true true"]);
}

#[test]
fn what_is_no_message_costs_the_name() {
    let seen = over_udp(&[(Client, logon()), (Server, vec![0x7e, 2, 0x30, 0])]);
    assert_eq!(seen.failures, 1);
    assert_eq!(seen.services, ["-"]);
    assert_eq!(seen.rows.len(), 1);
}

#[test]
fn a_ticket_that_is_shown_makes_an_empty_row() {
    let parts = [
        head(14, 0),
        element(2, &value(3, &[0, 0x20, 0, 0, 0])),
        element(3, &ticket(&["cifs", "srv"], 18)),
        element(4, &encrypted(18)),
    ];
    let shown = value(0x6e, &value(0x30, &parts.concat()));
    let seen = over_udp(&[(Client, shown.clone())]);
    assert_eq!(seen.rows, ["- - - - - - - - -"]);
    // In a request it belongs to that.
    let seen = over_udp(&[(Client, request(12, &padata(1, &shown), None, &["cifs", "srv"]))]);
    assert_eq!(seen.rows, ["TGS - cifs/srv - - 10 - true true"]);
}

#[test]
fn what_is_said_beforehand_is_looked_into() {
    let signed = |headers: &[u8]| {
        let object = value(6, &[0x2a, 3]);
        let fields = [integer(1), value(0x31, &[]), value(0x30, &[]), value(0xa0, b"certificate")].concat();
        let inner = [object, value(0xa0, &value(0x30, &fields))].concat();
        headers.iter().rev().fold(inner, |content, tag| value(*tag, &content))
    };
    // Its own octet string is the first header.
    let pkinit = signed(&[0x30, 0xa0, 0x30]);
    let seen = over_udp(&[(Client, request(10, &padata(16, &pkinit), Some(&["bob"]), &["krbtgt"]))]);
    assert_eq!((seen.rows.len(), seen.certificates), (1, 1), "{seen:?}");
    for (kind, content) in [(2, encrypted(18)), (128, vec![0x30, 0]), (150, vec![])] {
        let padata = padata(kind, &content);
        // Time stamps have no octet string around them in Zeek's eyes: either is read.
        let seen = over_udp(&[(Client, request(10, &padata, Some(&["bob"]), &["krbtgt"]))]);
        assert_eq!(seen.failures, 0, "{kind}");
    }
}

#[test]
fn addresses_of_the_wrong_length_are_weird() {
    let address = |kind, bytes: &[u8]| {
        value(0x30, &[element(0, &integer(kind)), element(1, &value(4, bytes))].concat())
    };
    let list = value(
        0x30,
        &[address(2, &[1; 4]), address(2, &[1; 5]), address(24, &[1; 4]), address(20, b"H")].concat(),
    );
    assert_eq!(super::value::addresses(&list).unwrap(), 2);
}

#[test]
fn times_have_one_form() {
    let cases = [
        (&b"19700101000000Z"[..], Some(0)),
        (b"20370913024805Z", Some(2_136_422_885)),
        (b"99991231235959Z", Some(253_402_300_799)),
        (b"700101000000Z", None),
    ];
    for (text, seconds) in cases {
        assert_eq!(time(&value(24, text)).unwrap(), seconds.map(Date));
    }
}

#[test]
fn tables_are_sorted() {
    assert!(ERRORS.is_sorted_by(|one, next| one.0 < next.0));
    assert!(CIPHERS.is_sorted_by(|one, next| one.0 < next.0));
}

proptest! {
    #![proptest_config(crate::testing::cases(64))]

    #[test]
    fn a_changed_byte_breaks_nothing(at: Index, byte: u8, size in 1..99usize) {
        let steps = over_tcp(&[(Client, logon()), (Server, reply(11, &["bob"], &["s"], 18)), (Server, error(25, None))]);
        Tap::open(88).play(&changed(&steps, at, byte), &[size]);
    }
}
