//! Base64 (RFC 2045, section 6.8), in pieces.

use std::fmt;

/// Decodes base64, whatever else is between its characters.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Base64 {
    group: [u8; 4],
    filled: usize,
    padding: usize,
    over: bool,
    bad: bool,
}

/// What is wrong with a text, in the words that logs have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Odd {
    /// A character that means nothing in base64.
    Character(u8),
    /// More follows what ended with `=`.
    Extra,
    /// The last group is filled up with so many bits.
    Incomplete(usize),
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(byte) => write!(f, "character {byte} ignored by Base64 decoding"),
            Self::Extra => f.write_str("extra base64 groups after '=' padding are ignored"),
            Self::Incomplete(bits) => write!(f, "incomplete base64 group, padding with {bits} bits of 0"),
        }
    }
}

/// Bytes as base64, with padding and without line ends (RFC 4648, section 4).
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| bits << 8 | group.get(at).copied().map_or(0, u32::from));
        for digit in 0..4 {
            let place = (bits >> (18 - 6 * digit)) as usize & 63;
            let shown = digit <= group.len();
            text.push(DIGITS.get(place).filter(|_| shown).map_or('=', |digit| char::from(*digit)));
        }
    }
    text
}

impl Base64 {
    /// Decodes the next characters; `odd` hears of the first thing that is wrong.
    pub fn decode(&mut self, text: &[u8], out: &mut Vec<u8>, odd: &mut dyn FnMut(Odd)) {
        for byte in text {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => {
                    self.padding += 1;
                    0
                }
                _ => {
                    self.complain(odd, Odd::Character(*byte));
                    continue;
                }
            };
            if let Some(place) = self.group.get_mut(self.filled) {
                *place = digit;
            }
            self.filled += 1;
            if self.filled == self.group.len() {
                self.flush(out, odd);
            }
        }
    }

    /// The end: a group that is not full is filled up.
    pub fn finish(&mut self, out: &mut Vec<u8>, odd: &mut dyn FnMut(Odd)) {
        if self.filled > 0 {
            let missing = 4 - self.filled;
            odd(Odd::Incomplete(missing * 6));
            self.decode(b"===".get(..missing).unwrap_or_default(), out, odd);
        }
    }

    /// Whether something was in the text that means nothing, or stands behind its end.
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        self.bad
    }

    /// Bytes of memory held beside this struct: none.
    #[must_use]
    pub const fn held(&self) -> usize {
        0
    }

    fn complain(&mut self, odd: &mut dyn FnMut(Odd), what: Odd) {
        if !std::mem::replace(&mut self.bad, true) {
            odd(what);
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>, odd: &mut dyn FnMut(Odd)) {
        self.filled = 0;
        if self.over {
            self.complain(odd, Odd::Extra);
            return;
        }
        let bits = self.group.iter().fold(0u32, |bits, digit| bits << 6 | u32::from(*digit));
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend_from_slice(bytes.get(..3usize.saturating_sub(self.padding)).unwrap_or_default());
        self.over |= self.padding > 0;
        self.padding = 0;
    }
}
