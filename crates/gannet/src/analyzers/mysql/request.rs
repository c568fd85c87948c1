//! Commands of a client: what they are, and what they work on.

use super::parse::{self, Broken, can};
use crate::base::cursor::Cursor;

pub(super) const QUIT: u8 = 1;
pub(super) const QUERY: u8 = 3;
pub(super) const CHANGE_USER: u8 = 17;

/// What a command works on.
///
/// `capabilities` are those of the client, and `attributes` says whether a query may have some.
pub(super) fn argument<'a>(
    command: u8,
    at: &mut Cursor<'a>,
    capabilities: u32,
    attributes: bool,
) -> Result<&'a [u8], Broken> {
    if command == CHANGE_USER {
        return change_user(at, capabilities);
    }
    if command == QUERY && attributes {
        query_attributes(at)?;
    }
    let argument = at.take_rest();
    Ok(argument.strip_suffix(b"\0").unwrap_or(argument))
}

/// The user that the session goes on with (section "COM_CHANGE_USER").
fn change_user<'a>(at: &mut Cursor<'a>, capabilities: u32) -> Result<&'a [u8], Broken> {
    let user = at.before(0)?;
    at.bytes8()?;
    at.before(0)?;
    at.u16_le()?;
    let has_more = !at.is_empty();
    if has_more && capabilities & can::PLUGIN_AUTH != 0 {
        at.before(0)?;
    }
    if has_more && capabilities & can::CONNECT_ATTRS != 0 {
        parse::attributes(at)?;
    }
    Ok(user)
}

/// Passes over the attributes of a query (section "COM_QUERY").
fn query_attributes(at: &mut Cursor<'_>) -> Result<(), Broken> {
    let count = usize::try_from(parse::number(at)?).map_err(|_| Broken)?;
    parse::number(at)?;
    if count == 0 {
        return Ok(());
    }
    let absent = at.take(count.div_ceil(8))?;
    if at.u8()? != 1 {
        return Err(Broken);
    }
    let mut types = Cursor::new(at.rest());
    for _ in 0..count {
        at.take(2)?;
        parse::string(at)?;
    }
    for index in 0..count {
        let [kind, _flag] = *types.array::<2>()?;
        parse::string(&mut types)?;
        let bits = absent.get(index / 8).copied().unwrap_or(0);
        if bits >> (index % 8) & 1 == 0 {
            value(at, kind)?;
        }
    }
    Ok(())
}

/// Passes over a value of this type (section "Binary Protocol Value").
fn value(at: &mut Cursor<'_>, kind: u8) -> Result<(), Broken> {
    let length = match kind {
        0x00 => return Ok(parse::number(at).map(|_| ())?),
        0x01 => 1,
        0x02 | 0x0d => 2,
        0x03 | 0x04 | 0x09 => 4,
        0x05 | 0x08 => 8,
        0x06 => 0,
        0x07 | 0x0a | 0x0c | 0x11 => return counted(at, &[0, 4, 7, 11]),
        0x0b => return counted(at, &[0, 8, 12]),
        0x0f | 0x10 | 0xf5.. => return Ok(parse::string(at).map(|_| ())?),
        _ => return Err(Broken),
    };
    at.take(length)?;
    Ok(())
}

/// Passes over a date or a time, whose length is one of these.
fn counted(at: &mut Cursor<'_>, lengths: &[u8]) -> Result<(), Broken> {
    let bytes = at.bytes8()?;
    if lengths.iter().any(|length| usize::from(*length) == bytes.len()) { Ok(()) } else { Err(Broken) }
}
