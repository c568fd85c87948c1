//! Messages of SMB 1 that others may follow in the same frame ([MS-CIFS] 2.2.3.4).

use super::smb1::{HEADER, Header, Message, Text, ascii, command, text, text_here};
use super::smb1_plain::plain;
use super::{Body, Fault};

/// What a message says of the one behind it.
pub(super) struct Link {
    pub(super) command: u8,
    /// Where it is, from the beginning of the header.
    pub(super) offset: usize,
    /// From where the message with the link counts: it, or its part behind the count of words.
    pub(super) base: usize,
}

/// Reads one message, and what it says of the next one.
pub(super) fn link<'a>(
    header: &Header,
    is_request: bool,
    command: u8,
    body: &mut Body<'a>,
    messages: &mut Vec<Message<'a>>,
) -> Result<Option<Link>, Fault> {
    let (message, link) = match (command, is_request) {
        (command::SESSION_SETUP_ANDX, true) => session(header, body)?,
        (command::SESSION_SETUP_ANDX, false) => session_reply(header, body)?,
        (command::TREE_CONNECT_ANDX, true) => tree(header, body)?,
        (command::TREE_CONNECT_ANDX, false) => tree_reply(header, body)?,
        (command::NT_CREATE_ANDX, true) => create(header, body)?,
        (command::NT_CREATE_ANDX, false) => created(body)?,
        (command::READ_ANDX, true) => read(body)?,
        (command::READ_ANDX, false) => read_reply(body)?,
        (command::WRITE_ANDX, true) => write(body)?,
        (command::WRITE_ANDX, false) => passed(body, 8)?,
        (command::LOGOFF_ANDX, _) => passed(body, 0)?,
        // What is locked is not read: how long it is would have to be negotiated.
        (command::LOCKING_ANDX, true) => {
            return Err(Fault("parse error: ranges that are locked have no known length"));
        }
        _ => (plain(header, is_request, command, body)?, None),
    };
    messages.push(message);
    Ok(link)
}

type Linked<'a> = Result<(Message<'a>, Option<Link>), Fault>;

/// The command and the offset behind the count of words.
fn andx(body: &mut Body<'_>, base: usize) -> Result<Option<Link>, Fault> {
    let command = body.at.u8()?;
    body.skip(1)?;
    let offset = usize::from(body.at.u16_le()?);
    Ok(Some(Link { command, offset, base }))
}

/// Messages of which nothing matters, with so many bytes between the link and the count of bytes.
fn passed<'a>(body: &mut Body<'a>, words: usize) -> Linked<'a> {
    body.skip(1)?;
    let link = andx(body, 0)?;
    body.skip(words + 2)?;
    Ok((Message::Other, link))
}

/// A string in a record that begins behind the count of words.
fn inner_text<'a>(header: &Header, body: &mut Body<'a>) -> Result<Text<'a>, Fault> {
    let odd = (body.read() + 1) % 2 == 1;
    text(body, header.unicode, odd)
}

fn inner_texts(header: &Header, body: &mut Body<'_>, count: usize) -> Result<(), Fault> {
    for _ in 0..count {
        inner_text(header, body)?;
    }
    Ok(())
}

/// Who the client is ([MS-CIFS] 2.2.4.53.1, [MS-SMB] 2.2.4.6.1).
fn session<'a>(header: &Header, body: &mut Body<'a>) -> Linked<'a> {
    let words = body.at.u8()?;
    *body = Body::new(body.at);
    let link = andx(body, 1)?;
    body.skip(10)?;
    match words {
        10 => {
            let password = usize::from(body.at.u16_le()?);
            body.skip(6 + password)?;
            inner_texts(header, body, 4)?;
        }
        12 => {
            let len = usize::from(body.at.u16_le()?);
            body.skip(10)?;
            let token = body.at.take(len)?;
            inner_texts(header, body, 2)?;
            return Ok((Message::Token(token), link));
        }
        13 => {
            let (one, other) = (usize::from(body.at.u16_le()?), usize::from(body.at.u16_le()?));
            body.skip(10 + one + other)?;
            inner_texts(header, body, 4)?;
        }
        _ => return Err(Fault("parse error: a request with an unknown count of words")),
    }
    Ok((Message::Other, link))
}

fn session_reply<'a>(header: &Header, body: &mut Body<'a>) -> Linked<'a> {
    let words = body.at.u8()?;
    if !matches!(words, 3 | 4) {
        body.skip(2)?;
        return Ok((Message::Other, None));
    }
    *body = Body::new(body.at);
    let link = andx(body, 1)?;
    body.skip(2)?;
    if words == 3 {
        let count = body.at.u16_le()?;
        inner_texts(header, body, if count == 0 { 0 } else { 3 })?;
        return Ok((Message::Other, link));
    }
    let len = usize::from(body.at.u16_le()?);
    body.skip(2)?;
    let token = body.at.take(len)?;
    inner_texts(header, body, 2)?;
    Ok((Message::Token(token), link))
}

fn tree<'a>(header: &Header, body: &mut Body<'a>) -> Linked<'a> {
    body.skip(1)?;
    let link = andx(body, 0)?;
    body.skip(2)?;
    let password = usize::from(body.at.u16_le()?);
    body.skip(2 + password)?;
    let path = text_here(body, header)?;
    let service = Text::Ascii(ascii(body)?);
    Ok((Message::TreeConnect { path, service }, link))
}

fn tree_reply<'a>(header: &Header, body: &mut Body<'a>) -> Linked<'a> {
    let words = usize::from(body.at.u8()?);
    let link = andx(body, 0)?;
    // The link is two words; what follows it is one, and access rights.
    if words >= 3 {
        body.skip(2 + 2 * (words - 3))?;
    }
    let count = usize::from(body.at.u16_le()?);
    let before = body.read();
    let service = Text::Ascii(ascii(body)?);
    let more = count > body.read() - before;
    let file_system = more.then(|| text_here(body, header)).transpose()?;
    Ok((Message::TreeConnected { service, file_system }, link))
}

fn create<'a>(header: &Header, body: &mut Body<'a>) -> Linked<'a> {
    body.skip(1)?;
    let link = andx(body, 0)?;
    body.skip(46)?;
    Ok((Message::Create(text_here(body, header)?), link))
}

fn created<'a>(body: &mut Body<'a>) -> Linked<'a> {
    body.skip(1)?;
    let link = andx(body, 0)?;
    body.skip(1)?;
    let file = body.at.u16_le()?;
    body.skip(4)?;
    let at = &mut body.at;
    let times = [at.u64_le()?, at.u64_le()?, at.u64_le()?, at.u64_le()?];
    at.take(12)?;
    let size = at.u64_le()?;
    at.take(7)?;
    Ok((Message::Created { file, size, times }, link))
}

fn read<'a>(body: &mut Body<'a>) -> Linked<'a> {
    let words = body.at.u8()?;
    let link = andx(body, 0)?;
    let file = body.at.u16_le()?;
    let low = body.at.u32_le()?;
    body.skip(10)?;
    let high = if words == 12 { body.at.u32_le()? } else { 0 };
    body.skip(2)?;
    let high = if high == u32::MAX { 0 } else { high };
    Ok((Message::Read { file, offset: u64::from(high) << 32 | u64::from(low) }, link))
}

fn read_reply<'a>(body: &mut Body<'a>) -> Linked<'a> {
    body.skip(1)?;
    let link = andx(body, 0)?;
    body.skip(6)?;
    let (low, offset, high) = (body.at.u16_le()?, body.at.u16_le()?, body.at.u16_le()?);
    body.skip(10)?;
    body.pad_to(i64::from(offset) - HEADER as i64)?;
    let bytes = body.at.take(usize::from(high) << 16 | usize::from(low))?;
    Ok((Message::ReadBytes(bytes), link))
}

fn write<'a>(body: &mut Body<'a>) -> Linked<'a> {
    let words = body.at.u8()?;
    let link = andx(body, 0)?;
    let file = body.at.u16_le()?;
    let low = body.at.u32_le()?;
    body.skip(8)?;
    let (len_high, len) = (body.at.u16_le()?, body.at.u16_le()?);
    let offset = body.at.u16_le()?;
    let high = if words == 14 { body.at.u32_le()? } else { 0 };
    body.skip(2)?;
    body.pad_to(i64::from(offset) - HEADER as i64)?;
    let bytes = body.at.take(usize::from(len_high) << 16 | usize::from(len))?;
    Ok((Message::Write { file, offset: u64::from(high) << 32 | u64::from(low), bytes }, link))
}
