//! QUIC on packets made here.

mod hellos;
mod hostile;
mod packets;
mod rows;

use super::Quic;
use super::keys::Keys;
use super::version::Version;
use crate::analyzers::record::AnalyzerFailure;
use crate::analyzers::ssl::Ssl;
use crate::base::direction::Direction::{self, Orig, Resp};
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `version, first id, client's id, server's id, name, protocol, history` of each row.
    rows: Vec<String>,
    /// `name, protocol, history` of each row of TLS.
    tls: Vec<String>,
    failures: Vec<(String, Option<Vec<u8>>)>,
    weirds: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        let show = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or("-".to_owned(), text);
        if let Some(row) = event.get::<Quic>() {
            let ids = [&row.client_initial_dcid, &row.client_scid, &row.server_scid].map(show).join(" ");
            let (name, protocol) = (show(&row.server_name), show(&row.client_protocol));
            self.rows.push(format!("{} {ids} {name} {protocol} {}", row.version, text(&row.history)));
        } else if let Some(row) = event.get::<Ssl>() {
            let history = text(&row.ssl_history);
            self.tls.push(format!("{} {history}", show(&row.server_name)));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push((failure.failure_reason.clone(), failure.failure_data.clone()));
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

const V1: u32 = 1;
const V2: u32 = 0x6b33_43cf;
/// The connection ids of the client's first packet, of the client, and of the server.
const FIRST: &[u8] = &[0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];
const OURS: &[u8] = &[0xc1, 0xc1];
const THEIRS: &[u8] = &[0x5e, 0x5e, 0x5e];

fn play(datagrams: &[(Side, Vec<u8>)]) -> Seen {
    let mut tap = Tap::new(443, |_| ());
    for (from, bytes) in datagrams {
        tap.datagram(*from, bytes);
    }
    tap.finish()
}

/// A number of four bytes.
fn varint(number: usize) -> Vec<u8> {
    (0x8000_0000 | number as u32).to_be_bytes().to_vec()
}

/// A long header up to the connection ids; `kind` is a number of version 1.
fn long(version: u32, kind: u8, destination: &[u8], source: &[u8]) -> Vec<u8> {
    let kind = if version == V2 { (kind + 1) & 3 } else { kind };
    let mut bytes = vec![0xc0 | kind << 4 | 1];
    bytes.extend(version.to_be_bytes());
    bytes.push(destination.len() as u8);
    bytes.extend(destination);
    bytes.push(source.len() as u8);
    bytes.extend(source);
    bytes
}

/// An Initial packet of a version with these frames, whose keys come of an id.
fn initial_of(version: u32, id: &[u8], dir: Direction, (to, from): (&[u8], &[u8]), frames: &[u8]) -> Vec<u8> {
    let mut text = frames.to_vec();
    // Room for a sample.
    text.resize(text.len().max(4), 0);
    let mut header = long(version, 0, to, from);
    header.extend([0]);
    header.extend(varint(2 + text.len() + 16));
    header.extend([0, 7]);
    let keys = Keys::new(Version::known(version).expect("a known version"), id).expect("keys");
    keys.seal(dir, &header, 2, &text).expect("a packet")
}

/// The client's, and the server's.
fn ask(frames: &[u8]) -> Vec<u8> {
    initial_of(V1, FIRST, Orig, (FIRST, OURS), frames)
}

fn reply(frames: &[u8]) -> Vec<u8> {
    initial_of(V1, FIRST, Resp, (OURS, THEIRS), frames)
}

/// A CRYPTO frame.
fn crypto(place: usize, bytes: &[u8]) -> Vec<u8> {
    [vec![6], varint(place), varint(bytes.len()), bytes.to_vec()].concat()
}

/// A packet that is protected by keys that nobody here has: `kind` 1 for 0-RTT, 2 for Handshake.
fn protected(kind: u8, to: &[u8], from: &[u8]) -> Vec<u8> {
    [long(V1, kind, to, from), varint(30), vec![0x99; 30]].concat()
}

/// A packet with a short header.
fn short(to: &[u8]) -> Vec<u8> {
    [&[0x41], to, &[0x77; 30]].concat()
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &(body.len() as u16).to_be_bytes(), body].concat()
}

/// A handshake message.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32).to_be_bytes()[1..], body].concat()
}

/// A client's hello that asks for `example.org` with these protocols, and a key share of so many bytes.
fn client_hello(protocols: &[&str], share: usize) -> Vec<u8> {
    let name = b"example.org";
    let host = [&[0, 14, 0, 0, 11][..], name].concat();
    let list: Vec<u8> =
        protocols.iter().flat_map(|name| [&[name.len() as u8], name.as_bytes()].concat()).collect();
    let alpn = [&(list.len() as u16).to_be_bytes()[..], &list].concat();
    let key = [
        &(share as u16 + 4).to_be_bytes()[..],
        &[0x11, 0xec],
        &(share as u16).to_be_bytes(),
        &vec![5; share],
    ]
    .concat();
    let extensions =
        [extension(0, &host), extension(16, &alpn), extension(43, &[2, 3, 4]), extension(51, &key)].concat();
    let mut body = vec![3, 3];
    body.extend([9; 32]);
    body.extend([0, 0, 2, 0x13, 1, 1, 0]);
    body.extend((extensions.len() as u16).to_be_bytes());
    body.extend(extensions);
    message(1, &body)
}

fn server_hello() -> Vec<u8> {
    let extensions = extension(43, &[3, 4]);
    let mut body = vec![3, 3];
    body.extend([8; 32]);
    body.extend([0, 0x13, 1, 0]);
    body.extend((extensions.len() as u16).to_be_bytes());
    body.extend(extensions);
    message(2, &body)
}

/// A hello each, handshakes, and data.
fn conversation() -> Vec<(Side, Vec<u8>)> {
    let first = ask(&crypto(0, &client_hello(&["h3"], 32)));
    let answer = [reply(&crypto(0, &server_hello())), protected(2, OURS, THEIRS)].concat();
    let mut all = vec![(Client, first), (Server, answer), (Client, protected(2, THEIRS, OURS))];
    all.extend((0..5).map(|_| (Client, short(THEIRS))));
    all.extend((0..3).map(|_| (Server, short(OURS))));
    all
}
