//! What is said beforehand in messages of Kerberos: proof of who asks, certificates, hints (RFC 4120, section 5.2.7).

use super::value::{ap_request, encrypted, headers, inside};
use crate::parsers::Cursor;
use crate::parsers::asn1::{self, Fault};

/// Kinds that are looked into (RFC 4120, section 5.2.7; RFC 4556, section 3.1.3).
mod kind {
    pub(super) const TGS_REQ: u64 = 1;
    pub(super) const ENC_TIMESTAMP: u64 = 2;
    pub(super) const PW_SALT: u64 = 3;
    pub(super) const ETYPE_INFO: u64 = 11;
    pub(super) const PK_AS_REQ: u64 = 16;
    pub(super) const PK_AS_REP: u64 = 17;
    pub(super) const ETYPE_INFO2: u64 = 19;
}

/// Certificates of one message that are kept; no message has more than one.
const MAX_CERTIFICATES: usize = 4;

/// What is of use in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Padata<'a> {
    /// Somebody proves who they are by a ticket.
    pub(super) ap_request: bool,
    /// Certificates, and whether each is a client's.
    pub(super) certificates: Vec<(bool, &'a [u8])>,
}

impl<'a> Padata<'a> {
    /// Reads the content of the element. What is no sequence is passed over.
    pub(super) fn read(content: &'a [u8], is_error: bool) -> Result<Self, Fault> {
        let mut padata = Self::default();
        let mut cursor = Cursor::new(content);
        let tag = cursor.peek()?;
        let length = asn1::length(&mut cursor)?;
        if tag != 0x30 {
            cursor.take(length)?;
            return Ok(padata);
        }
        while !cursor.is_empty() {
            asn1::length(&mut cursor)?;
            let kind = asn1::unsigned(inside(&mut cursor)?);
            let length = asn1::length(&mut cursor)?;
            match kind {
                _ if is_error => _ = cursor.take(length)?,
                // These say themselves where they end.
                kind::TGS_REQ => {
                    headers(&mut cursor, 2)?;
                    ap_request(&mut cursor)?;
                    padata.ap_request = true;
                }
                kind::PW_SALT => _ = asn1::content(&mut cursor)?,
                _ => padata.element(kind, cursor.take(length)?)?,
            }
        }
        Ok(padata)
    }

    fn element(&mut self, kind: u64, content: &'a [u8]) -> Result<(), Fault> {
        let mut cursor = Cursor::new(content);
        match kind {
            kind::ENC_TIMESTAMP => _ = encrypted(content)?,
            kind::PK_AS_REQ => self.certificate(&mut cursor, true)?,
            kind::PK_AS_REP => self.certificate(&mut cursor, false)?,
            kind::ETYPE_INFO | kind::ETYPE_INFO2 => hint(&mut cursor)?,
            _ => _ = asn1::content(&mut cursor)?,
        }
        Ok(())
    }

    /// Signed data with the certificate of who signed it: RFC 4556, sections 3.2.1 and 3.2.3.
    fn certificate(&mut self, cursor: &mut Cursor<'a>, client: bool) -> Result<(), Fault> {
        headers(cursor, if client { 4 } else { 5 })?;
        asn1::content(cursor)?;
        headers(cursor, 2)?;
        for _ in 0..3 {
            asn1::content(cursor)?;
        }
        let certificate = asn1::content(cursor)?;
        if self.certificates.len() < MAX_CERTIFICATES {
            self.certificates.push((client, certificate));
        }
        Ok(())
    }
}

/// An encryption type with a salt, the first of several (5.2.7.4, 5.2.7.5).
fn hint(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    asn1::length(cursor)?;
    let length = asn1::length(cursor)?;
    asn1::length(cursor)?;
    asn1::content(cursor)?;
    if length > 7 {
        asn1::length(cursor)?;
        asn1::content(cursor)?;
    }
    Ok(())
}
