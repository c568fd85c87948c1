//! From bytes to what peers, tables and trackers say.

use crate::analyzers::Likeness;
use crate::base::cursor::Cursor;
use crate::parsers::bencode::{Value, get, get_dict, get_text, take};

/// What peers greet with, behind its length (BEP 3).
const NAME: &[u8; 20] = b"\x13BitTorrent protocol";
/// Bytes of a greeting.
pub(super) const HANDSHAKE: usize = 68;
/// Bytes of ids, of torrents as of peers.
pub(super) const ID: usize = 20;

/// A greeting of a peer (BEP 3; of the extensions BEP 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handshake<'a> {
    pub(super) reserved: u64,
    pub(super) info_hash: &'a [u8; ID],
    pub(super) peer_id: &'a [u8; ID],
}

impl<'a> Handshake<'a> {
    /// Reads the greeting at the front; nothing if it is not there whole.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes.strip_prefix(NAME)?);
        let reserved = cursor.u64().ok()?;
        Some(Self { reserved, info_hash: cursor.array().ok()?, peer_id: cursor.array().ok()? })
    }

    /// Whether bytes begin with a greeting, or may do so.
    pub(super) fn likeness(bytes: &[u8]) -> Likeness {
        match bytes.get(..NAME.len()) {
            Some(begin) if begin == NAME => Likeness::Match,
            None if NAME.starts_with(bytes) => Likeness::Unsure,
            _ => Likeness::No,
        }
    }

    /// Names of the extensions that are offered.
    pub(super) fn extensions(&self) -> Vec<&'static str> {
        const KNOWN: [(u64, &str); 4] = [(1, "dht"), (4, "fast"), (0x10, "v2"), (0x10_0000, "extended")];
        KNOWN.into_iter().filter(|(bit, _)| self.reserved & bit != 0).map(|(_, name)| name).collect()
    }
}

/// What a packet of uTP is (BEP 29).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Data,
    Fin,
    State,
    Reset,
    Syn,
}

/// A packet of uTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Utp<'a> {
    pub(super) kind: Kind,
    pub(super) connection: u16,
    /// How much later it came, as the sender sees it, in microseconds.
    pub(super) difference: u32,
    pub(super) seq: u16,
    pub(super) ack: u16,
    pub(super) payload: &'a [u8],
}

impl<'a> Utp<'a> {
    /// Reads a datagram; nothing if it is no packet of version 1.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let kind = match cursor.u8().ok()? {
            0x01 => Kind::Data,
            0x11 => Kind::Fin,
            0x21 => Kind::State,
            0x31 => Kind::Reset,
            0x41 => Kind::Syn,
            _ => return None,
        };
        let mut extension = cursor.u8().ok()?;
        let connection = cursor.u16().ok()?;
        cursor.u32().ok()?;
        let difference = cursor.u32().ok()?;
        cursor.u32().ok()?;
        let (seq, ack) = (cursor.u16().ok()?, cursor.u16().ok()?);
        while extension != 0 {
            extension = cursor.u8().ok()?;
            let length = usize::from(cursor.u8().ok()?);
            cursor.take(length).ok()?;
        }
        Some(Self { kind, connection, difference, seq, ack, payload: cursor.rest() })
    }

    /// Whether it can only be the beginning of a connection: what it would answer to is not there yet, nor any payload.
    pub(super) fn begins(&self) -> bool {
        self.kind == Kind::Syn && self.ack == 0 && self.difference == 0 && self.payload.is_empty()
    }
}

/// Whether a datagram is a question, an answer or an error of the distributed table (BEP 5).
pub(super) fn is_of_table(bytes: &[u8]) -> bool {
    // Its keys are sorted: one of these is the first, and the dictionary is the whole datagram.
    if !matches!(bytes, [b'd', b'1'..=b'3', b':', ..]) {
        return false;
    }
    let mut rest = bytes;
    let Some(Value::Dict(message)) = take(&mut rest) else { return false };
    if !rest.is_empty() || get_text(message, b"t").is_none() {
        return false;
    }
    let has_id = |key: &[u8]| {
        get_dict(message, key).and_then(|content| get_text(content, b"id")).is_some_and(|id| id.len() == ID)
    };
    match get_text(message, b"y") {
        Some(b"q") => get_text(message, b"q").is_some() && has_id(b"a"),
        Some(b"r") => has_id(b"r"),
        Some(b"e") => matches!(get(message, b"e"), Some(Value::List(_))),
        _ => false,
    }
}

/// The number of a wish to connect to a tracker; nothing if a datagram is none (BEP 15).
pub(super) fn connects(bytes: &[u8]) -> Option<u32> {
    /// Stands for the protocol until there is a connection.
    const PROTOCOL: u64 = 0x0417_2710_1980;
    let mut cursor = Cursor::new(bytes);
    let begins = cursor.u64().ok()? == PROTOCOL && cursor.u32().ok()? == 0;
    let transaction = cursor.u32().ok()?;
    (begins && cursor.is_empty()).then_some(transaction)
}

/// Whether a datagram says that there is a connection, or why there is none.
pub(super) fn answers(bytes: &[u8], transaction: u32) -> bool {
    let mut cursor = Cursor::new(bytes);
    let (Ok(action), Ok(number)) = (cursor.u32(), cursor.u32()) else { return false };
    let is_whole = match action {
        0 => cursor.rest().len() >= 8,
        3 => true,
        _ => false,
    };
    is_whole && number == transaction
}
