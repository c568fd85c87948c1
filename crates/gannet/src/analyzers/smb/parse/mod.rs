//! From bytes to messages: frames of the NetBIOS session service (RFC 1002, 4.3.1) with messages of SMB 1, 2 and 3 in them.
//!
//! What a message is told to hold has to be there; what is padding by its offsets may as well overlap.

pub(super) mod smb1;
mod smb1_andx;
pub(super) mod smb1_chain;
mod smb1_plain;
pub(super) mod smb2;
pub(super) mod smb2_body;
mod smb2_reply;
mod smb2_request;

use crate::parsers::{Cursor, Short};

/// Bytes in front of a frame's content: its type, and how long it is.
pub(super) const FRAME_HEADER: usize = 4;
/// What begins messages of SMB 1.
pub(super) const SMB1: [u8; 4] = *b"\xffSMB";
/// What begins messages of SMB 2 and 3.
pub(super) const SMB2: [u8; 4] = *b"\xfeSMB";
/// What begins encrypted messages of SMB 3 ([MS-SMB2] 2.2.41).
pub(super) const SEALED: [u8; 4] = *b"\xfdSMB";
/// Bytes behind that.
pub(super) const SEALED_HEADER: usize = 48;

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// It carries a message, and none of the session service's own.
    pub(super) is_message: bool,
    /// Bytes behind the header.
    pub(super) len: usize,
}

impl Frame {
    /// Reads a header, if it is there.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [kind, a, b, c] = *bytes.first_chunk::<FRAME_HEADER>()?;
        Some(Self { is_message: kind == 0, len: u32::from_be_bytes([0, a, b, c]) as usize })
    }
}

/// Whether bytes begin with a frame that carries a message which is not encrypted.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let protocol = bytes.get(FRAME_HEADER..).and_then(|rest| rest.first_chunk::<4>());
    protocol.is_some_and(|protocol| [SMB1, SMB2].contains(protocol))
}

/// A message is not what its headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault(pub(super) &'static str);

impl From<Short> for Fault {
    fn from(_: Short) -> Self {
        Self("parse error: a message is shorter than it says")
    }
}

/// A place in a body whose offsets are counted from a place of its own.
pub(super) struct Body<'a> {
    pub(super) at: Cursor<'a>,
    /// Where the record that is read began.
    begin: usize,
    /// What it carries is longer than what is there.
    is_cut: bool,
}

impl<'a> Body<'a> {
    /// At the beginning of a record.
    pub(super) const fn new(at: Cursor<'a>) -> Self {
        Self { begin: at.at(), at, is_cut: false }
    }

    /// Bytes of the record that were read.
    pub(super) const fn read(&self) -> usize {
        self.at.at() - self.begin
    }

    /// Bytes that the message carries, as far as they are there if it is cut.
    pub(super) fn carried(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        Ok(if self.is_cut { self.at.up_to(count) } else { self.at.take(count)? })
    }

    /// Leaves bytes out.
    pub(super) fn skip(&mut self, count: usize) -> Result<(), Fault> {
        self.at.take(count)?;
        Ok(())
    }

    /// Moves forth to an offset from the beginning of the record; not back.
    pub(super) fn pad_to(&mut self, offset: i64) -> Result<(), Fault> {
        let more = offset - self.read() as i64;
        self.skip(usize::try_from(more).unwrap_or(0))
    }

    /// So many bytes that the difference of two offsets says.
    pub(super) fn skip_difference(&mut self, count: i64) -> Result<(), Fault> {
        let count =
            usize::try_from(count).map_err(|_| Fault("parse error: offsets of a message go backwards"))?;
        self.skip(count)
    }
}
