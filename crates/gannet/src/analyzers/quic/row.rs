//! The row of a connection while it is written.

use super::parse::Long;
use super::record::Quic;
use super::version;
use crate::analyzers::Context;
use crate::analyzers::ssl::Greeting;
use crate::base::direction::Direction;
use crate::base::time::Timestamp;

/// Letters of a history.
const MAX_HISTORY: usize = 100;

/// A row that is not written yet.
#[derive(Debug)]
pub(super) struct Row {
    ts: Timestamp,
    version: u32,
    first_destination: Option<Vec<u8>>,
    client: Option<Vec<u8>>,
    server: Option<Vec<u8>>,
    server_name: Option<Vec<u8>>,
    protocol: Option<Vec<u8>>,
    history: Vec<u8>,
}

impl Row {
    /// Begins with a packet.
    pub(super) fn new(cx: &Context<'_>, version: u32) -> Self {
        Self {
            ts: cx.now(),
            version,
            first_destination: None,
            client: None,
            server: None,
            server_name: None,
            protocol: None,
            history: Vec::new(),
        }
    }

    /// Notes the connection ids of a packet.
    pub(super) fn ids(&mut self, dir: Direction, header: &Long<'_>) {
        let source = Some(header.source.to_vec());
        match dir {
            Direction::Orig => {
                if !header.destination.is_empty() {
                    self.first_destination.get_or_insert_with(|| header.destination.to_vec());
                }
                self.client = source;
            }
            Direction::Resp => self.server = source,
        }
    }

    /// Adds a letter to the history.
    pub(super) fn note(&mut self, cx: &mut Context<'_>, dir: Direction, letter: u8) {
        if self.history.len() >= MAX_HISTORY {
            return;
        }
        self.history.push(if dir == Direction::Orig { letter } else { letter.to_ascii_lowercase() });
        if self.history.len() == MAX_HISTORY {
            cx.weird_from(None, "QUIC_max_history_length_reached", "");
        }
    }

    /// What a client's hello asks for.
    pub(super) fn greet(&mut self, greeting: &mut Greeting) {
        self.server_name = greeting.server_name.take().or(self.server_name.take());
        if let Some(first) = greeting.protocols.first() {
            self.protocol = Some(first.clone());
        }
    }

    pub(super) fn write(self, cx: &mut Context<'_>) {
        if !cx.wants(Quic::STREAM) {
            return;
        }
        let row = Quic {
            ts: self.ts,
            conn: cx.conn(),
            version: version::name(self.version),
            client_initial_dcid: self.first_destination.as_deref().map(hexadecimal),
            client_scid: self.client.as_deref().map(hexadecimal),
            server_scid: self.server.as_deref().map(hexadecimal),
            server_name: self.server_name,
            client_protocol: self.protocol,
            history: self.history,
        };
        cx.emit(&row);
    }

    /// Originator and responder changed places.
    pub(super) fn flip(&mut self) {
        std::mem::swap(&mut self.client, &mut self.server);
    }

    /// Bytes of memory, its own included.
    pub(super) fn held(&self) -> usize {
        let texts = [&self.first_destination, &self.client, &self.server, &self.server_name, &self.protocol];
        let texts: usize = texts.into_iter().flatten().map(Vec::capacity).sum();
        size_of::<Self>() + texts + self.history.capacity()
    }
}

fn hexadecimal(id: &[u8]) -> Vec<u8> {
    let digits: Vec<String> = id.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat().into_bytes()
}
