//! What a session says and is answered, as rows.

use std::borrow::Cow;

use super::names;
use super::parse::{self, Broken};
use super::record::Postgresql;
use crate::analyzers::Context;
use crate::base::time::Timestamp;

/// Bytes that are kept of a text.
pub(super) const MAX_TEXT: usize = 8192;

/// A row that is not complete.
#[derive(Debug)]
struct Row {
    ts: Timestamp,
    frontend: Option<&'static str>,
    frontend_arg: Option<Vec<u8>>,
    backend: Option<Cow<'static, str>>,
    backend_arg: Option<Vec<u8>>,
    success: Option<bool>,
    rows: Option<u64>,
}

/// One session.
#[derive(Debug, Default)]
pub(super) struct Session {
    row: Option<Box<Row>>,
    user: Option<Vec<u8>>,
    database: Option<Vec<u8>>,
    application_name: Option<Vec<u8>>,
    /// Rows of data since they were told last.
    rows: Option<u64>,
    /// Fields of the error at hand.
    error: Vec<u8>,
}

/// Adds to a list in a text, as far as there is room.
fn append(list: &mut Option<Vec<u8>>, item: &[u8]) {
    match list {
        Some(list) => {
            push(list, b",");
            push(list, item);
        }
        None => push(list.insert(Vec::new()), item),
    }
}

fn push(text: &mut Vec<u8>, bytes: &[u8]) {
    let room = MAX_TEXT.saturating_sub(text.len());
    text.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
}

impl Session {
    /// The row at hand; one begins if there is none.
    fn row(&mut self, cx: &Context<'_>) -> &mut Row {
        self.row.get_or_insert_with(|| {
            Box::new(Row {
                ts: cx.now(),
                frontend: None,
                frontend_arg: None,
                backend: None,
                backend_arg: None,
                success: None,
                rows: None,
            })
        })
    }

    /// The row at hand is complete.
    pub(super) fn emit(&mut self, cx: &mut Context<'_>) {
        let Some(row) = self.row.take() else { return };
        if !cx.wants(Postgresql::STREAM) {
            return;
        }
        let Row { ts, frontend, frontend_arg, backend, backend_arg, success, rows } = *row;
        let (user, database) = (self.user.clone(), self.database.clone());
        let application_name = self.application_name.clone();
        let conn = cx.conn();
        cx.emit(&Postgresql {
            ts,
            conn,
            user,
            database,
            application_name,
            frontend,
            frontend_arg,
            backend,
            backend_arg,
            success,
            rows,
        });
    }

    /// The client wants TLS.
    pub(super) fn ssl_request(&mut self, cx: &Context<'_>) {
        self.row(cx).frontend = Some("ssl_request");
    }

    /// The server agrees, or does not.
    pub(super) fn ssl_reply(&mut self, cx: &mut Context<'_>, agrees: bool) {
        let row = self.row(cx);
        row.backend = Some(Cow::Borrowed("ssl_reply"));
        row.backend_arg = Some(if agrees { b"S".to_vec() } else { b"N".to_vec() });
        row.success = Some(agrees);
        self.emit(cx);
    }

    /// The client says something of the session.
    pub(super) fn parameter(&mut self, cx: &Context<'_>, name: &[u8], value: &[u8]) {
        self.row(cx);
        let place = match name {
            b"user" => &mut self.user,
            b"database" => &mut self.database,
            b"application_name" => &mut self.application_name,
            _ => return,
        };
        *place = Some(value.get(..MAX_TEXT).unwrap_or(value).to_vec());
    }

    /// The client's startup message is complete.
    pub(super) fn startup(&mut self, cx: &mut Context<'_>) {
        cx.confirm();
        self.row(cx).frontend = Some("startup");
    }

    /// The client sends a query.
    pub(super) fn query(&mut self, cx: &mut Context<'_>, query: &[u8]) {
        self.emit(cx);
        let row = self.row(cx);
        row.frontend = Some("simple_query");
        row.frontend_arg = Some(query.get(..MAX_TEXT).unwrap_or(query).to_vec());
        self.rows = Some(0);
    }

    /// The client ends the session.
    pub(super) fn terminate(&mut self, cx: &mut Context<'_>) {
        self.emit(cx);
        self.row(cx).frontend = Some("terminate");
        self.emit(cx);
    }

    /// The server wants the client to log in that way; 0 says that it did.
    pub(super) fn authentication(&mut self, cx: &Context<'_>, number: u32) {
        let row = self.row(cx);
        if number == 0 {
            row.backend = Some(Cow::Borrowed("auth_ok"));
            row.success = Some(true);
            return;
        }
        row.answer("auth_request");
        append(&mut row.backend_arg, &names::authentication(number));
    }

    /// The server sends a row of data.
    pub(super) fn data_row(&mut self, cx: &Context<'_>) {
        self.row(cx);
        self.rows = Some(self.rows.unwrap_or(0).saturating_add(1));
    }

    /// The server has something to say.
    pub(super) fn notice(&mut self, cx: &Context<'_>, body: &[u8]) -> Result<(), Broken> {
        parse::fields(body, |code, value| {
            let item = [&names::field(code), b"=".as_slice(), value].concat();
            append(&mut self.row(cx).backend_arg, &item);
        })
    }

    /// Something went wrong, which ends what is at hand.
    pub(super) fn error(&mut self, cx: &mut Context<'_>, body: &[u8]) -> Result<(), Broken> {
        let read = parse::fields(body, |code, value| {
            self.row(cx);
            if !self.error.is_empty() {
                push(&mut self.error, b",");
            }
            push(&mut self.error, &names::field(code));
            push(&mut self.error, b"=");
            push(&mut self.error, value);
        });
        read?;
        let error = std::mem::take(&mut self.error);
        let row = self.row(cx);
        row.answer("error");
        append(&mut row.backend_arg, &error);
        row.success = Some(false);
        self.emit(cx);
        Ok(())
    }

    /// The server is through with what is at hand.
    pub(super) fn ready(&mut self, cx: &mut Context<'_>, success: bool) {
        let Some(row) = &mut self.row else { return };
        row.success.get_or_insert(success);
        if let Some(rows) = self.rows.take() {
            row.rows = Some(rows);
        }
        self.emit(cx);
    }

    pub(super) fn held(&self) -> usize {
        let length = |text: &Option<Vec<u8>>| text.as_ref().map_or(0, Vec::capacity);
        let row = self.row.as_ref().map_or(0, |row| {
            let backend = match &row.backend {
                Some(Cow::Owned(text)) => text.capacity(),
                _ => 0,
            };
            size_of::<Row>() + backend + length(&row.frontend_arg) + length(&row.backend_arg)
        });
        let names = length(&self.user) + length(&self.database) + length(&self.application_name);
        row + names + self.error.capacity()
    }
}

impl Row {
    /// Adds to what the server answered, as far as there is room.
    fn answer(&mut self, what: &'static str) {
        match &mut self.backend {
            Some(list) if list.len() + what.len() < MAX_TEXT => {
                let list = list.to_mut();
                list.push(',');
                list.push_str(what);
            }
            Some(_) => {}
            none => *none = Some(Cow::Borrowed(what)),
        }
    }
}
