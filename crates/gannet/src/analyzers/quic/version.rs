//! Versions of QUIC, and what differs between them: RFC 9001, section 5.2, RFC 9369, and the drafts before them.

use std::borrow::Cow;

/// A version whose packets can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version(u32);

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
const MVFST: [u32; 6] = [0xface_b001, 0xface_b002, 0xface_b00e, 0xface_b011, 0xface_b012, 0xface_b013];
/// RFC 9000.
const V1: u32 = 1;
/// RFC 9369.
const V2: u32 = 0x6b33_43cf;

/// What initial secrets are made of, beside the connection id (RFC 9001, section 5.2).
type Salt = [u8; 20];
const SALT_V1: Salt = [
    0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc,
    0xbb, 0x7f, 0x0a,
];
/// RFC 9369, section 3.3.1.
const SALT_V2: Salt = [
    0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9,
    0xbd, 0x2e, 0xd9,
];
/// Drafts 29 to 32.
const SALT_29: Salt = [
    0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43,
    0x90, 0xa8, 0x99,
];
/// Drafts 23 to 28.
const SALT_23: Salt = [
    0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe,
    0xf9, 0xf5, 0x02,
];
/// Draft 22.
const SALT_22: Salt = [
    0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a,
    0x02, 0x64, 0x4a,
];

impl Version {
    /// The version with this number, if it is known.
    pub(super) fn known(number: u32) -> Option<Self> {
        let known = matches!(number, V1 | V2) || DRAFTS.contains(&number) || MVFST.contains(&number);
        known.then_some(Self(number))
    }

    pub(super) fn is_v2(self) -> bool {
        self.0 == V2
    }

    pub(super) fn salt(self) -> &'static Salt {
        match self.0 {
            V2 => &SALT_V2,
            0xff00_0016 | 0xface_b001 => &SALT_22,
            0xff00_0017..=0xff00_001c => &SALT_23,
            0xff00_001d..=0xff00_0020 => &SALT_29,
            number if MVFST.contains(&number) => &SALT_23,
            _ => &SALT_V1,
        }
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
