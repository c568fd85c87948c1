//! From bytes to tokens of GSSAPI (RFC 2743, section 3.1) and SPNEGO (RFC 4178, section 4.2).

use crate::parsers::Cursor;
use crate::parsers::asn1::{self, Fault};

/// Tag of an initial token.
const INITIAL: u8 = 0x60;
/// Tag of the first element of a negotiation's message; the others follow.
const FIRST_ELEMENT: u8 = 0xa0;

/// What a negotiation's message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element<'a> {
    /// The state of the negotiation: completed, incomplete, rejected, or a checksum is asked for.
    State(u64),
    /// A token of the mechanism.
    Token(&'a [u8]),
}

/// Which message of a negotiation it is; elements have other meanings in each.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Initial,
    Response,
}

/// Reads a token and calls `each` for what it carries, in order, up to what cannot be read.
pub(super) fn token<'a>(bytes: &'a [u8], mut each: impl FnMut(Element<'a>)) -> Result<(), Fault> {
    let mut cursor = Cursor::new(bytes);
    let kind = match *bytes {
        // A checksum, or what is wrapped (RFC 4121, section 4.2.6).
        [4 | 5, 4, ..] => return Ok(()),
        [INITIAL, ..] => Kind::Initial,
        _ => Kind::Response,
    };
    asn1::length(&mut cursor)?;
    if kind == Kind::Initial {
        // The mechanism, which is SPNEGO.
        asn1::content(&mut cursor)?;
        asn1::length(&mut cursor)?;
    }
    asn1::length(&mut cursor)?;
    while !cursor.is_empty() {
        let tag = cursor.peek()?;
        let length = asn1::length(&mut cursor)?;
        let content = cursor.take(length)?;
        element(kind, tag.wrapping_sub(FIRST_ELEMENT), content, &mut each)?;
    }
    Ok(())
}

fn element<'a>(
    kind: Kind,
    index: u8,
    content: &'a [u8],
    each: &mut impl FnMut(Element<'a>),
) -> Result<(), Fault> {
    let mut cursor = Cursor::new(content);
    match (kind, index) {
        (Kind::Response, 0) => each(Element::State(asn1::unsigned(asn1::content(&mut cursor)?))),
        (_, 2) => each(Element::Token(asn1::content(&mut cursor)?)),
        (_, 0 | 1 | 3) => _ = asn1::content(&mut cursor)?,
        _ => return Err(Fault::Broken),
    }
    Ok(())
}

/// The message of Kerberos in a mechanism's token: bare, or behind an object identifier and the number of its kind (RFC 4121,
/// section 4.1). Nothing if it is of another mechanism.
pub(super) fn kerberos(token: &[u8]) -> Result<Option<&[u8]>, Fault> {
    match token.first() {
        Some(0x6e | 0x6f) => Ok(Some(token)),
        Some(0x60) => {
            let mut cursor = Cursor::new(token);
            asn1::length(&mut cursor)?;
            asn1::content(&mut cursor)?;
            cursor.take(2)?;
            Ok(Some(cursor.rest()))
        }
        _ => Ok(None),
    }
}
