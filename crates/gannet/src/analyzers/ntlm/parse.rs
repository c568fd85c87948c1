//! From bytes to messages of NTLM (MS-NLMP, section 2.2.1).

use crate::parsers::{Cursor, Short};

/// Flags of a message (2.2.2.5).
mod flag {
    pub(super) const TARGET: u32 = 0x0000_0004;
    pub(super) const DOMAIN: u32 = 0x0000_1000;
    pub(super) const WORKSTATION: u32 = 0x0000_2000;
    pub(super) const TARGET_INFO: u32 = 0x0080_0000;
    pub(super) const VERSION: u32 = 0x0200_0000;
}

/// One message; its texts are UTF-16.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message<'a> {
    /// The client begins.
    Negotiate,
    /// The server asks for proof, and says who it is.
    Challenge(Server<'a>),
    /// The client says who logs on.
    Authenticate(Client<'a>),
    /// Something else, such as a signature.
    Other,
}

/// What a server says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Server<'a> {
    pub(super) nb_computer_name: Option<&'a [u8]>,
    pub(super) dns_computer_name: Option<&'a [u8]>,
    pub(super) dns_tree_name: Option<&'a [u8]>,
}

/// Who logs on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Client<'a> {
    pub(super) domain: Option<&'a [u8]>,
    pub(super) user: Option<&'a [u8]>,
    pub(super) workstation: Option<&'a [u8]>,
}

/// Where a value is: its length, and its place counted from the message's beginning (2.2.1.1).
#[derive(Clone, Copy)]
struct Field {
    length: u16,
    offset: u32,
}

impl Field {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        let length = cursor.u16_le()?;
        cursor.take(2)?;
        Ok(Self { length, offset: cursor.u32_le()? })
    }
}

/// What stands behind the fixed part of a message.
struct Payload<'a> {
    /// Its place in the message.
    at: usize,
    bytes: &'a [u8],
}

impl<'a> Payload<'a> {
    fn of(cursor: &mut Cursor<'a>) -> Self {
        Self { at: cursor.at(), bytes: cursor.take_rest() }
    }

    /// All from the beginning of a field.
    fn from(&self, field: Field) -> Result<&'a [u8], Short> {
        let at = (field.offset as usize).checked_sub(self.at).ok_or(Short)?;
        self.bytes.get(at..).ok_or(Short)
    }

    fn field(&self, field: Field) -> Result<&'a [u8], Short> {
        self.from(field)?.get(..usize::from(field.length)).ok_or(Short)
    }

    fn unless_empty(&self, field: Field) -> Result<Option<&'a [u8]>, Short> {
        if field.length == 0 { Ok(None) } else { self.field(field).map(Some) }
    }

    /// A version stands first, if the flags say so and the fields leave room for it (2.2.2.10).
    fn version(&self, flags: u32, fields: &[Field]) -> Result<(), Short> {
        let room = fields.iter().all(|field| self.at < field.offset as usize);
        if flags & flag::VERSION != 0 && room && self.bytes.len() < 8 { Err(Short) } else { Ok(()) }
    }
}

/// Reads a message.
pub(super) fn message(bytes: &[u8]) -> Result<Message<'_>, Short> {
    let mut cursor = Cursor::new(bytes);
    cursor.take(8)?;
    match cursor.u32_le()? {
        1 => negotiate(&mut cursor).map(|()| Message::Negotiate),
        2 => challenge(&mut cursor).map(Message::Challenge),
        3 => authenticate(&mut cursor).map(Message::Authenticate),
        _ => Ok(Message::Other),
    }
}

/// 2.2.1.1. Nothing in it is of use.
fn negotiate(cursor: &mut Cursor<'_>) -> Result<(), Short> {
    let flags = cursor.u32_le()?;
    let fields = [Field::read(cursor)?, Field::read(cursor)?];
    let payload = Payload::of(cursor);
    payload.version(flags, &fields)?;
    for (field, supplied) in fields.into_iter().zip([flag::DOMAIN, flag::WORKSTATION]) {
        if flags & supplied != 0 {
            payload.field(field)?;
        }
    }
    Ok(())
}

/// 2.2.1.2.
fn challenge<'a>(cursor: &mut Cursor<'a>) -> Result<Server<'a>, Short> {
    let target = Field::read(cursor)?;
    let flags = cursor.u32_le()?;
    cursor.take(16)?;
    let info = Field::read(cursor)?;
    let payload = Payload::of(cursor);
    payload.version(flags, &[target, info])?;
    if flags & flag::TARGET != 0 {
        payload.field(target)?;
    }
    if flags & flag::TARGET_INFO == 0 {
        return Ok(Server::default());
    }
    pairs(payload.from(info)?)
}

/// What a server says of itself, pair by pair: up to the pair that ends them, or to the end of the message (2.2.2.1).
fn pairs(bytes: &[u8]) -> Result<Server<'_>, Short> {
    let mut server = Server::default();
    let mut cursor = Cursor::new(bytes);
    while !cursor.is_empty() {
        let id = cursor.u16_le()?;
        let length = usize::from(cursor.u16_le()?);
        match id {
            0 => break,
            1 => server.nb_computer_name = Some(cursor.take(length)?),
            3 => server.dns_computer_name = Some(cursor.take(length)?),
            5 => server.dns_tree_name = Some(cursor.take(length)?),
            2 | 4 | 9 => _ = cursor.take(length)?,
            // These have the length that they should have, whatever is said.
            6 => _ = cursor.take(4)?,
            7 => _ = cursor.take(8)?,
            8 => single_host(&mut cursor)?,
            10 => _ = cursor.take(2)?,
            _ => return Err(Short),
        }
    }
    Ok(server)
}

/// 2.2.2.2.
fn single_host(cursor: &mut Cursor<'_>) -> Result<(), Short> {
    cursor.take(8)?;
    let custom = cursor.u32_le()? & 1 != 0;
    cursor.take(if custom { 8 } else { 4 })?;
    Ok(())
}

/// 2.2.1.3.
fn authenticate<'a>(cursor: &mut Cursor<'a>) -> Result<Client<'a>, Short> {
    let _lm = Field::read(cursor)?;
    let nt = Field::read(cursor)?;
    let [domain, user, workstation, key] =
        [Field::read(cursor)?, Field::read(cursor)?, Field::read(cursor)?, Field::read(cursor)?];
    let flags = cursor.u32_le()?;
    let payload = Payload::of(cursor);
    payload.version(flags, &[domain, user, workstation, key])?;
    payload.unless_empty(nt)?;
    let client = Client {
        domain: payload.unless_empty(domain)?,
        user: payload.unless_empty(user)?,
        workstation: payload.unless_empty(workstation)?,
    };
    payload.unless_empty(key)?;
    Ok(client)
}
