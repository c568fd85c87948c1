//! HTTP/0.9 to 1.1: requests, replies and what they carry (RFC 9110, RFC 9112, RFC 1945).
//!
//! Bytes become lines or pieces of a body (`lines`), these become messages (`message`), which are made of entities
//! (`entity`); what is said of them goes to the row of a transaction (`session`). `talk` holds it together. HTTP/2 (`h2`) has
//! messages, entities and rows in common with it.

mod banner;
mod coding;
mod entity;
mod fields;
mod h2;
mod headers;
#[cfg_attr(not(feature = "compression"), path = "no_inflate.rs")]
mod inflate;
mod lines;
mod message;
mod parse;
mod pieces;
mod probe;
mod record;
mod session;
mod talk;
#[cfg(test)]
mod tests;

pub use h2::HTTP2;
pub use record::Http;

use talk::Talk;

use super::websocket::WebSocket;
use super::{Analyzer, Close, Context, Descriptor, Progress, Start};
use crate::base::direction::{Direction, Transport};
use crate::events::Banner;
use crate::events::tunnel::Tunnel;
use crate::files::FileInfo;

/// The analyzer of HTTP.
pub static HTTP: Descriptor = Descriptor::new("http", "HTTP", |_: &Start| Box::<HttpAnalyzer>::default())
    .doc("The web: requests, replies, and the files that they carry")
    .ports(&[
        (Transport::Tcp, 80),
        (Transport::Tcp, 81),
        (Transport::Tcp, 631),
        (Transport::Tcp, 1080),
        (Transport::Tcp, 3128),
        (Transport::Tcp, 8000),
        (Transport::Tcp, 8080),
        (Transport::Tcp, 8888),
    ])
    .probe(probe::probe)
    .first(probe::FIRST, b"Hh")
    .records(&[Http::STREAM, FileInfo::STREAM, Tunnel::STREAM, WebSocket::STREAM, Banner::STREAM])
    .partial(true)
    .carries(true)
    .max_tail(64 * 1024);

/// One connection's HTTP; it costs nothing before something is said.
#[derive(Default)]
struct HttpAnalyzer {
    talk: Option<Box<Talk>>,
}

impl HttpAnalyzer {
    fn talk(&mut self, cx: &mut Context<'_>) -> &mut Talk {
        self.talk.get_or_insert_with(|| {
            let mut talk = Box::<Talk>::default();
            talk.start(cx);
            talk
        })
    }
}

impl Analyzer for HttpAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if !cx.is_partial() {
            return self.talk(cx).data(cx, dir, bytes);
        }
        // Nothing is parsed; of what clients send the line ends are looked at.
        if dir == Direction::Orig {
            self.talk(cx).glance(cx, bytes);
        }
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        self.talk(cx).gap(cx, dir, len)
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        if let Some(talk) = self.talk.as_mut().filter(|_| !cx.is_removed() && !cx.is_partial()) {
            talk.end(cx, dir);
        }
    }

    fn reset(&mut self, cx: &mut Context<'_>) {
        if let Some(talk) = &mut self.talk {
            talk.reset(cx);
        }
    }

    fn flipped(&mut self) {
        if let Some(talk) = &mut self.talk {
            talk.flipped();
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        if let Some(talk) = &mut self.talk {
            talk.close(cx);
        }
    }

    fn held(&self) -> usize {
        self.talk.as_ref().map_or(0, |talk| talk.held())
    }
}
