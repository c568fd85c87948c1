//! Values in messages of Kerberos (RFC 4120, section 5.2). They are taken by their places, and few tags are looked at.

use crate::events::Date;
use crate::parsers::Cursor;
use crate::parsers::asn1::{self, Fault};
use crate::parsers::calendar::days;

/// Tag of the first element of a sequence; the others follow.
const FIRST_ELEMENT: u8 = 0xa0;
/// Longest name that is kept.
const MAX_NAME: usize = 4096;

/// The number of an element, and bytes of its content.
pub(super) fn element(cursor: &mut Cursor<'_>) -> Result<(u8, usize), Fault> {
    let tag = cursor.peek()?;
    Ok((tag.wrapping_sub(FIRST_ELEMENT), asn1::length(cursor)?))
}

/// The content of the value in an element.
pub(super) fn inside<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], Fault> {
    asn1::length(cursor)?;
    asn1::content(cursor)
}

/// Headers that stand before what is looked for.
pub(super) fn headers(cursor: &mut Cursor<'_>, count: usize) -> Result<(), Fault> {
    (0..count).try_for_each(|_| asn1::length(cursor).map(drop))
}

/// A principal's name: one to three parts, joined by slashes (5.2.2).
pub(super) fn principal(content: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut cursor = Cursor::new(content);
    headers(&mut cursor, 2)?;
    asn1::content(&mut cursor)?;
    headers(&mut cursor, 2)?;
    let mut name = Vec::new();
    let mut parts = 0;
    while !cursor.is_empty() {
        let part = asn1::content(&mut cursor)?;
        if parts > 0 {
            name.push(b'/');
        }
        name.extend_from_slice(part.get(..MAX_NAME).unwrap_or(part));
        parts += 1;
        name.truncate(MAX_NAME);
    }
    if !(1..=3).contains(&parts) {
        name = b"unknown".to_vec();
    }
    name.shrink_to_fit();
    Ok(name)
}

/// Text, as much as is kept.
pub(super) fn text(content: &[u8]) -> Result<Vec<u8>, Fault> {
    let text = asn1::content(&mut Cursor::new(content))?;
    Ok(text.get(..MAX_NAME).unwrap_or(text).to_vec())
}

/// A time: `YYYYMMDDhhmmssZ`, whose digits are not looked at closely. Nothing if it has another length (5.2.3).
pub(super) fn time(content: &[u8]) -> Result<Option<Date>, Fault> {
    let mut cursor = Cursor::new(content);
    asn1::length(&mut cursor)?;
    let text = cursor.rest();
    let text = match text.len() {
        15 => text,
        17 => text.get(2..).unwrap_or_default(),
        _ => return Ok(None),
    };
    let mut digits = text.iter().map(|digit| i64::from(*digit) - i64::from(b'0'));
    let mut two = || digits.next().unwrap_or(0) * 10 + digits.next().unwrap_or(0);
    let year = two() * 100 + two();
    let (month, day, hour, minute, second) = (two(), two(), two(), two(), two());
    let days = days(year, month - 1) + day - 1;
    Ok(Some(Date(((days * 24 + hour) * 60 + minute) * 60 + second)))
}

/// What is encrypted: the encryption type (5.2.9).
pub(super) fn encrypted(content: &[u8]) -> Result<u64, Fault> {
    let mut cursor = Cursor::new(content);
    asn1::length(&mut cursor)?;
    let kind = asn1::unsigned(inside(&mut cursor)?);
    let (mut index, mut length) = element(&mut cursor)?;
    if index == 1 {
        asn1::content(&mut cursor)?;
        (index, length) = element(&mut cursor)?;
    }
    _ = index;
    asn1::content(&mut Cursor::new(cursor.take(length)?))?;
    Ok(kind)
}

/// An element with something encrypted in it.
pub(super) fn encrypted_element(cursor: &mut Cursor<'_>) -> Result<u64, Fault> {
    let (_, length) = element(cursor)?;
    encrypted(cursor.take(length)?)
}

/// A ticket: for whom it is, and how it is encrypted (5.3).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) service: Vec<u8>,
    pub(super) cipher: u64,
}

impl Ticket {
    /// Reads one without the header of the element that it is in.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        headers(cursor, 2)?;
        inside(cursor)?;
        inside(cursor)?;
        let (_, length) = element(cursor)?;
        let service = principal(cursor.take(length)?)?;
        Ok(Self { service, cipher: encrypted_element(cursor)? })
    }
}

/// Tickets one after the other.
pub(super) fn tickets(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    let length = asn1::length(cursor)?;
    let mut all = Cursor::new(cursor.take(length)?);
    while !all.is_empty() {
        Ticket::read(&mut all)?;
    }
    Ok(())
}

/// Addresses; how many have another length than their kind has (5.2.5).
pub(super) fn addresses(content: &[u8]) -> Result<usize, Fault> {
    let mut cursor = Cursor::new(content);
    asn1::length(&mut cursor)?;
    let mut odd = 0;
    while !cursor.is_empty() {
        headers(&mut cursor, 2)?;
        let kind = asn1::unsigned(asn1::content(&mut cursor)?);
        let address = inside(&mut cursor)?;
        odd += usize::from(matches!((kind, address.len()), (2, length) if length != 4));
        odd += usize::from(matches!((kind, address.len()), (24, length) if length != 16));
    }
    Ok(odd)
}

/// The version and the kind of a message, which stand first in it; the kind.
pub(super) fn head(cursor: &mut Cursor<'_>) -> Result<u64, Fault> {
    inside(cursor)?;
    Ok(asn1::unsigned(inside(cursor)?))
}

/// A ticket is shown to a service (5.5.1).
pub(super) fn ap_request(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    asn1::length(cursor)?;
    head(cursor)?;
    headers(cursor, 2)?;
    cursor.take(5)?;
    asn1::length(cursor)?;
    Ticket::read(cursor)?;
    encrypted_element(cursor)?;
    Ok(())
}
