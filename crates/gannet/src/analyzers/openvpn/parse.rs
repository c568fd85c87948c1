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

    /// Whether a datagram can be a client's first: it has the first key's number, and acknowledges nothing, in the clear or behind
    /// a signature; or it is encrypted, and the first of its kind.
    pub(super) fn begins(bytes: &[u8]) -> bool {
        /// Bytes of a first packet with a signature of 16, 20, 32 or 64 bytes, its number and its time.
        const SIGNED: [usize; 4] = [38, 42, 54, 86];
        /// Bytes of an encrypted one, and the longest with a key of the client's behind it.
        const ENCRYPTED: std::ops::RangeInclusive<usize> = 54..=1200;
        if !Self::read(bytes).is_some_and(|packet| packet.kind == Kind::ClientReset && packet.key == 0) {
            return false;
        }
        let plain = bytes.len() == BARE || SIGNED.contains(&bytes.len());
        let first = matches!(bytes.get(9..13), Some([0 | 0x0f, 0, 0, 1]));
        plain && bytes.ends_with(&[0; 5]) || ENCRYPTED.contains(&bytes.len()) && first
    }
}
