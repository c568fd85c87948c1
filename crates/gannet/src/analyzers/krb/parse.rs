//! From bytes to messages of Kerberos (RFC 4120, section 5). Whose direction a message is, is not looked at.

use super::padata::Padata;
use super::value::{self, Ticket, addresses, ap_request, element, encrypted_element, head, principal};
use crate::events::Date;
use crate::parsers::Cursor;
use crate::parsers::asn1::{self, Fault, Tag};

/// Numbers of the messages (5.10).
mod tag {
    pub(super) const AS_REQ: u32 = 10;
    pub(super) const AS_REP: u32 = 11;
    pub(super) const TGS_REQ: u32 = 12;
    pub(super) const TGS_REP: u32 = 13;
    pub(super) const AP_REQ: u32 = 14;
    pub(super) const AP_REP: u32 = 15;
    pub(super) const SAFE: u32 = 20;
    pub(super) const PRIV: u32 = 21;
    pub(super) const CRED: u32 = 22;
    pub(super) const ERROR: u32 = 30;
}

/// A server says that it wants proof first (7.5.9).
const PREAUTH_REQUIRED: u64 = 25;

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message<'a> {
    /// Somebody wants a ticket.
    Request(Request<'a>),
    /// The ticket.
    Reply(Reply<'a>),
    /// Somebody shows a ticket to a service.
    ApRequest,
    /// Somebody is refused.
    Error(Error),
    /// What makes no row.
    Other,
}

/// Somebody wants a ticket (5.4.1).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request<'a> {
    /// Its number in the message itself.
    pub(super) kind: u64,
    pub(super) padata: Padata<'a>,
    pub(super) options: Option<u32>,
    pub(super) client: Option<Vec<u8>>,
    pub(super) realm: Option<Vec<u8>>,
    pub(super) service: Option<Vec<u8>>,
    pub(super) from: Option<Date>,
    pub(super) till: Option<Date>,
    /// Addresses that have another length than their kind has.
    pub(super) odd_addresses: usize,
}

/// A ticket is issued (5.4.2).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply<'a> {
    /// Its number in the message itself.
    pub(super) kind: u64,
    pub(super) padata: Padata<'a>,
    pub(super) realm: Vec<u8>,
    pub(super) client: Vec<u8>,
    pub(super) ticket: Ticket,
}

/// Somebody is refused (5.9.1).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Error {
    pub(super) code: u64,
    pub(super) realm: Option<Vec<u8>>,
    pub(super) client: Option<Vec<u8>>,
    pub(super) service: Option<Vec<u8>>,
    pub(super) text: Option<Vec<u8>>,
}

/// Reads a message.
pub(super) fn message(bytes: &[u8]) -> Result<Message<'_>, Fault> {
    let mut cursor = Cursor::new(bytes);
    let tag = Tag::of(cursor.peek()?);
    asn1::length(&mut cursor)?;
    match tag.number {
        tag::AS_REQ | tag::TGS_REQ => Request::read(&mut cursor).map(Message::Request),
        tag::AS_REP | tag::TGS_REP => Reply::read(&mut cursor).map(Message::Reply),
        tag::AP_REQ => ap_request(&mut cursor).map(|()| Message::ApRequest),
        tag::ERROR => Error::read(&mut cursor).map(Message::Error),
        tag::AP_REP | tag::SAFE | tag::PRIV | tag::CRED => {
            other(&mut cursor, tag.number).map(|()| Message::Other)
        }
        _ => Err(Fault::Broken),
    }
}

/// What is said beforehand, if it is there, and bytes of the element behind it.
fn beforehand<'a>(cursor: &mut Cursor<'a>, index: u8) -> Result<(Padata<'a>, usize), Fault> {
    match element(cursor)? {
        (found, length) if found == index => {
            let padata = Padata::read(cursor.take(length)?, false)?;
            Ok((padata, asn1::length(cursor)?))
        }
        (_, length) => Ok((Padata::default(), length)),
    }
}

/// Messages of which nothing is of use (5.5.2, 5.6, 5.7, 5.8).
fn other(cursor: &mut Cursor<'_>, tag: u32) -> Result<(), Fault> {
    head(cursor)?;
    match tag {
        tag::SAFE => return Ok(()),
        tag::CRED => {
            value::headers(cursor, 2)?;
            value::tickets(cursor)?;
        }
        _ => {}
    }
    encrypted_element(cursor)?;
    Ok(())
}

impl<'a> Request<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Fault> {
        asn1::length(cursor)?;
        let kind = head(cursor)?;
        let (padata, _) = beforehand(cursor, 3)?;
        asn1::length(cursor)?;
        let mut request = Self { kind, padata, ..Self::default() };
        while !cursor.is_empty() {
            let (index, length) = element(cursor)?;
            request.field(index, cursor.take(length)?)?;
        }
        Ok(request)
    }

    fn field(&mut self, index: u8, content: &'a [u8]) -> Result<(), Fault> {
        let mut cursor = Cursor::new(content);
        match index {
            0 => self.options = Some(options(&mut cursor)?),
            1 => self.client = Some(principal(content)?),
            2 => self.realm = Some(value::text(content)?),
            3 => self.service = Some(principal(content)?),
            4 => self.from = value::time(content)?,
            5 => self.till = value::time(content)?,
            6 => _ = value::time(content)?,
            7 | 10 => _ = asn1::content(&mut cursor)?,
            8 => {
                asn1::length(&mut cursor)?;
                while !cursor.is_empty() {
                    asn1::content(&mut cursor)?;
                }
            }
            9 => self.odd_addresses = addresses(content)?,
            11 => value::tickets(&mut cursor)?,
            _ => {}
        }
        Ok(())
    }
}

/// Flags: a header, the count of bits that are not used, and 32 bits (5.2.8).
fn options(cursor: &mut Cursor<'_>) -> Result<u32, Fault> {
    asn1::length(cursor)?;
    cursor.u8()?;
    Ok(cursor.u32()?)
}

impl<'a> Reply<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Fault> {
        asn1::length(cursor)?;
        let kind = head(cursor)?;
        let (padata, length) = beforehand(cursor, 2)?;
        let realm = value::text(cursor.take(length)?)?;
        let length = asn1::length(cursor)?;
        let client = principal(cursor.take(length)?)?;
        asn1::length(cursor)?;
        let ticket = Ticket::read(cursor)?;
        encrypted_element(cursor)?;
        Ok(Self { kind, padata, realm, client, ticket })
    }
}

impl Error {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        /// The element that is the error itself, and has no length of its own here.
        const CODE: u8 = 6;
        let mut error = Self::default();
        asn1::length(cursor)?;
        while let (index, length) = element(cursor)?
            && index != CODE
        {
            error.field(index, cursor.take(length)?)?;
        }
        error.code = asn1::unsigned(asn1::content(cursor)?);
        while !cursor.is_empty() {
            let (index, length) = element(cursor)?;
            let length = if index == CODE { 0 } else { length };
            error.field(index, cursor.take(length)?)?;
        }
        Ok(error)
    }

    fn field(&mut self, index: u8, content: &[u8]) -> Result<(), Fault> {
        let mut cursor = Cursor::new(content);
        match index {
            0 | 1 | 3 | 5 | 9 => _ = asn1::content(&mut cursor)?,
            2 | 4 => _ = value::time(content)?,
            6 => {}
            7 => self.realm = Some(value::text(content)?),
            8 => self.client = Some(principal(content)?),
            10 => self.service = Some(principal(content)?),
            11 => self.text = Some(value::text(content)?),
            12 if self.code == PREAUTH_REQUIRED => _ = Padata::read(content, true)?,
            12 => {}
            _ => return Err(Fault::Broken),
        }
        Ok(())
    }
}
