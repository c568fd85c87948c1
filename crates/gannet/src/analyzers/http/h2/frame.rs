//! Frames (RFC 9113, sections 4 and 6): their headers, and what is at the front of a payload.

use crate::base::cursor::{Cursor, Short};

/// What a client sends before its first frame (section 3.4).
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Bytes of a frame's header.
pub(super) const HEADER: usize = 9;
/// Largest payload unless its receiver allows more (section 4.2).
pub(super) const FIRST_MAX: u32 = 16_384;

/// Types of frames (section 6).
pub(super) mod kind {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const PRIORITY: u8 = 2;
    pub(crate) const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PUSH_PROMISE: u8 = 5;
    pub(crate) const PING: u8 = 6;
    pub(crate) const GOAWAY: u8 = 7;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
    pub(crate) const CONTINUATION: u8 = 9;
}

/// Flags of frames.
mod flag {
    pub(super) const END_STREAM: u8 = 1;
    pub(super) const ACK: u8 = 1;
    pub(super) const END_HEADERS: u8 = 4;
    pub(super) const PADDED: u8 = 8;
    pub(super) const PRIORITY: u8 = 32;
}

/// The number of SETTINGS_MAX_FRAME_SIZE (section 6.5.2).
const MAX_FRAME_SIZE: u16 = 5;

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes of the payload.
    pub(super) length: u32,
    pub(super) kind: u8,
    flags: u8,
    /// The stream, 0 for the connection.
    pub(super) stream: u32,
}

impl Header {
    /// Reads one.
    pub(super) fn read(at: &mut Cursor<'_>) -> Result<Self, Short> {
        let length = at.u24()?;
        let (kind, flags) = (at.u8()?, at.u8()?);
        Ok(Self { length, kind, flags, stream: at.u32()? & 0x7fff_ffff })
    }

    /// Whether it is the last frame of its stream.
    pub(super) fn ends_stream(self) -> bool {
        self.flags & flag::END_STREAM != 0 && matches!(self.kind, kind::DATA | kind::HEADERS)
    }

    /// Whether the header block ends with it.
    pub(super) fn ends_block(self) -> bool {
        self.flags & flag::END_HEADERS != 0
    }

    pub(super) fn is_padded(self) -> bool {
        self.flags & flag::PADDED != 0 && matches!(self.kind, kind::DATA | kind::HEADERS | kind::PUSH_PROMISE)
    }

    /// Whether it answers a frame of this type.
    pub(super) fn is_ack(self) -> bool {
        self.flags & flag::ACK != 0
    }

    /// What a frame of its type must not be like, if it is; all of these end a connection (sections 6.1 to 6.10).
    pub(super) fn flaw(self) -> Option<&'static str> {
        let whole = match self.kind {
            kind::DATA | kind::HEADERS | kind::PRIORITY | kind::RST_STREAM => false,
            kind::PUSH_PROMISE | kind::CONTINUATION => false,
            kind::SETTINGS | kind::PING | kind::GOAWAY => true,
            _ => self.stream == 0,
        };
        let fits = match self.kind {
            kind::PRIORITY => self.length == 5,
            kind::RST_STREAM | kind::WINDOW_UPDATE => self.length == 4,
            kind::SETTINGS if self.is_ack() => self.length == 0,
            kind::SETTINGS => self.length.is_multiple_of(6),
            kind::PING => self.length == 8,
            kind::GOAWAY => self.length >= 8,
            _ => true,
        };
        match (whole == (self.stream == 0), fits) {
            (false, _) => Some("a frame of the connection on a stream, or the other way about"),
            (true, false) => Some("a frame is too long or too short"),
            (true, true) => None,
        }
    }

    /// The part of a payload that is the header block, and the stream that it promises (sections 6.2, 6.6, 6.10). Nothing if
    /// there is more padding than payload, or not even what stands before the block.
    pub(super) fn block(self, payload: &[u8]) -> Option<(&[u8], Option<u32>)> {
        let mut at = Cursor::new(payload);
        let padding = if self.is_padded() { at.u8().ok()? } else { 0 };
        if self.kind == kind::HEADERS && self.flags & flag::PRIORITY != 0 {
            at.take(5).ok()?;
        }
        let promised = match self.kind {
            kind::PUSH_PROMISE => Some(at.u32().ok()? & 0x7fff_ffff),
            _ => None,
        };
        let length = at.left().checked_sub(usize::from(padding))?;
        Some((at.take(length).ok()?, promised))
    }
}

/// The largest payload that the sender of these settings allows, if they say it.
pub(super) fn max_frame(settings: &[u8]) -> Option<u32> {
    let mut at = Cursor::new(settings);
    let mut found = None;
    while let (Ok(name), Ok(value)) = (at.u16(), at.u32()) {
        if name == MAX_FRAME_SIZE {
            found = Some(value);
        }
    }
    found
}
