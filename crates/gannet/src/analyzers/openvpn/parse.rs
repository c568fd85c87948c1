//! From datagrams to the packets of OpenVPN ("OpenVPN Wire Protocol", draft, section 3).

/// What a packet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A client asks for a session.
    ClientReset,
    /// The server grants it.
    ServerReset,
    /// New keys are asked for.
    SoftReset,
    /// The rest of the handshake.
    Control,
    Data,
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) kind: Kind,
    /// Number of the key.
    pub(super) key: u8,
    /// How its sender numbers the session; data has no such thing.
    pub(super) session: Option<[u8; 8]>,
}

/// Bytes of a client's first packet without anything that it need not carry.
pub(super) const BARE: usize = 14;

impl Packet {
    /// Reads a datagram; nothing if it is no packet.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let kind = match first >> 3 {
            7 | 10 => Kind::ClientReset,
            8 => Kind::ServerReset,
            3 => Kind::SoftReset,
            4 | 5 | 11 => Kind::Control,
            6 | 9 => Kind::Data,
            _ => return None,
        };
        let session = if kind == Kind::Data { None } else { Some(*rest.first_chunk()?) };
        Some(Self { kind, key: first & 7, session })
    }

    /// Whether a packet can be a client's first: it has the first key's number, and a length that one may have.
    pub(super) fn may_begin(&self, length: usize) -> bool {
        /// Longest first packet, with a key of the client's in it.
        const MOST: usize = 1200;
        self.kind == Kind::ClientReset && self.key == 0 && (BARE..=MOST).contains(&length)
    }
}
