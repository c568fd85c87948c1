//! The handshake, which is a request and a reply of HTTP (RFC 6455, section 4): what their headers say, and the row.

use sha1::{Digest, Sha1};

use super::record::WebSocket;
use crate::analyzers::Context;
use crate::base::direction::Direction;
use crate::events::Vector;
use crate::parsers::base64;
use crate::parsers::mime::Field;

/// What the names of all headers of the handshake begin with.
const PREFIX: &[u8] = b"sec-websocket-";
/// What stands behind the key when the answer is made of it (section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Bytes of one value that are kept.
const MAX_VALUE: usize = 8192;
/// Protocols or extensions of one side.
const MAX_LIST: usize = 100;
/// Who notices what is wrong with a handshake.
const SOURCE: Option<&str> = Some("WebSocket");

/// What a request and its reply said about WebSocket.
#[derive(Debug, Default)]
pub(crate) struct Handshake {
    key: Option<Vec<u8>>,
    accept: Option<Vec<u8>>,
    subprotocol: Option<Vec<u8>>,
    client_protocols: Option<Vec<Vec<u8>>>,
    client_extensions: Option<Vec<Vec<u8>>>,
    server_extensions: Option<Vec<Vec<u8>>>,
}

/// What the row shows of the request itself.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) host: Option<Vec<u8>>,
    pub(crate) uri: Option<Vec<u8>>,
    pub(crate) user_agent: Option<Vec<u8>>,
}

impl Handshake {
    /// Whether a header belongs to the handshake.
    pub(crate) fn has(field: &Field<'_>) -> bool {
        field.name.get(..PREFIX.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(PREFIX))
    }

    /// A header that does.
    pub(crate) fn field(&mut self, cx: &mut Context<'_>, dir: Direction, field: &Field<'_>) {
        let value = field.value.get(..MAX_VALUE).unwrap_or(field.value);
        let is_client = dir == Direction::Orig;
        if field.is("sec-websocket-protocol") && is_client {
            extend(&mut self.client_protocols, value);
        } else if field.is("sec-websocket-protocol") {
            set(cx, &mut self.subprotocol, value, "websocket_multiple_protocol_headers");
        } else if field.is("sec-websocket-extensions") {
            let side = if is_client { &mut self.client_extensions } else { &mut self.server_extensions };
            extend(side, value);
        } else if field.is("sec-websocket-key") && is_client {
            set(cx, &mut self.key, value, "websocket_multiple_key_headers");
        } else if field.is("sec-websocket-accept") && !is_client {
            set(cx, &mut self.accept, value, "websocket_multiple_accept_headers");
        }
    }

    /// Bytes of memory, its own included.
    pub(crate) fn held(&self) -> usize {
        let values = [&self.key, &self.accept, &self.subprotocol];
        let values: usize = values.into_iter().flatten().map(Vec::capacity).sum();
        let lists = [&self.client_protocols, &self.client_extensions, &self.server_extensions];
        let of_list = |list: &Vec<Vec<u8>>| {
            list.capacity() * size_of::<Vec<u8>>() + list.iter().map(Vec::capacity).sum::<usize>()
        };
        size_of::<Self>() + values + lists.into_iter().flatten().map(of_list).sum::<usize>()
    }

    /// Whether the answer is the one to the key (section 4.2.2).
    fn check(&self, cx: &mut Context<'_>) {
        if self.key.is_none() {
            cx.weird_from(SOURCE, "websocket_missing_key_header", "");
        }
        if self.accept.is_none() {
            cx.weird_from(SOURCE, "websocket_missing_accept_header", "");
        }
        let (Some(key), Some(found)) = (&self.key, &self.accept) else { return };
        let expected = base64::encode(&Sha1::new().chain_update(key).chain_update(GUID).finalize());
        if expected.as_bytes() != found.as_slice() {
            let addl = [b"expected=", expected.as_bytes(), b", found=", found].concat();
            cx.weird_from(SOURCE, "websocket_wrong_accept_header", addl);
        }
    }
}

/// The server agreed: the row is written.
pub(crate) fn establish(cx: &mut Context<'_>, handshake: Option<Box<Handshake>>, asked: Asked) {
    if handshake.is_none() {
        cx.weird_from(SOURCE, "websocket_established_unexpected", "");
    }
    let handshake = handshake.unwrap_or_default();
    handshake.check(cx);
    tell(cx, *handshake, asked);
}

/// The same on a stream of HTTP/2, where there are no keys (RFC 8441, section 5).
pub(crate) fn establish_on_stream(cx: &mut Context<'_>, handshake: Option<Box<Handshake>>, asked: Asked) {
    tell(cx, *handshake.unwrap_or_default(), asked);
}

fn tell(cx: &mut Context<'_>, handshake: Handshake, asked: Asked) {
    if !cx.wants(WebSocket::STREAM) {
        return;
    }
    let row = WebSocket {
        ts: cx.now(),
        conn: cx.conn(),
        host: asked.host,
        uri: asked.uri,
        user_agent: asked.user_agent,
        subprotocol: handshake.subprotocol,
        client_protocols: handshake.client_protocols.map(Vector),
        server_extensions: handshake.server_extensions.map(Vector),
        client_extensions: handshake.client_extensions.map(Vector),
    };
    cx.emit(&row);
}

/// A header that there should be once.
fn set(cx: &mut Context<'_>, place: &mut Option<Vec<u8>>, value: &[u8], weird: &'static str) {
    if place.replace(value.to_vec()).is_some() {
        cx.weird_from(SOURCE, weird, "");
    }
}

/// A header with a list, which may go on in others of the same name.
fn extend(list: &mut Option<Vec<Vec<u8>>>, value: &[u8]) {
    let list = list.get_or_insert_default();
    let room = MAX_LIST.saturating_sub(list.len());
    let mut items: Vec<&[u8]> = value.split(|byte| *byte == b',').take(room).collect();
    let last = items.len().saturating_sub(1);
    for (at, item) in items.iter_mut().enumerate() {
        // Blanks around commas go; those at the ends belong to the header.
        if at > 0 {
            *item = trimmed(item, |item| item.strip_prefix(b" "));
        }
        if at < last {
            *item = trimmed(item, |item| item.strip_suffix(b" "));
        }
    }
    list.extend(items.into_iter().map(<[u8]>::to_vec));
}

fn trimmed<'a>(mut item: &'a [u8], strip: impl Fn(&'a [u8]) -> Option<&'a [u8]>) -> &'a [u8] {
    while let Some(less) = strip(item) {
        item = less;
    }
    item
}
