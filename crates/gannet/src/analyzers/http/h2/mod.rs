//! HTTP/2 in clear text (RFC 9113), by prior knowledge or after an upgrade of HTTP/1: a row for each stream, as for a request
//! there. Zeek does not read it, so it is read where more services than Zeek's are asked for; gRPC is named too.
//!
//! Bytes become frames (`frame`, `conversation`), header blocks become fields (`hpack`), and both go to streams (`streams`,
//! `stream`), which have messages, entities and rows as HTTP/1 does.

mod conversation;
mod frame;
mod hpack;
mod huffman;
mod huffman_table;
mod static_table;
mod stream;
mod streams;
#[cfg(test)]
mod tests;

use conversation::{Conversation, MAX_BLOCK};
use frame::{Header, PREFACE, kind};

use super::record::Http;
use super::session::Session;
use crate::analyzers::websocket::WebSocket;
use crate::analyzers::{Analyzer, Close, Context, Descriptor, Likeness, Progress, Sample};
use crate::base::cursor::Cursor;
use crate::base::direction::{Direction, Transport};
use crate::events::tunnel::Tunnel;
use crate::files::FileInfo;

/// The analyzer of HTTP/2. It has no port: it is found by its preface, or HTTP/1 hands a connection over to it.
pub static HTTP2: Descriptor = Descriptor::new("http2", "HTTP2", |_| Box::<Http2Analyzer>::default())
    .doc("HTTP/2 in clear text: a request with its reply on each stream, gRPC among them")
    .probe(probe)
    .first(b"P", &[0])
    .records(&[Http::STREAM, FileInfo::STREAM, Tunnel::STREAM, WebSocket::STREAM])
    .carries(true)
    .beyond(true)
    .max_tail(frame::HEADER + MAX_BLOCK);

/// One connection's HTTP/2; it costs nothing before something is said.
#[derive(Default)]
struct Http2Analyzer {
    talk: Option<Box<Conversation>>,
}

/// A client's preface gives it away, or the first settings of a server with the frame behind them.
fn probe(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    match (client(sample.orig), server(sample.resp)) {
        (Likeness::Match, _) => Likeness::Match,
        (Likeness::No, _) => Likeness::No,
        (_, Likeness::Match) => Likeness::Match,
        (_, Likeness::No) if sample.orig.is_empty() => Likeness::No,
        _ => Likeness::Unsure,
    }
}

fn client(bytes: &[u8]) -> Likeness {
    if bytes.starts_with(PREFACE) {
        Likeness::Match
    } else if PREFACE.starts_with(bytes) {
        Likeness::Unsure
    } else {
        Likeness::No
    }
}

/// Settings, most of them none or a few, and the header of a frame that may follow them.
fn server(bytes: &[u8]) -> Likeness {
    /// Most bytes of settings that servers begin with.
    const MAX: u32 = 6 * 32;
    let mut at = Cursor::new(bytes);
    let Ok(first) = Header::read(&mut at) else {
        let begins = bytes.iter().zip([0, 0]).all(|(byte, zero)| *byte == zero);
        return if begins { Likeness::Unsure } else { Likeness::No };
    };
    let is_first = first.kind == kind::SETTINGS && !first.is_ack() && first.length <= MAX;
    if !is_first || first.flaw().is_some() {
        return Likeness::No;
    }
    let Ok(_) = at.take(first.length as usize) else { return Likeness::Unsure };
    match Header::read(&mut at) {
        Ok(next) if next.kind <= kind::CONTINUATION && next.flaw().is_none() => Likeness::Match,
        Ok(_) => Likeness::No,
        Err(_) => Likeness::Unsure,
    }
}

impl Http2Analyzer {
    fn talk(&mut self) -> &mut Conversation {
        self.talk.get_or_insert_default()
    }
}

impl Analyzer for Http2Analyzer {
    fn start(&mut self, cx: &mut Context<'_>) {
        let Some(session) = cx.take_left::<Session>() else { return };
        if session.is_stream() {
            self.talk().upgrade(session);
        } else {
            self.talk().follow(session.depth());
            cx.leave(session);
        }
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        self.talk().data(cx, dir, bytes)
    }

    fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        self.talk().gap(cx, dir, len)
    }

    fn flipped(&mut self) {
        self.talk().flipped();
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        if let Some(mut talk) = self.talk.take() {
            talk.close(cx);
        }
    }

    fn held(&self) -> usize {
        self.talk.as_ref().map_or(0, |talk| size_of::<Conversation>() + talk.held())
    }
}
