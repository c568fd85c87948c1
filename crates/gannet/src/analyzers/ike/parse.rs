//! From datagrams to the messages of IKE (RFC 7296, section 3; RFC 2408, section 3).

use crate::base::cursor::{Cursor, Short};

/// Payloads of one message that are looked at.
const MAX_PAYLOADS: usize = 64;
/// Types of payloads: errors of version 1 and 2.
const NOTIFY_1: u8 = 11;
const NOTIFY_2: u8 = 41;

/// The header of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) initiator: u64,
    pub(super) responder: u64,
    /// Type of the first payload.
    pub(super) first: u8,
    pub(super) version: u8,
    pub(super) exchange: u8,
    pub(super) flags: u8,
}

/// Bytes of a header.
pub(super) const HEADER: usize = 28;

impl Header {
    /// Version 1.0, whose flag says that what follows is encrypted, and 2.0, where the kind of message does.
    pub(super) const ONE: u8 = 0x10;
    pub(super) const TWO: u8 = 0x20;
    const ENCRYPTED: u8 = 1;

    /// Reads a datagram that is one message; nothing if it is something else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let header = Self::parse(bytes).ok()?;
        let known = match header.version {
            Self::ONE => matches!(header.exchange, 1..=5 | 32..=34),
            Self::TWO => matches!(header.exchange, 34..=39 | 43 | 44),
            _ => false,
        };
        (known && header.initiator != 0).then_some(header)
    }

    fn parse(bytes: &[u8]) -> Result<Self, Short> {
        let mut cursor = Cursor::new(bytes);
        let (initiator, responder) = (cursor.u64()?, cursor.u64()?);
        let (first, version, exchange, flags) = (cursor.u8()?, cursor.u8()?, cursor.u8()?, cursor.u8()?);
        cursor.u32()?;
        if cursor.u32()? as usize != bytes.len() {
            return Err(Short);
        }
        Ok(Self { initiator, responder, first, version, exchange, flags })
    }

    /// Whether what follows is encrypted.
    pub(super) const fn is_encrypted(&self) -> bool {
        match self.version {
            Self::ONE => self.flags & Self::ENCRYPTED != 0,
            _ => self.exchange != 34,
        }
    }

    /// Name of the kind of message.
    pub(super) fn exchange_name(&self) -> String {
        let name = match (self.version, self.exchange) {
            (Self::ONE, 1) => "base",
            (Self::ONE, 2) => "main mode",
            (Self::ONE, 3) => "authentication only",
            (Self::ONE, 4) => "aggressive",
            (Self::ONE, 5) => "informational",
            (Self::ONE, 32) => "quick mode",
            (Self::ONE, 33) => "new group mode",
            (Self::TWO, 34) => "IKE_SA_INIT",
            (Self::TWO, 35) => "IKE_AUTH",
            (Self::TWO, 36) => "CREATE_CHILD_SA",
            (Self::TWO, 37) => "INFORMATIONAL",
            (Self::TWO, 38) => "IKE_SESSION_RESUME",
            (Self::TWO, 43) => "IKE_INTERMEDIATE",
            (Self::TWO, 44) => "IKE_FOLLOWUP_KE",
            (_, exchange) => return format!("unknown-{exchange}"),
        };
        name.to_owned()
    }
}

/// Calls `f` with the number of each error in the payloads of a message that is in the clear.
pub(super) fn errors(header: &Header, payloads: &[u8], f: &mut dyn FnMut(u16)) -> Result<(), Short> {
    /// Numbers from which on a notification is no error (RFC 7296, section 3.10.1).
    const STATUS: u16 = 16_384;
    let mut cursor = Cursor::new(payloads);
    let mut kind = header.first;
    for _ in 0..MAX_PAYLOADS {
        if kind == 0 {
            break;
        }
        let next = cursor.u8()?;
        cursor.u8()?;
        let length = usize::from(cursor.u16()?);
        let mut body = cursor.within(length.checked_sub(4).ok_or(Short)?)?;
        if matches!(kind, NOTIFY_1 | NOTIFY_2) {
            // In version 1 the domain of interpretation comes first.
            body.take(if kind == NOTIFY_1 { 6 } else { 2 })?;
            let number = body.u16()?;
            if number < STATUS {
                f(number);
            }
        }
        kind = next;
    }
    Ok(())
}

/// Name of an error.
pub(super) fn error_name(number: u16) -> String {
    let name = match number {
        1 => "UNSUPPORTED_CRITICAL_PAYLOAD",
        4 => "INVALID_IKE_SPI",
        5 => "INVALID_MAJOR_VERSION",
        7 => "INVALID_SYNTAX",
        9 => "INVALID_MESSAGE_ID",
        11 => "INVALID_SPI",
        14 => "NO_PROPOSAL_CHOSEN",
        17 => "INVALID_KE_PAYLOAD",
        24 => "AUTHENTICATION_FAILED",
        _ => return format!("unknown-{number}"),
    };
    name.to_owned()
}
