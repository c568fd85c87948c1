//! FTP on conversations made here.

mod rows;
mod transfers;
mod units;

use super::Ftp;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Weird};
use crate::files::FileInfo;
use crate::flow::Conn;
use crate::testing::{Sees, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `command arg code text`.
    rows: Vec<String>,
    /// `user password`.
    users: Vec<String>,
    /// `P` or `A` and the announced end of the data connection, the size that was told, the type, and whether a file is named.
    data: Vec<String>,
    /// Bytes of each file that came over a data connection, and `>` before those that its originator sent.
    files: Vec<String>,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
}

fn shown(value: &Option<Vec<u8>>) -> String {
    value.as_deref().map_or("-".to_owned(), text)
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Ftp>() {
            let code = row.reply_code.map_or("-".to_owned(), |code| code.to_string());
            let (command, arg) = (text(&row.command), shown(&row.arg));
            self.rows.push(format!("{command} {arg} {code} {}", shown(&row.reply_msg)));
            self.users.push(format!("{} {}", text(&row.user), shown(&row.password)));
            let end = row.data_resp_h.zip(row.data_resp_p).map(|(host, port)| format!("{host}:{}", port.0));
            let mode = row.passive.map_or("-", |passive| if passive { "P" } else { "A" });
            let size = row.file_size.map_or("-".to_owned(), |size| size.to_string());
            let mime = row.mime_type.unwrap_or("-");
            self.data.push(format!(
                "{mode} {} {size} {mime} {}",
                end.as_deref().unwrap_or("-"),
                row.fuid.is_some()
            ));
        } else if let Some(file) = event.get::<FileInfo>() {
            let dir = if file.is_orig == Some(true) { ">" } else { "" };
            self.files.push(format!("{dir}{} {}", file.seen_bytes, file.missing_bytes));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(format!("{}: {}", failure.failure_reason, shown(&failure.failure_data)));
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;

/// A control connection, a segment for each line.
fn play(lines: &str) -> Seen {
    Tap::open(21).play(&crate::testing::dialogue(lines), &[9999])
}

/// Up to the login of a guest.
const LOGIN: &str = "< 220 ready\n> USER ftp\n< 331 who?\n> PASS me@here\n< 230 in\n";
