//! The rows of a connection: what is said of each mail, and when it is whole.

use super::addresses;
use super::parse::{Command, Reply};
use super::record::Smtp;
use crate::analyzers::{Context, Remains};
use crate::base::direction::Direction;
use crate::events::{Fuid, Set};
use crate::parsers::mailbox;
use crate::parsers::mime::{Field, file_name};

/// Addresses in one list, and hosts in a path.
const MAX_ADDRESSES: usize = 1000;
/// Bytes of all addresses in one list.
const MAX_LIST: usize = 256 * 1024;
/// Files that a row names.
const MAX_FILES: usize = 10_000;
/// Transactions out of order after which a connection is let go.
const MAX_INVALID: u64 = 25;
/// Bytes of one value that are kept.
const MAX_VALUE: usize = 64 * 1024;
/// Bytes of the name that a client gives itself: every row repeats it, and no name of a host has more than 255.
const MAX_HELO: usize = 1024;

/// A mail whose row is not written yet.
struct Row {
    record: Smtp,
    /// Something happened that is worth a row.
    active: bool,
    /// Entities so far; the headers of the first alone are its own.
    entities: u64,
    /// The entity at hand, and the name of the file that it is.
    entity: Option<Option<Vec<u8>>>,
}

/// All mails of a connection.
#[derive(Default)]
pub(super) struct Session {
    row: Option<Box<Row>>,
    helo: Option<Vec<u8>>,
    /// Mails that were answered.
    answered: u64,
    /// Entities of all mails.
    entities: u64,
    from_seen: bool,
    to_seen: bool,
    invalid: u64,
    last_chunk: bool,
    /// Too many transactions were out of order.
    pub(super) given_up: bool,
}

fn capped(value: &[u8]) -> Vec<u8> {
    value.get(..MAX_VALUE).unwrap_or(value).to_vec()
}

fn begins(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|front| front.eq_ignore_ascii_case(word))
}

/// Adds to a list, unless it is there or there are too many.
fn add(cx: &mut Context<'_>, list: &mut Option<Set<Vec<u8>>>, all: Vec<Vec<u8>>, too_many: &'static str) {
    let list = &mut list.get_or_insert_with(|| Set(Vec::new())).0;
    let mut bytes: usize = list.iter().map(Vec::len).sum();
    for one in all {
        if list.len() >= MAX_ADDRESSES {
            return cx.weird_from(None, too_many, "");
        }
        bytes += one.len();
        if bytes <= MAX_LIST && !list.contains(&one) {
            list.push(one);
        }
    }
}

impl Session {
    /// The open row; one begins if there is none.
    fn row(&mut self, cx: &Context<'_>) -> &mut Row {
        let (depth, helo) = (self.answered + 1, &self.helo);
        self.row.get_or_insert_with(|| {
            let record = Smtp::new(cx.now(), cx.conn(), depth, helo.clone());
            Box::new(Row { record, active: false, entities: 0, entity: None })
        })
    }

    /// Something was said or confirmed: there is a row from now on.
    pub(super) fn open(&mut self, cx: &Context<'_>) {
        self.row(cx);
    }

    /// Writes the open row if it is worth it; whether it was.
    fn flush(&mut self, cx: &mut Context<'_>) {
        if let Some(row) = self.row.take_if(|row| row.active) {
            row.tell(cx);
            self.open(cx);
        }
    }

    /// A command of the client.
    pub(super) fn command(&mut self, cx: &mut Context<'_>, command: Command, argument: &[u8]) {
        self.open(cx);
        match command {
            Command::Hello => {
                self.helo = Some(argument.get(..MAX_HELO).unwrap_or(argument).to_vec());
                self.row(cx).record.helo = self.helo.clone();
            }
            Command::Rcpt if begins(argument, b"to:") => self.recipient(cx, argument),
            Command::Mail if begins(argument, b"from:") => {
                self.flush(cx);
                let row = self.row(cx);
                row.record.mailfrom = mailbox::mailboxes(argument).next().or(row.record.mailfrom.take());
                row.active = true;
                (self.from_seen, self.to_seen) = (true, false);
            }
            Command::Data | Command::Bdat => {
                if !self.to_seen {
                    self.invalid(cx, "data missing rcpt to");
                }
                if command == Command::Bdat && argument.ends_with(b" LAST") {
                    (self.from_seen, self.to_seen, self.last_chunk) = (false, false, true);
                }
            }
            Command::EndOfData => (self.from_seen, self.to_seen) = (false, false),
            _ => {}
        }
    }

    fn recipient(&mut self, cx: &mut Context<'_>, argument: &[u8]) {
        let all = mailbox::mailboxes(argument).map(addresses::without_mark).collect();
        let row = self.row(cx);
        add(cx, &mut row.record.rcptto, all, "smtp_too_many_rcptto_addresses");
        row.active = true;
        self.to_seen = true;
        if !self.from_seen {
            self.invalid(cx, "rcpt to missing mail from");
        }
    }

    fn invalid(&mut self, cx: &mut Context<'_>, what: &str) {
        cx.weird("smtp_mail_transaction_invalid", what);
        self.invalid += 1;
        if self.invalid > MAX_INVALID {
            cx.weird("smtp_excessive_invalid_mail_transactions", "");
            self.given_up = true;
        }
    }

    /// A line of the server's reply to a command.
    pub(super) fn reply(&mut self, cx: &mut Context<'_>, command: Option<Command>, reply: &Reply<'_>) {
        let row = self.row(cx);
        row.record.last_reply = Some([reply.code.to_string().as_bytes(), b" ", &capped(reply.text)].concat());
        let chunks = command == Some(Command::Bdat) && !reply.continues && self.last_chunk;
        if command == Some(Command::EndOfData) || chunks {
            self.answered += 1;
            self.last_chunk = false;
            self.flush(cx);
            self.row = None;
            self.open(cx);
        }
    }

    /// The session goes on under TLS.
    pub(super) fn starts_tls(&mut self) {
        if let Some(row) = &mut self.row {
            row.record.tls = true;
            row.active = true;
        }
    }

    /// The connection is over.
    pub(super) fn finish(&mut self, cx: &mut Context<'_>) {
        if let Some(row) = self.row.take_if(|row| row.active) {
            row.tell(cx);
        }
    }

    pub(super) fn begin_entity(&mut self) {
        self.entities += 1;
        if let Some(row) = &mut self.row {
            row.entities += 1;
            row.entity = Some(None);
        }
    }

    pub(super) fn end_entity(&mut self) {
        if let Some(row) = &mut self.row {
            row.entity = None;
        }
    }

    /// Entities so far.
    pub(super) fn entities(&self) -> u64 {
        self.entities
    }

    /// The place of the open row's mail.
    pub(super) fn trans_depth(&self) -> u64 {
        self.row.as_ref().map_or(0, |row| row.record.trans_depth)
    }

    /// The name of the file that the entity at hand is.
    pub(super) fn file_name(&self) -> Option<&[u8]> {
        self.row.as_ref()?.entity.as_ref()?.as_deref()
    }

    /// A file has begun.
    pub(super) fn note_file(&mut self, fuid: Fuid) {
        if let Some(row) = self.row.as_mut().filter(|row| !row.record.tls)
            && row.record.fuids.0.len() < MAX_FILES
        {
            row.record.fuids.0.push(fuid);
        }
    }

    /// A header field of the entity at hand.
    pub(super) fn field(&mut self, cx: &mut Context<'_>, field: &Field<'_>) {
        let Some(row) = &mut self.row else { return };
        if row.entities <= 1 {
            row.header(cx, field);
        }
        match &mut row.entity {
            None => cx.weird("missing_SMTP_entity", ""),
            Some(name) => *name = file_name(field).map(|name| capped(&name)).or(name.take()),
        }
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        let row = self.row.as_ref().map_or(0, |row| {
            let name = row.entity.as_ref().and_then(Option::as_ref).map_or(0, Vec::capacity);
            size_of::<Row>() + row.record.held() + name
        });
        row + self.helo.as_ref().map_or(0, Vec::capacity)
    }
}

impl Row {
    /// A header field of the mail itself.
    fn header(&mut self, cx: &mut Context<'_>, field: &Field<'_>) {
        if field.is("received") {
            return self.received(cx, field.value);
        }
        let record = &mut self.record;
        let (list, too_many) = if field.is("to") {
            (Some(&mut record.to), "smtp_too_many_to_addresses")
        } else if field.is("cc") {
            (Some(&mut record.cc), "smtp_too_many_cc_addresses")
        } else {
            (None, "")
        };
        if let Some(list) = list {
            let all = addresses::recipients(field.value).map(<[u8]>::to_vec).collect();
            return add(cx, list, all, too_many);
        }
        if field.is("x-originating-ip") {
            record.x_originating_ip = addresses::first_host(field.value).or(record.x_originating_ip);
        }
        if let Some(place) = text_place(record, field) {
            *place = Some(capped(field.value));
        }
    }

    fn received(&mut self, cx: &mut Context<'_>, value: &[u8]) {
        let record = &mut self.record;
        record.second_received =
            record.first_received.replace(capped(value)).or(record.second_received.take());
        let path = &mut record.path.0;
        let Some(host) = addresses::received_from(value).filter(|host| path.last() != Some(host)) else {
            return;
        };
        if path.len() >= MAX_ADDRESSES {
            return cx.weird_from(None, "smtp_max_path_length_exceeded", "");
        }
        path.push(host);
    }
}

impl Row {
    /// Emits the record, and what the mail says of who wrote it.
    fn tell(&self, cx: &mut Context<'_>) {
        cx.emit(&self.record);
        let Smtp { path, user_agent, .. } = &self.record;
        if let (Some(agent), Some(host), Some(true)) =
            (user_agent, path.0.last(), cx.is_local(Direction::Orig))
        {
            cx.banner("SMTP::MAIL_CLIENT", *host, None, agent);
        }
    }
}

/// The column of a header field that is shown as it was sent.
fn text_place<'a>(record: &'a mut Smtp, field: &Field<'_>) -> Option<&'a mut Option<Vec<u8>>> {
    Some(match field.name.to_ascii_lowercase().as_slice() {
        b"message-id" => &mut record.msg_id,
        b"in-reply-to" => &mut record.in_reply_to,
        b"subject" => &mut record.subject,
        b"from" => &mut record.from,
        b"reply-to" => &mut record.reply_to,
        b"date" => &mut record.date,
        b"x-mailer" | b"user-agent" | b"x-user-agent" => &mut record.user_agent,
        _ => return None,
    })
}

impl Remains for Session {
    fn finish(mut self: Box<Self>, cx: &mut Context<'_>) {
        Self::finish(&mut self, cx);
    }

    fn held(&self) -> usize {
        size_of::<Self>() + Self::held(self)
    }
}
