//! What of a hello its carrier shows in a row of its own.

use super::parse::{ClientHello, Content, ServerHello, content, extension, next_extension, next_name};
use crate::base::cursor::{Cursor, Short};

/// Protocols of one hello that are kept.
const MAX_PROTOCOLS: usize = 64;

/// A hello, as far as its carrier is concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Greeting {
    /// The first name of a server that the client asks for (RFC 6066, section 3).
    pub(crate) server_name: Option<Vec<u8>>,
    /// The protocols that the client offers (RFC 7301, section 3.1).
    pub(crate) protocols: Vec<Vec<u8>>,
}

/// Reads a handshake message, if it is a hello of a client or a server.
pub(crate) fn greeting(message: &[u8]) -> Option<Greeting> {
    let mut cursor = Cursor::new(message);
    let kind = cursor.u8().ok()?;
    let body = cursor.bytes24().ok()?;
    match kind {
        1 => client(body).ok(),
        2 => server(body).ok(),
        _ => None,
    }
}

fn client(body: &[u8]) -> Result<Greeting, Short> {
    let mut greeting = Greeting::default();
    let mut extensions = Cursor::new(ClientHello::read(body)?.extensions);
    while let Some(next) = next_extension(&mut extensions) {
        let (kind, bytes) = next?;
        match content(kind, bytes, true)? {
            Content::Names(names) => greeting.server_name = first_name(names)?.or(greeting.server_name),
            Content::Protocol(Some(_)) if kind == extension::ALPN => greeting.protocols = protocols(bytes)?,
            _ => {}
        }
    }
    Ok(greeting)
}

fn server(body: &[u8]) -> Result<Greeting, Short> {
    let mut extensions = Cursor::new(ServerHello::read(body)?.extensions);
    while let Some(next) = next_extension(&mut extensions) {
        let (kind, bytes) = next?;
        content(kind, bytes, false)?;
    }
    Ok(Greeting::default())
}

fn first_name(names: &[u8]) -> Result<Option<Vec<u8>>, Short> {
    let mut cursor = Cursor::new(names);
    match next_name(&mut cursor) {
        Some(first) => Ok(first?.ok().map(<[u8]>::to_vec)),
        None => Ok(None),
    }
}

fn protocols(extension: &[u8]) -> Result<Vec<Vec<u8>>, Short> {
    let mut list = Cursor::new(Cursor::new(extension).bytes16()?);
    let mut protocols = Vec::new();
    while !list.is_empty() {
        let name = list.bytes8()?;
        if protocols.len() < MAX_PROTOCOLS {
            protocols.push(name.to_vec());
        }
    }
    Ok(protocols)
}
