//! ASN.1 values as they are encoded: ITU-T X.690, the distinguished rules (DER) and the basic ones (BER).
//!
//! Nothing is judged that can be read: lengths may be longer than necessary under both rules. The basic rules add tags of
//! several bytes and lengths that are not given but end with a mark of their own (the indefinite form).

use super::{Cursor, Short};

/// Values of indefinite length inside each other.
pub const MAX_DEPTH: usize = 32;
/// Longest object identifier that is read, in bytes.
pub const MAX_OBJECT: usize = 128;

/// Who gives a tag its meaning (X.690, section 8.1.2.2).
///
/// Not `#[non_exhaustive]`: two bits tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The standard itself.
    Universal,
    /// The protocol, everywhere: operations of LDAP, messages of Kerberos.
    Application,
    /// The place where the value stands.
    Context,
    /// An organisation.
    Private,
}

/// What a value is.
///
/// Not `#[non_exhaustive]`: it is made from its three fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Who gives the number its meaning.
    pub class: Class,
    /// Whether the content is values.
    pub constructed: bool,
    /// The number within the class.
    pub number: u32,
}

impl Tag {
    const fn universal(number: u32) -> Self {
        Self { class: Class::Universal, constructed: false, number }
    }

    /// The tag of a value that contains others, if `self` is one that does not.
    #[must_use]
    pub const fn constructed(self) -> Self {
        Self { constructed: true, ..self }
    }

    /// The tag that one byte says. The number 31 stands for one in bytes that follow.
    #[must_use]
    pub const fn of(identifier: u8) -> Self {
        let class = match identifier >> 6 {
            0 => Class::Universal,
            1 => Class::Application,
            2 => Class::Context,
            _ => Class::Private,
        };
        Self { class, constructed: identifier & 0x20 != 0, number: (identifier & 0x1f) as u32 }
    }

    /// The first byte of its encoding.
    const fn identifier(self) -> u8 {
        let class = match self.class {
            Class::Universal => 0,
            Class::Application => 1,
            Class::Context => 2,
            Class::Private => 3,
        };
        let number = if self.number < 31 { self.number as u8 } else { 31 };
        class << 6 | (self.constructed as u8) << 5 | number
    }
}

/// The mark that ends a value of indefinite length.
const END: Tag = Tag::universal(0);
/// A truth value.
pub const BOOLEAN: Tag = Tag::universal(1);
/// A whole number.
pub const INTEGER: Tag = Tag::universal(2);
/// A string of bits; the first byte counts those of the last that are not used.
pub const BIT_STRING: Tag = Tag::universal(3);
/// A string of bytes.
pub const OCTET_STRING: Tag = Tag::universal(4);
/// Nothing.
pub const NULL: Tag = Tag::universal(5);
/// An object identifier.
pub const OBJECT: Tag = Tag::universal(6);
/// One of several named numbers.
pub const ENUMERATED: Tag = Tag::universal(10);
/// A time with two digits for the year.
pub const UTC_TIME: Tag = Tag::universal(23);
/// A time with four digits for the year.
pub const GENERALIZED_TIME: Tag = Tag::universal(24);
/// Values in an order.
pub const SEQUENCE: Tag = Tag::universal(16).constructed();
/// Values in no order.
pub const SET: Tag = Tag::universal(17).constructed();

/// Tag of a value that is only named by its place.
#[must_use]
pub const fn context(number: u32) -> Tag {
    Tag { class: Class::Context, constructed: false, number }
}

/// Tag of a value that contains others and is only named by its place.
#[must_use]
pub const fn context_constructed(number: u32) -> Tag {
    context(number).constructed()
}

/// Tag of a value whose protocol names it.
#[must_use]
pub const fn application(number: u32) -> Tag {
    Tag { class: Class::Application, constructed: false, number }
}

/// Which encodings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rules {
    /// Basic: LDAP, SNMP, and all who are not told otherwise.
    Basic,
    /// Distinguished: certificates, Kerberos.
    Distinguished,
}

/// Why a value cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It goes on behind the bytes at hand.
    Short,
    /// It breaks the rules, or is nested too deeply.
    Broken,
}

impl From<Short> for Fault {
    fn from(Short: Short) -> Self {
        Self::Short
    }
}

/// What a value begins with.
///
/// Who reads a stream learns from it how much to wait for: the bytes that [`Cursor::at`] says and [`Self::length`] more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// What the value is.
    pub tag: Tag,
    /// Bytes of its content; nothing if a mark ends it.
    pub length: Option<usize>,
}

impl Header {
    /// Reads a tag and a length.
    ///
    /// # Errors
    /// [`Fault::Short`] if more bytes may help, [`Fault::Broken`] if none can. The cursor then stands anywhere.
    pub fn read(cursor: &mut Cursor<'_>, rules: Rules) -> Result<Self, Fault> {
        let tag = read_tag(cursor, rules)?;
        let length = match cursor.u8()? {
            first @ 0..0x80 => Some(usize::from(first)),
            0x80 if rules == Rules::Basic && tag.constructed => None,
            0x80 => return Err(Fault::Broken),
            first => {
                let digits = cursor.take(usize::from(first & 0x7f))?;
                let add = |sum: usize, digit: &u8| sum.checked_mul(256)?.checked_add(usize::from(*digit));
                Some(digits.iter().try_fold(0, add).ok_or(Fault::Broken)?)
            }
        };
        Ok(Self { tag, length })
    }
}

fn read_tag(cursor: &mut Cursor<'_>, rules: Rules) -> Result<Tag, Fault> {
    let mut tag = Tag::of(cursor.u8()?);
    if tag.number < 31 {
        return Ok(tag);
    }
    if rules == Rules::Distinguished {
        return Err(Fault::Broken);
    }
    tag.number = 0;
    loop {
        let byte = cursor.u8()?;
        if tag.number > u32::MAX >> 7 {
            return Err(Fault::Broken);
        }
        tag.number = tag.number << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok(tag);
        }
    }
}

/// One value: what it is, its content, and all of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Value<'a> {
    /// What it is.
    pub tag: Tag,
    /// Its content, without a mark that ends it.
    pub content: &'a [u8],
    /// All of its bytes.
    pub whole: &'a [u8],
    rules: Rules,
}

impl<'a> Value<'a> {
    /// The values in its content.
    pub const fn inside(&self) -> Values<'a> {
        Values { cursor: Cursor::new(self.content), rules: self.rules }
    }
}

/// Values one after the other.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Values<'a> {
    cursor: Cursor<'a>,
    rules: Rules,
}

impl<'a> Values<'a> {
    /// Values under the distinguished rules.
    pub const fn der(bytes: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(bytes), rules: Rules::Distinguished }
    }

    /// Values under the basic rules.
    pub const fn ber(bytes: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(bytes), rules: Rules::Basic }
    }

    /// The next value.
    ///
    /// # Errors
    /// [`Fault::Short`] if there is none, or it goes on behind the bytes at hand; [`Fault::Broken`] if it cannot be read. The
    /// place stays.
    pub fn read(&mut self) -> Result<Value<'a>, Fault> {
        let mut cursor = self.cursor;
        let Header { tag, length } = Header::read(&mut cursor, self.rules)?;
        let content = match length {
            Some(length) => cursor.take(length)?,
            None => ended(&mut cursor)?,
        };
        let whole = self.cursor.take(cursor.at() - self.cursor.at())?;
        Ok(Value { tag, content, whole, rules: self.rules })
    }

    /// The next value; nothing if there is none, or none that can be read.
    pub fn next_value(&mut self) -> Option<Value<'a>> {
        self.read().ok()
    }

    /// The next value, which has to be of this kind.
    pub fn take(&mut self, tag: Tag) -> Option<Value<'a>> {
        self.next_value().filter(|value| value.tag == tag)
    }

    /// The next value if it is of this kind; it stays where it is otherwise.
    pub fn optional(&mut self, tag: Tag) -> Option<Value<'a>> {
        let mut ahead = self.cursor;
        if read_tag(&mut ahead, self.rules) == Ok(tag) { self.next_value() } else { None }
    }

    /// Nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.cursor.is_empty()
    }
}

/// The content up to the mark that ends it, which is read too. Values inside are passed over, not looked into, but those
/// that need a mark of their own.
fn ended<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Fault> {
    let from = *cursor;
    let mut depth = 1;
    loop {
        let before = cursor.at() - from.at();
        match Header::read(cursor, Rules::Basic)? {
            Header { tag: END, length: Some(0) } => depth -= 1,
            Header { length: Some(length), .. } => _ = cursor.take(length)?,
            Header { length: None, .. } if depth >= MAX_DEPTH => return Err(Fault::Broken),
            Header { length: None, .. } => depth += 1,
        }
        if depth == 0 {
            return from.rest().get(..before).ok_or(Fault::Short);
        }
    }
}

/// A number as its sign and its absolute value, most significant byte first and without zeros before it. Nothing if its
/// encoding is longer than it should be.
#[must_use]
pub fn integer(content: &[u8]) -> Option<(bool, Vec<u8>)> {
    let negative = content.first()? & 0x80 != 0;
    if !is_shortest(content) {
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

/// Whether no byte of an integer can be left out (X.690, section 8.3.2).
fn is_shortest(content: &[u8]) -> bool {
    let [first @ (0 | 0xff), second, ..] = content else { return true };
    (first ^ second) & 0x80 != 0
}

/// A small number that is not negative. Nothing if its encoding is longer than it should be.
#[must_use]
pub fn small(content: &[u8]) -> Option<u64> {
    if !is_shortest(content) || content.first()? & 0x80 != 0 {
        return None;
    }
    let zeros = content.iter().take_while(|byte| **byte == 0).count();
    let digits = content.get(zeros..).filter(|digits| digits.len() <= size_of::<u64>())?;
    Some(digits.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// A number that fits, however long its encoding is; nothing if it does not, or if there is none.
#[must_use]
pub fn number(content: &[u8]) -> Option<i64> {
    let negative = content.first()? & 0x80 != 0;
    let fill = if negative { 0xff } else { 0 };
    let spare = content.len().saturating_sub(size_of::<i64>());
    let (filling, digits) = content.split_at_checked(spare)?;
    let sign = digits.first()? & 0x80 != 0;
    if filling.iter().any(|byte| *byte != fill) || sign != negative {
        return None;
    }
    Some(digits.iter().fold(if negative { -1 } else { 0 }, |sum, byte| sum << 8 | i64::from(*byte)))
}

/// An object identifier as dotted numbers; nothing if it is none (X.690, section 8.19).
#[must_use]
pub fn dotted(content: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(content.len().min(MAX_OBJECT) * 4);
    push_dotted(content, &mut text).then_some(text)
}

/// Appends an object identifier as dotted numbers; false if it is none, and then part of it may be there.
#[must_use]
pub fn push_dotted(content: &[u8], text: &mut String) -> bool {
    if content.is_empty() || content.len() > MAX_OBJECT {
        return false;
    }
    let mut number: u64 = 0;
    let mut first = true;
    let mut begun = false;
    for byte in content {
        if !begun && *byte == 0x80 {
            return false;
        }
        begun = true;
        let more = number.checked_mul(128).and_then(|more| more.checked_add(u64::from(byte & 0x7f)));
        let Some(more) = more else { return false };
        number = more;
        if byte & 0x80 != 0 {
            continue;
        }
        if std::mem::take(&mut first) {
            let arc = (number / 40).min(2);
            push_number(text, arc);
            number -= arc * 40;
        }
        text.push('.');
        push_number(text, number);
        number = 0;
        begun = false;
    }
    !begun
}

/// Appends a number in decimal digits; nearly all of them have one or two, for which a formatter costs too much.
fn push_number(text: &mut String, number: u64) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// The length of a value that is taken by its place alone, whatever its tag says (distinguished rules).
///
/// # Errors
/// [`Fault::Short`] if more bytes may help, [`Fault::Broken`] if none can. The cursor then stands anywhere.
pub fn length(cursor: &mut Cursor<'_>) -> Result<usize, Fault> {
    Header::read(cursor, Rules::Distinguished)?.length.ok_or(Fault::Broken)
}

/// The content of a value that is taken by its place alone, whatever its tag says (distinguished rules).
///
/// # Errors
/// [`Fault::Short`] if it goes on behind the bytes at hand, [`Fault::Broken`] if it cannot be read. The cursor then stands
/// anywhere.
pub fn content<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Fault> {
    let length = length(cursor)?;
    Ok(cursor.take(length)?)
}

/// A number whose bits are all taken for digits, as if there were no sign; 0 if there are more than eight bytes.
#[must_use]
pub fn unsigned(content: &[u8]) -> u64 {
    if content.len() > size_of::<u64>() {
        return 0;
    }
    content.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Appends the shortest header of a value.
pub fn push_header(tag: Tag, length: usize, out: &mut Vec<u8>) {
    out.push(tag.identifier());
    if tag.number >= 31 {
        let digits = 32_u32.saturating_sub(tag.number.leading_zeros()).div_ceil(7);
        for digit in (0..digits).rev() {
            let more = if digit > 0 { 0x80 } else { 0 };
            out.push(more | (tag.number >> (digit * 7) & 0x7f) as u8);
        }
    }
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
