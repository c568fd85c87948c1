//! Versions of QUIC, and what differs between them: RFC 9001, section 5.2, RFC 9369, and the drafts before them.

use std::borrow::Cow;

/// A version whose packets can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version(pub(super) u32);

/// Kinds of packets with a long header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
}

/// The first and the last draft that are known, and what their numbers begin with.
const DRAFTS: std::ops::RangeInclusive<u32> = 0xff00_0016..=0xff00_0022;
/// Versions of mvfst before version 1.
pub(super) const MVFST: [u32; 6] =
    [0xface_b001, 0xface_b002, 0xface_b00e, 0xface_b011, 0xface_b012, 0xface_b013];
/// RFC 9000.
const V1: u32 = 1;
/// RFC 9369.
pub(super) const V2: u32 = 0x6b33_43cf;

impl Version {
    /// The version with this number, if it is known.
    pub(super) fn known(number: u32) -> Option<Self> {
        let known = matches!(number, V1 | V2) || DRAFTS.contains(&number) || MVFST.contains(&number);
        known.then_some(Self(number))
    }

    pub(super) fn is_v2(self) -> bool {
        self.0 == V2
    }

    /// The kind of packet by its first byte (RFC 9000, section 17.2; RFC 9369, section 3.2).
    pub(super) fn kind(self, first: u8) -> Kind {
        let number = (first >> 4) & 3;
        match if self.is_v2() { number.wrapping_sub(1) & 3 } else { number } {
            0 => Kind::Initial,
            1 => Kind::ZeroRtt,
            2 => Kind::Handshake,
            _ => Kind::Retry,
        }
    }
}

/// What a version is called, known or not.
pub(super) fn name(number: u32) -> Cow<'static, str> {
    match number {
        V1 => "1".into(),
        V2 => "quicv2".into(),
        // Zeek calls this draft so, and so do its logs.
        0xff00_001f => "draft-30".into(),
        _ if DRAFTS.contains(&number) => format!("draft-{}", number & 0xff).into(),
        _ if MVFST.contains(&number) => format!("mvfst ({number:x})").into(),
        _ => format!("unknown-{number:x}").into(),
    }
}
