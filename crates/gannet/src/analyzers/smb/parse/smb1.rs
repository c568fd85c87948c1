//! Messages of SMB 1 ([MS-CIFS] 2.2): headers, and bodies without others behind them.

use super::{Body, Fault};
use crate::parsers::{Cursor, Short};

/// Bytes of the header, the protocol's name among them: offsets in bodies count from its beginning.
pub(super) const HEADER: usize = 32;
/// Content of a frame with a body that has no words and no bytes: it says nothing, or that there was an error.
const EMPTY: usize = HEADER + 3;

/// Commands ([MS-CIFS] 2.2.2.1).
pub(super) mod command {
    pub(in super::super) const CLOSE: u8 = 0x04;
    pub(in super::super) const QUERY_INFORMATION: u8 = 0x08;
    pub(in super::super) const CHECK_DIRECTORY: u8 = 0x10;
    pub(in super::super) const LOCKING_ANDX: u8 = 0x24;
    pub(in super::super) const TRANSACTION: u8 = 0x25;
    pub(in super::super) const TRANSACTION_SECONDARY: u8 = 0x26;
    pub(in super::super) const ECHO: u8 = 0x2b;
    pub(in super::super) const READ_ANDX: u8 = 0x2e;
    pub(in super::super) const WRITE_ANDX: u8 = 0x2f;
    pub(in super::super) const TRANSACTION2: u8 = 0x32;
    pub(in super::super) const TRANSACTION2_SECONDARY: u8 = 0x33;
    pub(in super::super) const TREE_DISCONNECT: u8 = 0x71;
    pub(in super::super) const NEGOTIATE: u8 = 0x72;
    pub(in super::super) const SESSION_SETUP_ANDX: u8 = 0x73;
    pub(in super::super) const LOGOFF_ANDX: u8 = 0x74;
    pub(in super::super) const TREE_CONNECT_ANDX: u8 = 0x75;
    pub(in super::super) const NT_TRANSACT: u8 = 0xa0;
    pub(in super::super) const NT_CREATE_ANDX: u8 = 0xa2;
    pub(in super::super) const NT_CANCEL: u8 = 0xa4;
    /// In the place of the next command: there is none.
    pub(in super::super) const NONE: u8 = 0xff;
}

/// The header of a message, as far as it matters ([MS-CIFS] 2.2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Header {
    pub(super) command: u8,
    /// Strings are UTF-16.
    pub(in super::super) unicode: bool,
    /// The share.
    pub(in super::super) tree: u16,
    /// The request; its reply has the same number.
    pub(in super::super) multiplex: u16,
}

impl Header {
    /// Reads what follows the four bytes that name the protocol.
    pub(in super::super) fn read(at: &mut Cursor<'_>) -> Result<Self, Short> {
        let command = at.u8()?;
        at.take(5)?;
        let flags = at.u16_le()?;
        at.take(12)?;
        let tree = at.u16_le()?;
        at.take(4)?;
        let multiplex = at.u16_le()?;
        Ok(Self { command, unicode: flags & 0x8000 != 0, tree, multiplex })
    }
}

/// A string, as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Text<'a> {
    Ascii(&'a [u8]),
    Unicode(&'a [u8]),
}

/// What a message asks for or answers, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Message<'a> {
    TreeConnect {
        path: Text<'a>,
        service: Text<'a>,
    },
    TreeConnected {
        service: Text<'a>,
        file_system: Option<Text<'a>>,
    },
    Create(Text<'a>),
    Created {
        file: u16,
        size: u64,
        /// Made, read, written, changed.
        times: [u64; 4],
    },
    Close(u16),
    Read {
        file: u16,
        offset: u64,
    },
    ReadBytes(&'a [u8]),
    Write {
        file: u16,
        offset: u64,
        bytes: &'a [u8],
    },
    /// A transaction, on a pipe if its name says so, and what it sends.
    Transaction {
        kind: Transaction,
        bytes: &'a [u8],
    },
    /// What it brought; nothing if it brought none.
    Transacted(Option<&'a [u8]>),
    /// A token of the negotiation of who the client is.
    Token(&'a [u8]),
    /// Nothing of interest.
    Other,
}

/// What the name of a transaction says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Transaction {
    Pipe,
    /// Remote administration, which goes through a pipe as well but is another protocol.
    Rap,
    Other,
}

/// The messages of a frame: one, or one inside the other.
#[derive(Debug, Default)]
pub(in super::super) struct Chain<'a> {
    /// In the order in which they stand.
    pub(in super::super) messages: Vec<Message<'a>>,
    /// Messages that say that others follow them, at a depth at which none may.
    pub(in super::super) too_deep: usize,
    /// Messages that say that others follow them, at a place which is not behind them.
    pub(in super::super) not_advancing: usize,
}

/// Reads the messages behind a header; `len` is what the frame holds.
pub(in super::super) fn messages<'a>(
    header: &Header,
    is_request: bool,
    at: Cursor<'a>,
    len: usize,
) -> Result<Chain<'a>, Fault> {
    let mut chain = Chain::default();
    if len == EMPTY {
        let mut body = Body::new(at);
        body.skip(3)?;
        return Ok(chain);
    }
    let mut place = Some((header.command, Body::new(at)));
    let mut offset = HEADER;
    while let Some((command, mut body)) = place.take() {
        let link = super::smb1_andx::link(header, is_request, command, &mut body, &mut chain.messages)?;
        let Some(mut link) = link else { break };
        place = link.follow(&mut chain, &mut offset, body)?;
    }
    Ok(chain)
}

/// A string up to its zero, or to the end. In UTF-16 it begins at an even place of its record.
pub(super) fn text<'a>(body: &mut Body<'a>, unicode: bool, odd: bool) -> Result<Text<'a>, Fault> {
    if unicode {
        body.skip(usize::from(odd))?;
        let rest = body.at.rest();
        let end = rest.as_chunks::<2>().0.iter().position(|two| *two == [0, 0]);
        return Ok(Text::Unicode(body.at.take(end.map_or(rest.len(), |at| 2 * at + 2))?));
    }
    Ok(Text::Ascii(ascii(body)?))
}

/// A string of single bytes up to its zero, which is left out, or to the end.
pub(super) fn ascii<'a>(body: &mut Body<'a>) -> Result<&'a [u8], Fault> {
    match body.at.before(0) {
        Ok(text) => Ok(text),
        Err(Short) => Ok(body.at.take_rest()),
    }
}

/// A string at a place whose parity counts.
pub(super) fn text_here<'a>(body: &mut Body<'a>, header: &Header) -> Result<Text<'a>, Fault> {
    let odd = body.read() % 2 == 1;
    text(body, header.unicode, odd)
}

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
