//! From bytes to PDUs of connection-oriented DCE/RPC (C706, chapter 12).

use crate::parsers::{ByteOrder, Cursor, Short};

/// Bytes of the header that all PDUs have.
pub(super) const HEADER: usize = 16;
/// Bytes before the token in a trailer of authentication.
const TRAILER: usize = 8;

/// Flags of a PDU (12.6.3.1).
mod flag {
    pub(super) const FIRST: u8 = 0x01;
    pub(super) const LAST: u8 = 0x02;
    pub(super) const OBJECT: u8 = 0x80;
}

/// Kinds of PDUs (12.6.4).
pub(super) mod kind {
    pub(in super::super) const REQUEST: u8 = 0;
    pub(in super::super) const RESPONSE: u8 = 2;
    pub(in super::super) const BIND: u8 = 11;
    pub(in super::super) const BIND_ACK: u8 = 12;
    pub(in super::super) const ALTER_CONTEXT: u8 = 14;
    pub(in super::super) const ALTER_CONTEXT_RESP: u8 = 15;
}

/// The header of a PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: u8,
    flags: u8,
    pub(super) order: ByteOrder,
    /// All bytes of the PDU.
    pub(super) length: usize,
    auth_length: usize,
    /// The call that it belongs to.
    pub(super) call: u32,
}

impl Header {
    /// Nothing if it is of another version, or says that it is shorter than itself and its trailer.
    pub(super) fn read(bytes: &[u8; HEADER]) -> Option<Self> {
        let [version, _, kind, flags, representation, _, _, _, rest @ ..] = *bytes;
        let order = if representation >> 4 == 0 { ByteOrder::Big } else { ByteOrder::Little };
        let [l0, l1, a0, a1, c0, c1, c2, c3] = rest;
        let length = usize::from(order.u16([l0, l1]));
        let auth_length = usize::from(order.u16([a0, a1]));
        let header = Self { kind, flags, order, length, auth_length, call: order.u32([c0, c1, c2, c3]) };
        (version == 5 && header.length >= HEADER + header.trailer()).then_some(header)
    }

    fn trailer(&self) -> usize {
        if self.auth_length > 0 { self.auth_length + TRAILER } else { 0 }
    }

    /// Whether a call begins with it.
    pub(super) fn is_first(&self) -> bool {
        self.flags & flag::FIRST != 0
    }

    /// Whether a call ends with it.
    pub(super) fn is_last(&self) -> bool {
        self.flags & flag::LAST != 0
    }

    /// What follows it in the PDU: the body, and the trailer if there is one.
    pub(super) fn split<'a>(&self, pdu: &'a [u8]) -> Option<(&'a [u8], Option<Auth<'a>>)> {
        let (body, trailer) = pdu.get(HEADER..)?.split_at_checked(self.length - HEADER - self.trailer())?;
        let auth =
            trailer.split_first_chunk::<TRAILER>().map(|([kind, ..], token)| Auth { kind: *kind, token });
        Some((body, auth))
    }
}

/// What a trailer of authentication carries (13.2.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Auth<'a> {
    /// Whose token it is.
    pub(super) kind: u8,
    pub(super) token: &'a [u8],
}

/// The contexts that a bind asks for, or that an alteration adds (12.6.4.3, 12.6.4.1): `each` gets the number that calls will
/// name and the interface.
pub(super) fn contexts(body: &[u8], order: ByteOrder, mut each: impl FnMut(u16, u128)) -> Result<(), Short> {
    let mut cursor = Cursor::new(body);
    cursor.take(8)?;
    let count = cursor.u8()?;
    cursor.take(3)?;
    for _ in 0..count {
        let id = cursor.u16_in(order)?;
        let syntaxes = usize::from(cursor.u8()?);
        cursor.take(1)?;
        let uuid = uuid(cursor.array()?);
        cursor.take(4 + syntaxes * 20)?;
        each(id, uuid);
    }
    Ok(())
}

/// The secondary address in the answer to one of these, without the zero byte that ends it (12.6.4.4).
pub(super) fn secondary_address(body: &[u8], order: ByteOrder) -> Result<&[u8], Short> {
    let mut cursor = Cursor::new(body);
    cursor.take(8)?;
    let length = usize::from(cursor.u16_in(order)?);
    let address = cursor.take(length)?;
    cursor.take(cursor.at().next_multiple_of(4) - cursor.at())?;
    let results = usize::from(cursor.u8()?);
    cursor.take(3)?;
    cursor.take(results * 24)?;
    Ok(address.strip_suffix(&[0]).unwrap_or(address))
}

/// The context and the operation that a request names (12.6.4.9).
pub(super) fn request(body: &[u8], header: &Header) -> Result<(u16, u16), Short> {
    let mut cursor = Cursor::new(body);
    cursor.take(4)?;
    let called = (cursor.u16_in(header.order)?, cursor.u16_in(header.order)?);
    if header.flags & flag::OBJECT != 0 {
        cursor.take(16)?;
    }
    Ok(called)
}

/// The context that a response names (12.6.4.10).
pub(super) fn response(body: &[u8], order: ByteOrder) -> Result<u16, Short> {
    let mut cursor = Cursor::new(body);
    cursor.take(4)?;
    let context = cursor.u16_in(order)?;
    cursor.take(2)?;
    Ok(context)
}

/// A UUID, of which the first three groups are read as little-endian numbers, whatever the order of the PDU.
fn uuid(bytes: &[u8; 16]) -> u128 {
    let [a3, a2, a1, a0, b1, b0, c1, c0, rest @ ..] = *bytes;
    let [d0, d1, d2, d3, d4, d5, d6, d7] = rest;
    u128::from_be_bytes([a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, d2, d3, d4, d5, d6, d7])
}
