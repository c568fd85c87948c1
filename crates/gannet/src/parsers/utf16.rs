//! UTF-16 as UTF-8 (RFC 2781), in both byte orders. What is no character becomes U+FFFD.

use super::ByteOrder;

/// Reads text in pieces. A character may be cut anywhere; what of it is there waits for the rest, three bytes at most.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Utf16 {
    order: ByteOrder,
    /// The first byte of a number.
    half: Option<u8>,
    /// The first number of a pair.
    high: Option<u16>,
}

impl Utf16 {
    /// For text in this byte order.
    pub const fn new(order: ByteOrder) -> Self {
        Self { order, half: None, high: None }
    }

    /// Appends the characters that the next bytes complete.
    pub fn decode(&mut self, bytes: &[u8], text: &mut String) {
        for &byte in bytes {
            match self.half.take() {
                None => self.half = Some(byte),
                Some(first) => self.number(self.order.u16([first, byte]), text),
            }
        }
    }

    /// The end: what waits becomes U+FFFD.
    pub fn finish(&mut self, text: &mut String) {
        if self.high.take().is_some() | self.half.take().is_some() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }

    /// Bytes of memory held beside this struct: none.
    #[must_use]
    pub const fn held(&self) -> usize {
        0
    }

    fn number(&mut self, number: u16, text: &mut String) {
        let high = self.high.take();
        match (high, number) {
            (Some(high), 0xdc00..=0xdfff) => {
                let pair = 0x1_0000 + (u32::from(high & 0x3ff) << 10) + u32::from(number & 0x3ff);
                text.push(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER));
                return;
            }
            (Some(_), _) => text.push(char::REPLACEMENT_CHARACTER),
            (None, _) => {}
        }
        match number {
            0xd800..=0xdbff => self.high = Some(number),
            _ => text.push(character(number)),
        }
    }
}

fn character(number: u16) -> char {
    char::from_u32(u32::from(number)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// A whole text.
#[must_use]
pub fn text(bytes: &[u8], order: ByteOrder) -> String {
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut decoder = Utf16::new(order);
    decoder.decode(bytes, &mut text);
    decoder.finish(&mut text);
    text
}

/// A whole text of two bytes a character (UCS-2), where pairs have no meaning: each half of one becomes U+FFFD. An odd
/// byte at the end is left out.
#[must_use]
pub fn text_without_pairs(bytes: &[u8], order: ByteOrder) -> String {
    bytes.as_chunks::<2>().0.iter().map(|bytes| character(order.u16(*bytes))).collect()
}

/// A whole text in the little-endian order as lenient readers take it, up to the first zero: halves of pairs that stand alone
/// are kept, as three bytes each, and an odd byte at the end has a zero behind it. Nothing if the text ends within a pair.
#[must_use]
pub fn lenient(bytes: &[u8]) -> Option<Vec<u8>> {
    let numbers = bytes.chunks(2).map(|pair| match *pair {
        [low, high] => u16::from_le_bytes([low, high]),
        [low] => u16::from(low),
        _ => 0,
    });
    let mut numbers = numbers.peekable();
    let mut text = Vec::with_capacity(bytes.len() / 2);
    let mut ended = false;
    while let Some(number) = numbers.next() {
        let mut code = u32::from(number);
        if matches!(number, 0xd800..=0xdbff) {
            let next = numbers.peek().copied()?;
            if matches!(next, 0xdc00..=0xdfff) {
                numbers.next();
                code = 0x1_0000 + ((code & 0x3ff) << 10) + u32::from(next & 0x3ff);
            }
        }
        ended |= code == 0;
        if !ended {
            push_code(code, &mut text);
        }
    }
    Some(text)
}

/// Appends a number in the manner of UTF-8, whether it is a character's or not.
fn push_code(code: u32, text: &mut Vec<u8>) {
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3f) as u8;
    match code {
        0..0x80 => text.push(code as u8),
        0x80..0x800 => text.extend([0xc0 | (code >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => text.extend([0xe0 | (code >> 12) as u8, tail(6), tail(0)]),
        _ => text.extend([0xf0 | (code >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}
