//! From bytes to the messages of RFB.

use crate::base::cursor::{Cursor, Short};

/// Names, texts and reasons are shorter.
pub(super) const MAX_TEXT: u32 = 65_536;
/// Bytes of a message that names a version.
pub(super) const VERSION: usize = 12;
/// Bytes of a server's description of its screen, without the name.
pub(super) const SCREEN: usize = 24;

/// A version as it is sent: two texts of three characters (RFC 6143, section 7.1.1).
pub(super) struct Version<'a> {
    pub(super) major: &'a [u8],
    pub(super) minor: &'a [u8],
}

impl<'a> Version<'a> {
    /// Reads twelve bytes; nothing if they are something else.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(b"RFB ")?;
        match (rest.get(..3)?, rest.get(3)?, rest.get(4..7)?) {
            (major, b'.', minor) => Some(Self { major, minor }),
            _ => None,
        }
    }

    /// The minor version as a number: as far as there are digits.
    pub(super) fn minor_number(&self) -> u32 {
        let digits = self.minor.iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    }
}

/// A server's description of its screen (RFC 6143, section 7.3.2), without the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Screen {
    pub(super) width: u16,
    pub(super) height: u16,
    /// Bytes of the name.
    pub(super) name: u32,
}

impl Screen {
    pub(super) fn read(bytes: &[u8; SCREEN]) -> Result<Self, Short> {
        let mut cursor = Cursor::new(bytes);
        let (width, height) = (cursor.u16()?, cursor.u16()?);
        cursor.take(16)?;
        Ok(Self { width, height, name: cursor.u32()? })
    }
}

/// What a client's message takes (RFC 6143, section 7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// So many bytes.
    Is(usize),
    /// It is in the first so many.
    Within(usize),
    /// There is no such message, or it is too long.
    Wrong,
}

/// Bytes of a client's message that begins with these.
pub(super) fn client_message(bytes: &[u8]) -> Length {
    match bytes {
        [0, ..] => Length::Is(20),
        [2, _, high, low, ..] => Length::Is(4 + 4 * usize::from(u16::from_be_bytes([*high, *low]))),
        [2, ..] => Length::Within(4),
        [3, ..] => Length::Is(10),
        [4, ..] => Length::Is(8),
        [5, ..] => Length::Is(6),
        [6, _, _, _, a, b, c, d, ..] => match u32::from_be_bytes([*a, *b, *c, *d]) {
            length if length < MAX_TEXT => Length::Is(8 + length as usize),
            _ => Length::Wrong,
        },
        [6, ..] => Length::Within(8),
        _ => Length::Wrong,
    }
}

/// Name of a way to log in.
pub(super) const fn method(number: u32) -> &'static str {
    match number {
        0 => "Invalid",
        1 => "None",
        2 => "VNC",
        16 => "Tight",
        17 => "Ultra",
        18 => "TLS",
        19 => "VeNCrypt",
        20 => "GTK-VNC SASL",
        21 => "MD5 hash authentication",
        22 => "Colin Dean xvp",
        30 => "Apple Remote Desktop",
        _ => "RealVNC",
    }
}
