//! Messages of the protocol, version 3 (section 55.7 of the manual).

use crate::base::cursor::{Cursor, Short};

/// Bytes of a first message up to the version: its length and that.
pub(super) const FIRST: usize = 8;
/// Bytes of the head of any other message: its type, and its length without that.
pub(super) const HEAD: usize = 5;
/// What stands for the version if the client wants TLS.
const SSL_REQUEST: u32 = 80_877_103;
/// The highest number of a way to log in.
const MAX_AUTHENTICATION: u32 = 12;

/// The message is not as the protocol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

impl From<Short> for Broken {
    fn from(Short: Short) -> Self {
        Self
    }
}

/// What was read; nothing if the bytes end before it does.
type Read<T> = Result<Option<T>, Broken>;

/// What a client begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    Tls,
    /// A startup message with so many bytes of parameters behind the version, and a zero byte behind those.
    Startup(usize),
}

/// The beginning of what a client sends first.
pub(super) fn first(head: &[u8; FIRST]) -> Result<First, &'static str> {
    let [l0, l1, l2, l3, version @ ..] = *head;
    let (length, version) = (u32::from_be_bytes([l0, l1, l2, l3]), u32::from_be_bytes(version));
    match (length, version >> 16) {
        (..8, _) => Err("parse error: first message is too short"),
        (8, _) if version == SSL_REQUEST => Ok(First::Tls),
        (9.., 3) => Ok(First::Startup(length as usize - FIRST - 1)),
        (_, 3) => Err("error while parsing PostgreSQL StartupMessage: too short"),
        _ => Err("unsupported PostgreSQL major version"),
    }
}

/// Type and length of a message without its head.
pub(super) fn head(head: &[u8; HEAD]) -> Result<(u8, u64), Broken> {
    let [kind, length @ ..] = *head;
    let length = u32::from_be_bytes(length).checked_sub(4).ok_or(Broken)?;
    Ok((kind, u64::from(length)))
}

/// A run of bytes that are all like that, and at least so many; a zero byte ends it.
fn text<'a>(at: &mut Cursor<'a>, least: usize, is_one: fn(&u8) -> bool) -> Result<&'a [u8], Broken> {
    let text = at.before(0)?;
    if text.len() < least || !text.iter().all(is_one) {
        return Err(Broken);
    }
    Ok(text)
}

fn is_of_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/')
}

fn is_of_value(byte: &u8) -> bool {
    matches!(byte, 0x20..=0x7e)
}

/// A parameter of a startup message: its name, its value, and the bytes that both take with what ends them. Nothing if the
/// bytes end before it does.
pub(super) fn parameter(bytes: &[u8]) -> Read<(&[u8], &[u8], usize)> {
    let Some((name, rest)) = run(bytes, is_of_name)? else { return Ok(None) };
    let Some((value, rest)) = run(rest, is_of_value)? else { return Ok(None) };
    Ok(Some((name, value, bytes.len() - rest.len())))
}

/// A run of one byte or more that are all like that, and what is behind the zero byte that ends it; nothing if the bytes end
/// before.
fn run(bytes: &[u8], is_one: fn(&u8) -> bool) -> Read<(&[u8], &[u8])> {
    let length = bytes.iter().take_while(|byte| is_one(byte)).count();
    match bytes.split_at_checked(length) {
        Some((run, [0, rest @ ..])) if length > 0 => Ok(Some((run, rest))),
        Some((_, [])) => Ok(None),
        _ => Err(Broken),
    }
}

/// The fields of an error or a notice. Those before a fault are told too.
pub(super) fn fields<'a>(body: &'a [u8], mut each: impl FnMut(u8, &'a [u8])) -> Result<(), Broken> {
    let mut at = Cursor::new(body);
    loop {
        match at.u8()? {
            0 => return if at.is_empty() { Ok(()) } else { Err(Broken) },
            code => each(code, at.before(0)?),
        }
    }
}

/// The text of a query.
pub(super) fn query(body: &[u8], is_whole: bool) -> Result<&[u8], Broken> {
    let mut at = Cursor::new(body);
    match at.before(0) {
        Ok(query) if at.is_empty() => Ok(query),
        Err(Short) if !is_whole => Ok(body),
        _ => Err(Broken),
    }
}

/// The way to log in that a server asks for; 0 if that was successful.
pub(super) fn authentication(body: &[u8], length: u64) -> Result<u32, Broken> {
    match Cursor::new(body).u32()? {
        0 if length != 4 => Err(Broken),
        number @ 0..=MAX_AUTHENTICATION => Ok(number),
        _ => Err(Broken),
    }
}

/// Whether a parameter of the session that a server tells is one.
pub(super) fn parameter_status(body: &[u8]) -> Result<(), Broken> {
    let mut at = Cursor::new(body);
    text(&mut at, 1, is_of_name)?;
    text(&mut at, 0, is_of_value)?;
    if at.is_empty() { Ok(()) } else { Err(Broken) }
}

/// Whether a server that is ready says that its transaction has not failed.
pub(super) fn ready(body: &[u8]) -> Result<bool, Broken> {
    match body {
        b"I" | b"T" => Ok(true),
        b"E" => Ok(false),
        _ => Err(Broken),
    }
}
