//! RDP on messages made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::Rdp;
use super::datagrams::beginning;
use super::layouts_table::LAYOUTS;
use super::names;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{Client, Server};
use crate::testing::{Sees, Side, changed, every_cut, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `cookie|result|protocol|channels|keyboard|build|name|product|width height depth|cert count permanent|level method`.
    rows: Vec<String>,
    failures: usize,
    services: Vec<String>,
    weirds: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Rdp>() {
            let show = |field: &Option<Vec<u8>>| field.as_deref().map_or("-".into(), text);
            let number = |number: Option<u64>| number.map_or("-".into(), |number| number.to_string());
            let channels = row
                .client_channels
                .as_ref()
                .map(|names| names.0.iter().map(|name| text(name)).collect::<Vec<_>>().join(","));
            self.rows.push(
                [
                    show(&row.cookie),
                    row.result.as_deref().unwrap_or("-").into(),
                    row.security_protocol.as_deref().unwrap_or("-").into(),
                    channels.unwrap_or("-".into()),
                    row.keyboard_layout.as_deref().unwrap_or("-").into(),
                    row.client_build.as_deref().unwrap_or("-").into(),
                    show(&row.client_name),
                    show(&row.client_dig_product_id),
                    format!(
                        "{} {} {}",
                        number(row.desktop_width),
                        number(row.desktop_height),
                        row.requested_color_depth.as_deref().unwrap_or("-")
                    ),
                    format!(
                        "{} {} {}",
                        row.cert_type.as_deref().unwrap_or("-"),
                        row.cert_count,
                        row.cert_permanent.map_or("-".into(), |permanent| permanent.to_string())
                    ),
                    format!(
                        "{} {}",
                        row.encryption_level.as_deref().unwrap_or("-"),
                        row.encryption_method.as_deref().unwrap_or("-")
                    ),
                ]
                .join("|"),
            );
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
/// A request, the answer to it, and the beginning of the row.
type Exchange<'a> = (Vec<u8>, Option<Vec<u8>>, &'a str);

fn tpkt(body: &[u8]) -> Vec<u8> {
    [&[3, 0], &(body.len() as u16 + 4).to_be_bytes()[..], body].concat()
}

/// A message that sets up a connection: its kind, and what follows the references.
fn set_up(kind: u8, rest: &[u8]) -> Vec<u8> {
    tpkt(&[&[rest.len() as u8 + 6, kind, 0, 0, 0, 0, 0], rest].concat())
}

fn request(cookie: &str, protocols: Option<u8>) -> Vec<u8> {
    let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
    let negotiation = protocols.map_or(Vec::new(), |protocols| vec![1, 0, 8, 0, protocols, 0, 0, 0]);
    set_up(0xe0, &[cookie.as_bytes(), &negotiation].concat())
}

fn confirm(kind: u8, value: u8) -> Vec<u8> {
    set_up(0xd0, &[kind, 0, 8, 0, value, 0, 0, 0])
}

fn wide(text: &str, length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.resize(length, 0);
    bytes
}

fn block(kind: u16, content: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(content.len() as u16 + 4).to_le_bytes(), content].concat()
}

fn core(keyboard: u32, build: u32, depth: u16, flags: u16) -> Vec<u8> {
    let begin = [4, 0, 8, 0, 0, 4, 0, 3, 1, 0xca, 3, 0xaa];
    let content = [
        &begin[..],
        &keyboard.to_le_bytes(),
        &build.to_le_bytes(),
        &wide("HOST", 32),
        &[0; 12 + 64 + 8],
        &depth.to_le_bytes(),
        &[7, 0],
        &flags.to_le_bytes(),
        &wide("", 64),
    ];
    block(0xc001, &content.concat())
}

fn channels(names: &[&str]) -> Vec<u8> {
    let mut content = (names.len() as u32).to_le_bytes().to_vec();
    for name in names {
        let mut name = name.as_bytes().to_vec();
        name.resize(12, 0);
        content.extend(name);
    }
    block(0xc003, &content)
}

fn conference(blocks: &[Vec<u8>]) -> Vec<u8> {
    let domain = [0x30, 2, 2, 0];
    let begin = [
        &[2, 0xf0, 0x80, 0x7f, 0x65, 0x82, 1, 0, 4, 1, 1, 4, 1, 1, 1, 1, 0xff][..],
        &domain,
        &domain,
        &domain,
    ];
    let middle = [4, 0x82, 1, 0, 0, 5, 0, 20, 124, 0, 1, 0x81, 0, 0, 8, 0, 16, 0, 1, 0xc0, 0];
    tpkt(&[&begin.concat()[..], &middle, b"Duca", &[0x80, 0], &blocks.concat()].concat())
}

fn made(result: u8, blocks: &[Vec<u8>]) -> Vec<u8> {
    let begin = [2, 0xf0, 0x80, 0x7f, 0x66, 0x82, 1, 0, 10, 1, 0, 2, 1, 0, 0x30, 1, 0, 4, 0x82, 1, 0];
    let middle = [0, 5, 0, 20, 124, 0, 1, 0x2a, 0x14, 0x76, 10, 1, 1, result, 1, 0xc0, 0];
    tpkt(&[&begin[..], &middle, b"McDn", &[0x80, 0], &blocks.concat()].concat())
}

fn security(method: u8, level: u8, certificate: &[u8]) -> Vec<u8> {
    let head = [[method, 0, 0, 0], [level, 0, 0, 0], [32, 0, 0, 0], (certificate.len() as u32).to_le_bytes()];
    block(0x0c02, &[&head.concat()[..], &[9; 32], certificate].concat())
}

fn proprietary(temporary: bool) -> Vec<u8> {
    let key = [&b"RSA1"[..], &[4, 0, 0, 0], &[0; 8], &[1; 4]].concat();
    let head = [1, 0, 0, if temporary { 0x80 } else { 0 }, 1, 0, 0, 0, 1, 0, 0, 0, 6, 0, key.len() as u8, 0];
    [&head[..], &key, &[8, 0, 2, 0, 1, 2]].concat()
}

fn chain(certificates: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, certificates.len() as u8, 0, 0, 0];
    for certificate in certificates {
        bytes.extend((certificate.len() as u32).to_le_bytes());
        bytes.extend_from_slice(certificate);
    }
    bytes
}

fn play(steps: &[(Side, Vec<u8>)]) -> Seen {
    Tap::open(3389).play(steps, &[9999])
}

/// A session that RDP protects itself.
fn session() -> Vec<(Side, Vec<u8>)> {
    vec![
        (Client, request("mstshash=bob", None)),
        (Server, set_up(0xd0, &[])),
        (
            Client,
            conference(&[
                core(1033, 2600, 16, 0),
                block(0xc0ff, &[1, 2, 3]),
                channels(&["rdpdr", "cliprdr"]),
            ]),
        ),
        (
            Server,
            made(
                0,
                &[
                    block(0x0c01, &[4, 0, 8, 0]),
                    block(0x0c03, &[0xeb, 3, 0, 0]),
                    security(2, 3, &proprietary(false)),
                ],
            ),
        ),
        (Client, vec![1, 2, 3, 4, 5, 6]),
    ]
}

const ROW: &str = "bob|Success|RDP|rdpdr,cliprdr|English - United States|RDP 5.1|HOST||1024 768 16bit|RSA 1 true|High 128bit";

#[test]
fn a_session_has_a_row() {
    let seen = play(&session());
    assert_eq!((seen.rows, seen.failures), (vec![ROW.into()], 0));
    assert_eq!(seen.services, ["rdp"]);
    // On another port it is found by its cookie and its confirmation.
    assert_eq!(Tap::open(9999).play(&session(), &[9999]).rows, [ROW]);
    assert_eq!(Tap::open(9999).play(&session()[1..], &[9999]).services, ["rdp"]);
}

#[test]
fn a_message_may_be_cut_anywhere() {
    assert_eq!(Tap::open(3389).play(&session(), &[1]).rows, [ROW]);
    for cut in every_cut(&session(), 5) {
        assert!(play(&cut).rows.len() <= 1);
    }
}

#[test]
fn how_a_connection_is_set_up() {
    let nothing = "-|-|-|-|-|- - -|- 0 -|- -";
    let cases: [Exchange<'_>; 6] = [
        (request("", Some(3)), Some(confirm(2, 0)), "|-|RDP"),
        (request("mstshash=A\\b", Some(3)), Some(confirm(2, 9)), "A\\b|encrypted|security_protocol-9"),
        (request("mstshash=x", Some(3)), Some(confirm(2, 2)), "x|encrypted|HYBRID"),
        (request("", None), Some(confirm(3, 2)), "|SSL_NOT_ALLOWED_BY_SERVER|-"),
        (request("", None), Some(confirm(3, 9)), "|failure_code-9|-"),
        (request("mstshash=", None), None, "|-|-"),
    ];
    for (request, confirm, row) in cases {
        let steps: Vec<_> =
            std::iter::once((Client, request)).chain(confirm.map(|confirm| (Server, confirm))).collect();
        let seen = play(&steps);
        assert_eq!(seen.rows, [format!("{row}|{nothing}")]);
        assert_eq!(seen.services, ["-"], "it never says that this is the protocol");
    }
    // A token for routing is not read.
    let seen = play(&[(Client, request("msts=1.2.3", None)), (Server, confirm(2, 1))]);
    assert!(seen.rows.is_empty());
}

#[test]
fn tls_begins_when_the_server_chooses_it() {
    let hello = {
        let body = [&[3, 3][..], &[7; 32], &[0, 0, 2, 0, 47, 1, 0]].concat();
        let handshake = [&[1, 0, 0, body.len() as u8], &body[..]].concat();
        [&[22, 3, 1, 0, handshake.len() as u8], &handshake[..]].concat()
    };
    let seen = play(&[(Client, request("mstshash=u", Some(1))), (Server, confirm(2, 1)), (Client, hello)]);
    assert_eq!(seen.rows.len(), 1);
    assert_eq!(seen.failures, 0);
}

#[test]
fn certificates_are_counted() {
    let with = |certificate: Vec<u8>| {
        let mut steps = session();
        steps[3] = (Server, made(0, &[security(1, 1, &certificate)]));
        play(&steps)
    };
    let seen = with(chain(&[b"one", b"two"]));
    assert!(seen.rows[0].ends_with("X.509 2 true|Low 40bit"), "{:?}", seen.rows);
    let seen = with(proprietary(true));
    assert!(seen.rows[0].ends_with("RSA 1 false|Low 40bit"), "{:?}", seen.rows);
    let seen = with(vec![3, 0, 0, 0]);
    assert_eq!(seen.failures, 1);
    assert!(seen.rows[0].ends_with("- 0 -|- -"), "{:?}", seen.rows);
}

#[test]
fn the_client_describes_itself() {
    let with = |core: Vec<u8>| {
        let mut steps = session();
        steps[2] = (Client, conference(&[core]));
        play(&steps[..3]).rows.concat()
    };
    for (core, part) in [
        (core(263_198, 9600, 15, 0), "|Thai (Best Guess for 263198)|RDP 8.1|HOST||1024 768 15bit|"),
        (
            core(0xffff_fffe, 1, 5, 0),
            "|keyboard-4294967294|client_build-1|HOST||1024 768 high_color_depth-5|",
        ),
        (core(1033, 2600, 16, 2), "|1024 768 32bit|"),
    ] {
        let row = with(core);
        assert!(row.contains(part), "{row}");
    }
    // One without the newer fields cannot be read, and ends it.
    let mut old = core(1033, 2600, 16, 0);
    old.truncate(4 + 128);
    old[2] = 4 + 128;
    let mut steps = session();
    steps[2] = (Client, conference(&[old]));
    assert_eq!(play(&steps).rows, ["bob|-|-|-|-|-|-|-|- - -|- 0 -|- -"]);
}

#[test]
fn many_channels_are_weird() {
    let mut steps = session();
    steps[2] = (Client, conference(&[core(1033, 2600, 16, 0), channels(&["c"; 32])]));
    assert_eq!(play(&steps).weirds, ["RDP_channels_requested_exceeds_max(32)"]);
    steps[2] = (Client, conference(&[core(1033, 2600, 16, 0), channels(&["c"; 1001])]));
    assert_eq!(play(&steps).weirds.len(), 0);
}

#[test]
fn a_row_is_written_after_ten_seconds() {
    let mut tap = Tap::open(3389);
    let steps = session();
    tap.send(Client, &steps[0].1);
    // A millisecond for each packet.
    for _ in 0..10_010 {
        tap.send(Server, &[]);
    }
    tap.send(Server, &steps[1].1).send(Client, &steps[2].1);
    assert_eq!(tap.finish().rows, ["bob|-|-|-|-|-|-|-|- - -|- 0 -|- -"]);
}

#[test]
fn a_gap_ends_it() {
    let mut tap = Tap::open(3389);
    let steps = session();
    tap.send(Client, &steps[0].1).lose(Server, 11).send(Client, &steps[2].1);
    assert_eq!(tap.finish().rows, ["bob|-|-|-|-|-|-|-|- - -|- 0 -|- -"]);
}

#[test]
fn over_udp_it_is_named() {
    let syn = |flags: u16, acknowledged: u32| {
        let mut bytes = [&acknowledged.to_be_bytes()[..], &[0, 64], &flags.to_be_bytes(), &[0; 8]].concat();
        bytes.resize(1232, 0);
        bytes
    };
    for (port, answer, service) in [
        (3389, Some(syn(5, 1)), "rdpeudp"),
        (9999, Some(syn(5, 1)), "rdpeudp"),
        (9999, Some(syn(8, 1)), "-"),
        (9999, None, "-"),
    ] {
        let mut tap = Tap::new(port, |_| ());
        tap.datagram(Client, &syn(1, u32::MAX));
        if let Some(answer) = answer {
            tap.datagram(Server, &answer);
        }
        assert_eq!(tap.finish().services, [service], "{port}");
    }
    for (flags, length) in [(0_u16, 16), (0x0800, 48), (0x1000, 20), (0x1800, 52)] {
        let bytes = syn(flags, 7);
        assert_eq!(beginning(&bytes[..length]), Ok((7, flags)));
        assert!(beginning(&bytes[..length - 1]).is_err());
    }
}

#[test]
fn numbers_have_names() {
    assert!(LAYOUTS.is_sorted_by(|one, next| one.0 < next.0));
    for (name, expected) in [
        (names::method(16), "encryption_method-16"),
        (names::level(2), "Client compatible"),
        (names::result(9), "result-9"),
        (names::build(25_282), "RDP 8.0 (Mac)"),
    ] {
        assert_eq!(name, expected);
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(64))]

    #[test]
    fn a_changed_byte_breaks_nothing(at: Index, byte: u8, size in 1..99usize) {
        Tap::open(3389).play(&changed(&session(), at, byte), &[size]);
    }
}
