//! The rows of a connection while they are written: as a rule there is one, which requests begin and a response ends.

use super::parse::{self, Kind};
use super::record::Sip;
use crate::analyzers::{Context, Remains};
use crate::events::Vector;

/// Hosts of one path.
const MAX_PATH: usize = 100;
/// Bytes of one host that are kept.
const MAX_HOST: usize = 4096;
/// Rows that may be open: a message that goes on where its transaction is over opens another.
const MAX_OPEN: usize = 4;
/// Bytes of rows that provisional responses may repeat, whatever came, and for each byte that came: such a response is small,
/// and its row says once more all that the request and the responses before it said.
const MAX_REPEATED: u64 = 64 * 1024;
const REPEATED_FOR_BYTE: u64 = 64;
/// Methods that nobody wonders about.
const METHODS: [&[u8]; 8] =
    [b"REGISTER", b"INVITE", b"ACK", b"CANCEL", b"BYE", b"OPTIONS", b"NOTIFY", b"SUBSCRIBE"];

/// The rows of one connection, and how far requests and responses are.
#[derive(Default)]
pub(super) struct Session {
    /// Rows by their number; boxed, for they are large and few.
    rows: Vec<(u64, Box<Sip>)>,
    request: u64,
    response: u64,
    /// Bytes of rows that may still be repeated, beyond the first ones.
    earned: u64,
    repeated: u64,
}

impl Session {
    fn number(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Request => self.request,
            Kind::Response => self.response,
        }
    }

    fn is_open(&self, number: u64) -> bool {
        self.rows.iter().any(|(open, _)| *open == number)
    }

    /// The row that a message of this kind is about, which begins if there is none.
    fn row(&mut self, cx: &Context<'_>, kind: Kind) -> Option<&mut Sip> {
        let number = self.number(kind);
        if !self.is_open(number) && self.rows.len() < MAX_OPEN {
            self.rows.push((number, Box::new(begin(cx, number))));
        }
        self.rows.iter_mut().find(|(open, _)| *open == number).map(|(_, row)| &mut **row)
    }

    /// A request line.
    pub(super) fn request(&mut self, cx: &mut Context<'_>, method: &[u8], uri: &[u8]) {
        if let Some(row) = self.row(cx, Kind::Request) {
            row.method = Some(method.to_vec());
            row.uri = Some(uri.to_vec());
        }
        if !METHODS.contains(&method) {
            cx.weird_from(None, "unknown_SIP_method", method);
        }
    }

    /// A status line.
    pub(super) fn status(&mut self, cx: &Context<'_>, code: u64, reason: &[u8]) {
        if let Some(row) = self.row(cx, Kind::Response) {
            row.status_code = Some(code);
            row.status_msg = Some(reason.to_vec());
        }
    }

    /// A header. One that comes when the transaction is over belongs to the next one.
    pub(super) fn header(&mut self, cx: &mut Context<'_>, kind: Kind, name: &[u8], value: &[u8]) {
        self.earned += REPEATED_FOR_BYTE * (name.len() + value.len()) as u64;
        if !self.is_open(self.number(kind)) {
            *match kind {
                Kind::Request => &mut self.request,
                Kind::Response => &mut self.response,
            } += 1;
        }
        let Some(row) = self.row(cx, kind) else { return };
        let is_full = match kind {
            Kind::Request => of_request(row, name, value),
            Kind::Response => of_response(row, name, value),
        };
        match kind {
            Kind::Request if is_full => cx.weird_from(None, "sip_max_request_path_length_exceeded", ""),
            Kind::Response if is_full => cx.weird_from(None, "sip_max_response_path_length_exceeded", ""),
            _ => {}
        }
    }

    /// A message is complete. A response's row is written, and is over unless the response is provisional.
    pub(super) fn done(&mut self, cx: &mut Context<'_>, kind: Kind) {
        let number = self.number(kind);
        let Some(row) = self.row(cx, kind) else { return };
        if kind == Kind::Request {
            return;
        }
        let row = row.clone();
        let is_provisional = row.status_code.is_none_or(|code| (100..200).contains(&code));
        if is_provisional && !self.may_repeat(held(&row)) {
            return cx.limit_reached();
        }
        cx.emit(&row);
        let Some(code) = row.status_code else { return };
        if !is_provisional {
            self.rows.retain(|(open, _)| *open != number);
        }
        let is_hung_up = row.method.as_deref() == Some(b"BYE") && (200..300).contains(&code);
        if row.method.is_none() || is_hung_up {
            self.begin_anew(cx);
        }
    }

    /// Whether a row of so many bytes may be written though another one is to follow.
    fn may_repeat(&mut self, bytes: usize) -> bool {
        let repeated = self.repeated + bytes as u64;
        let may = repeated <= MAX_REPEATED + self.earned;
        if may {
            self.repeated = repeated;
        }
        may
    }

    /// Nothing is known of the connection any more.
    fn begin_anew(&mut self, cx: &mut Context<'_>) {
        for (_, row) in std::mem::take(self).rows.into_iter().filter(|(number, _)| *number != 0) {
            cx.emit(&*row);
        }
    }

    /// The end: what is open is written.
    pub(super) fn write(&mut self, cx: &mut Context<'_>) {
        for (_, row) in std::mem::take(&mut self.rows) {
            cx.emit(&*row);
        }
    }

    /// Bytes of memory that the rows take.
    pub(super) fn rows_held(&self) -> usize {
        let rows: usize = self.rows.iter().map(|(_, row)| size_of::<Sip>() + held(row)).sum();
        self.rows.capacity() * size_of::<(u64, Box<Sip>)>() + rows
    }
}

impl Remains for Session {
    fn finish(mut self: Box<Self>, cx: &mut Context<'_>) {
        self.write(cx);
    }

    fn held(&self) -> usize {
        size_of::<Self>() + self.rows_held()
    }
}

fn begin(cx: &Context<'_>, number: u64) -> Sip {
    Sip {
        ts: cx.now(),
        conn: cx.conn(),
        trans_depth: number,
        method: None,
        uri: None,
        date: None,
        request_from: None,
        request_to: None,
        response_from: None,
        response_to: None,
        reply_to: None,
        call_id: None,
        seq: None,
        subject: None,
        request_path: Vector::default(),
        response_path: Vector::default(),
        user_agent: None,
        status_code: None,
        status_msg: None,
        warning: None,
        request_body_len: None,
        response_body_len: None,
        content_type: None,
    }
}

/// A header of a request; true if its path has no room for it.
fn of_request(row: &mut Sip, name: &[u8], value: &[u8]) -> bool {
    let place = match name.to_ascii_uppercase().as_slice() {
        b"CALL-ID" => &mut row.call_id,
        b"CONTENT-LENGTH" | b"L" => {
            row.request_body_len = Some(parse::number(value));
            return false;
        }
        b"CSEQ" => &mut row.seq,
        b"DATE" => &mut row.date,
        b"FROM" | b"F" => {
            row.request_from = Some(parse::before(value, b"tag=").to_vec());
            return false;
        }
        b"REPLY-TO" => &mut row.reply_to,
        b"SUBJECT" | b"S" => &mut row.subject,
        b"TO" | b"T" => &mut row.request_to,
        b"USER-AGENT" => &mut row.user_agent,
        b"VIA" | b"V" => return through(&mut row.request_path, value),
        _ => return false,
    };
    *place = Some(value.to_vec());
    false
}

/// A header of a response; true if its path has no room for it.
fn of_response(row: &mut Sip, name: &[u8], value: &[u8]) -> bool {
    let place = match name.to_ascii_uppercase().as_slice() {
        b"CONTENT-LENGTH" | b"L" => {
            row.response_body_len = Some(parse::number(value));
            return false;
        }
        b"CONTENT-TYPE" | b"C" => &mut row.content_type,
        b"WARNING" => &mut row.warning,
        b"FROM" | b"F" => {
            row.response_from = Some(parse::before(value, b"tag=").to_vec());
            return false;
        }
        b"TO" | b"T" => &mut row.response_to,
        b"VIA" | b"V" => return through(&mut row.response_path, value),
        _ => return false,
    };
    *place = Some(value.to_vec());
    false
}

/// One more host of a path; true if there is no room for it.
fn through(path: &mut Vector<Vec<u8>>, value: &[u8]) -> bool {
    if path.0.len() >= MAX_PATH {
        return true;
    }
    let host = parse::before(value, b"branch");
    path.0.push(host.get(..MAX_HOST).unwrap_or(host).to_vec());
    false
}

/// Bytes that a row holds beside itself.
fn held(row: &Sip) -> usize {
    let texts = [
        &row.method,
        &row.uri,
        &row.date,
        &row.request_from,
        &row.request_to,
        &row.response_from,
        &row.response_to,
        &row.reply_to,
        &row.call_id,
        &row.seq,
        &row.subject,
        &row.user_agent,
        &row.status_msg,
        &row.warning,
        &row.content_type,
    ];
    let texts: usize = texts.into_iter().flatten().map(Vec::capacity).sum();
    let path = |path: &Vector<Vec<u8>>| {
        path.0.capacity() * size_of::<Vec<u8>>() + path.0.iter().map(Vec::capacity).sum::<usize>()
    };
    texts + path(&row.request_path) + path(&row.response_path)
}
