//! HTTP/2 on frames made here.

mod hostile;
mod rows;
mod table;

use super::frame::{PREFACE, kind};
use crate::Config;
use crate::analyzers::http::Http;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::tunnel::Tunnel;
use crate::events::{Event, Vector, Weird};
use crate::files::FileInfo;
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, text, weird_text};

/// What came out. A row is `depth method host uri version code info request-body/reply-body`, a file
/// `direction seen/total/missing`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    rows: Vec<String>,
    more: Vec<Http>,
    files: Vec<String>,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
    tunnels: usize,
    sockets: Vec<String>,
}

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        let bytes = |value: &Option<Vec<u8>>| or_dash(value.as_deref().map(text));
        if let Some(row) = event.get::<Http>() {
            let columns = [
                row.trans_depth.to_string(),
                bytes(&row.method),
                bytes(&row.host),
                bytes(&row.uri),
                or_dash(row.version.as_ref()),
                or_dash(row.status_code),
                or_dash(row.info_code),
                format!("{}/{}", row.request_body_len, row.response_body_len),
            ];
            self.rows.push(columns.join(" "));
            self.more.push(Http { ts: crate::Timestamp::ZERO, ..row.clone() });
        } else if let Some(file) = event.get::<FileInfo>() {
            let dir = if file.is_orig == Some(true) { '>' } else { '<' };
            let (seen, missing) = (file.seen_bytes, file.missing_bytes);
            self.files.push(format!("{dir} {seen}/{}/{missing}", or_dash(file.total_bytes)));
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(or_dash(conn.service.as_ref()));
        } else if event.get::<Tunnel>().is_some() {
            self.tunnels += 1;
        } else if let Some(row) = event.get::<crate::analyzers::websocket::WebSocket>() {
            self.sockets.push(format!("{} {}", bytes(&row.host), bytes(&row.uri)));
        }
    }
}

type Tap = crate::testing::Tap<Seen>;
type Step = (Side, Vec<u8>);

fn with_more(config: &mut Config) {
    let more = Config::builder().more_services(true).build().unwrap();
    (config.analyzers, config.more) = (more.analyzers, more.more);
}

/// An open connection where more services are asked for.
fn open(port: u16) -> Tap {
    let mut tap = Tap::new(port, with_more);
    tap.dial();
    tap
}

fn play(steps: &[Step]) -> Seen {
    open(5000).play(steps, &[9999])
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A field in full, which no table keeps.
fn field(name: &str, value: &str) -> Vec<u8> {
    literal(0, name, value)
}

/// A field in full, which the table keeps.
fn kept(name: &str, value: &str) -> Vec<u8> {
    literal(0x40, name, value)
}

fn literal(how: u8, name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![how];
    for text in [name, value] {
        number(&mut bytes, 0, 7, text.len());
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// RFC 7541, section 5.1.
fn number(out: &mut Vec<u8>, high: u8, prefix: u32, mut value: usize) {
    let most = (1 << prefix) - 1;
    if value < most {
        return out.push(high | value as u8);
    }
    out.push(high | most as u8);
    value -= most;
    while value >= 128 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}

fn fields(all: &[(&str, &str)]) -> Vec<u8> {
    all.iter().flat_map(|(name, value)| field(name, value)).collect()
}

/// A request without content, or one that goes on.
fn get(stream: u32, path: &str, ends: bool) -> Vec<u8> {
    let block = fields(&[
        (":method", if ends { "GET" } else { "POST" }),
        (":scheme", "http"),
        (":authority", "example.org"),
        (":path", path),
        ("user-agent", "test"),
    ]);
    frame(kind::HEADERS, if ends { 5 } else { 4 }, stream, &block)
}

fn ok(stream: u32, more: &[(&str, &str)]) -> Vec<u8> {
    let block = [field(":status", "200"), fields(more)].concat();
    frame(kind::HEADERS, 4, stream, &block)
}

fn data(stream: u32, ends: bool, content: &[u8]) -> Vec<u8> {
    frame(kind::DATA, u8::from(ends), stream, content)
}

fn settings() -> Vec<u8> {
    frame(kind::SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100])
}

fn hello() -> Vec<Step> {
    vec![(Client, [PREFACE, &settings()].concat()), (Server, settings())]
}

/// What both sides begin with, and more.
fn with(more: &[Step]) -> Vec<Step> {
    [&hello(), more].concat()
}

fn list<T: Clone>(value: &Option<Vector<T>>) -> Vec<T> {
    value.as_ref().map(|list| list.0.clone()).unwrap_or_default()
}
