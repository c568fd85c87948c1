//! Messages of SMB 2 and 3 ([MS-SMB2] 2.2): headers and requests.

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
    length: u16,
    /// In a reply: whether the request was carried out.
    pub(in super::super) status: u32,
    pub(super) command: u16,
    /// From this header to the next one; 0 in the last message of a frame.
    next: u32,
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

/// Reads the body behind a header, and moves behind it and what fills the place up to the next one.
///
/// If the message is cut, what it carries is as well.
pub(in super::super) fn message<'a>(
    header: &Header,
    is_request: bool,
    at: &mut Cursor<'a>,
    is_cut: bool,
) -> Result<Message<'a>, Fault> {
    let mut body = Body { is_cut, ..Body::new(*at) };
    let message = match is_request {
        true => request(header, &mut body)?,
        false => super::smb2_reply::reply(header, &mut body)?,
    };
    if !header.is_last() && !is_cut {
        let rest = header.next.wrapping_sub(u32::from(header.length)).wrapping_sub(body.read() as u32);
        body.skip_difference(i64::from(rest as i32))?;
    }
    *at = body.at;
    Ok(message)
}

/// A file's id: its two halves added up. What clients write for "the file of the request before" is a number as well.
pub(super) fn file_id(at: &mut Cursor<'_>) -> Result<u64, Short> {
    Ok(at.u64_le()?.wrapping_add(at.u64_le()?))
}

fn request<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    match header.command {
        command::NEGOTIATE => {
            body.skip(2)?;
            let dialects = usize::from(body.at.u16_le()?);
            body.skip(32 + 2 * dialects)?;
        }
        command::SESSION_SETUP => {
            body.skip(12)?;
            return token(header, body).map(Message::Token);
        }
        command::TREE_CONNECT => {
            body.skip(4)?;
            return token(header, body).map(Message::TreeConnect);
        }
        command::TREE_DISCONNECT => {
            body.skip(4)?;
            return Ok(Message::TreeDisconnect);
        }
        command::CREATE => return create(header, body),
        command::CLOSE => {
            body.skip(8)?;
            return Ok(Message::Close(file_id(&mut body.at)?));
        }
        command::READ => return read(header, body),
        command::WRITE => return write(header, body),
        command::IOCTL => return ioctl(header, body),
        command::SET_INFO => return set_info(header, body),
        _ => passed(header, body)?,
    }
    Ok(Message::Other)
}

/// Requests of which nothing matters but that they are whole.
fn passed(header: &Header, body: &mut Body<'_>) -> Result<(), Fault> {
    match header.command {
        command::FLUSH | command::OPLOCK_BREAK => body.skip(24),
        command::LOCK => {
            body.skip(2)?;
            let locks = usize::from(body.at.u16_le()?);
            body.skip(20 + 20 * locks)
        }
        command::CANCEL | command::ECHO => body.skip(4),
        command::QUERY_DIRECTORY => {
            body.skip(24)?;
            let (offset, len) = (body.at.u16_le()?, body.at.u16_le()?);
            body.skip(4)?;
            body.pad_to(header.behind(u32::from(offset)))?;
            body.skip(usize::from(len))
        }
        command::CHANGE_NOTIFY => body.skip(32),
        command::QUERY_INFO => {
            body.skip(8)?;
            let offset = body.at.u16_le()?;
            body.skip(2)?;
            let len = body.at.u32_le()?;
            body.skip(24)?;
            body.pad_to(header.behind(u32::from(offset)))?;
            body.skip(len as usize)
        }
        _ => Ok(()),
    }
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

fn create<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    body.skip(40)?;
    let options = body.at.u32_le()?;
    let (offset, len) = (body.at.u16_le()?, body.at.u16_le()?);
    let behind = (body.at.u32_le()?, body.at.u32_le()?);
    body.pad_to(header.behind(u32::from(offset)))?;
    let name = body.at.take(usize::from(len))?;
    contexts(header, body, behind)?;
    Ok(Message::Create { name, options })
}

fn read<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    body.skip(8)?;
    let offset = body.at.u64_le()?;
    let file = file_id(&mut body.at)?;
    body.skip(12)?;
    token(header, body)?;
    Ok(Message::Read { file, offset })
}

fn write<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    body.skip(2)?;
    let start = body.at.u16_le()?;
    let len = body.at.u32_le()?;
    let offset = body.at.u64_le()?;
    let file = file_id(&mut body.at)?;
    body.skip(16)?;
    body.pad_to(header.behind(u32::from(start)))?;
    Ok(Message::Write { file, offset, bytes: body.carried(len as usize)? })
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

fn ioctl<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    body.skip(4)?;
    let code = body.at.u32_le()?;
    let file = file_id(&mut body.at)?;
    let input = (body.at.u32_le()?, body.at.u32_le()?);
    body.skip(4)?;
    let output = (body.at.u32_le()?, body.at.u32_le()?);
    body.skip(12)?;
    let [input, _] = buffers(header, body, [input, output])?;
    Ok(Message::Ioctl { code, file, input })
}

fn set_info<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    /// What is set ([MS-SMB2] 2.2.39): properties of a file, or of the file system.
    const FILE: u8 = 1;
    const FILE_SYSTEM: u8 = 2;
    body.skip(2)?;
    let (kind, class) = (body.at.u8()?, body.at.u8()?);
    body.skip(4)?;
    let offset = body.at.u16_le()?;
    body.skip(6)?;
    let file = file_id(&mut body.at)?;
    body.pad_to(header.behind(u32::from(offset)))?;
    match (kind, class) {
        (FILE, _) => set_file(file, class, &mut body.at),
        (FILE_SYSTEM, 6) => body.skip(48).map(|()| Message::Other),
        (FILE_SYSTEM, 8) => body.skip(64).map(|()| Message::Other),
        _ => Ok(Message::Other),
    }
}

/// Properties of a file, by their class ([MS-FSCC] 2.4).
fn set_file<'a>(file: u64, class: u8, at: &mut Cursor<'a>) -> Result<Message<'a>, Fault> {
    let fixed = match class {
        0x04 => {
            at.take(36)?;
            return Ok(Message::SetBasic(file));
        }
        0x0a | 0x0b => {
            at.take(16)?;
            let len = at.u32_le()?;
            let name = at.take(len as usize)?;
            return Ok(if class == 0x0a { Message::Rename { file, name } } else { Message::Other });
        }
        0x0d => return Ok(Message::Dispose { file, delete: at.u8()? != 0 }),
        0x0f => {
            extended(at)?;
            0
        }
        0x28 => at.u32_le()? as usize,
        0x0e | 0x13 | 0x14 | 0x18 | 0x27 => 8,
        0x10 => 4,
        _ => 0,
    };
    at.take(fixed)?;
    Ok(Message::Other)
}

/// Extended attributes: a chain of names with values ([MS-FSCC] 2.4.15).
fn extended(at: &mut Cursor<'_>) -> Result<(), Fault> {
    while !at.is_empty() {
        let mut one = Body::new(*at);
        let next = one.at.u32_le()?;
        one.skip(1)?;
        let name = usize::from(one.at.u8()?);
        let value = usize::from(one.at.u16_le()?);
        one.skip(name + value)?;
        one.pad_to(i64::from(next))?;
        *at = one.at;
        if next == 0 {
            break;
        }
    }
    Ok(())
}
