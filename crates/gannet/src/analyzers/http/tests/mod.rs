//! HTTP on bytes made here.

mod bodies;
mod hostile;
mod parts;
mod rows;
mod units;

use self::Side::{Client, Server};
use crate::analyzers::http::Http;
use crate::events::{Event, Meta, Weird};
use crate::files::FileInfo;
use crate::flow::{AnalyzerFailure, Conn};
use crate::testing::{Ip, RAW, at, tcp, v4};
use crate::{Config, Engine};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// What came out. A row is `depth method uri host version code reason request-body reply-body`, a file
/// `direction seen/total/missing name`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    rows: Vec<String>,
    more: Vec<Http>,
    files: Vec<String>,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
    panics: u64,
}

impl PartialEq for Http {
    fn eq(&self, other: &Self) -> bool {
        // Times and ids aside.
        let text = |row: &Self| {
            let mut row = row.clone();
            row.ts = crate::Timestamp::ZERO;
            format!("{row:?}")
        };
        text(self) == text(other)
    }
}

impl Eq for Http {}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

impl Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Http>() {
            let bytes = |value: &Option<Vec<u8>>| or_dash(value.as_deref().map(text));
            let columns = [
                row.trans_depth.to_string(),
                bytes(&row.method),
                bytes(&row.uri),
                bytes(&row.host),
                or_dash(row.version.as_ref()),
                or_dash(row.status_code),
                bytes(&row.status_msg),
                row.request_body_len.to_string(),
                row.response_body_len.to_string(),
            ];
            self.rows.push(columns.join(" "));
            self.more.push(row.clone());
        } else if let Some(file) = event.get::<FileInfo>() {
            let dir = if file.is_orig == Some(true) { '>' } else { '<' };
            let total = or_dash(file.total_bytes);
            let name = file.filename.as_deref().map_or(String::new(), |name| format!(" {}", text(name)));
            self.files.push(format!("{dir} {}/{total}/{}{name}", file.seen_bytes, file.missing_bytes));
        } else if let Some(weird) = event.get::<Weird>() {
            let source = weird.source.map_or(String::new(), |source| format!("/{source}"));
            let addl = weird.addl.as_deref().map_or(String::new(), |addl| format!("({})", text(addl)));
            self.weirds.push(format!("{}{source}{addl}", weird.name));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(or_dash(conn.service.as_ref()));
        }
    }
}

/// A capture that is fed as it is made.
struct Tap {
    engine: Engine,
    seen: Seen,
    now: f64,
    ports: (u16, u16),
    next: [u32; 2],
}

impl Tap {
    /// A stream that is just open.
    fn open(port: u16) -> Self {
        Self::with(port, Config { table_seed: Some(1), ..Config::default() })
    }

    fn with(port: u16, config: Config) -> Self {
        let engine = Engine::new(config);
        let ports = (40_000, port);
        let mut tap = Self { engine, seen: Seen::default(), now: 1e9, ports, next: [1000, 5000] };
        tap.dial();
        tap
    }

    fn dial(&mut self) -> &mut Self {
        self.segment(Client, SYN, &[]).segment(Server, SYN | ACK, &[]).segment(Client, ACK, &[])
    }

    fn feed(&mut self, packet: &Ip) -> &mut Self {
        self.now += 0.001;
        let bytes = packet.bytes();
        let seen = &mut self.seen;
        let mut handler = |_: &Meta<'_>, event: Event<'_>| seen.event(event);
        self.engine.feed(RAW, at(self.now), bytes.len() as u32, &bytes, &mut handler);
        self
    }

    fn segment(&mut self, from: Side, flags: u8, payload: &[u8]) -> &mut Self {
        let me = usize::from(from == Server);
        let (seq, ack) = (self.next[me], if flags & ACK != 0 { self.next[1 - me] } else { 0 });
        let control = u32::from(flags & (SYN | FIN) != 0);
        self.next[me] += payload.len() as u32 + control;
        let (client, server) = self.ports;
        let packet = match from {
            Client => v4(6, &tcp((client, server), seq, ack, flags, payload)),
            Server => v4(6, &tcp((server, client), seq, ack, flags, payload)).back(),
        };
        self.feed(&packet)
    }

    fn send(&mut self, from: Side, payload: &[u8]) -> &mut Self {
        self.segment(from, ACK, payload)
    }

    /// Bytes that were sent but not captured, and an acknowledgement of them.
    fn lose(&mut self, from: Side, count: u32) -> &mut Self {
        self.next[usize::from(from == Server)] += count;
        let peer = if from == Client { Server } else { Client };
        self.segment(peer, ACK, &[])
    }

    fn close(&mut self) -> &mut Self {
        self.segment(Client, FIN | ACK, &[]).segment(Server, FIN | ACK, &[]).segment(Client, ACK, &[])
    }

    fn finish(self) -> Seen {
        let Self { engine, mut seen, .. } = self;
        let summary = engine.finish(&mut |_: &Meta<'_>, event: Event<'_>| seen.event(event));
        seen.panics = summary.stats.panics;
        seen
    }
}

type Steps<'a> = &'a [(Side, &'a [u8])];

/// A conversation on port 80, cut into segments of these sizes, closed by both ends.
fn cut(steps: Steps<'_>, sizes: &[usize]) -> Seen {
    let mut tap = Tap::open(80);
    let mut sizes = sizes.iter().cycle();
    for (from, bytes) in steps {
        let mut rest = *bytes;
        while !rest.is_empty() {
            let size = (*sizes.next().unwrap()).clamp(1, 1400);
            let (now, behind) = rest.split_at(size.min(rest.len()));
            tap.send(*from, now);
            rest = behind;
        }
    }
    tap.close();
    let seen = tap.finish();
    assert_eq!(seen.panics, 0);
    seen
}

/// The same, in large segments.
fn converse(steps: Steps<'_>) -> Seen {
    cut(steps, &[1400])
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const POST: &[u8] = b"POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nworld";

/// A request and a reply with these headers and this body.
fn reply(headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes(), body].concat()
}

/// The weirds of a request line with a plain reply.
fn weirds_of(request: &[u8]) -> String {
    converse(&[(Client, request), (Server, OK)]).weirds.join(" ")
}
