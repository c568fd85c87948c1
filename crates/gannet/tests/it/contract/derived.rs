//! As QUIC does it: datagrams whose bytes are decrypted, put in order, and given to the handshake of TLS.

use std::collections::BTreeMap;

use gannet::analyzers::ssl::{HANDSHAKE, Ssl};
use gannet::analyzers::{Analyzer, Close, Context, Descriptor, Direction, Progress, Start, Transport};

use super::network::{HOLE, Wire};
use super::{Heard, Told, each, ends, side};

const PORT: u16 = 4433;
/// The key, and what a datagram begins with.
const KEY: u8 = 0x5a;
/// Pieces that wait for those before them, in each direction.
const MAX_PIECES: usize = 64;
const NAME: &[u8] = b"contract.example";
/// Bytes of the handshake in a datagram.
const PIECE: usize = 20;

static VEILED: Descriptor = Descriptor::new("veiled", "VEILED", |_| Box::new(Veiled::default()))
    .doc("The handshake of TLS behind a veil")
    .ports(&[(Transport::Udp, PORT)])
    .records(&[Ssl::STREAM, Heard::STREAM]);
static WITNESS: Descriptor = Descriptor::new("witness", "WITNESS", |start| Box::new(Witness(*start)))
    .doc("Tells who carries it")
    .records(&[Heard::STREAM]);

/// The keys of its children.
const TLS: u64 = 0;
const CARRIED: u64 = 1;

/// What is there of the handshake in one direction.
#[derive(Default)]
struct Flow {
    next: usize,
    waiting: BTreeMap<usize, Vec<u8>>,
}

impl Flow {
    /// Takes in a piece; what can be shown then.
    fn piece(&mut self, at: usize, bytes: Vec<u8>) -> Vec<u8> {
        if at >= self.next && self.waiting.len() < MAX_PIECES {
            self.waiting.insert(at, bytes);
        }
        let mut ready = Vec::new();
        while let Some(bytes) = self.waiting.remove(&self.next) {
            self.next += bytes.len();
            ready.extend(bytes);
        }
        ready
    }
}

/// A datagram is the key, an offset of two bytes, and bytes of the handshake, encrypted.
#[derive(Default)]
struct Veiled {
    flows: [Flow; 2],
}

impl Analyzer for Veiled {
    fn start(&mut self, cx: &mut Context<'_>) {
        cx.open_child(TLS, &HANDSHAKE, Transport::Tcp);
        cx.open_child(CARRIED, &WITNESS, Transport::Udp);
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let [KEY, high, low, veiled @ ..] = bytes else { return Progress::Violation("no key") };
        cx.confirm();
        let clear = veiled.iter().map(|byte| byte ^ KEY).collect();
        let at = usize::from(u16::from_be_bytes([*high, *low]));
        let ready = self.flows[side(dir)].piece(at, clear);
        if !ready.is_empty() {
            cx.child_data(TLS, dir, &ready);
        }
        Progress::Consumed(bytes.len())
    }

    fn flipped(&mut self) {
        self.flows.swap(0, 1);
    }

    fn held(&self) -> usize {
        self.flows.iter().flat_map(|flow| flow.waiting.values()).map(Vec::capacity).sum()
    }
}

struct Witness(Start);

impl Analyzer for Witness {
    fn data(&mut self, _cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        Progress::Consumed(bytes.len())
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        let text = self.0.carrier.unwrap_or("nobody").as_bytes().to_vec();
        cx.emit(&Heard { who: "witness", text });
    }

    fn held(&self) -> usize {
        0
    }
}

/// A message of the handshake.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, 0];
    bytes.extend((body.len() as u16).to_be_bytes());
    bytes.extend(body);
    bytes
}

/// What both hellos begin with: a version, random bytes, no session.
fn hello(random: u8) -> Vec<u8> {
    let mut bytes = vec![3, 3];
    bytes.extend([random; 32]);
    bytes.push(0);
    bytes
}

fn client_hello() -> Vec<u8> {
    let mut body = hello(7);
    body.extend([0, 2, 0xc0, 0x2f, 1, 0]);
    let name = NAME.len() as u8;
    body.extend([0, name + 9, 0, 0, 0, name + 5, 0, name + 3, 0, 0, name]);
    body.extend(NAME);
    message(1, &body)
}

fn server_hello() -> Vec<u8> {
    let mut body = hello(9);
    body.extend([0xc0, 0x2f, 0, 0, 0]);
    message(2, &body)
}

/// The bytes in datagrams.
fn veiled(bytes: &[u8]) -> Vec<Vec<u8>> {
    let datagram = |(number, piece): (usize, &[u8])| {
        let mut datagram = vec![KEY];
        datagram.extend(((number * PIECE) as u16).to_be_bytes());
        datagram.extend(piece.iter().map(|byte| byte ^ KEY));
        datagram
    };
    bytes.chunks(PIECE).enumerate().map(datagram).collect()
}

#[test]
fn a_handshake_that_was_decrypted() {
    let mut wire = Wire::default();
    wire.datagrams(ends(PORT), 0, &veiled(&client_hello()));
    wire.datagrams(ends(PORT), 1, &veiled(&server_hello()));
    each(&wire, |faults, capture| {
        let told = Told::by(&VEILED, capture);
        if faults.side == Some(1) {
            // The server spoke first, as far as is known: nothing says that its port means anything.
            return assert!(told.column(Ssl::STREAM, "uid").is_empty() && told.heard("witness").is_empty());
        }
        // A hello is read if all of it was captured.
        let whole = [0, 1].map(|from| !capture.stream(0, from).contains(&HOLE));
        let name = told.column(Ssl::STREAM, "server_name");
        let cipher = told.column(Ssl::STREAM, "cipher");
        let expected = |is: bool, text: &'static str| if is { text } else { "-" };
        if name.is_empty() {
            assert_eq!(whole, [false, false], "{faults:?}");
        } else {
            assert_eq!(name, [expected(whole[0], "contract.example")]);
            assert_eq!(cipher, [expected(whole[1], "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")], "{faults:?}");
        }
        assert_eq!(told.heard("witness"), ["veiled"]);
    });
}
