//! Values in messages of LDAP: what kind each is of, and its content.

use crate::parsers::Cursor;
use crate::parsers::asn1::{self, Class, Fault, Header, Rules};

/// Longest text that is kept.
pub(super) const MAX_TEXT: usize = 64 * 1024;

/// One value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) class: Class,
    pub(super) number: u32,
    pub(super) content: &'a [u8],
}

impl<'a> Item<'a> {
    /// The next value.
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Result<Self, Fault> {
        let header = Header::read(cursor, Rules::Distinguished)?;
        let content = cursor.take(header.length.ok_or(Fault::Broken)?)?;
        Ok(Self { class: header.tag.class, number: header.tag.number, content })
    }

    /// All values in some content.
    pub(super) fn all(content: &'a [u8]) -> Result<Vec<Self>, Fault> {
        /// Values in one place; more are not looked for in any message.
        const MAX_ITEMS: usize = 4096;
        let mut cursor = Cursor::new(content);
        let mut items = Vec::new();
        while !cursor.is_empty() {
            if items.len() >= MAX_ITEMS {
                return Err(Fault::Broken);
            }
            items.push(Self::read(&mut cursor)?);
        }
        Ok(items)
    }

    /// Its number, if the place where it stands gives it its meaning.
    pub(super) fn choice(&self) -> Option<u32> {
        (self.class != Class::Universal).then_some(self.number)
    }

    /// A whole number.
    pub(super) fn number(&self) -> Result<i64, Fault> {
        match (self.class, self.number) {
            (Class::Universal, 2 | 10) => asn1::number(self.content).ok_or(Fault::Broken),
            _ => Err(Fault::Broken),
        }
    }

    /// A text; what is not printable ASCII becomes a question mark.
    pub(super) fn text(&self) -> Result<Vec<u8>, Fault> {
        match (self.class, self.number) {
            (Class::Universal, 4 | 12 | 18..=30) => Ok(printable(self.content)),
            (Class::Universal, 6) => asn1::dotted(self.content).map(String::into_bytes).ok_or(Fault::Broken),
            _ => Err(Fault::Broken),
        }
    }

    /// The values of a sequence or a set.
    pub(super) fn inside(&self) -> Result<Vec<Self>, Fault> {
        match (self.class, self.number) {
            (Class::Universal, 16 | 17) => Self::all(self.content),
            _ => Err(Fault::Broken),
        }
    }
}

/// Bytes as ASCII, as many as are kept.
pub(super) fn printable(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.get(..MAX_TEXT).unwrap_or(bytes);
    bytes.iter().map(|byte| if matches!(byte, 0x20..0x7f) { *byte } else { b'?' }).collect()
}
