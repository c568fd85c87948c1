//! LDAP on messages made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::names_table::RESULTS;
use super::wrapped::{Frame, Mode, decide, encrypted, kerberos};
use super::{Ldap, LdapSearch};
use crate::analyzers::Progress;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::parsers::Cursor;
use crate::testing::Side::{Client, Server};
use crate::testing::{Sees, Side, changed, every_cut, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `id version opcode|result|words|object|argument`.
    rows: Vec<String>,
    /// `id scope deref|base|count|result|filter`.
    searches: Vec<String>,
    failures: usize,
    services: Vec<String>,
    weirds: Vec<String>,
}

fn show(field: &Option<Vec<u8>>) -> String {
    field.as_deref().map_or("-".into(), text)
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Ldap>() {
            let version = row.version.map_or("-".into(), |version| version.to_string());
            self.rows.push(format!(
                "{} {version} {}|{}|{}|{}|{}",
                row.message_id,
                row.opcode.as_deref().unwrap_or("-"),
                row.result.unwrap_or("-"),
                show(&row.diagnostic_message),
                show(&row.object),
                show(&row.argument),
            ));
        } else if let Some(row) = event.get::<LdapSearch>() {
            self.searches.push(format!(
                "{} {} {}|{}|{}|{}|{}",
                row.message_id,
                row.scope.unwrap_or("-"),
                row.deref_aliases.unwrap_or("-"),
                show(&row.base_object),
                row.result_count,
                row.result.unwrap_or("-"),
                show(&row.filter),
            ));
        } else if event.get::<AnalyzerFailure>().is_some() {
            self.failures += 1;
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
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

fn octets(text: &str) -> Vec<u8> {
    value(4, text.as_bytes())
}

/// A message: its number, and the tag and the parts of its operation.
fn message(id: u8, tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    value(0x30, &[value(2, &[id]), value(tag, &parts.concat())].concat())
}

fn bind(id: u8, name: &str, auth: Vec<u8>) -> Vec<u8> {
    message(id, 0x60, &[value(2, &[3]), octets(name), auth])
}

fn password(text: &str) -> Vec<u8> {
    value(0x80, text.as_bytes())
}

fn sasl(mechanism: &str, credentials: Option<&[u8]>) -> Vec<u8> {
    let credentials = credentials.map_or(Vec::new(), |bytes| value(4, bytes));
    value(0xa3, &[octets(mechanism), credentials].concat())
}

fn outcome(code: u8, words: &str) -> [Vec<u8>; 3] {
    [value(10, &[code]), octets(""), octets(words)]
}

fn answer(id: u8, tag: u8, code: u8) -> Vec<u8> {
    message(id, tag, &outcome(code, ""))
}

fn search(id: u8, filter: &[u8]) -> Vec<u8> {
    let numbers = [value(10, &[2]), value(10, &[3]), value(2, &[0]), value(2, &[0]), value(1, &[0])];
    message(id, 0x63, &[octets("dc=a"), numbers.concat(), filter.to_vec(), value(0x30, &octets("cn"))])
}

fn equals(attribute: &str, content: &[u8]) -> Vec<u8> {
    value(0xa3, &[octets(attribute), value(4, content)].concat())
}

fn entry(id: u8) -> Vec<u8> {
    message(id, 0x64, &[octets("cn=x,dc=a"), value(0x30, &[])])
}

fn play(steps: &[(Side, Vec<u8>)]) -> Seen {
    Tap::open(389).play(steps, &[9999])
}

/// A client that binds, searches and leaves.
fn session() -> Vec<(Side, Vec<u8>)> {
    vec![
        (Client, bind(1, "cn=admin", password("secret"))),
        (Server, answer(1, 0x61, 0)),
        (Client, search(2, &equals("uid", b"bob"))),
        (Server, [entry(2), entry(2), answer(2, 0x65, 0)].concat()),
        (Client, message(3, 0x42, &[])),
    ]
}

const ROWS: [&str; 2] = ["1 3 bind simple|success|-|cn=admin|REDACTED", "3 - unbind|-|-|-|-"];
const SEARCH: &str = "2 tree always|dc=a|2|success|(uid=bob)";

#[test]
fn operations_and_searches_have_rows() {
    let seen = play(&session());
    assert_eq!((seen.rows, seen.searches), (ROWS.map(String::from).into(), vec![SEARCH.into()]));
    assert_eq!(seen.services, ["ldap_tcp"]);
    // On another port it is found when both have spoken.
    assert_eq!(Tap::open(1389).play(&session(), &[9999]).rows, ROWS);
    let mut tap = Tap::new(389, |_| ());
    tap.datagram(Client, &session()[2].1).datagram(Server, &session()[3].1);
    let seen = tap.finish();
    assert_eq!((seen.searches, seen.services), (vec![SEARCH.into()], vec!["ldap_udp".into()]));
    // On another port, a bind and its answer give it away, whoever asks; without a bind nothing does.
    let other = |steps: &[(Side, Vec<u8>)]| {
        let mut tap = Tap::new(1389, |_| ());
        steps.iter().for_each(|(side, bytes)| {
            tap.datagram(*side, bytes);
        });
        tap.finish()
    };
    let seen = other(&session());
    assert_eq!(
        (seen.rows, seen.searches, seen.services),
        (ROWS.map(String::from).into(), vec![SEARCH.into()], vec!["ldap_udp".into()])
    );
    let turned: Vec<_> = session()
        .into_iter()
        .map(|(side, bytes)| (if side == Client { Server } else { Client }, bytes))
        .collect();
    assert_eq!(other(&turned).services, ["ldap_udp"]);
    assert_eq!(other(&session()[2..]).services, ["-"]);
}

#[test]
fn a_message_may_be_cut_anywhere() {
    let seen = Tap::open(389).play(&session(), &[1]);
    assert_eq!((seen.rows, seen.searches), (ROWS.map(String::from).into(), vec![SEARCH.into()]));
    for cut in every_cut(&session(), 1) {
        play(&cut);
    }
}

#[test]
fn an_operation_is_what_its_requests_and_answers_say() {
    let change = |operation: u8, attribute: &str, values: &[&str]| {
        let values: Vec<_> = values.iter().map(|text| octets(text)).collect();
        let attribute = value(0x30, &[octets(attribute), value(0x31, &values.concat())].concat());
        value(0x30, &[value(10, &[operation]), attribute].concat())
    };
    let changes = value(0x30, &[change(0, "mail", &["a@b", "c@d"]), change(1, "tel", &[])].concat());
    let opaque = || vec![octets("cn=x"), value(0x30, &[])];
    let extended = |name: &str| message(1, 0x77, &[value(0x80, name.as_bytes())]);
    let cases: [(Vec<u8>, Vec<u8>, &str); 9] = [
        (bind(1, "", password("")), answer(1, 0x61, 49), "1 3 bind simple|invalid credentials|-|-|-"),
        (
            bind(1, "", sasl("PLAIN", None)),
            answer(1, 0x61, 14),
            "1 3 bind SASL|SASL bind in progress|-|-|PLAIN",
        ),
        (
            bind(1, "u", value(0x8a, b"NTLMSSP\0...")),
            answer(1, 0x61, 0),
            "1 3 sicily_negotiate|success|-|u|NTLMSSP",
        ),
        (
            message(1, 0x66, &[octets("cn=\u{fc}"), changes]),
            answer(1, 0x67, 50),
            "1 - modify|insufficient access rights|-|cn=??|add(mail=a@bc@d),delete(tel)",
        ),
        (message(1, 0x68, &opaque()), answer(1, 0x69, 68), "1 - add|entry already exists|-|-|-"),
        (message(1, 0x6c, &opaque()), answer(1, 0x6d, 0), "1 - modify|success|-|-|-"),
        (message(1, 0x6e, &opaque()), answer(1, 0x6f, 6), "1 - compare|compare true|-|-|-"),
        (
            extended("1.3.6.1.4.1.4203.1.11.3"),
            answer(1, 0x78, 200),
            "1 - extended|unknown|-|1.3.6.1.4.1.4203.1.11.3 (whoami)|-",
        ),
        (
            extended("1.2"),
            message(1, 0x78, &outcome(2, "no")),
            "1 - extended|protocol error|no|1.2 (unknown)|-",
        ),
    ];
    for (request, answer, row) in cases {
        let seen = play(&[(Client, request), (Server, answer)]);
        assert_eq!((seen.rows, seen.failures), (vec![row.into()], 0));
    }
}

#[test]
fn what_is_open_at_the_end_has_a_row() {
    let steps = &session()[..3];
    let seen = play(&[&steps[..1], &steps[2..]].concat());
    assert_eq!(seen.rows, ["1 3 bind simple|-|-|cn=admin|REDACTED"]);
    assert_eq!(seen.searches, ["2 tree always|dc=a|0|-|(uid=bob)"]);
    // An answer alone has what it says, and a second one a row of its own.
    let seen =
        play(&[(Server, answer(9, 0x61, 0)), (Server, answer(8, 0x65, 0)), (Server, answer(8, 0x65, 0))]);
    assert_eq!(seen.rows, ["9 - bind|success|-|-|-"]);
    assert_eq!(seen.searches, ["8 - -|-|0|success|-", "8 - -|-|0|success|-"]);
    assert_eq!(seen.weirds, ["LDAP_bind_without_opcode/LDAP(9: bind)"]);
}

#[test]
fn more_than_ten_at_once_are_told_and_forgotten() {
    let many =
        |tag: u8, parts: &[Vec<u8>]| (1..=11).map(|id| (Client, message(id, tag, parts))).collect::<Vec<_>>();
    let seen = play(&many(0x68, &[]));
    assert_eq!((seen.rows.len(), seen.weirds.len()), (11, 1));
    assert_eq!(seen.weirds, ["LDAP_max_pending_messages_exceeded/LDAP(10)"]);
    let searches: Vec<_> = (1..=11).map(|id| (Client, search(id, &value(0x87, b"cn")))).collect();
    let seen = play(&searches);
    assert_eq!(seen.searches.len(), 11);
    assert_eq!(seen.weirds, ["LDAP_max_pending_searches_exceeded/LDAP(10)"]);
}

#[test]
fn what_changes_under_one_number_is_weird() {
    let cases: [(&[Vec<u8>], &[&str]); 4] = [
        (
            &[bind(1, "a", password("")), bind(1, "b", password(""))],
            &["LDAP_bind_opcode_already_set/LDAP(bind simple)", "LDAP_message_object_change/LDAP(1: a -> b)"],
        ),
        (
            &[message(1, 0x68, &[]), message(1, 0x6e, &[])],
            &["LDAP_message_opcode_change/LDAP(1: add -> compare)"],
        ),
        (
            &[search(1, &value(0x87, b"a")), search(1, &value(0x87, b"b"))],
            &["LDAP_search_filter_change/LDAP(1: (a=*) -> (b=*))"],
        ),
        (
            &[bind(1, "", value(0x89, b""))],
            &["LDAP_unknown_auth_type/LDAP(LDAP::BindAuthType_SICILY_PACKAGE_DISCOVERY)"],
        ),
    ];
    for (messages, weirds) in cases {
        let steps: Vec<_> = messages.iter().map(|message| (Client, message.clone())).collect();
        assert_eq!(play(&steps).weirds, weirds);
    }
}

#[test]
fn what_is_no_message_ends_both_sides() {
    let failing: [Vec<u8>; 6] = [
        b"GET / HTTP/1.1\r\n".to_vec(),
        // A deletion's content is no value; nor is that of an abandonment.
        message(5, 0x4a, &[b"cn=x,dc=a".to_vec()]),
        message(5, 0x50, &[vec![6]]),
        // More than there should be.
        message(5, 0x65, &[outcome(10, "").concat(), value(0xa3, &octets("ldap://x"))]),
        message(5, 0x42, &[vec![0]]),
        message(5, 0x7e, &[]),
    ];
    for bytes in failing {
        let mut steps = session();
        steps.insert(2, (Client, bytes.clone()));
        let seen = play(&steps);
        assert_eq!((seen.rows, seen.searches.len()), (vec![ROWS[0].into()], 0), "{bytes:?}");
        assert_eq!((seen.failures, seen.services), (1, vec!["-".into()]));
    }
}

#[test]
fn a_request_that_is_too_short_for_its_length_is_told() {
    let mut bytes = bind(1, "cn=admin", password("x"));
    bytes[1] += 2;
    bytes[6] += 2;
    let seen = play(&[(Client, bytes)]);
    assert_eq!(seen.rows, ["1 3 bind simple|-|-|-|-"]);
    assert_eq!(seen.services, ["-"]);
}

#[test]
fn a_stream_that_ends_within_a_message_costs_the_name() {
    let mut steps = session();
    steps.truncate(3);
    steps[2].1.truncate(9);
    let seen = play(&steps);
    assert_eq!((seen.failures, seen.services), (1, vec!["-".into()]));
    // A connection that nobody closed may stop anywhere.
    let mut tap = Tap::open(389);
    steps.iter().for_each(|(side, bytes)| _ = tap.send(*side, bytes));
    let seen = tap.finish();
    assert_eq!((seen.failures, seen.services), (0, vec!["ldap_tcp".into()]));
}

#[test]
fn filters_as_text() {
    let sub = |parts: &[(u8, &[u8])]| {
        let parts: Vec<_> = parts.iter().map(|(tag, part)| value(*tag, part)).collect();
        value(0xa4, &[octets("cn"), value(0x30, &parts.concat())].concat())
    };
    let present = |name: &str| value(0x87, name.as_bytes());
    let all = |tag: u8, names: &[&str]| {
        value(tag, &names.iter().map(|name| present(name)).collect::<Vec<_>>().concat())
    };
    let extended = [value(0x81, b"1.2"), value(0x82, b"a"), value(0x83, &[b'v', 0xff])].concat();
    let sid = [1, 4, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0];
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (equals("a", "\u{fc}(*)\u{1b}\\".as_bytes()), "(a=\u{fc}\\28\\2a\\29\\1b\\)"),
        (value(0xa5, &[octets("a"), octets("1")].concat()), "(a>=1)"),
        (value(0xa6, &[octets("a"), octets("1")].concat()), "(a<=1)"),
        (value(0xa8, &[octets("a"), octets("1")].concat()), "(a~=1)"),
        (present("objectClass"), "(objectClass=*)"),
        (value(0xa2, &present("a")), "(!(a=*))"),
        (all(0xa0, &[]), ""),
        (all(0xa0, &["a"]), "(&(a=*))"),
        (all(0xa1, &["a", "b"]), "(|(a=*)(b=*))"),
        (all(0xa0, &["a", "b", "c", "d"]), "(&(&(&(a=*)(b=*))(c=*))(d=*))"),
        (sub(&[(0x80, b"ini"), (0x81, b"x"), (0x81, b"y"), (0x82, b"end")]), "(cn=ini*x*y*end)"),
        (sub(&[(0x81, b"x")]), "(cn=*x*)"),
        (value(0xa9, &extended), "(a:1.2:=v\\xff)"),
        (equals("NtVer", &[0x16, 0, 0, 0]), "(NtVer=0x00000016)"),
        (equals("NtVer", &[0x16]), "(NtVer=HEX_FORMAT_FAILED)"),
        (equals("AAC", &[1, 0xab]), "(AAC=01:ab)"),
        (equals("DomainSid", &sid), "(DomainSid=S-1-5-21-1-2-3)"),
        (equals("DomainSid", &[1]), "(DomainSid=SID_FORMAT_FAILED)"),
        (
            equals("DomainGuid", &[3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]),
            "(DomainGuid=00010203-0405-0607-0809-0a0b0c0d0e0f)",
        ),
    ];
    for (bytes, shown) in cases {
        assert_eq!(text(&super::filter::text(&mut Cursor::new(&bytes)).unwrap()), shown);
        for length in 0..bytes.len() {
            assert!(super::filter::text(&mut Cursor::new(&bytes[..length])).is_err());
        }
    }
    let nested = |depth: usize| (0..depth).fold(present("a"), |inner, _| value(0xa2, &inner));
    assert!(super::filter::text(&mut Cursor::new(&nested(20))).is_ok());
    assert!(super::filter::text(&mut Cursor::new(&nested(21))).is_err());
    // A value of more than 127 bytes is read by the first byte of its length.
    let long = super::filter::text(&mut Cursor::new(&equals("a", &[b'x'; 130]))).unwrap();
    assert!(long.starts_with(b"(a=\\00\x82xxx"), "{}", text(&long));
}

#[test]
fn tls_begins_when_the_server_agrees() {
    let start = || (Client, message(1, 0x77, &[value(0x80, b"1.3.6.1.4.1.1466.20037")]));
    let hello = || {
        let body = [&[3, 3][..], &[7; 32], &[0, 0, 2, 0, 47, 1, 0]].concat();
        let handshake = [&[1, 0, 0, body.len() as u8], &body[..]].concat();
        (Client, [&[22, 3, 1, 0, handshake.len() as u8], &handshake[..]].concat())
    };
    let seen = play(&[start(), (Server, answer(1, 0x78, 0)), hello()]);
    assert_eq!(seen.rows, ["1 - extended|success|-|1.3.6.1.4.1.1466.20037 (StartTLS)|-"]);
    assert_eq!(seen.failures, 0);
    let seen = play(&[start(), (Server, answer(1, 0x78, 2)), session()[0].clone()]);
    assert_eq!(seen.rows.len(), 2);
}

/// An answer of SPNEGO: its state, its mechanism, and a token.
fn spnego(mechanism: Option<&[u8]>) -> Vec<u8> {
    let mechanism = mechanism.map_or(Vec::new(), |object| value(0xa1, &value(6, object)));
    let parts = [value(0xa0, &value(10, &[0])), mechanism, value(0xa2, &value(4, b"t"))].concat();
    value(0xa1, &value(0x30, &parts))
}

#[test]
fn after_sasl_messages_may_be_wrapped() {
    let krb5 = [0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2];
    let accepted = |credentials: Vec<u8>| {
        (Server, message(1, 0x61, &[outcome(0, "").concat(), value(0x87, &credentials)]))
    };
    let begin = [0x60, 8, 6, 6, 0x2b, 6, 1, 5, 5, 2];
    let wrap = |flags: u8, inner: &[u8]| {
        let token = [&[5, 4, flags, 0xff, 0, 0, 0, 0][..], &[0; 8], inner].concat();
        (Client, [&(token.len() as u32).to_be_bytes()[..], &token].concat())
    };
    let find = || search(2, &equals("uid", b"bob"));
    let gss = (Client, bind(1, "", sasl("GSS-SPNEGO", Some(&begin))));
    let other = (Client, bind(1, "", sasl("SCRAM-SHA-1", Some(b"n"))));
    let done = (Server, answer(1, 0x61, 0));
    let cases: [(&[Step], usize); 7] = [
        (&[gss.clone(), accepted(spnego(Some(&krb5))), wrap(0, &find())], 1),
        (&[gss.clone(), accepted(spnego(Some(&krb5))), wrap(2, &find())], 0),
        (&[gss.clone(), done.clone(), wrap(0, &find())], 1),
        (&[other.clone(), done.clone(), (Client, find())], 1),
        (&[other.clone(), done.clone(), (Client, vec![0, 0, 0, 2, 1, 2, 0, 0, 0, 1]), (Client, vec![9])], 0),
        (&[other, done, wrap(0, &find())], 0),
        // Without a mechanism the answer cannot be read.
        (&[gss, accepted(spnego(None)), (Client, find())], 0),
    ];
    for (at, (steps, searches)) in cases.into_iter().enumerate() {
        let seen = play(steps);
        assert_eq!(seen.searches.len(), searches, "{at}");
        assert_eq!(seen.rows.len(), 1, "{at}");
        assert_eq!(seen.failures, usize::from(at == 6), "{at}");
    }
    // The first step has to say something.
    assert!(play(&[(Client, bind(1, "", sasl("GSS-SPNEGO", None)))]).rows.is_empty());
}

#[test]
fn frames() {
    assert_eq!(decide(&[], b""), None);
    assert_eq!(decide(&[0x30], b"GSSAPI"), Some(Mode::Clear));
    assert_eq!(decide(&[0, 0, 0], b"GSSAPI"), None);
    assert_eq!(decide(&[0], b"DIGEST-MD5"), Some(Mode::Encrypted));
    assert_eq!(decide(&[0, 0, 0, 9, 5, 4], b""), Some(Mode::Kerberos));
    assert_eq!(encrypted(&[0, 0, 0, 5, 1]), Progress::Skip(4));
    assert_eq!(encrypted(&[0, 0, 0, 1, 1, 0]), Progress::Consumed(5));
    // A checksum of two bytes, behind and in front.
    let frame = |rotation: u8, body: &[u8]| {
        let token = [&[5, 4, 0, 0xff, 0, 2, 0, rotation][..], &[0; 8], body].concat();
        [&(token.len() as u32).to_be_bytes()[..], &token].concat()
    };
    assert_eq!(kerberos(&frame(0, b"abcd"), 999), Frame::Messages(b"ab", 24));
    assert_eq!(kerberos(&frame(2, b"abcd"), 999), Frame::Messages(b"cd", 24));
    assert_eq!(kerberos(&frame(1, b"abcd"), 999), Frame::Broken);
    assert_eq!(kerberos(&frame(0, b"a"), 999), Frame::Broken);
    assert_eq!(kerberos(&frame(0, b"abcd"), 20), Frame::Broken);
    assert_eq!(kerberos(&frame(0, b"abcd")[..21], 999), Frame::Opaque(Progress::Need(24)));
    assert_eq!(kerberos(&[0, 0, 0, 8, 1, 1], 999), Frame::Opaque(Progress::Skip(6)));
}

#[test]
fn a_gap_ends_it() {
    let mut tap = Tap::open(389);
    let steps = session();
    tap.send(Client, &steps[0].1).lose(Server, 14).send(Client, &steps[2].1);
    let seen = tap.finish();
    assert_eq!(seen.rows, ["1 3 bind simple|-|-|cn=admin|REDACTED"]);
    assert!(seen.searches.is_empty());
}

#[test]
fn long_entries_are_passed_over() {
    let parts = [octets("cn=x"), value(0x30, &[0; 60_000])].concat();
    let mut content = [&[0x64, 0x84, 0, 5, 0, 0], &parts[..]].concat();
    content.resize(6 + 0x5_0000, 0);
    let inner = [value(2, &[2]), content].concat();
    let long = [&[0x30, 0x84][..], &(inner.len() as u32).to_be_bytes(), &inner].concat();
    let mut steps = session();
    steps.insert(3, (Server, long));
    let seen = Tap::open(389).play(&steps, &[1400]);
    assert_eq!(seen.searches, ["2 tree always|dc=a|3|success|(uid=bob)"]);
}

#[test]
fn the_table_of_results_is_sorted() {
    assert!(RESULTS.is_sorted_by(|one, next| one.0 < next.0));
}

proptest! {
    #![proptest_config(crate::testing::cases(64))]

    #[test]
    fn a_changed_byte_breaks_nothing(at: Index, byte: u8, size in 1..99usize) {
        Tap::open(389).play(&changed(&session(), at, byte), &[size]);
    }
}
