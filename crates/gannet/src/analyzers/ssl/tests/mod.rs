//! TLS on messages made here.

mod datagrams;
mod hostile;
mod old;
mod prints;
mod probes;
mod rows;

use crate::analyzers::record::AnalyzerFailure;
use crate::analyzers::ssl::Ssl;
use crate::events::{Event, Weird};
use crate::files::FileInfo;
use crate::files::ocsp::Ocsp;
use crate::files::x509::X509;
use crate::flow::Conn;
use crate::testing::Side::{Client, Server};
use crate::testing::{Sees, Side, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `version cipher curve name resumed alert protocol established history`.
    rows: Vec<String>,
    /// Chains of the server and the client by their first digits, and whether the name is the certificate's.
    chains: Vec<String>,
    ja: Vec<String>,
    weirds: Vec<String>,
    failures: Vec<String>,
    /// `service history`.
    conns: Vec<String>,
    /// `serial host client`.
    certificates: Vec<String>,
    ocsp: Vec<String>,
    files: Vec<String>,
}

type Tap = crate::testing::Tap<Seen>;

fn or_dash<T: AsRef<str>>(value: Option<&T>) -> String {
    value.map_or("-".to_owned(), |text| text.as_ref().to_owned())
}

fn flag(value: bool) -> char {
    if value { 'T' } else { 'F' }
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Ssl>() {
            self.row(row);
        } else if let Some(row) = event.get::<X509>() {
            let uses = [flag(row.host_cert), flag(row.client_cert)];
            self.certificates.push(format!("{} {} {}", row.serial, uses[0], uses[1]));
        } else if let Some(row) = event.get::<Ocsp>() {
            self.ocsp.push(format!("{} {}", row.serial_number, row.cert_status));
        } else if let Some(row) = event.get::<FileInfo>() {
            let name = row.mime_type.unwrap_or("-");
            self.files.push(format!("{} {name} {}", row.source.unwrap(), row.seen_bytes));
        } else if let Some(conn) = event.get::<Conn>() {
            let service = or_dash(conn.service.as_ref());
            self.conns.push(format!("{service} {}", text(conn.history.as_deref().unwrap_or_default())));
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        }
    }
}

impl Seen {
    fn row(&mut self, row: &Ssl) {
        self.rows.push(format!(
            "{} {} {} {} {} {} {} {} {}",
            or_dash(row.version.as_ref()),
            or_dash(row.cipher.as_ref()),
            or_dash(row.curve.as_ref()),
            or_dash(row.server_name.as_deref().map(text).as_ref()),
            flag(row.resumed),
            or_dash(row.last_alert.as_ref()),
            or_dash(row.next_protocol.as_deref().map(text).as_ref()),
            flag(row.established),
            text(&row.ssl_history),
        ));
        let chain = |chain: &Option<crate::events::Vector<String>>| match chain {
            None => "-".to_owned(),
            Some(chain) => {
                format!("[{}]", chain.0.iter().map(|print| &print[..4]).collect::<Vec<_>>().join(","))
            }
        };
        let matches = row.sni_matches_cert.map_or('-', flag);
        let (server, client) = (chain(&row.cert_chain_fps), chain(&row.client_cert_chain_fps));
        self.chains.push(format!("{server} {client} {matches}"));
        let (ja3, ja3s) = (or_dash(row.ja3.as_ref()), or_dash(row.ja3s.as_ref()));
        self.ja.push(format!("{ja3} {ja3s} {}", or_dash(row.ja4.as_ref())));
    }
}

/// A conversation over a stream, in segments of these sizes, both ends closed at its end.
fn cut(steps: &[(Side, Vec<u8>)], sizes: &[usize]) -> Seen {
    Tap::open(443).play(steps, sizes)
}

/// The same, each step one segment.
fn converse(steps: &[(Side, Vec<u8>)]) -> Seen {
    cut(steps, &[usize::MAX])
}

fn words(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// Bytes behind their length.
fn with_length(size: usize, bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u64).to_be_bytes()[8 - size..], bytes].concat()
}

fn record(kind: u8, bytes: &[u8]) -> Vec<u8> {
    record_of(0x0303, kind, bytes)
}

fn record_of(version: u16, kind: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![kind], words(&[version]), with_length(2, bytes)].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [vec![kind], with_length(3, body)].concat()
}

/// Messages in a record.
fn handshake(messages: &[Vec<u8>]) -> Vec<u8> {
    record(22, &messages.concat())
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [words(&[kind]), with_length(2, content)].concat()
}

fn server_name(name: &str) -> Vec<u8> {
    let entry = [vec![0], with_length(2, name.as_bytes())].concat();
    extension(0, &with_length(2, &entry))
}

fn alpn(protocol: &[u8]) -> Vec<u8> {
    extension(16, &with_length(2, &with_length(1, protocol)))
}

/// A hello to be.
#[derive(Clone)]
struct Hello {
    version: u16,
    random: [u8; 32],
    session: Vec<u8>,
    ciphers: Vec<u16>,
    extensions: Vec<Vec<u8>>,
}

impl Default for Hello {
    fn default() -> Self {
        Self {
            version: 0x0303,
            random: [0x11; 32],
            session: Vec::new(),
            ciphers: vec![0xc02f],
            extensions: Vec::new(),
        }
    }
}

impl Hello {
    fn with(extensions: &[Vec<u8>]) -> Self {
        Self { extensions: extensions.to_vec(), ..Self::default() }
    }

    fn extensions(&self) -> Vec<u8> {
        if self.extensions.is_empty() { Vec::new() } else { with_length(2, &self.extensions.concat()) }
    }

    fn client_body(&self, cookie: &[u8]) -> Vec<u8> {
        [
            words(&[self.version]),
            self.random.to_vec(),
            with_length(1, &self.session),
            cookie.to_vec(),
            with_length(2, &words(&self.ciphers)),
            vec![1, 0],
            self.extensions(),
        ]
        .concat()
    }

    fn client(&self) -> Vec<u8> {
        message(1, &self.client_body(&[]))
    }

    fn server_body(&self) -> Vec<u8> {
        [
            words(&[self.version]),
            self.random.to_vec(),
            with_length(1, &self.session),
            words(&self.ciphers[..1]),
            vec![0],
            self.extensions(),
        ]
        .concat()
    }

    fn server(&self) -> Vec<u8> {
        message(2, &self.server_body())
    }
}

fn certificates(chain: &[Vec<u8>]) -> Vec<u8> {
    let list: Vec<u8> = chain.iter().flat_map(|certificate| with_length(3, certificate)).collect();
    message(11, &with_length(3, &list))
}

/// A server key exchange on a named curve.
fn key_exchange(curve: u16) -> Vec<u8> {
    let point = with_length(1, &[4; 65]);
    let signature = [words(&[0x0401]), with_length(2, &[7; 64])].concat();
    message(12, &[vec![3], words(&[curve]), point, signature].concat())
}

fn change_cipher() -> Vec<u8> {
    record(20, &[1])
}

/// Something encrypted.
fn secret() -> Vec<u8> {
    record(22, &[0xee; 40])
}

fn data() -> Vec<u8> {
    record(23, &[0xdd; 50])
}

/// A full handshake of TLS 1.2.
fn full() -> Vec<(Side, Vec<u8>)> {
    let hello = Hello::with(&[server_name("www.example.org"), alpn(b"h2")]);
    let chosen = Hello { session: vec![5; 32], extensions: vec![alpn(b"http/1.1")], ..Hello::default() };
    let chain = [leaf().bytes(), Made::default().bytes()];
    vec![
        (Client, handshake(&[hello.client()])),
        (Server, handshake(&[chosen.server(), certificates(&chain), key_exchange(23), message(14, &[])])),
        (Client, [handshake(&[message(16, &[1; 66])]), change_cipher(), secret()].concat()),
        (Server, [change_cipher(), secret()].concat()),
        (Client, data()),
    ]
}

use crate::files::x509::tests::build::{Made, der, domains, oid, seq};

/// A certificate for a name.
fn leaf() -> Made {
    Made {
        serial: der(2, &[2]),
        extensions: vec![domains(&["*.example.org", "other.test"])],
        ..Made::default()
    }
}
