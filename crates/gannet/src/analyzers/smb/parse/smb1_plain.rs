//! Bodies of SMB 1 that end with themselves.

use super::smb1::{HEADER, Header, Message, Text, Transaction, ascii, command, text_here};
use super::{Body, Fault};
use crate::parsers::Short;

/// Bodies that end with themselves.
pub(super) fn plain<'a>(
    header: &Header,
    is_request: bool,
    command: u8,
    body: &mut Body<'a>,
) -> Result<Message<'a>, Fault> {
    match (command, is_request) {
        (command::NEGOTIATE, true) => dialects(body)?,
        (command::NEGOTIATE, false) => return negotiated(header, body),
        (command::CLOSE, true) => {
            body.skip(1)?;
            let file = body.at.u16_le()?;
            body.skip(6)?;
            return Ok(Message::Close(file));
        }
        (command::QUERY_INFORMATION | command::CHECK_DIRECTORY, true) => {
            body.skip(4)?;
            text_here(body, header)?;
        }
        (command::QUERY_INFORMATION, false) => body.skip(23)?,
        (command::CLOSE | command::CHECK_DIRECTORY, false)
        | (command::TREE_DISCONNECT, _)
        | (command::NT_CANCEL, true) => body.skip(3)?,
        (command::NT_TRANSACT, _) => body.skip(1)?,
        (command::ECHO, _) => {
            body.skip(3)?;
            let len = usize::from(body.at.u16_le()?);
            body.skip(len)?;
        }
        (command::TRANSACTION, true) => return transaction(header, body),
        (command::TRANSACTION, false) => return transacted(body),
        (command::TRANSACTION_SECONDARY, true) => secondary(body, 0)?,
        (command::TRANSACTION2_SECONDARY, true) => secondary(body, 2)?,
        (command::TRANSACTION2, true) => transaction2(header, body)?,
        (command::TRANSACTION2, false) => {
            body.skip(21)?;
            let len = usize::from(body.at.u16_le()?);
            body.skip(len)?;
        }
        _ => {}
    }
    Ok(Message::Other)
}

fn dialects(body: &mut Body<'_>) -> Result<(), Fault> {
    body.skip(1)?;
    let len = usize::from(body.at.u16_le()?);
    let mut each = Body::new(body.at.within(len)?);
    while !each.at.is_empty() {
        each.skip(1)?;
        ascii(&mut each)?;
    }
    Ok(())
}

/// The server chose a dialect ([MS-CIFS] 2.2.4.52.2, [MS-SMB] 2.2.4.5.2).
fn negotiated<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    /// The server's capability to negotiate with tokens.
    const EXTENDED_SECURITY: u32 = 0x8000_0000;
    let words = body.at.u8()?;
    body.skip(2)?;
    let mut inner = Body::new(body.at);
    match words {
        0x01 => inner.skip(2)?,
        0x0d => {
            inner.skip(20)?;
            let key = usize::from(inner.at.u16_le()?);
            inner.skip(4 + key)?;
            text_here(&mut inner, header)?;
        }
        0x11 => {
            inner.skip(17)?;
            let capabilities = inner.at.u32_le()?;
            inner.skip(10)?;
            let key = usize::from(inner.at.u8()?);
            let len = usize::from(inner.at.u16_le()?);
            if capabilities & EXTENDED_SECURITY != 0 {
                inner.skip(16)?;
                let len = len.checked_sub(16).ok_or(Short)?;
                return Ok(Message::Token(inner.at.take(len)?));
            }
            inner.skip(key)?;
            text_here(&mut inner, header)?;
        }
        _ => return Err(Fault("parse error: a reply with an unknown count of words")),
    }
    Ok(Message::Other)
}

/// What the name of a transaction says; it is told by its letters at their places, whatever stands between them.
fn kind(name: &Text<'_>) -> Transaction {
    let (bytes, step) = match name {
        Text::Ascii(bytes) => (bytes, 1),
        Text::Unicode(bytes) => (bytes, 2),
    };
    let mut letters = bytes.iter().step_by(step).copied();
    let begins = |letters: &mut dyn Iterator<Item = u8>, with: &[u8]| {
        with.iter().all(|wanted| letters.next() == Some(*wanted))
    };
    if !begins(&mut letters, br"\PIPE\") {
        Transaction::Other
    } else if begins(&mut letters, b"LANMAN") {
        Transaction::Rap
    } else {
        Transaction::Pipe
    }
}

fn transaction<'a>(header: &Header, body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    body.skip(19)?;
    let (params, params_at) = (body.at.u16_le()?, body.at.u16_le()?);
    body.skip(2)?;
    let bytes_at = body.at.u16_le()?;
    let setup = usize::from(body.at.u8()?);
    body.skip(1 + 2 * setup + 2)?;
    let name = text_here(body, header)?;
    parts(body, (params, params_at), bytes_at)?;
    Ok(Message::Transaction { kind: kind(&name), bytes: body.at.take_rest() })
}

/// Moves over the parameters to the place of the data.
fn parts(body: &mut Body<'_>, (params, params_at): (u16, u16), bytes_at: u16) -> Result<(), Fault> {
    body.pad_to(i64::from(params_at) - HEADER as i64)?;
    body.skip(usize::from(params))?;
    body.pad_to(i64::from(bytes_at) - HEADER as i64)
}

fn transacted<'a>(body: &mut Body<'a>) -> Result<Message<'a>, Fault> {
    body.skip(7)?;
    let (params, params_at) = (body.at.u16_le()?, body.at.u16_le()?);
    body.skip(2)?;
    let (count, bytes_at) = (body.at.u16_le()?, body.at.u16_le()?);
    body.skip(2)?;
    let setup = usize::from(body.at.u8()?);
    body.skip(1 + 2 * setup + 2)?;
    parts(body, (params, params_at), bytes_at)?;
    Ok(Message::Transacted((count > 0).then(|| body.at.take_rest())))
}

/// More of a transaction; `more` bytes stand behind the usual words.
fn secondary(body: &mut Body<'_>, more: usize) -> Result<(), Fault> {
    body.skip(5)?;
    let (params, params_at) = (body.at.u16_le()?, body.at.u16_le()?);
    body.skip(2)?;
    let (count, bytes_at) = (body.at.u16_le()?, body.at.u16_le()?);
    body.skip(2 + more + 2)?;
    parts(body, (params, params_at), bytes_at)?;
    body.skip(if more > 0 { usize::from(count) } else { 0 })
}

fn transaction2(header: &Header, body: &mut Body<'_>) -> Result<(), Fault> {
    body.skip(21)?;
    let params_at = body.at.u16_le()?;
    body.skip(6)?;
    let sub_command = body.at.u16_le()?;
    body.skip(2)?;
    body.pad_to(i64::from(params_at) - HEADER as i64)?;
    let mut inner = Body::new(body.at);
    let fixed = match sub_command {
        0x01 => 12,
        0x05 => 6,
        0x07 => return inner.skip(4),
        0x10 => 2,
        _ => return Ok(()),
    };
    inner.skip(fixed)?;
    text_here(&mut inner, header)?;
    Ok(())
}
