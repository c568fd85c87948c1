//! SMTP on conversations made here.

mod mails;
mod rows;
mod units;

use super::Smtp;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Set, Weird};
use crate::files::FileInfo;
use crate::flow::Conn;
use crate::testing::{Sees, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `depth sender recipients reply`.
    rows: Vec<String>,
    /// The millisecond of each row.
    times: Vec<i64>,
    /// What the header fields say.
    headers: Vec<String>,
    tls: Vec<bool>,
    /// Number of files of each row.
    fuids: Vec<usize>,
    /// `depth name seen missing`, and `<` before those that the server sent.
    files: Vec<String>,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
}

fn shown(value: &Option<Vec<u8>>) -> String {
    value.as_deref().map_or("-".to_owned(), text)
}

fn list(value: &Option<Set<Vec<u8>>>) -> String {
    let all = |set: &Set<Vec<u8>>| set.0.iter().map(|one| text(one)).collect::<Vec<_>>().join(",");
    value.as_ref().map_or("-".to_owned(), all)
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Smtp>() {
            let (from, to) = (shown(&row.mailfrom), list(&row.rcptto));
            self.rows.push(format!("{} {from} {to} {}", row.trans_depth, shown(&row.last_reply)));
            self.times.push(row.ts.nanos() / 1_000_000 % 1_000_000);
            let path: Vec<_> = row.path.0.iter().map(|host| host.to_string()).collect();
            self.headers.push(format!(
                "{}|{}|{}|{}|{}|{}|{}|{}",
                shown(&row.helo),
                shown(&row.from),
                list(&row.to),
                list(&row.cc),
                shown(&row.subject),
                shown(&row.first_received),
                shown(&row.second_received),
                path.join(","),
            ));
            self.tls.push(row.tls);
            self.fuids.push(row.fuids.0.len());
        } else if let Some(file) = event.get::<FileInfo>() {
            let dir = if file.is_orig == Some(true) { "" } else { "<" };
            let name = shown(&file.filename);
            self.files.push(format!("{dir}{} {name} {} {}", file.depth, file.seen_bytes, file.missing_bytes));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            let data = shown(&failure.failure_data);
            self.failures.push(format!("{}: {data}", failure.failure_reason));
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

/// A conversation on the port of SMTP, a segment for each line.
fn play(lines: &str) -> Seen {
    Tap::open(25).play(&crate::testing::dialogue(lines), &[9999])
}

/// Greeting and name.
const HELLO: &str = "< 220 mx.example\n> EHLO client\n< 250 mx.example\n";

/// An envelope, up to the server's consent.
const ENVELOPE: &str = "> MAIL FROM:<a@b>\n< 250 ok\n> RCPT TO:<c@d>\n< 250 ok\n> DATA\n< 354 go on\n";

/// A mail in an envelope.
fn mail(lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("> {line}\n")).collect();
    format!("{HELLO}{ENVELOPE}{lines}> .\n< 250 queued\n")
}
