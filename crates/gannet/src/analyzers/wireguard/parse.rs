//! From datagrams to the messages of WireGuard ("WireGuard: Next Generation Kernel Network Tunnel", section 5.4).

use crate::base::cursor::Cursor;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A handshake begins; how the sender numbers it.
    Initiation { sender: u32 },
    /// It is answered; the number that it answers to.
    Response { receiver: u32 },
    /// It is to be tried again with a cookie.
    Cookie { receiver: u32 },
    /// Data, or nothing but a sign of life.
    Data { empty: bool },
}

/// Bytes of the messages of a handshake, and of one without data.
const INITIATION: usize = 148;
const RESPONSE: usize = 92;
const COOKIE: usize = 64;
const EMPTY: usize = 32;

impl Message {
    /// Reads a datagram; nothing if it is no message.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let kind = cursor.u32_le().ok()?;
        let first = cursor.u32_le().ok()?;
        match (kind, bytes.len()) {
            (1, INITIATION) => Some(Self::Initiation { sender: first }),
            (2, RESPONSE) => Some(Self::Response { receiver: cursor.u32_le().ok()? }),
            (3, COOKIE) => Some(Self::Cookie { receiver: first }),
            (4, EMPTY) => Some(Self::Data { empty: true }),
            (4, length) if length > EMPTY && length.is_multiple_of(16) => Some(Self::Data { empty: false }),
            _ => None,
        }
    }
}
