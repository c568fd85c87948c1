//! Which reply belongs to which command, and the rows that they make.

use std::net::IpAddr;
use std::sync::Arc;

use super::data::FTP_DATA;
use super::parse::{self, End, Reply};
use super::path;
use super::record::Ftp;
use super::replies_table::REPLIES;
use crate::analyzers::{Context, Expectation, Remains, Transport};
use crate::base::time::Timestamp;
use crate::events::{Answered, Fuid, Port};

/// Commands that may wait for their reply.
const MAX_WAITING: usize = 20;
/// Bytes of a user's name and of a password.
const MAX_NAME: usize = 128;
/// Bytes of an argument and of a reply that are shown.
const MAX_SHOWN: usize = 4096;
/// Bytes of an argument, of a reply and of a directory that are kept.
const MAX_KEPT: usize = 64 * 1024;
/// Bytes of a directory, which every name of a file is joined to.
const MAX_DIRECTORY: usize = 4096;
/// Users who have no password worth hiding.
const GUESTS: [&[u8]; 4] = [b"anonymous", b"ftp", b"ftpuser", b"guest"];
/// Commands that make a row.
const LOGGED: [&[u8]; 10] =
    [b"APPE", b"DELE", b"RETR", b"STOR", b"STOU", b"ACCT", b"PORT", b"PASV", b"EPRT", b"EPSV"];
/// Commands whose argument is a path.
const OF_FILES: [&[u8]; 13] = [
    b"APPE", b"CWD", b"DELE", b"MKD", b"RETR", b"RMD", b"RNFR", b"RNTO", b"STOR", b"STOU", b"REST", b"SIZE",
    b"MDTM",
];

/// A command that was sent.
#[derive(Clone, Debug)]
struct Sent {
    ts: Timestamp,
    name: Vec<u8>,
    /// Shared: a command is taken out for each line that may answer it, and this may be long.
    argument: Arc<[u8]>,
    number: u64,
    /// It has changed the directory.
    done: bool,
}

impl Sent {
    fn held(&self) -> usize {
        self.name.capacity() + self.argument.len()
    }
}

/// A data connection that is announced.
#[derive(Clone, Copy, Debug)]
struct Channel {
    passive: bool,
    orig: IpAddr,
    resp: End,
}

/// All that is said on a control connection.
#[derive(Debug, Default)]
pub(super) struct Session {
    begun: bool,
    waiting: Vec<Sent>,
    sent: u64,
    /// The command that the last reply belongs to.
    replied: Option<Sent>,
    user: Option<Vec<u8>>,
    password: Option<Vec<u8>>,
    reply_code: Option<u16>,
    reply_msg: Option<Vec<u8>>,
    directory: Vec<u8>,
    channel: Option<Channel>,
    mime: Option<&'static str>,
    size: Option<u64>,
    fuid: Option<Fuid>,
}

fn capped(text: &[u8]) -> Vec<u8> {
    text.get(..MAX_KEPT).unwrap_or(text).to_vec()
}

/// A name or a password, which is told of if it is too long.
fn name(cx: &mut Context<'_>, text: &[u8], too_long: &'static str) -> Vec<u8> {
    if text.len() > MAX_NAME {
        cx.weird(too_long, text.len().to_string());
    }
    text.get(..MAX_NAME).unwrap_or(text).to_vec()
}

/// Cuts what is too long to be shown, and tells of it.
fn shorten(cx: &mut Context<'_>, text: &mut Vec<u8>, too_long: &'static str) {
    if text.len() > MAX_SHOWN {
        cx.weird(too_long, text.len().to_string());
        text.truncate(MAX_SHOWN);
        text.shrink_to_fit();
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    // To search for a long part costs its length, however short the text.
    part.len() <= text.len() && memchr::memmem::find(text, part).is_some()
}

impl Session {
    /// The server's greeting answers a command that nobody sent.
    fn begin(&mut self, cx: &Context<'_>) {
        if !std::mem::replace(&mut self.begun, true) {
            self.directory = b".".to_vec();
            self.push(cx, b"<init>", b"");
        }
    }

    fn push(&mut self, cx: &Context<'_>, name: &[u8], argument: &[u8]) {
        self.sent += 1;
        let (name, argument) = (name.to_vec(), capped(argument).into());
        self.waiting.push(Sent { ts: cx.now(), name, argument, number: self.sent, done: false });
    }

    /// Takes the command that the last reply belongs to off those that wait.
    fn settle(&mut self) -> bool {
        let Some(replied) = &self.replied else { return false };
        let place = self.waiting.iter().position(|sent| sent.number == replied.number);
        place.map(|at| self.waiting.remove(at)).is_some()
    }

    /// A command of the client.
    pub(super) fn command(&mut self, cx: &mut Context<'_>, command: &[u8], argument: &[u8]) {
        if self.reply_code.is_some() && self.settle() {
            self.log(cx);
        }
        self.begin(cx);
        if self.waiting.len() < MAX_WAITING {
            self.push(cx, command, argument);
        } else {
            cx.weird("FTP_too_many_pending_commands", self.waiting.len().to_string());
        }
        match command {
            b"USER" => self.user = Some(name(cx, argument, "FTP_user_too_long")),
            b"PASS" => self.password = Some(name(cx, argument, "FTP_password_too_long")),
            b"PORT" => self.announced(cx, false, parse::port(argument)),
            b"CLNT" => cx.banner("FTP::CLIENT", cx.conn().orig_h, None, argument),
            b"EPRT" => self.announced(cx, false, parse::extended_port(argument)),
            _ => {}
        }
    }

    /// A data connection is announced, if its end could be read.
    fn announced(&mut self, cx: &mut Context<'_>, passive: bool, end: Option<End>) {
        let Some(resp) = end else { return };
        let conn = cx.conn();
        let orig = if passive { conn.orig_h } else { conn.resp_h };
        self.channel = Some(Channel { passive, orig, resp });
        let what = Expectation::new(Transport::Tcp, &FTP_DATA, 0).opened_by(orig).calls(resp.0, resp.1);
        cx.expect_connection(what.named());
    }

    /// A line of a reply.
    pub(super) fn reply(&mut self, cx: &mut Context<'_>, reply: &Reply<'_>) {
        self.begin(cx);
        if reply.continues && reply.code == 0 && self.reply_code.is_some() && !looks_like_reply(reply.text) {
            return;
        }
        self.replied = Some(self.find(reply));
        self.reply_code = Some(reply.code);
        self.reply_msg = Some(capped(reply.text));
        if reply.continues {
            return;
        }
        self.learn(cx, reply);
        if let Some(sent) = self.replied.as_ref().filter(|_| cx.wants(Answered::STREAM)) {
            let (command, arg) = (sent.name.clone(), sent.argument.to_vec());
            cx.emit(&Answered { conn: cx.conn(), command, arg, code: u64::from(reply.code) });
        }
        if self.waiting.len() > 1 {
            self.settle();
            self.log(cx);
        }
    }

    /// The command that waits and that a reply fits best; of several the oldest.
    fn find(&self, reply: &Reply<'_>) -> Sent {
        let score = |sent: &Sent| {
            let known = || {
                REPLIES
                    .iter()
                    .any(|(name, codes)| name.as_bytes() == sent.name && codes.contains(&reply.code))
            };
            let fits = if reply.code == 500 || known() { 100 } else { 0 };
            let named = if contains(reply.text, &sent.name) { 20 } else { 0 };
            fits + named + if contains(reply.text, &sent.argument) { 10 } else { 0 }
        };
        let nobody = || Sent {
            ts: Timestamp::default(),
            name: b"<unknown>".to_vec(),
            argument: Arc::default(),
            number: 0,
            done: false,
        };
        let best = self.waiting.iter().rev().max_by_key(|sent| score(sent));
        best.cloned().unwrap_or_else(nobody)
    }

    /// What a reply says of files, data connections and directories.
    fn learn(&mut self, cx: &mut Context<'_>, reply: &Reply<'_>) {
        let Some(replied) = &self.replied else { return };
        match (replied.name.as_slice(), reply.code) {
            (b"RETR", 150) | (b"SIZE", 213) => self.size = Some(parse::last_number(reply.text)),
            (b"PASV" | b"EPSV", 227) => self.announced(cx, true, parse::passive(reply.text)),
            (b"PASV" | b"EPSV", 229) => {
                let server = cx.conn().resp_h;
                let known = |(host, port): End| (if host.is_unspecified() { server } else { host }, port);
                self.announced(cx, true, parse::extended_passive(reply.text).map(known));
            }
            (b"CWD", 250) => self.change_directory(path::join),
            (b"CDUP", 200 | 250) => self.change_directory(|old, _| path::join(old, b"/..")),
            (b"PWD" | b"XPWD", 257) => self.change_directory(|_, _| path::first_in(reply.text).to_vec()),
            _ => {}
        }
    }

    /// Changes the directory, once for a command.
    fn change_directory(&mut self, change: impl FnOnce(&[u8], &[u8]) -> Vec<u8>) {
        let Some(replied) = self.replied.as_mut().filter(|replied| !replied.done) else { return };
        replied.done = true;
        let number = replied.number;
        let directory = change(&self.directory, &replied.argument);
        self.directory = directory.get(..MAX_DIRECTORY).unwrap_or(&directory).to_vec();
        if let Some(sent) = self.waiting.iter_mut().find(|sent| sent.number == number) {
            sent.done = true;
        }
    }

    /// The data connection carries a file.
    pub(super) fn file(&mut self, fuid: Fuid, mime: Option<&'static str>) {
        match mime {
            Some(mime) => self.mime = Some(mime),
            None => self.fuid = Some(fuid),
        }
    }

    /// The connection is over: what still waits will not be answered.
    pub(super) fn finish(&mut self, cx: &mut Context<'_>) {
        for sent in std::mem::take(&mut self.waiting) {
            self.replied = Some(sent);
            self.log(cx);
        }
    }

    /// The command that the last reply belongs to is over.
    fn log(&mut self, cx: &mut Context<'_>) {
        let Some(sent) = self.replied.take() else { return };
        let mut arg = sent.argument.to_vec();
        if OF_FILES.contains(&sent.name.as_slice()) {
            arg = self.url(cx, &arg);
        }
        shorten(cx, &mut arg, "FTP_arg_too_long");
        if let Some(text) = &mut self.reply_msg {
            shorten(cx, text, "FTP_reply_msg_too_long");
        }
        let user = self.user.as_deref().unwrap_or(b"<unknown>");
        let is_guest = GUESTS.contains(&user.to_ascii_lowercase().as_slice());
        if !is_guest && self.password.is_some() {
            self.password = Some(b"<hidden>".to_vec());
        }
        if LOGGED.contains(&sent.name.as_slice()) {
            let row = self.row(cx, &sent, arg);
            cx.emit(&row);
        }
        self.replied = Some(sent);
        (self.mime, self.size, self.channel, self.fuid) = (None, None, None, None);
    }

    fn row(&self, cx: &Context<'_>, sent: &Sent, arg: Vec<u8>) -> Ftp {
        Ftp {
            ts: sent.ts,
            conn: cx.conn(),
            user: self.user.clone().unwrap_or_else(|| b"<unknown>".to_vec()),
            password: self.password.clone(),
            command: sent.name.clone(),
            arg: Some(arg).filter(|arg| !arg.is_empty()),
            mime_type: self.mime,
            file_size: self.size,
            reply_code: self.reply_code.map(u64::from),
            reply_msg: self.reply_msg.clone(),
            passive: self.channel.map(|channel| channel.passive),
            data_orig_h: self.channel.map(|channel| channel.orig),
            data_resp_h: self.channel.map(|channel| channel.resp.0),
            data_resp_p: self.channel.map(|channel| Port(channel.resp.1)),
            fuid: self.fuid,
        }
    }

    /// Where a file is.
    fn url(&self, cx: &Context<'_>, name: &[u8]) -> Vec<u8> {
        let path = path::join(&self.directory, name);
        let root: &[u8] = if path.starts_with(b"/") { b"" } else { b"/" };
        let host = match cx.conn().resp_h {
            IpAddr::V4(host) => host.to_string(),
            IpAddr::V6(host) => format!("[{host}]"),
        };
        [b"ftp://", host.as_bytes(), root, &path].concat()
    }

    /// Whether a command is among those that wait, with which it shares what it holds.
    fn waits(&self, sent: &Sent) -> bool {
        self.waiting.iter().any(|waiting| waiting.number == sent.number)
    }

    /// Bytes of memory held beside this struct.
    pub(super) fn held(&self) -> usize {
        let texts = [&self.user, &self.password, &self.reply_msg];
        texts.iter().map(|text| text.as_ref().map_or(0, Vec::capacity)).sum::<usize>()
            + self.directory.capacity()
            + self.waiting.capacity() * size_of::<Sent>()
            + self
                .waiting
                .iter()
                .chain(self.replied.iter().filter(|one| !self.waits(one)))
                .map(Sent::held)
                .sum::<usize>()
    }
}

/// Whether a line inside a reply looks like one of its own: a code and ten printable characters.
fn looks_like_reply(text: &[u8]) -> bool {
    matches!(text, [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', rest @ ..]
        if rest.get(..10).is_some_and(|rest| rest.iter().all(|byte| (b' '..=b'~').contains(byte))))
}

impl Remains for Session {
    fn finish(mut self: Box<Self>, cx: &mut Context<'_>) {
        Self::finish(&mut self, cx);
    }

    fn held(&self) -> usize {
        size_of::<Self>() + Self::held(self)
    }
}
