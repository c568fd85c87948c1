//! Escapes in URIs and in names of files (RFC 3986, section 2.1; RFC 8187).

use super::number::hex_digit;

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let [high, low] = pair else { return None };
    Some(hex_digit(*high)? << 4 | hex_digit(*low)?)
}

/// Decodes a target: `%HH`, and `%uHHHH` as some software writes it (RFC 3986, section 2.1, knows only the first). `odd` hears
/// the names of what is not as it should be.
#[must_use]
pub fn unescape(text: &[u8], odd: &mut dyn FnMut(&'static str)) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'%', rest) {
        plain.extend_from_slice(rest.get(..at).unwrap_or_default());
        let code = rest.get(at + 1..).unwrap_or_default();
        let length = match code {
            [] => {
                odd("illegal_%_at_end_of_URI");
                plain.push(b'%');
                0
            }
            [one] => {
                odd("partial_escape_at_end_of_URI");
                plain.extend([b'%', *one]);
                1
            }
            [b'%', ..] => {
                odd("double_%_in_URI");
                0
            }
            [first, ..] => escape(code, *first, &mut plain, odd),
        };
        rest = code.get(length..).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
    plain
}

/// Decodes what follows a `%`; how much of it there was.
fn escape(code: &[u8], first: u8, plain: &mut Vec<u8>, odd: &mut dyn FnMut(&'static str)) -> usize {
    if let Some(byte) = code.get(..2).and_then(hex_pair) {
        plain.push(byte);
        return 2;
    }
    let pairs = (code.get(1..3).and_then(hex_pair), code.get(3..5).and_then(hex_pair));
    if let (b'u', (Some(high), Some(low))) = (first, pairs) {
        if high != 0 {
            plain.push(high);
        }
        plain.push(low);
        return 5;
    }
    odd("unescaped_%_in_URI");
    plain.extend([b'%', first]);
    1
}
