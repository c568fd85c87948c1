//! ASN.1 values in their distinguished encoding: ITU-T X.690, as far as certificates and OCSP responses need it.
//!
//! Lengths may be longer than necessary; lengths that are not given (the indefinite form) are not read.

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Identifier of a value that is only named by its place.
pub(super) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// Identifier of a value that contains others and is only named by its place.
pub(super) const fn context_constructed(number: u8) -> u8 {
    0xa0 | number
}

/// One value: its identifier, its content, and all of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    pub(super) whole: &'a [u8],
}

impl<'a> Value<'a> {
    /// The values in its content.
    pub(super) fn inside(&self) -> Values<'a> {
        Values(self.content)
    }
}

/// Values one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a>(pub(super) &'a [u8]);

impl<'a> Values<'a> {
    /// The next value; nothing if there is none, or none that can be read.
    pub(super) fn next(&mut self) -> Option<Value<'a>> {
        let all = self.0;
        let (&tag, rest) = all.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..0x80 => (usize::from(first), rest),
            _ => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (length(digits)?, rest)
            }
        };
        let (content, behind) = rest.split_at_checked(length)?;
        let whole = all.get(..all.len() - behind.len())?;
        self.0 = behind;
        Some(Value { tag, content, whole })
    }

    /// The next value, which has to be of this kind.
    pub(super) fn take(&mut self, tag: u8) -> Option<Value<'a>> {
        self.next().filter(|value| value.tag == tag)
    }

    /// The next value if it is of this kind; it stays where it is otherwise.
    pub(super) fn optional(&mut self, tag: u8) -> Option<Value<'a>> {
        if self.0.first() == Some(&tag) { self.next() } else { None }
    }

    /// Nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A length of several bytes.
fn length(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0usize, |sum, digit| sum.checked_mul(256)?.checked_add(usize::from(*digit)))
}

/// A number as its sign and its absolute value, most significant byte first and without zeros before it. Nothing if its
/// encoding is longer than it should be.
pub(super) fn integer(content: &[u8]) -> Option<(bool, Vec<u8>)> {
    let (&first, rest) = content.split_first()?;
    let negative = first & 0x80 != 0;
    if let Some(second) = rest.first()
        && (first == 0 || first == 0xff)
        && (second & 0x80 != 0) == negative
    {
        return None;
    }
    let mut bytes = content.to_vec();
    if negative {
        let mut carry = true;
        for byte in bytes.iter_mut().rev() {
            let (sum, over) = (!*byte).overflowing_add(u8::from(carry));
            (*byte, carry) = (sum, over);
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..zeros);
    Some((negative, bytes))
}

/// A small number that is not negative.
pub(super) fn small(content: &[u8]) -> Option<u64> {
    let (negative, bytes) = integer(content)?;
    if negative || bytes.len() > size_of::<u64>() {
        return None;
    }
    Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// Appends the shortest header of a value.
pub(super) fn push_header(tag: u8, length: usize, out: &mut Vec<u8>) {
    out.push(tag);
    match u8::try_from(length) {
        Ok(short @ 0..0x80) => out.push(short),
        _ => {
            let digits = length.to_be_bytes();
            let zeros = digits.iter().take_while(|digit| **digit == 0).count();
            let digits = digits.get(zeros..).unwrap_or_default();
            out.push(0x80 | digits.len() as u8);
            out.extend_from_slice(digits);
        }
    }
}
