//! From bytes to messages of remote desktops: TPKT and X.224 (RFC 1006, RFC 905), T.125 and T.124 in them, and in those the blocks
//! of MS-RDPBCGR, whose sections are named here.

use crate::parsers::asn1;
use crate::parsers::{Cursor, Short};

/// Bytes of the header before each message.
pub(super) const HEADER: usize = 4;
/// Length of a request or an answer in the negotiation of security.
const NEGOTIATION: u16 = 8;
/// Channels that a client may ask for, far more than there can be.
const MAX_CHANNELS: usize = 1000;
/// Certificates of one server.
const MAX_CERTIFICATES: usize = 1000;

/// This is no message.
pub(super) struct Broken;

impl From<Short> for Broken {
    fn from(Short: Short) -> Self {
        Self
    }
}

impl From<asn1::Fault> for Broken {
    fn from(_fault: asn1::Fault) -> Self {
        Self
    }
}

/// What messages say, in their order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// The client wants a connection; its cookie, empty if there is none (2.2.1.1).
    Request(&'a [u8]),
    /// The server chose this protocol for security (2.2.1.2.1).
    Protocol(u32),
    /// The server does not go on (2.2.1.2.2).
    Failure(u32),
    /// The client describes itself (2.2.1.3.2).
    Core(Box<Core<'a>>),
    /// Channels that the client asks for (2.2.1.3.4).
    Channels(Vec<&'a [u8]>),
    /// The server made a conference, or not (2.2.1.4).
    Conference(u8),
    /// A certificate as a file: one of a chain (2.2.1.4.3.1).
    Certificate(&'a [u8]),
    /// The certificate as a whole: whether it is a chain of X.509, and whether it is meant to last.
    Certified { x509: bool, permanent: bool },
    /// How the server encrypts: method and level (2.2.1.4.3).
    Security(u32, u32),
}

/// What a client says of itself (2.2.1.3.2); texts are UTF-16.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Core<'a> {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) keyboard: u32,
    pub(super) build: u32,
    pub(super) name: &'a [u8],
    /// Bits of a pixel.
    pub(super) depth: u16,
    /// It wants 32 of them.
    pub(super) true_color: bool,
    pub(super) product: &'a [u8],
}

/// Bytes of the message that begins here, header included.
pub(super) fn length(header: &[u8; HEADER]) -> usize {
    let [_, _, high, low] = *header;
    usize::from(u16::from_be_bytes([high, low]))
}

/// Reads a message and calls `each` for what it says, up to what cannot be read.
pub(super) fn message<'a>(bytes: &'a [u8], each: &mut dyn FnMut(Said<'a>)) -> Result<(), Broken> {
    let mut cursor = Cursor::new(bytes);
    cursor.take(HEADER)?;
    let length = usize::from(cursor.u8()?);
    match cursor.u8()? {
        0xe0 => request(&mut cursor, length, each),
        0xd0 => confirm(&mut cursor, length, each),
        0xf0 => data(&mut cursor, each),
        _ => Ok(()),
    }
}

/// Whether all that the header of X.224 speaks of was read.
fn is_read(cursor: &Cursor<'_>, length: usize) -> bool {
    cursor.at() == HEADER + 1 + length
}

fn request<'a>(cursor: &mut Cursor<'a>, length: usize, each: &mut dyn FnMut(Said<'a>)) -> Result<(), Broken> {
    const COOKIE: &[u8] = b"Cookie: mstshash=";
    cursor.take(5)?;
    let mut cookie: &[u8] = b"";
    if cursor.rest().starts_with(COOKIE) {
        cursor.take(COOKIE.len())?;
        cookie = cursor.before(b'\r')?;
        if cursor.u8()? != b'\n' {
            return Err(Broken);
        }
    }
    if !is_read(cursor, length) {
        cursor.take(2)?;
        if cursor.u16_le()? != NEGOTIATION {
            return Err(Broken);
        }
        cursor.u32_le()?;
    }
    each(Said::Request(cookie));
    Ok(())
}

fn confirm<'a>(cursor: &mut Cursor<'a>, length: usize, each: &mut dyn FnMut(Said<'a>)) -> Result<(), Broken> {
    cursor.take(5)?;
    if is_read(cursor, length) {
        return Ok(());
    }
    let kind = cursor.u8()?;
    cursor.u8()?;
    let length = cursor.u16_le()?;
    let value = cursor.u32_le()?;
    match kind {
        2 if length == NEGOTIATION => each(Said::Protocol(value)),
        3 => each(Said::Failure(value)),
        _ => return Err(Broken),
    }
    Ok(())
}

/// Data: only what makes a conference is looked into. The tags before have two bytes.
fn data<'a>(cursor: &mut Cursor<'a>, each: &mut dyn FnMut(Said<'a>)) -> Result<(), Broken> {
    cursor.take(2)?;
    match cursor.u8()? {
        0x65 => client(cursor)?,
        0x66 => server(cursor, each)?,
        _ => return Ok(()),
    }
    while !cursor.is_empty() {
        block(cursor, each)?;
    }
    Ok(())
}

/// What stands before the client's blocks (T.125, section 7; T.124, section 8).
fn client(cursor: &mut Cursor<'_>) -> Result<(), Broken> {
    // The rest of the length, whom it calls, and three sets of parameters.
    for _ in 0..7 {
        asn1::content(cursor)?;
    }
    cursor.take(4)?;
    let key = usize::from(cursor.u16()?);
    cursor.take(key + 2 + 8)?;
    nonstandard(cursor, b"Duca")
}

/// What stands before the server's blocks.
fn server<'a>(cursor: &mut Cursor<'a>, each: &mut dyn FnMut(Said<'a>)) -> Result<(), Broken> {
    cursor.take(3)?;
    for _ in 0..3 {
        asn1::content(cursor)?;
    }
    cursor.take(4)?;
    let key = usize::from(cursor.u16()?);
    cursor.take(key + 1 + 5)?;
    let result = cursor.u8()?;
    cursor.take(3)?;
    nonstandard(cursor, b"McDn")?;
    each(Said::Conference(result));
    Ok(())
}

/// The key of those who made the protocol, and the length of what follows.
fn nonstandard(cursor: &mut Cursor<'_>, key: &[u8]) -> Result<(), Broken> {
    if cursor.take(key.len())? != key {
        return Err(Broken);
    }
    cursor.u16()?;
    Ok(())
}

/// One block of user data (2.2.1.3.1).
fn block<'a>(cursor: &mut Cursor<'a>, each: &mut dyn FnMut(Said<'a>)) -> Result<(), Broken> {
    let (kind, length) = (cursor.u16_le()?, cursor.u16_le()?);
    let content = cursor.take(usize::from(length).checked_sub(4).ok_or(Broken)?)?;
    let mut content = Cursor::new(content);
    match kind {
        0xc001 => each(Said::Core(Box::new(core(&mut content)?))),
        0xc002 | 0xc004 => _ = content.take(8)?,
        0xc003 => channels(&mut content, each)?,
        0x0c01 => _ = content.take(if length == 8 { 4 } else { 8 })?,
        0x0c02 => security(&mut content, each)?,
        0x0c03 => _ = content.take(4)?,
        _ => {}
    }
    Ok(())
}

fn core<'a>(cursor: &mut Cursor<'a>) -> Result<Core<'a>, Short> {
    /// A bit of the flags for capabilities.
    const WANT_32BPP: u16 = 0x0002;
    cursor.take(4)?;
    let (width, height) = (cursor.u16_le()?, cursor.u16_le()?);
    cursor.take(4)?;
    let (keyboard, build) = (cursor.u32_le()?, cursor.u32_le()?);
    let name = cursor.take(32)?;
    // Keyboard, input method, older colours, product, serial number.
    cursor.take(12 + 64 + 2 + 2 + 4)?;
    let depth = cursor.u16_le()?;
    cursor.take(2)?;
    let true_color = cursor.u16_le()? & WANT_32BPP != 0;
    let product = cursor.take(64)?;
    Ok(Core { width, height, keyboard, build, name, depth, true_color, product })
}

fn channels<'a>(cursor: &mut Cursor<'a>, each: &mut dyn FnMut(Said<'a>)) -> Result<(), Broken> {
    let count = cursor.u32_le()? as usize;
    if count > MAX_CHANNELS {
        return Err(Broken);
    }
    let mut names = Vec::new();
    for _ in 0..count {
        names.push(cursor.take(8)?);
        cursor.take(4)?;
    }
    each(Said::Channels(names));
    Ok(())
}

/// How the server encrypts, and its certificate (2.2.1.4.3).
fn security<'a>(cursor: &mut Cursor<'a>, each: &mut dyn FnMut(Said<'a>)) -> Result<(), Broken> {
    /// Bytes of the server's random number.
    const RANDOM: u32 = 32;
    let (method, level) = (cursor.u32_le()?, cursor.u32_le()?);
    let random = cursor.u32_le()?;
    if random != RANDOM && (method, level, random) != (0, 0, 0) {
        return Err(Broken);
    }
    let length = cursor.u32_le()? as usize;
    cursor.take(random as usize)?;
    certificate(&mut Cursor::new(cursor.take(length)?), each)?;
    each(Said::Security(method, level));
    Ok(())
}

fn certificate<'a>(cursor: &mut Cursor<'a>, each: &mut dyn FnMut(Said<'a>)) -> Result<(), Broken> {
    const TEMPORARY: u32 = 0x8000_0000;
    let version = cursor.u32_le()?;
    let x509 = match version & !TEMPORARY {
        1 => {
            cursor.take(10)?;
            let key = usize::from(cursor.u16_le()?);
            public_key(&mut Cursor::new(cursor.take(key)?))?;
            cursor.take(2)?;
            let signature = usize::from(cursor.u16_le()?);
            cursor.take(signature)?;
            false
        }
        2 => {
            let count = cursor.u32_le()? as usize;
            if count > MAX_CERTIFICATES {
                return Err(Broken);
            }
            for _ in 0..count {
                let length = cursor.u32_le()? as usize;
                each(Said::Certificate(cursor.take(length)?));
            }
            true
        }
        _ => return Err(Broken),
    };
    each(Said::Certified { x509, permanent: version & TEMPORARY == 0 });
    Ok(())
}

fn public_key(cursor: &mut Cursor<'_>) -> Result<(), Short> {
    cursor.take(4)?;
    let length = cursor.u32_le()? as usize;
    cursor.take(8)?;
    cursor.take(length)?;
    Ok(())
}
