//! HTTP on bytes made here.

mod bodies;
mod hostile;
mod parts;
mod rows;
mod units;

use crate::analyzers::http::Http;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Piece, Weird};
use crate::files::FileInfo;
use crate::flow::Conn;
use crate::testing::Side::{Client, Server};
use crate::testing::{Sees, Side, text, weird_text};

/// What came out. A row is `depth method uri host version code reason request-body reply-body`, a file
/// `direction seen/total/missing name`.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    rows: Vec<String>,
    more: Vec<Http>,
    files: Vec<String>,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
    /// The content of files, one after the other.
    content: Vec<u8>,
}

type Tap = crate::testing::Tap<Seen>;

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

impl Sees for Seen {
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
            // How a conversation is cut into packets changes when a row begins, and nothing else.
            self.more.push(Http { ts: crate::Timestamp::ZERO, ..row.clone() });
        } else if let Some(file) = event.get::<FileInfo>() {
            let dir = if file.is_orig == Some(true) { '>' } else { '<' };
            let total = or_dash(file.total_bytes);
            let name = file.filename.as_deref().map_or(String::new(), |name| format!(" {}", text(name)));
            let silent = if file.timedout { " T" } else { "" };
            self.files
                .push(format!("{dir} {}/{total}/{}{name}{silent}", file.seen_bytes, file.missing_bytes));
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(or_dash(conn.service.as_ref()));
        }
    }
    fn content(&mut self, piece: Piece<'_>) {
        if let Piece::Bytes(_, bytes) = piece {
            self.content.extend_from_slice(bytes);
        }
    }
}

/// A conversation on port 80, cut into segments of these sizes, closed by both ends.
fn cut<B: AsRef<[u8]>>(steps: &[(Side, B)], sizes: &[usize]) -> Seen {
    Tap::open(80).play(steps, sizes)
}

/// The same, in large segments.
fn converse(steps: &[(Side, &[u8])]) -> Seen {
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
