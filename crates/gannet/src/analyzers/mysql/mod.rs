//! MySQL and MariaDB: logins and commands. The sections named here are those of "The Client/Server Protocol" in the
//! documentation of MySQL's source (<https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html>).

mod names_table;
mod parse;
mod record;
mod request;
mod talk;
#[cfg(test)]
mod tests;

pub use record::Mysql;

use std::borrow::Cow;

use parse::{Broken, HEADER};
use talk::{Answer, Said, Talk};

use super::ssl::SSL;
use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Pair, Transport};
use crate::base::time::Timestamp;
use crate::parsers::body::Body;

/// The analyzer of MySQL.
pub static MYSQL: Descriptor = Descriptor::new("mysql", "MYSQL", |_| Box::new(MysqlAnalyzer::default()))
    .doc("MySQL and MariaDB: logins and commands; TLS inside")
    .ports(&[(Transport::Tcp, 1434), (Transport::Tcp, 3306)])
    .records(&[Mysql::STREAM])
    .carries(true)
    .max_tail(HEADER);

/// Bytes of a packet that are kept until it is complete.
const MAX_BODY: usize = 64 * 1024;
/// Bytes that are kept of a text.
const MAX_TEXT: usize = 8192;

/// A command that has no answer yet.
#[derive(Debug)]
struct Open {
    ts: Timestamp,
    cmd: Cow<'static, str>,
    arg: Vec<u8>,
}

/// A packet whose end was not seen.
#[derive(Debug)]
struct Packet {
    number: u8,
    length: usize,
    body: Body,
}

/// One connection's MySQL. The originator is the client.
#[derive(Default)]
struct MysqlAnalyzer {
    talk: Talk,
    reading: Pair<Option<Packet>>,
    open: Option<Open>,
    /// Bytes are missing: nothing more is read.
    over: bool,
}

fn short(text: &[u8]) -> Vec<u8> {
    text.get(..MAX_TEXT).unwrap_or(text).to_vec()
}

impl MysqlAnalyzer {
    /// The command at hand is complete.
    fn emit(&mut self, cx: &mut Context<'_>, answer: Answer<'_>) {
        let Some(Open { ts, cmd, arg }) = self.open.take() else { return };
        if !cx.wants(Mysql::STREAM) {
            return;
        }
        let (success, rows, response) = match answer {
            Answer::Ok(rows) => (Some(true), Some(rows), None),
            Answer::End => (Some(true), Some(0), None),
            Answer::Error(text) => (Some(false), None, Some(short(text))),
            Answer::More => (None, None, None),
        };
        cx.emit(&Mysql { ts, conn: cx.conn(), cmd, arg, success, rows, response });
    }

    /// Whether the client goes on with TLS.
    fn client(&mut self, cx: &mut Context<'_>, body: &[u8]) -> Result<bool, Broken> {
        match self.talk.client(body)? {
            Said::More => {}
            Said::Login(user) => {
                cx.confirm();
                let Some(user) = user else { return Ok(true) };
                let login = || Open { ts: cx.now(), cmd: Cow::Borrowed("login"), arg: short(user) };
                self.open.get_or_insert_with(login);
            }
            Said::Command(number, argument) => {
                self.emit(cx, Answer::More);
                let cmd = match names_table::COMMANDS.get(usize::from(number)) {
                    Some(name) => Cow::Borrowed(*name),
                    None => Cow::Owned(format!("unknown-{number}")),
                };
                self.open = Some(Open { ts: cx.now(), cmd, arg: short(argument) });
                if number == request::QUIT {
                    self.emit(cx, Answer::More);
                }
            }
        }
        Ok(false)
    }

    /// A packet is complete.
    fn packet(&mut self, cx: &mut Context<'_>, dir: Direction, packet: &Packet, body: &[u8]) -> bool {
        let read = match dir {
            Direction::Orig => self.client(cx, body),
            Direction::Resp => self.talk.server(packet.number, body, packet.length).map(|answer| {
                if answer != Answer::More {
                    self.emit(cx, answer);
                }
                false
            }),
        };
        match read {
            Ok(true) => cx.hand_over(&SSL),
            Ok(false) => {}
            // What is not kept may be what is missing.
            Err(Broken) if body.len() < packet.length => {}
            Err(Broken) => {
                cx.violation("parse error: packet is not as it should be");
                return false;
            }
        }
        true
    }
}

impl Analyzer for MysqlAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        let mut rest = bytes;
        let mut packet = match self.reading.of_mut(dir).take() {
            Some(packet) => packet,
            None => {
                let Some([l0, l1, l2, number]) = bytes.first_chunk::<HEADER>().copied() else {
                    return Progress::Need(HEADER);
                };
                rest = bytes.get(HEADER..).unwrap_or_default();
                let length = u32::from_le_bytes([l0, l1, l2, 0]) as usize;
                Packet { number, length, body: Body::new(length as u64, MAX_BODY) }
            }
        };
        let mut body = std::mem::take(&mut packet.body);
        let Some(whole) = body.take(&mut rest) else {
            *self.reading.of_mut(dir) = Some(Packet { body, ..packet });
            return Progress::Consumed(bytes.len());
        };
        // Nothing says where the next packet begins if this one is none: the rest goes with it.
        let sound = self.packet(cx, dir, &packet, whole);
        Progress::Consumed(if sound { bytes.len() - rest.len() } else { bytes.len() })
    }

    /// Nothing is read behind a gap, from neither side.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.over = true;
        self.reading = Pair::default();
        Progress::Done
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.emit(cx, Answer::More);
    }

    fn held(&self) -> usize {
        let reading = [&self.reading.orig, &self.reading.resp].into_iter().flatten();
        let open = self.open.as_ref().map_or(0, |open| {
            let name = match &open.cmd {
                Cow::Owned(name) => name.capacity(),
                Cow::Borrowed(_) => 0,
            };
            name + open.arg.capacity()
        });
        reading.map(|packet| packet.body.held()).sum::<usize>() + open
    }
}
