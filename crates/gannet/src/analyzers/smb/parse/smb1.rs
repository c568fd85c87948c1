//! Messages of SMB 1 ([MS-CIFS] 2.2): headers, what messages say, and their strings.

use super::{Body, Fault};
use crate::parsers::{Cursor, Short};

/// Bytes of the header, the protocol's name among them: offsets in bodies count from its beginning.
pub(super) const HEADER: usize = 32;

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
