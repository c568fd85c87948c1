//! Which request belongs to which reply, and the rows that they make.
//!
//! Both sides count. What is said of a side goes to the row with its number, which is made anew if it is gone: that is
//! how a request that ends after its reply leaves a row with next to nothing in it.

use std::net::IpAddr;

use super::record::Http;
use super::{banner, fields};
use crate::analyzers::websocket::Asked;
use crate::analyzers::{Context, Remains};
use crate::base::direction::Direction;
use crate::events::tunnel::TunnelKind;
use crate::events::{Banner, Fuid, Set, Vector};
use crate::files::FileKey;
use crate::parsers::base64::{Base64, Odd};
use crate::parsers::mime::{Field, file_name};

/// Transactions that may wait for their reply; with more, rows are given up.
const MAX_WAITING: usize = 100;
/// Rows that may be open for whatever reason.
const MAX_ROWS: usize = 256;
/// Files that a row names in each direction.
const MAX_FILES: usize = 15;
/// Headers of proxies that a row names.
const MAX_PROXIED: usize = 100;
/// Bytes of one value that are kept.
const MAX_VALUE: usize = 256 * 1024;

/// Methods that nobody wonders about.
const METHODS: &[&str] = &[
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "PUT",
    "DELETE",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "POLL",
    "REPORT",
    "SUBSCRIBE",
    "BMOVE",
    "SEARCH",
];

/// Headers that proxies add.
const PROXY_HEADERS: &[&str] = &[
    "FORWARDED",
    "X-FORWARDED-FOR",
    "X-FORWARDED-FROM",
    "CLIENT-IP",
    "VIA",
    "XROXY-CONNECTION",
    "PROXY-CONNECTION",
];

/// A transaction.
struct Row {
    index: u64,
    record: Http,
    /// The request asks for a range.
    range: bool,
    /// An entity is open.
    entity: bool,
    /// The name of the file that it carries.
    filename: Option<Vec<u8>>,
    /// Entities of the originator and the responder so far.
    entities: [u64; 2],
}

/// The transactions of a connection.
#[derive(Default)]
pub(super) struct Session {
    /// Open rows by index; the one that the last event was about may be among them.
    #[expect(clippy::vec_box, reason = "rows are large, and move to and from `loose`")]
    rows: Vec<Box<Row>>,
    /// The index of that row, if it is still open.
    current: Option<u64>,
    /// That row, if it is not.
    loose: Option<Box<Row>>,
    request: u64,
    response: u64,
    depth: u64,
    /// It has one transaction, whose row is written when both sides are told of: a stream of HTTP/2.
    single: bool,
}

fn side(dir: Direction) -> usize {
    usize::from(dir == Direction::Resp)
}

/// Tells of a method that is not among the usual ones.
pub(super) fn check_method(cx: &mut Context<'_>, method: &[u8]) {
    if !METHODS.iter().any(|known| known.as_bytes() == method) {
        cx.weird_from(None, "unknown_HTTP_method", method);
    }
}

/// As much of a value as is kept.
pub(super) fn capped(value: &[u8]) -> Vec<u8> {
    value.get(..MAX_VALUE).unwrap_or(value).to_vec()
}

fn is_interim(code: Option<u64>) -> bool {
    code.is_some_and(|code| (100..200).contains(&code))
}

impl Session {
    /// Of a stream of HTTP/2, which is the next transaction after so many.
    pub(super) fn of_stream(depth: u64) -> Self {
        Self { request: 1, response: 1, depth, single: true, ..Self::default() }
    }

    /// What is still to be said is of the last request alone, which goes on as a stream of HTTP/2.
    pub(super) fn becomes_stream(&mut self) {
        self.response = self.request;
        self.single = true;
    }

    /// Whether it is of a stream.
    pub(super) fn is_stream(&self) -> bool {
        self.single
    }

    /// Transactions so far.
    pub(super) fn depth(&self) -> u64 {
        self.depth
    }

    /// What is told of a stream.
    pub(super) fn told(&mut self, cx: &mut Context<'_>, dir: Direction) -> Option<&mut Http> {
        self.select(cx, dir).map(|row| &mut row.record)
    }

    /// Emits all rows that are open, but for what came before any start line.
    pub(super) fn write_all(&mut self, cx: &mut Context<'_>) {
        for mut row in self.rows.drain(..).filter(|row| row.index > 0) {
            emit(cx, &mut row.record);
        }
    }

    fn place(&self, index: u64) -> Option<usize> {
        self.rows.binary_search_by_key(&index, |row| row.index).ok()
    }

    fn row(&self) -> Option<&Row> {
        match self.current {
            Some(index) => self.rows.get(self.place(index)?).map(Box::as_ref),
            None => self.loose.as_deref(),
        }
    }

    /// What was asked for, as far as others show it too.
    pub(super) fn asked(&self) -> Asked {
        let Some(Row { record, .. }) = self.row() else { return Asked::default() };
        let Http { host, uri, user_agent, .. } = record;
        Asked { host: host.clone(), uri: uri.clone(), user_agent: user_agent.clone() }
    }

    fn row_mut(&mut self) -> Option<&mut Row> {
        match self.current {
            Some(index) => {
                let place = self.place(index)?;
                self.rows.get_mut(place).map(Box::as_mut)
            }
            None => self.loose.as_deref_mut(),
        }
    }

    /// Turns to the row of a side, and makes it if need be.
    fn select(&mut self, cx: &mut Context<'_>, dir: Direction) -> Option<&mut Row> {
        let index = match dir {
            Direction::Orig => self.request,
            Direction::Resp => self.response,
        };
        self.loose = None;
        self.current = Some(index);
        if let Err(place) = self.rows.binary_search_by_key(&index, |row| row.index) {
            self.depth += 1;
            let record = Http::new(cx.now(), cx.conn(), self.depth);
            let row = Row { index, record, range: false, entity: false, filename: None, entities: [0; 2] };
            self.rows.insert(place, Box::new(row));
            if self.rows.len() > MAX_ROWS {
                let oldest = self.rows.iter().find(|row| row.index != index).map(|row| row.index);
                oldest.into_iter().for_each(|oldest| self.write(cx, oldest));
            }
        }
        self.row_mut()
    }

    /// Emits a row and closes it.
    fn write(&mut self, cx: &mut Context<'_>, index: u64) {
        let Some(place) = self.place(index) else { return };
        let mut row = self.rows.remove(place);
        emit(cx, &mut row.record);
        if self.current == Some(index) {
            self.current = None;
            self.loose = Some(row);
        }
    }

    /// A request line.
    pub(super) fn request(&mut self, cx: &mut Context<'_>, method: &[u8], mut uri: Vec<u8>) {
        uri.truncate(MAX_VALUE);
        if self.request < self.response {
            cx.weird_from(None, "HTTP_response_before_request", "");
            self.request = self.response;
        }
        if self.rows.len() > MAX_WAITING {
            cx.weird_from(None, "HTTP_excessive_pipelining", "");
            self.response = self.response.max(1);
            let waiting = self.rows.iter().map(|row| row.index);
            let given_up: Vec<u64> =
                waiting.filter(|index| (self.response..self.request).contains(index)).collect();
            given_up.into_iter().for_each(|index| self.write(cx, index));
            self.response = self.response.max(self.request);
        }
        self.request += 1;
        if let Some(row) = self.select(cx, Direction::Orig) {
            row.record.method = Some(capped(method));
            row.record.uri = Some(uri);
        }
        check_method(cx, method);
    }

    /// A status line.
    pub(super) fn reply(&mut self, cx: &mut Context<'_>, version: String, code: u16, reason: &[u8]) {
        let waits = self
            .place(self.response)
            .and_then(|place| self.rows.get(place))
            .is_some_and(|row| row.record.status_code.is_none() || is_interim(row.record.status_code));
        if !waits {
            self.response += 1;
        }
        let Some(row) = self.select(cx, Direction::Resp) else { return };
        let record = &mut row.record;
        record.status_code = Some(u64::from(code));
        record.status_msg = Some(capped(reason));
        record.version = Some(version);
        if is_interim(record.status_code) {
            record.info_code = record.status_code;
            record.info_msg.clone_from(&record.status_msg);
        }
        if code == 200 && record.method.as_deref() == Some(b"CONNECT") {
            cx.tunnel(TunnelKind::Http);
        }
    }

    /// A header of a message or of one of its parts.
    pub(super) fn header(&mut self, cx: &mut Context<'_>, dir: Direction, field: &Field<'_>) {
        if cx.wants(Banner::STREAM) {
            banner::tell(cx, dir, field);
        }
        let Some(row) = self.select(cx, dir) else { return };
        let mut odd = Vec::new();
        if dir == Direction::Orig {
            row.request_header(field, &mut |what| odd.push(what));
        }
        let orphan = !row.entity;
        if !orphan {
            row.name_header(field);
        }
        for what in odd {
            cx.weird_from(None, "base64_illegal_encoding", what.to_string());
        }
        if orphan {
            cx.weird("missing_HTTP_entity", "");
        }
    }

    /// A message or a part of one begins.
    pub(super) fn begin_entity(&mut self, cx: &mut Context<'_>, dir: Direction) {
        let Some(row) = self.select(cx, dir) else { return };
        if let Some(count) = row.entities.get_mut(side(dir)) {
            *count += 1;
        }
        row.entity = true;
        row.filename = None;
    }

    /// A message or a part of one ended.
    pub(super) fn end_entity(&mut self) {
        if let Some(row) = self.row_mut() {
            row.entity = false;
            row.filename = None;
        }
    }

    /// A message is over, with so many bytes of body.
    pub(super) fn message_done(&mut self, cx: &mut Context<'_>, dir: Direction, length: u64) {
        let Some(row) = self.select(cx, dir) else { return };
        if dir == Direction::Orig {
            row.record.request_body_len = length;
            return;
        }
        row.record.response_body_len = length;
        if !is_interim(row.record.status_code) && !self.single {
            self.write(cx, self.response);
        }
    }

    /// The file that the entity at hand carries, and its name; nothing before any event.
    pub(super) fn file(&self, cx: &Context<'_>, dir: Direction) -> Option<(FileKey, Option<Vec<u8>>)> {
        let row = self.row()?;
        let key = if row.range && dir == Direction::Resp {
            let url = row.url(cx.conn().resp_h, cx.conn().resp_p);
            let client = cx.conn().orig_h.to_string();
            FileKey::shared(&[b"HTTP", client.as_bytes(), &url])
        } else {
            let entity = row.entities.get(side(dir)).copied().unwrap_or(0);
            FileKey::of_connection(cx, dir, &[row.record.trans_depth, entity])
        };
        Some((key, row.filename.clone()))
    }

    /// Whether other connections may carry parts of the file.
    pub(super) fn is_shared(&self, dir: Direction) -> bool {
        dir == Direction::Resp && self.row().is_some_and(|row| row.range)
    }

    /// A file began, or began to be carried by this connection; the number of the row that names it.
    pub(super) fn note_file(&mut self, dir: Direction, fuid: Fuid, name: Option<Vec<u8>>) -> Option<u64> {
        let row = self.row_mut()?;
        let record = &mut row.record;
        let (fuids, names) = match dir {
            Direction::Orig => (&mut record.orig_fuids, &mut record.orig_filenames),
            Direction::Resp => (&mut record.resp_fuids, &mut record.resp_filenames),
        };
        if fuids.as_ref().is_none_or(|fuids| fuids.0.len() < MAX_FILES) {
            fuids.get_or_insert_default().0.push(fuid);
            names_push(names, name);
        }
        Some(record.trans_depth)
    }

    /// The type of a file became known; `depth` is the number of the row that names it.
    pub(super) fn note_type(&mut self, dir: Direction, depth: u64, mime: &'static str) {
        let rows = self.rows.iter_mut();
        let Some(row) = rows.map(|row| &mut row.record).find(|record| record.trans_depth == depth) else {
            return;
        };
        let types = match dir {
            Direction::Orig => &mut row.orig_mime_types,
            Direction::Resp => &mut row.resp_mime_types,
        };
        let types: &mut Vector<&'static str> = types.get_or_insert_default();
        if types.0.len() < MAX_FILES {
            types.0.push(mime);
        }
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        let rows = self.rows.iter().chain(&self.loose);
        let held = rows.map(|row| row.held() + size_of::<Row>()).sum::<usize>();
        held + self.rows.capacity() * size_of::<Box<Row>>()
    }
}

impl Remains for Session {
    /// What is still open is emitted.
    fn finish(mut self: Box<Self>, cx: &mut Context<'_>) {
        self.write_all(cx);
    }

    fn held(&self) -> usize {
        size_of::<Self>() + Session::held(self)
    }
}

fn names_push(names: &mut Option<Vector<Vec<u8>>>, name: Option<Vec<u8>>) {
    if let Some(name) = name {
        names.get_or_insert_default().0.push(name);
    }
}

impl Row {
    fn request_header(&mut self, field: &Field<'_>, odd: &mut dyn FnMut(Odd)) {
        let record = &mut self.record;
        let place = if field.is("host") {
            &mut record.host
        } else if field.is("user-agent") {
            &mut record.user_agent
        } else if field.is("referer") {
            &mut record.referrer
        } else if field.is("origin") {
            &mut record.origin
        } else if field.is("range") {
            self.range = true;
            return;
        } else if field.is("authorization") || field.is("proxy-authorization") {
            if let Some(name) = user_name(field.value, odd) {
                record.username = Some(name);
            }
            return;
        } else {
            if PROXY_HEADERS.iter().any(|name| field.is(name)) {
                let proxied: &mut Set<Vec<u8>> = record.proxied.get_or_insert_default();
                let text = [&field.name.to_ascii_uppercase(), &b" -> "[..], &capped(field.value)].concat();
                if proxied.0.len() < MAX_PROXIED && !proxied.0.contains(&text) {
                    proxied.0.push(text);
                }
            }
            return;
        };
        *place = Some(capped(field.value));
    }

    /// Headers that name a file.
    fn name_header(&mut self, field: &Field<'_>) {
        if let Some(name) = file_name(field) {
            self.filename = Some(capped(&name));
        }
    }

    /// The URL that was asked for, without its scheme.
    fn url(&self, host: IpAddr, port: u16) -> Vec<u8> {
        let uri = self.record.uri.as_deref().unwrap_or(b"/<missed_request>");
        if memchr::memmem::find(uri, b"://").is_some() {
            return uri.to_vec();
        }
        let mut url = match (&self.record.host, host) {
            (Some(host), _) => host.clone(),
            (None, IpAddr::V4(host)) => host.to_string().into_bytes(),
            (None, IpAddr::V6(host)) => format!("[{host}]").into_bytes(),
        };
        if port != 80 {
            url.extend_from_slice(format!(":{port}").as_bytes());
        }
        url.extend_from_slice(uri);
        url
    }

    fn held(&self) -> usize {
        fn list<T>(list: &Option<Vector<T>>, each: impl Fn(&T) -> usize) -> usize {
            list.as_ref()
                .map_or(0, |list| list.0.capacity() * size_of::<T>() + list.0.iter().map(each).sum::<usize>())
        }
        let r = &self.record;
        let texts = [
            &r.method,
            &r.host,
            &r.uri,
            &r.referrer,
            &r.user_agent,
            &r.origin,
            &r.status_msg,
            &r.info_msg,
            &r.username,
            &self.filename,
        ];
        let proxied = r.proxied.as_ref().map_or(0, |set| {
            set.0.capacity() * size_of::<Vec<u8>>() + set.0.iter().map(Vec::capacity).sum::<usize>()
        });
        let files = list(&r.orig_fuids, |_| 0)
            + list(&r.resp_fuids, |_| 0)
            + list(&r.orig_filenames, Vec::capacity)
            + list(&r.resp_filenames, Vec::capacity)
            + list(&r.orig_mime_types, |_| 0)
            + list(&r.resp_mime_types, |_| 0);
        let texts = texts.iter().filter_map(|text| text.as_ref()).map(Vec::capacity).sum::<usize>();
        texts + proxied + files + r.version.as_ref().map_or(0, String::capacity)
    }
}

/// The user name of basic authentication (RFC 7617); nothing with any other scheme.
fn user_name(value: &[u8], odd: &mut dyn FnMut(Odd)) -> Option<Vec<u8>> {
    let text = fields::basic_credentials(value)?;
    let mut decoder = Base64::default();
    let mut plain = Vec::new();
    decoder.decode(text.get(..MAX_VALUE).unwrap_or(text), &mut plain, odd);
    if decoder.is_bad() {
        plain.clear();
    } else {
        decoder.finish(&mut plain, odd);
    }
    Some(match fields::split_once(&plain, b':') {
        Some((name, _)) => name.to_vec(),
        None => [b"<problem-decoding> (", &capped(value)[..], b")"].concat(),
    })
}

/// Emits a record with the tags that it gets.
fn emit(cx: &mut Context<'_>, record: &mut Http) {
    record.tags = Set(cx.labels(record));
    cx.emit(record);
}
