//! The header of a frame (RFC 6455, section 5.2).

use crate::base::cursor::{Cursor, Short};

/// What a frame is (section 11.8).
pub(super) mod opcode {
    pub(crate) const CONTINUATION: u8 = 0;
    pub(crate) const TEXT: u8 = 1;
    pub(crate) const BINARY: u8 = 2;
    pub(crate) const CLOSE: u8 = 8;
    pub(crate) const PING: u8 = 9;
    pub(crate) const PONG: u8 = 10;
}

/// Bytes of the longest header.
pub(super) const MAX_HEADER: usize = 2 + 8 + 4;

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The message ends with this frame.
    pub(super) fin: bool,
    pub(super) opcode: u8,
    /// Bytes of the payload.
    pub(super) length: u64,
    /// What the payload is masked with (section 5.3).
    pub(super) mask: Option<[u8; 4]>,
}

impl Header {
    pub(super) fn read(at: &mut Cursor<'_>) -> Result<Self, Short> {
        let (first, second) = (at.u8()?, at.u8()?);
        let length = match second & 0x7f {
            126 => u64::from(at.u16()?),
            127 => at.u64()?,
            short => u64::from(short),
        };
        let mask = if second & 0x80 != 0 { Some(*at.array()?) } else { None };
        Ok(Self { fin: first & 0x80 != 0, opcode: first & 0x0f, length, mask })
    }

    /// Whether it is the connection's own business (section 5.5).
    pub(super) fn is_control(&self) -> bool {
        matches!(self.opcode, opcode::CLOSE | opcode::PING | opcode::PONG)
    }
}

/// Takes the mask off some of a payload, of which `done` bytes came before (section 5.3).
pub(super) fn unmask(payload: &[u8], mask: [u8; 4], done: u64) -> Vec<u8> {
    let mask = mask.into_iter().cycle().skip((done % 4) as usize);
    payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}
