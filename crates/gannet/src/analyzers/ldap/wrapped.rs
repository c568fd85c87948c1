//! What comes after a bind by SASL: messages as before, messages in frames, or something that cannot be read (RFC 4513, section
//! 5.2.1.7; RFC 4422, section 3.7).

use crate::analyzers::Progress;
use crate::parsers::{Cursor, Short};

/// Bytes of the length before each frame.
const LENGTH: usize = 4;
/// Bytes of a frame that begins with a token of Kerberos, up to what is in it (RFC 4121, section 4.2.6.2).
const WRAP: usize = LENGTH + 16;
/// The token that wraps a message.
const WRAP_TOKEN: u16 = 0x0504;
/// The content of a token is encrypted.
const SEALED: u8 = 0x02;

/// How messages come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// One after the other.
    #[default]
    Clear,
    /// The bytes that come next decide.
    Unsure,
    /// In frames that cannot be read.
    Encrypted,
    /// In tokens of Kerberos, some of which can be read.
    Kerberos,
}

/// Decides by first bytes, of a mechanism; nothing if more are needed.
pub(super) fn decide(bytes: &[u8], mechanism: &[u8]) -> Option<Mode> {
    let may_be_kerberos = mechanism.is_empty() || mechanism.starts_with(b"GSS");
    match *bytes {
        [] => None,
        [0x30, ..] => Some(Mode::Clear),
        _ if !may_be_kerberos => Some(Mode::Encrypted),
        [0, 0, 0, 0..=1, ..] => Some(Mode::Encrypted),
        [_, _, _, _, 5, 4, ..] => Some(Mode::Kerberos),
        [_, _, _, _, _, _, ..] => Some(Mode::Encrypted),
        _ => None,
    }
}

/// Passes over so many bytes from the front.
fn pass(bytes: &[u8], count: u64) -> Progress {
    match count.checked_sub(bytes.len() as u64) {
        Some(more) if more > 0 => Progress::Skip(more),
        _ => Progress::Consumed(count as usize),
    }
}

/// A frame that cannot be read is passed over.
pub(super) fn encrypted(bytes: &[u8]) -> Progress {
    let Some(length) = bytes.first_chunk::<LENGTH>() else { return Progress::Need(LENGTH) };
    pass(bytes, LENGTH as u64 + u64::from(u32::from_be_bytes(*length)))
}

/// What a frame with a token of Kerberos is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// There is nothing to be read in it.
    Opaque(Progress),
    /// Messages, and bytes of the whole frame.
    Messages(&'a [u8], usize),
    /// It is none.
    Broken,
}

/// Reads a frame, which is at most `max` bytes long if there are messages in it.
pub(super) fn kerberos(bytes: &[u8], max: usize) -> Frame<'_> {
    match open(bytes, max) {
        Ok(frame) => frame,
        // Any frame that cannot be told to be no token may be one.
        Err(Short) => Frame::Opaque(Progress::Need(bytes.len() + 1)),
    }
}

fn open(bytes: &[u8], max: usize) -> Result<Frame<'_>, Short> {
    let mut cursor = Cursor::new(bytes);
    let length = cursor.u32()? as usize;
    let whole = LENGTH.saturating_add(length);
    if cursor.u16()? != WRAP_TOKEN {
        return Ok(if length < 2 { Frame::Broken } else { Frame::Opaque(pass(bytes, whole as u64)) });
    }
    let (flags, filler) = (cursor.u8()?, cursor.u8()?);
    let (extra, rotation) = (usize::from(cursor.u16()?), usize::from(cursor.u16()?));
    cursor.take(8)?;
    if filler != 0xff || whole < WRAP + extra {
        return Ok(Frame::Broken);
    }
    if flags & SEALED != 0 {
        return Ok(Frame::Opaque(pass(bytes, whole as u64)));
    }
    if whole > max || rotation != 0 && rotation != extra {
        return Ok(Frame::Broken);
    }
    if bytes.len() < whole {
        return Ok(Frame::Opaque(Progress::Need(whole)));
    }
    // The checksum stands behind the messages, or is turned to the front.
    let (from, to) = if rotation == extra { (WRAP + extra, whole) } else { (WRAP, whole - extra) };
    Ok(Frame::Messages(bytes.get(from..to).ok_or(Short)?, whole))
}
