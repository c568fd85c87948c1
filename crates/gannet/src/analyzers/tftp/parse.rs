//! From datagrams to the messages of TFTP (RFC 1350, section 5; RFC 2347).

use crate::base::cursor::{Cursor, Short};

/// Longest name, mode or option; a datagram has no more than 512 bytes.
const MAX_TEXT: usize = 512;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message<'a> {
    Request(Request<'a>),
    /// A block of the file, and its number.
    Data(u16, &'a [u8]),
    Ack(u16),
    Error(&'a [u8]),
    /// The options that the server agrees to.
    Options,
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request<'a> {
    pub(super) is_write: bool,
    pub(super) name: &'a [u8],
    pub(super) mode: &'a [u8],
    pub(super) block_size: Option<u64>,
    pub(super) size: Option<u64>,
}

impl<'a> Message<'a> {
    /// Reads a datagram; nothing if it is no message.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        Self::parse(bytes).ok().flatten()
    }

    fn parse(bytes: &'a [u8]) -> Result<Option<Self>, Short> {
        let mut cursor = Cursor::new(bytes);
        Ok(match cursor.u16()? {
            kind @ (1 | 2) => request(kind == 2, &mut cursor)?.map(Self::Request),
            3 => Some(Self::Data(cursor.u16()?, cursor.take_rest())),
            4 => Some(Self::Ack(cursor.u16()?)),
            5 => {
                cursor.u16()?;
                Some(Self::Error(text(&mut cursor)?))
            }
            6 => Some(Self::Options),
            _ => None,
        })
    }
}

/// A text up to a zero byte.
fn text<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Short> {
    cursor.before(0).and_then(|text| if text.len() > MAX_TEXT { Err(Short) } else { Ok(text) })
}

fn request<'a>(is_write: bool, cursor: &mut Cursor<'a>) -> Result<Option<Request<'a>>, Short> {
    let (name, mode) = (text(cursor)?, text(cursor)?);
    let known = [&b"octet"[..], b"netascii", b"mail"].iter().any(|known| mode.eq_ignore_ascii_case(known));
    if !known || name.is_empty() {
        return Ok(None);
    }
    let mut request = Request { is_write, name, mode, block_size: None, size: None };
    // Some clients add bytes that are no options.
    while let (Ok(option), Ok(value)) = (text(cursor), text(cursor)) {
        let value = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
        if option.eq_ignore_ascii_case(b"blksize") {
            request.block_size = value;
        } else if option.eq_ignore_ascii_case(b"tsize") {
            request.size = value;
        }
    }
    Ok(Some(request))
}
