//! Messages of SMB 2 and 3 ([MS-SMB2] 2.2): headers, what messages say, and what their bodies have in common.

use super::{Body, Fault};
use crate::parsers::{Cursor, Short};

/// Commands ([MS-SMB2] 2.2.1.2).
pub(super) mod command {
    pub(in super::super) const NEGOTIATE: u16 = 0;
    pub(in super::super) const SESSION_SETUP: u16 = 1;
    pub(in super::super) const TREE_CONNECT: u16 = 3;
    pub(in super::super) const TREE_DISCONNECT: u16 = 4;
    pub(in super::super) const CREATE: u16 = 5;
    pub(in super::super) const CLOSE: u16 = 6;
    pub(in super::super) const FLUSH: u16 = 7;
    pub(in super::super) const READ: u16 = 8;
    pub(in super::super) const WRITE: u16 = 9;
    pub(in super::super) const LOCK: u16 = 10;
    pub(in super::super) const IOCTL: u16 = 11;
    pub(in super::super) const CANCEL: u16 = 12;
    pub(in super::super) const ECHO: u16 = 13;
    pub(in super::super) const QUERY_DIRECTORY: u16 = 14;
    pub(in super::super) const CHANGE_NOTIFY: u16 = 15;
    pub(in super::super) const QUERY_INFO: u16 = 16;
    pub(in super::super) const SET_INFO: u16 = 17;
    pub(in super::super) const OPLOCK_BREAK: u16 = 18;
}

/// Codes of what a server answers ([MS-ERREF] 2.3).
pub(in super::super) mod status {
    pub(in super::super::super) const PENDING: u32 = 0x0000_0103;
    pub(in super::super) const NOTIFY_ENUM_DIR: u32 = 0x0000_010c;
    pub(in super::super) const BUFFER_OVERFLOW: u32 = 0x8000_0005;
    pub(in super::super) const INVALID_PARAMETER: u32 = 0xc000_000d;
    pub(in super::super) const MORE_PROCESSING_REQUIRED: u32 = 0xc000_0016;
}

/// The header of a message, as far as it matters ([MS-SMB2] 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Header {
    /// Its length, as it says.
    pub(super) length: u16,
    /// In a reply: whether the request was carried out.
    pub(in super::super) status: u32,
    pub(super) command: u16,
    /// From this header to the next one; 0 in the last message of a frame.
    pub(super) next: u32,
    pub(in super::super) message: u64,
    /// The share. In an asynchronous reply the upper half of another number stands in its place.
    pub(in super::super) tree: u32,
}

impl Header {
    /// Reads what follows the four bytes that name the protocol.
    pub(in super::super) fn read(at: &mut Cursor<'_>) -> Result<Self, Short> {
        let length = at.u16_le()?;
        at.take(2)?;
        let status = at.u32_le()?;
        let command = at.u16_le()?;
        at.take(6)?;
        let next = at.u32_le()?;
        let message = at.u64_le()?;
        at.take(4)?;
        let tree = at.u32_le()?;
        at.take(24)?;
        Ok(Self { length, status, command, next, message, tree })
    }

    /// Whether no other message follows in the frame.
    pub(in super::super) const fn is_last(&self) -> bool {
        self.next == 0
    }

    /// Whether a reply has the body of an error ([MS-SMB2] 3.3.4.4).
    pub(super) const fn is_error(&self) -> bool {
        match self.status {
            0 => false,
            status::BUFFER_OVERFLOW => {
                !matches!(self.command, command::IOCTL | command::QUERY_INFO | command::READ)
            }
            status::INVALID_PARAMETER => self.command != command::IOCTL,
            status::MORE_PROCESSING_REQUIRED => self.command != command::SESSION_SETUP,
            status::NOTIFY_ENUM_DIR => self.command != command::CHANGE_NOTIFY,
            _ => true,
        }
    }

    /// Whether it carries bytes of a file: a part of it makes sense as well.
    pub(in super::super) const fn carries(&self, is_request: bool) -> bool {
        match self.command {
            command::WRITE => is_request,
            command::READ => !is_request && !self.is_error(),
            _ => false,
        }
    }

    /// An offset from the beginning of the header, as one from its end.
    pub(super) fn behind(&self, offset: u32) -> i64 {
        i64::from(offset) - i64::from(self.length)
    }
}

/// What a message asks for or answers, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Message<'a> {
    /// A share is asked for, by its path.
    TreeConnect(&'a [u8]),
    /// It is connected, and of this type.
    TreeConnected(u8),
    TreeDisconnect,
    Create {
        name: &'a [u8],
        options: u32,
    },
    Created(Created),
    Close(u64),
    Read {
        file: u64,
        offset: u64,
    },
    /// Bytes that were read.
    ReadBytes(&'a [u8]),
    Write {
        file: u64,
        offset: u64,
        bytes: &'a [u8],
    },
    Ioctl {
        code: u32,
        file: u64,
        input: &'a [u8],
    },
    IoctlReply {
        code: u32,
        output: &'a [u8],
    },
    /// Times and attributes of a file are set.
    SetBasic(u64),
    Rename {
        file: u64,
        name: &'a [u8],
    },
    /// The file is to go when it is closed, or is not.
    Dispose {
        file: u64,
        delete: bool,
    },
    /// A token of the negotiation of who the client is.
    Token(&'a [u8]),
    /// Nothing of interest.
    Other,
}

/// A file that was opened ([MS-SMB2] 2.2.14); times count from the year 1601.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Created {
    pub(in super::super) file: u64,
    pub(in super::super) size: u64,
    pub(in super::super) created: u64,
    pub(in super::super) accessed: u64,
    pub(in super::super) modified: u64,
    pub(in super::super) changed: u64,
}

/// A file's id: its two halves added up. What clients write for "the file of the request before" is a number as well.
pub(super) fn file_id(at: &mut Cursor<'_>) -> Result<u64, Short> {
    Ok(at.u64_le()?.wrapping_add(at.u64_le()?))
}

/// Bytes behind their offset and their length, of two bytes each.
pub(super) fn token<'a>(header: &Header, body: &mut Body<'a>) -> Result<&'a [u8], Fault> {
    let (offset, len) = (body.at.u16_le()?, body.at.u16_le()?);
    body.pad_to(header.behind(u32::from(offset)))?;
    Ok(body.at.take(usize::from(len))?)
}

/// Contexts of an opening, which may have none: then their offset means nothing.
pub(super) fn contexts(header: &Header, body: &mut Body<'_>, (offset, len): (u32, u32)) -> Result<(), Fault> {
    body.pad_to(if offset == 0 { 0 } else { header.behind(offset) })?;
    body.skip(len as usize)
}

/// What goes into a device and comes out of it: two runs of bytes, which may begin at the same place if one is empty.
pub(super) fn buffers<'a>(
    header: &Header,
    body: &mut Body<'a>,
    [input, output]: [(u32, u32); 2],
) -> Result<[&'a [u8]; 2], Fault> {
    let gap = |body: &Body<'_>, offset: u32| body.read() as i64 - header.behind(offset);
    if input.0 != 0 {
        body.skip_difference(gap(body, input.0))?;
    }
    let first = body.at.take(input.1 as usize)?;
    if output.0 != 0 && output.0 != input.0 {
        body.skip_difference(gap(body, output.0))?;
    }
    Ok([first, body.at.take(output.1 as usize)?])
}
