//! Requests of SMB 2 and 3.

use super::smb2::{Header, Message, buffers, command, contexts, file_id, token};
use super::{Body, Fault};
use crate::parsers::Cursor;

/// Reads the body of a request.
pub(super) fn request<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
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
