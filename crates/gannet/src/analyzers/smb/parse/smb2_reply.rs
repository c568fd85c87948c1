//! Replies of SMB 2 and 3.

use super::smb2::{Created, Header, Message, buffers, command, contexts, file_id, token};
use super::{Body, Fault};

/// The dialect whose negotiation has contexts.
const SMB_3_1_1: u16 = 0x0311;

/// Reads the body of a reply.
pub(super) fn reply<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    if header.is_error() {
        body.skip(4)?;
        let len = body.at.u32_le()?;
        body.skip(len as usize)?;
        return Ok(Message::Other);
    }
    match header.command {
        command::NEGOTIATE => negotiated(header, body).map(Message::Token),
        command::SESSION_SETUP => {
            body.skip(4)?;
            token(header, body).map(Message::Token)
        }
        command::TREE_CONNECT => {
            body.skip(2)?;
            let share = body.at.u8()?;
            body.skip(13)?;
            Ok(Message::TreeConnected(share))
        }
        command::CREATE => created(header, body),
        command::READ => read(header, body),
        command::IOCTL => ioctl(header, body),
        _ => passed(header, body).map(|()| Message::Other),
    }
}

/// Replies of which nothing matters but that they are whole.
fn passed(header: &Header, body: &mut Body<'_>) -> Result<(), Fault> {
    match header.command {
        command::CLOSE => body.skip(60),
        command::TREE_DISCONNECT | command::FLUSH | command::LOCK | command::ECHO => body.skip(4),
        command::WRITE => body.skip(16),
        command::SET_INFO => body.skip(2),
        command::OPLOCK_BREAK => body.skip(24),
        command::QUERY_DIRECTORY | command::QUERY_INFO => {
            let len = buffer(header, body)?;
            body.skip(len)
        }
        command::CHANGE_NOTIFY => changes(header, body),
        _ => Ok(()),
    }
}

/// Moves to a run of bytes behind its offset and its length, which is told.
fn buffer(header: &Header, body: &mut Body<'_>) -> Result<usize, Fault> {
    body.skip(2)?;
    let offset = body.at.u16_le()?;
    let len = body.at.u32_le()?;
    body.pad_to(header.behind(u32::from(offset)))?;
    Ok(len as usize)
}

/// What changed in a directory, one after the other ([MS-FSCC] 2.7.1).
fn changes(header: &Header, body: &mut Body<'_>) -> Result<(), Fault> {
    let len = buffer(header, body)?;
    let mut each = body.at.within(len)?;
    while !each.is_empty() {
        each.take(8)?;
        let name = each.u32_le()?;
        each.take(name as usize)?;
    }
    Ok(())
}

/// The server chose a dialect ([MS-SMB2] 2.2.4): the token that comes along.
fn negotiated<'a>(header: &Header, body: &mut Body<'a>) -> Result<&'a [u8], Fault> {
    body.skip(4)?;
    let dialect = body.at.u16_le()?;
    let contexts = body.at.u16_le()?;
    body.skip(50)?;
    let len = usize::from(body.at.u16_le()?);
    let offset = body.at.u32_le()?;
    let token = body.at.take(len)?;
    if dialect == SMB_3_1_1 {
        body.pad_to(header.behind(offset))?;
        let mut list = Body::new(body.at);
        for left in (0..contexts).rev() {
            context(&mut list, left == 0)?;
        }
        body.at = list.at;
    }
    Ok(token)
}

/// One context of a negotiation ([MS-SMB2] 2.2.4.1), and what fills the place up to the next one.
fn context(list: &mut Body<'_>, is_last: bool) -> Result<(), Fault> {
    let begin = list.read();
    let kind = list.at.u16_le()?;
    let len = usize::from(list.at.u16_le()?);
    list.skip(4)?;
    match kind {
        // Hashes and a salt; ciphers; ways to compress.
        1 => {
            let (hashes, salt) = (usize::from(list.at.u16_le()?), usize::from(list.at.u16_le()?));
            list.skip(2 * hashes + salt)?;
        }
        2 => {
            let ciphers = usize::from(list.at.u16_le()?);
            list.skip(2 * ciphers)?;
        }
        3 => {
            let ways = usize::from(list.at.u16_le()?);
            list.skip(6 + 2 * ways)?;
        }
        _ => list.skip(len)?,
    }
    let used = list.read() - begin;
    if is_last { Ok(()) } else { list.skip(used.next_multiple_of(8) - used) }
}

fn created<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    body.skip(8)?;
    let at = &mut body.at;
    let (created, accessed, modified, changed) = (at.u64_le()?, at.u64_le()?, at.u64_le()?, at.u64_le()?);
    at.take(8)?;
    let size = at.u64_le()?;
    at.take(8)?;
    let file = file_id(at)?;
    let behind = (at.u32_le()?, at.u32_le()?);
    contexts(header, body, behind)?;
    Ok(Message::Created(Created { file, size, created, accessed, modified, changed }))
}

fn read<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    body.skip(2)?;
    let offset = body.at.u8()?;
    body.skip(1)?;
    let len = body.at.u32_le()?;
    body.skip(8)?;
    body.pad_to(header.behind(u32::from(offset)))?;
    Ok(Message::ReadBytes(body.carried(len as usize)?))
}

fn ioctl<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    body.skip(4)?;
    let code = body.at.u32_le()?;
    body.skip(16)?;
    let input = (body.at.u32_le()?, body.at.u32_le()?);
    let output = (body.at.u32_le()?, body.at.u32_le()?);
    body.skip(8)?;
    let [_, output] = buffers(header, body, [input, output])?;
    Ok(Message::IoctlReply { code, output })
}
