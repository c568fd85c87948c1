//! Pieces that packets are made of, and packets that come in one state only.

use crate::base::cursor::{Cursor, Short};

/// Bytes of the header of a packet: its length without that, and its number.
pub(super) const HEADER: usize = 4;

/// Bits of what a client or a server can do (section "Capabilities Flags").
pub(super) mod can {
    /// The login names a database.
    pub(in super::super) const CONNECT_WITH_DB: u32 = 0x8;
    /// TLS follows.
    pub(in super::super) const SSL: u32 = 0x800;
    /// Ways to log in have names.
    pub(in super::super) const PLUGIN_AUTH: u32 = 0x8_0000;
    /// The login tells of the client's program.
    pub(in super::super) const CONNECT_ATTRS: u32 = 0x10_0000;
    /// An OK ends the rows of a result, and nothing its columns.
    pub(in super::super) const DEPRECATE_EOF: u32 = 0x100_0000;
    /// The login says how hard to compress.
    pub(in super::super) const ZSTD: u32 = 0x400_0000;
    /// Queries may have attributes.
    pub(in super::super) const QUERY_ATTRIBUTES: u32 = 0x800_0000;
}

/// The packet is not as the protocol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

impl From<Short> for Broken {
    fn from(Short: Short) -> Self {
        Self
    }
}

/// A number whose first byte says how long it is, behind that byte. What stands for no value is 0.
pub(super) fn number_behind(at: &mut Cursor<'_>, first: u8) -> Result<u64, Short> {
    match first {
        0..0xfb => Ok(u64::from(first)),
        0xfc => at.u16_le().map(u64::from),
        0xfd => at.array::<3>().map(|[a, b, c]| u64::from(u32::from_le_bytes([*a, *b, *c, 0]))),
        0xfe => at.u64_le(),
        0xfb | 0xff => Ok(0),
    }
}

/// A number whose first byte says how long it is.
pub(super) fn number(at: &mut Cursor<'_>) -> Result<u64, Short> {
    let first = at.u8()?;
    number_behind(at, first)
}

/// A string behind its length, whose first byte was read.
pub(super) fn string_behind<'a>(at: &mut Cursor<'a>, first: u8) -> Result<&'a [u8], Short> {
    let length = number_behind(at, first)?;
    at.take(usize::try_from(length).unwrap_or(usize::MAX))
}

/// A string behind its length.
pub(super) fn string<'a>(at: &mut Cursor<'a>) -> Result<&'a [u8], Short> {
    let first = at.u8()?;
    string_behind(at, first)
}

/// The server's greeting behind its version: whether queries may have attributes, if it says so.
pub(super) fn greeting(at: &mut Cursor<'_>, version: u8) -> Result<bool, Broken> {
    let _server_version = at.before(0)?;
    let _connection = at.u32_le()?;
    if version == 9 {
        at.before(0)?;
        return Ok(false);
    }
    at.take(8 + 1 + 2 + 1 + 2)?;
    let capabilities = u32::from(at.u16_le()?) << 16;
    let length = usize::from(at.u8()?);
    if (1..21).contains(&length) {
        return Err(Broken);
    }
    at.take(10 + length.saturating_sub(8).max(13))?;
    if capabilities & can::PLUGIN_AUTH != 0 {
        at.before(0)?;
    }
    Ok(capabilities & can::QUERY_ATTRIBUTES != 0)
}

/// What a client answers to the greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Login<'a> {
    pub(super) capabilities: u32,
    /// None if TLS follows.
    pub(super) user: Option<&'a [u8]>,
}

/// The answer to a greeting of version 9.
pub(super) fn login9<'a>(at: &mut Cursor<'a>) -> Result<Login<'a>, Broken> {
    let capabilities = u32::from(at.u16_le()?);
    at.take(3)?;
    let user = at.before(0)?;
    at.before(0)?;
    if capabilities & can::CONNECT_WITH_DB != 0 {
        at.before(0)?;
    }
    Ok(Login { capabilities, user: Some(user) })
}

/// The answer to a greeting of version 10.
pub(super) fn login10<'a>(at: &mut Cursor<'a>) -> Result<Login<'a>, Broken> {
    let capabilities = at.u32_le()?;
    at.take(4 + 1 + 23)?;
    if capabilities & can::SSL != 0 {
        return Ok(Login { capabilities, user: None });
    }
    let user = at.before(0)?;
    string(at)?;
    if capabilities & can::CONNECT_WITH_DB != 0 {
        at.before(0)?;
    }
    if capabilities & can::PLUGIN_AUTH != 0 {
        // Its end may be missing if there is nothing before it.
        _ = at.before(0);
    }
    if capabilities & can::CONNECT_ATTRS != 0 {
        attributes(at)?;
    }
    if capabilities & can::ZSTD != 0 {
        at.u8()?;
    }
    Ok(Login { capabilities, user: Some(user) })
}

/// What a login tells of the client's program. Its length is read as one byte, which is what most have.
pub(super) fn attributes(at: &mut Cursor<'_>) -> Result<(), Broken> {
    let mut inside = Cursor::new(at.bytes8()?);
    while !inside.is_empty() {
        string(&mut inside)?;
        string(&mut inside)?;
    }
    Ok(())
}

/// An OK behind its first byte: rows that were changed. What is behind them is not looked at.
pub(super) fn ok(at: &mut Cursor<'_>) -> Result<u64, Broken> {
    // Zeek counts them with 32 bits.
    Ok(u64::from(number(at)? as u32))
}

/// An error behind its first byte: the text behind its number and its state.
pub(super) fn error<'a>(at: &mut Cursor<'a>) -> Result<&'a [u8], Broken> {
    at.take(2 + 6)?;
    Ok(at.take_rest())
}

/// The end of columns or rows, behind its first byte: warnings and status.
pub(super) fn end(at: &mut Cursor<'_>) -> Result<(), Broken> {
    at.take(2 + 2)?;
    Ok(())
}

/// The definition of a column, whose first byte was read.
pub(super) fn column(at: &mut Cursor<'_>, first: u8) -> Result<(), Broken> {
    string_behind(at, first)?;
    for _ in 0..5 {
        string(at)?;
    }
    number(at)?;
    at.take(2 + 4 + 1 + 2 + 1 + 2)?;
    Ok(())
}

/// A row with so many columns, whose first byte was read.
pub(super) fn row(at: &mut Cursor<'_>, first: u8, columns: u32) -> Result<(), Broken> {
    string_behind(at, first)?;
    for _ in 1..columns {
        string(at)?;
    }
    Ok(())
}
