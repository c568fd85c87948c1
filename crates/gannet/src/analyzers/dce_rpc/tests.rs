//! DCE/RPC on PDUs made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::DceRpc;
use super::fragments::Fragments;
use super::interfaces_table::INTERFACES;
use super::names;
use super::parse::{HEADER, Header};
use crate::analyzers::ntlm::Ntlm;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{Client, Server};
use crate::testing::{Sees, Side, changed, every_cut, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `rtt in milliseconds, pipe, endpoint, operation`.
    rows: Vec<String>,
    /// User and server of each logon.
    logons: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
    weirds: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        let show = |field: &Option<Vec<u8>>| field.as_deref().map_or("-".into(), text);
        if let Some(row) = event.get::<DceRpc>() {
            let rtt = row.rtt.map_or("-".into(), |rtt| (rtt.nanos() / 1_000_000).to_string());
            self.rows.push(format!("{rtt} {} {} {}", show(&row.named_pipe), row.endpoint, row.operation));
        } else if let Some(row) = event.get::<Ntlm>() {
            self.logons.push(format!("{} {}", show(&row.username), show(&row.server_nb_computer_name)));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        }
    }
}

type Tap = crate::testing::Tap<Seen>;
type Step = (Side, Vec<u8>);
/// Kind and token of a trailer, who logs on, services, and the beginning of a weird.
type Trailer<'a> = (u8, &'a [u8], &'a [&'a str], &'a str, &'a str);

/// The server service, and the registry, as they stand in a PDU.
const SRVSVC: [u8; 16] =
    [0xc8, 0x4f, 0x32, 0x4b, 0x70, 0x16, 0xd3, 0x01, 0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e, 0xe1, 0x88];
const WINREG: [u8; 16] =
    [0x01, 0xd0, 0x8c, 0x33, 0x44, 0x22, 0xf1, 0x31, 0xaa, 0xaa, 0x90, 0x00, 0x38, 0x00, 0x10, 0x03];
const WHOLE: u8 = 3;

/// A PDU: its kind, its flags, its call, its body, and a trailer.
fn pdu(kind: u8, flags: u8, call: u32, body: &[u8], auth: Option<(u8, &[u8])>) -> Vec<u8> {
    let trailer = auth.map_or(Vec::new(), |(kind, token)| [&[kind, 6, 0, 0, 1, 0, 0, 0], token].concat());
    let auth_length = auth.map_or(0, |(_, token)| token.len() as u16).to_le_bytes();
    let length = ((HEADER + body.len() + trailer.len()) as u16).to_le_bytes();
    let head = [5, 0, kind, flags, 0x10, 0, 0, 0];
    [&head[..], &length, &auth_length, &call.to_le_bytes(), body, &trailer].concat()
}

fn context(id: u8, uuid: &[u8; 16]) -> Vec<u8> {
    [&[id, 0, 1, 0], &uuid[..], &[3, 0, 0, 0], &[7; 20]].concat()
}

fn bind_body(contexts: &[Vec<u8>]) -> Vec<u8> {
    [&[0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, contexts.len() as u8, 0, 0, 0], contexts.concat().as_slice()]
        .concat()
}

fn ack_body(address: &[u8]) -> Vec<u8> {
    let mut body = vec![0xb8, 0x10, 0xb8, 0x10, 1, 0, 0, 0, address.len() as u8, 0];
    body.extend_from_slice(address);
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend_from_slice(&[1, 0, 0, 0]);
    body.extend_from_slice(&[0; 24]);
    body
}

fn bind(contexts: &[Vec<u8>]) -> Vec<u8> {
    pdu(11, WHOLE, 1, &bind_body(contexts), None)
}

fn ack(address: &[u8]) -> Vec<u8> {
    pdu(12, WHOLE, 1, &ack_body(address), None)
}

fn request(call: u32, context: u8, operation: u8) -> Vec<u8> {
    pdu(0, WHOLE, call, &[4, 0, 0, 0, context, 0, operation, 0, 1, 2, 3, 4], None)
}

fn response(call: u32, context: u8) -> Vec<u8> {
    pdu(2, WHOLE, call, &[4, 0, 0, 0, context, 0, 0, 0, 9, 9, 9, 9], None)
}

fn play(steps: &[(Side, Vec<u8>)]) -> Seen {
    Tap::open(135).play(steps, &[9999])
}

/// A client that binds the server service and calls it twice.
fn calls() -> Vec<(Side, Vec<u8>)> {
    vec![
        (Client, bind(&[context(0, &SRVSVC)])),
        (Server, ack(b"\\PIPE\\srvsvc\0")),
        (Client, request(2, 0, 15)),
        (Server, response(2, 0)),
        (Client, request(3, 0, 16)),
        (Server, response(3, 0)),
    ]
}

const CALLS: [&str; 2] = [r"1 \PIPE\srvsvc srvsvc NetrShareEnum", r"1 \PIPE\srvsvc srvsvc NetrShareGetInfo"];

#[test]
fn each_call_that_is_answered_has_a_row() {
    let seen = play(&calls());
    assert_eq!(seen.rows, CALLS);
    assert_eq!(seen.services, ["dce_rpc"]);
    assert!(seen.failures.is_empty());
    // On another port it is found by its first bytes.
    assert_eq!(Tap::open(49_668).play(&calls(), &[9999]).rows, CALLS);
}

#[test]
fn a_pdu_may_be_cut_anywhere() {
    let rows = Tap::open(135).play(&calls(), &[1]).rows;
    assert_eq!(rows.len(), 2);
    assert!(rows[1].ends_with(r"\PIPE\srvsvc srvsvc NetrShareGetInfo"), "{rows:?}");
    for cut in every_cut(&calls(), 1) {
        assert!(play(&cut).rows.len() <= 3);
    }
}

#[test]
fn names_that_nobody_knows_are_numbers() {
    let unknown = [0x33; 16];
    let steps = |uuid: &[u8; 16], operation| {
        vec![
            (Client, bind(&[context(0, uuid)])),
            (Server, ack(b"135\0")),
            (Client, request(2, 0, operation)),
            (Server, response(2, 0)),
        ]
    };
    let cases: [(&[u8; 16], u8, &[&str]); 4] = [
        (&unknown, 9, &["1 135 unknown-33333333-3333-3333-3333-333333333333 unknown-9"]),
        (&SRVSVC, 200, &["1 135 srvsvc unknown-200"]),
        (&WINREG, 6, &["1 135 winreg BaseRegCreateKey"]),
        // Its rows are left out.
        (&WINREG, 5, &[]),
    ];
    for (uuid, operation, rows) in cases {
        assert_eq!(play(&steps(uuid, operation)).rows, rows, "{operation}");
    }
}

#[test]
fn a_context_is_called_by_its_number_and_else_the_last_one_is_meant() {
    let steps = [
        (Client, bind(&[context(0, &SRVSVC), context(1, &WINREG)])),
        (Server, ack(b"")),
        (Client, request(2, 0, 15)),
        (Server, response(2, 0)),
        (Client, request(3, 7, 6)),
        (Server, response(3, 7)),
    ];
    assert_eq!(play(&steps).rows, ["1 - srvsvc NetrShareEnum", "1 - winreg BaseRegCreateKey"]);
}

#[test]
fn calls_of_one_context_that_overlap_take_the_last_operation() {
    let mut steps = calls();
    steps.swap(3, 4);
    let rows = play(&steps).rows;
    assert_eq!(rows, [r"1 \PIPE\srvsvc srvsvc NetrShareGetInfo", r"2 \PIPE\srvsvc srvsvc NetrShareGetInfo"]);
}

#[test]
fn what_stays_unanswered_repeats_the_call_before() {
    let mut steps = calls();
    steps.push((Client, request(4, 0, 21)));
    let rows = play(&steps).rows;
    assert_eq!(rows, [CALLS[0], CALLS[1], CALLS[1]]);
    // One that was never answered has nothing to repeat; a fault is no answer, and no row.
    assert!(play(&steps[..3]).rows.is_empty());
    let fault = pdu(3, WHOLE, 2, &[0; 16], None);
    let seen = play(&[&steps[..3], &[(Server, fault)]].concat());
    assert!(seen.rows.is_empty());
    assert_eq!(seen.services, ["dce_rpc"]);
}

#[test]
fn a_bind_that_was_missed_is_guessed_by_the_pipe() {
    let steps = &calls()[1..];
    assert_eq!(play(steps).rows, [CALLS[1]]);
    for (pipe, known) in
        [(&b"\\pipe\\WINREG"[..], true), (b"srvsvc", true), (b"\\PIPE\\lsass", false), (b"135", false)]
    {
        assert_eq!(names::behind_pipe(pipe).is_some(), known, "{}", text(pipe));
    }
}

#[test]
fn a_call_in_fragments_is_put_together() {
    let (first, middle, last) = (1, 0, 2);
    let steps = [
        (Client, bind(&[context(0, &SRVSVC)])),
        (Server, ack(b"135")),
        (Client, pdu(0, first, 2, &[4, 0, 0, 0, 0], None)),
        (Client, pdu(0, middle, 2, &[0, 15], None)),
        // Of a call whose beginning was not seen.
        (Client, pdu(0, last, 9, &[0; 8], None)),
        (Client, pdu(0, last, 2, &[0], None)),
        (Server, response(2, 0)),
    ];
    assert_eq!(play(&steps).rows, ["1 135 srvsvc NetrShareEnum"]);
}

#[test]
fn fragments_have_limits() {
    let first = |call: u32, body: &[u8]| (Client, pdu(0, 1, call, body, None));
    let many: Vec<_> = (0..21).map(|call| first(call, &[0; 8])).collect();
    let long = [first(1, &[0; 20_000]), (Client, pdu(0, 0, 1, &[0; 10_001], None))];
    let cases: [(&[Step], &str); 3] = [
        (&many, "too_many_dce_rpc_msgs_in_reassembly"),
        (&long, "too_much_dce_rpc_fragment_data"),
        (&[first(1, &[0; 8]), first(1, &[0; 8])], "multiple_first_fragments_in_dce_rpc_reassembly"),
    ];
    for (steps, weird) in cases {
        let steps = [steps, &calls()].concat();
        let seen = Tap::open(135).play(&steps, &[1400]);
        assert!(seen.weirds.iter().any(|seen| seen.starts_with(weird)), "{weird}: {:?}", seen.weirds);
        assert!(seen.rows.is_empty(), "{weird}");
    }
    let mut fragments = Fragments::default();
    let header = pdu(0, 1, 1, &[], None);
    let header = Header::read(header.first_chunk().unwrap()).unwrap();
    fragments.add(&header, &[0; 1000]);
    assert!((1000..1400).contains(&fragments.held()), "{}", fragments.held());
}

#[test]
fn a_gap_ends_it() {
    let mut tap = Tap::open(135);
    let steps = calls();
    for (side, bytes) in &steps[..4] {
        tap.send(*side, bytes);
    }
    tap.lose(Client, 10).send(Server, &response(3, 0)).send(Client, &request(4, 0, 15));
    assert_eq!(tap.finish().rows, [CALLS[0]]);
}

#[test]
fn what_is_no_pdu_costs_its_segment() {
    let mut steps = calls();
    steps.insert(2, (Client, b"GET / HTTP/1.1\r\n\r\n".to_vec()));
    let seen = play(&steps);
    assert_eq!(seen.rows, CALLS);
    assert!(seen.failures.is_empty());
}

/// A message of NTLM by which `bob` logs on.
fn authenticate() -> Vec<u8> {
    let field = |length: u8, offset: u8| [length, 0, length, 0, offset, 0, 0, 0];
    let fields = [field(0, 64), field(0, 64), field(0, 64), field(6, 64), field(0, 70), field(0, 70)];
    [b"NTLMSSP\0\x03\0\0\0", &fields.concat()[..], &[1, 0, 0, 0], b"b\0o\0b\0"].concat()
}

#[test]
fn trailers_go_to_whom_they_belong() {
    let wrapped = {
        let token = authenticate();
        let length = token.len() as u8;
        [&[0xa1, length + 6, 0x30, length + 4, 0xa2, length + 2, 4, length], &token[..]].concat()
    };
    let cases: [Trailer<'_>; 6] = [
        (10, &authenticate(), &["bob -"], "ntlm,dce_rpc", ""),
        (9, &wrapped, &["bob -"], "ntlm,gssapi,dce_rpc", ""),
        (9, &[4, 4, 5, 255, 1, 2, 3, 4], &[], "gssapi,dce_rpc", ""),
        (16, &[1, 2, 3, 4], &[], "dce_rpc", ""),
        (68, &[1, 2, 3, 4], &[], "dce_rpc", "netlogon_dce_rpc_auth_type"),
        (77, &[1, 2, 3, 4], &[], "dce_rpc", "unknown_dce_rpc_auth_type"),
    ];
    for (kind, token, logons, services, weird) in cases {
        let bind = pdu(11, WHOLE, 1, &bind_body(&[context(0, &SRVSVC)]), Some((kind, token)));
        let seen = play(&[
            (Client, bind),
            (Server, ack(b"135")),
            (Client, request(2, 0, 15)),
            (Server, response(2, 0)),
        ]);
        assert_eq!(seen.logons, logons, "{kind}");
        assert_eq!(seen.services, [services], "{kind}");
        assert_eq!(seen.rows.len(), 1, "{kind}");
        assert!(
            seen.weirds.first().map_or("", |weird| weird.as_str()).starts_with(weird),
            "{:?}",
            seen.weirds
        );
        assert_eq!(seen.weirds.is_empty(), weird.is_empty());
    }
}

#[test]
fn the_table_of_interfaces_is_sorted() {
    assert!(INTERFACES.is_sorted_by(|one, next| one.uuid < next.uuid));
    assert_eq!(names::endpoint(0x4b324fc8_1670_01d3_1278_5a47bf6ee188), "srvsvc");
    assert_eq!(names::operation(0x4b324fc8_1670_01d3_1278_5a47bf6ee188, 15), "NetrShareEnum");
}

proptest! {
    #![proptest_config(crate::testing::cases(64))]

    #[test]
    fn a_changed_byte_breaks_nothing(at: Index, byte: u8, size in 1..99usize) {
        Tap::open(135).play(&changed(&calls(), at, byte), &[size]);
    }
}
