//! Quoted-printable (RFC 2045, section 6.7), by lines and in pieces.

use super::number::hex_digit;

/// Bytes of a line's end that wait for what follows them; of more blanks, all are content.
pub const MAX_WAITING: usize = 1024;

const fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Decodes one line, which comes without its end; the end is appended unless the line says that it is none.
pub fn line(line: &[u8], out: &mut Vec<u8>) {
    let blanks = line.iter().rev().take_while(|byte| is_blank(**byte)).count();
    let mut rest = line.get(..line.len() - blanks).unwrap_or_default();
    while let Some(at) = memchr::memchr(b'=', rest) {
        let (plain, code) = rest.split_at_checked(at).unwrap_or_default();
        out.extend_from_slice(plain);
        match code {
            [_] => return,
            [_, high, low, behind @ ..]
                if let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) =>
            {
                out.push(high << 4 | low);
                rest = behind;
            }
            [equals, behind @ ..] => {
                out.push(*equals);
                rest = behind;
            }
            [] => break,
        }
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\r\n");
}

/// Decodes a text in pieces. LF and CR LF end a line; a CR alone is content.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct QuotedPrintable {
    /// Bytes whose meaning depends on what follows: `=` and a digit, or `=` or nothing and blanks, then perhaps a CR.
    waiting: Vec<u8>,
}

impl QuotedPrintable {
    /// Appends what the next bytes say.
    pub fn decode(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for &byte in text {
            self.byte(byte, out);
        }
    }

    /// The end: blanks and a CR that wait are dropped, the beginning of a code is content.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        match *self.waiting.as_slice() {
            [b'=', digit, ..] if !is_blank(digit) => out.append(&mut self.waiting),
            _ => self.waiting.clear(),
        }
    }

    /// Bytes of memory held beside this struct.
    #[must_use]
    pub fn held(&self) -> usize {
        self.waiting.capacity()
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        if byte == b'\n' {
            return self.end_of_line(out);
        }
        match *self.waiting.as_slice() {
            [b'=', high] if let (Some(high), Some(low)) = (hex_digit(high), hex_digit(byte)) => {
                out.push(high << 4 | low);
                return self.waiting.clear();
            }
            [b'='] if hex_digit(byte).is_some() => return self.waiting.push(byte),
            [.., last] if self.waits_behind(last) && (is_blank(byte) || byte == b'\r') => {
                return self.waiting.push(byte);
            }
            _ => {}
        }
        out.append(&mut self.waiting);
        if matches!(byte, b'=' | b'\r') || is_blank(byte) {
            self.waiting.push(byte);
        } else {
            out.push(byte);
        }
    }

    /// Whether a blank or a CR behind this byte, the last one that waits, waits too.
    fn waits_behind(&self, last: u8) -> bool {
        last != b'\r' && hex_digit(last).is_none() && self.waiting.len() < MAX_WAITING
    }

    fn end_of_line(&mut self, out: &mut Vec<u8>) {
        if self.waiting.last() == Some(&b'\r') {
            self.waiting.pop();
        }
        let mut hard = true;
        match *self.waiting.as_slice() {
            [b'=', digit, ..] if !is_blank(digit) => out.append(&mut self.waiting),
            [b'=', ..] => hard = false,
            _ => {}
        }
        self.waiting.clear();
        if hard {
            out.extend_from_slice(b"\r\n");
        }
    }
}
