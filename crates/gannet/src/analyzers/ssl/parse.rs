//! Handshake messages out of their bytes: RFC 8446, section 4, and RFC 5246, section 7.4.

use super::names::{self, DTLS10, DTLS12, Exchange, TLS11};
use crate::base::cursor::{Cursor, Short};

/// Numbers of extensions.
pub(super) mod extension {
    pub(crate) const SERVER_NAME: u16 = 0;
    pub(crate) const GROUPS: u16 = 10;
    pub(crate) const POINT_FORMATS: u16 = 11;
    pub(crate) const SIGNATURES: u16 = 13;
    /// What is agreed on is media: RFC 5764, section 4.1.
    pub(crate) const USE_SRTP: u16 = 14;
    pub(crate) const ALPN: u16 = 16;
    pub(crate) const TIMESTAMPS: u16 = 18;
    pub(crate) const SESSION_TICKET: u16 = 35;
    pub(crate) const KEY_SHARE_OLD: u16 = 40;
    pub(crate) const PRE_SHARED_KEY: u16 = 41;
    pub(crate) const VERSIONS: u16 = 43;
    pub(crate) const PSK_MODES: u16 = 45;
    pub(crate) const KEY_SHARE: u16 = 51;
    pub(crate) const CONNECTION_ID: u16 = 54;
}

/// Bytes of a session's id, as it is compared.
pub(super) const ID: usize = 32;

/// The random bytes of a server hello that asks for another client hello: RFC 8446, section 4.1.3.
pub(super) const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
    0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What a client asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientHello<'a> {
    pub(super) version: u16,
    pub(super) session_id: [u8; ID],
    pub(super) ciphers: &'a [u8],
    pub(super) extensions: &'a [u8],
}

/// What a server chose.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerHello<'a> {
    pub(super) version: u16,
    pub(super) random: &'a [u8; 32],
    pub(super) session_id: [u8; ID],
    pub(super) cipher: u16,
    pub(super) extensions: &'a [u8],
}

/// A session's id, filled up with zeros; a longer one is none.
pub(super) fn session_id(bytes: &[u8]) -> [u8; ID] {
    let mut id = [0; ID];
    if let Some(place) = id.get_mut(..bytes.len()) {
        place.copy_from_slice(bytes);
    }
    id
}

impl<'a> ClientHello<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Short> {
        let mut cursor = Cursor::new(body);
        let version = cursor.u16()?;
        cursor.take(32)?;
        let session_id = session_id(cursor.bytes8()?);
        if matches!(version, DTLS10 | DTLS12) {
            cursor.bytes8()?;
        }
        let length = usize::from(cursor.u16()?);
        let ciphers = cursor.take(length & !1)?;
        cursor.bytes8()?;
        let extensions = extensions(cursor)?;
        Ok(Self { version, session_id, ciphers, extensions })
    }
}

impl<'a> ServerHello<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Short> {
        let mut cursor = Cursor::new(body);
        let version = cursor.u16()?;
        let random = cursor.array()?;
        // Drafts of TLS 1.3 left out what is of no use any more.
        let short = version == names::TLS13 || version >> 8 == 0x7f;
        let id = if short { &[] } else { cursor.bytes8()? };
        let cipher = cursor.u16()?;
        if !short {
            cursor.u8()?;
        }
        let extensions = extensions(cursor)?;
        Ok(Self { version, random, session_id: session_id(id), cipher, extensions })
    }
}

/// The extensions, which may be missing: what follows their length, whatever that says.
fn extensions(mut cursor: Cursor<'_>) -> Result<&[u8], Short> {
    if !cursor.is_empty() {
        cursor.u16()?;
    }
    Ok(cursor.rest())
}

/// The next extension: its number and its content.
pub(super) fn next_extension<'a>(cursor: &mut Cursor<'a>) -> Option<Result<(u16, &'a [u8]), Short>> {
    if cursor.is_empty() {
        return None;
    }
    let mut read = || {
        let kind = cursor.u16()?;
        Ok((kind, cursor.bytes16()?))
    };
    Some(read())
}

/// What of an extension matters to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// Names of servers, still to be read.
    Names(&'a [u8]),
    /// The version that the server chose.
    Version(u16),
    /// The group that the server chose.
    Group(u16),
    /// The first protocol of a list, if it has any.
    Protocol(Option<&'a [u8]>),
    Other,
}

/// Reads an extension of a hello. Empty ones have no content, whatever they should have.
pub(super) fn content(kind: u16, bytes: &[u8], client: bool) -> Result<Content<'_>, Short> {
    let mut cursor = Cursor::new(bytes);
    if bytes.is_empty() {
        return Ok(Content::Other);
    }
    match kind {
        extension::SERVER_NAME => return Ok(Content::Names(cursor.bytes16()?)),
        extension::GROUPS => {
            let length = usize::from(cursor.u16()?);
            cursor.take(length & !1)?;
        }
        extension::POINT_FORMATS | extension::CONNECTION_ID | extension::PSK_MODES => {
            cursor.bytes8()?;
        }
        extension::SIGNATURES => even(cursor.bytes16()?)?,
        extension::ALPN => return protocols(cursor.bytes16()?).map(Content::Protocol),
        extension::TIMESTAMPS => timestamps(cursor.bytes16()?)?,
        extension::KEY_SHARE | extension::KEY_SHARE_OLD => return key_share(bytes, client),
        extension::VERSIONS if client => even(cursor.bytes8()?)?,
        extension::VERSIONS => return Ok(Content::Version(cursor.u16()?)),
        extension::PRE_SHARED_KEY => pre_shared_key(cursor, client)?,
        _ => {}
    }
    Ok(Content::Other)
}

fn even(bytes: &[u8]) -> Result<(), Short> {
    if bytes.len().is_multiple_of(2) { Ok(()) } else { Err(Short) }
}

/// The first of a list of protocols: RFC 7301, section 3.1.
fn protocols(list: &[u8]) -> Result<Option<&[u8]>, Short> {
    let mut cursor = Cursor::new(list);
    let mut first = None;
    while !cursor.is_empty() {
        let name = cursor.bytes8()?;
        first.get_or_insert(name);
    }
    Ok(first)
}

/// Signed certificate timestamps: RFC 6962, section 3.3.
fn timestamps(list: &[u8]) -> Result<(), Short> {
    let mut list = Cursor::new(list);
    while !list.is_empty() {
        let mut one = Cursor::new(list.bytes16()?);
        one.take(1 + 32 + 8)?;
        one.bytes16()?;
        one.u16()?;
        one.bytes16()?;
    }
    Ok(())
}

/// Key shares: RFC 8446, section 4.2.8. A retry names a group without a key.
fn key_share(bytes: &[u8], client: bool) -> Result<Content<'_>, Short> {
    let mut cursor = Cursor::new(bytes);
    if client {
        let mut entries = Cursor::new(cursor.bytes16()?);
        while !entries.is_empty() {
            entries.u16()?;
            entries.bytes16()?;
        }
        return Ok(Content::Other);
    }
    let group = cursor.u16()?;
    if bytes.len() != 2 {
        cursor.bytes16()?;
    }
    Ok(Content::Group(group))
}

/// Keys known from before: RFC 8446, section 4.2.11.
fn pre_shared_key(mut cursor: Cursor<'_>, client: bool) -> Result<(), Short> {
    if !client {
        return cursor.u16().map(|_| ());
    }
    let mut identities = Cursor::new(cursor.bytes16()?);
    while !identities.is_empty() {
        identities.bytes16()?;
        identities.take(4)?;
    }
    let mut binders = Cursor::new(cursor.bytes16()?);
    while !binders.is_empty() {
        binders.bytes8()?;
    }
    Ok(())
}

/// The numbers of two bytes in these; an odd byte at their end is left out.
pub(super) fn words(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.as_chunks::<2>().0.iter().map(|word| u16::from_be_bytes(*word))
}

/// The next of the names of servers, RFC 6066, section 3: a host's, or the number of another kind, which ends them.
pub(super) fn next_name<'a>(cursor: &mut Cursor<'a>) -> Option<Result<Result<&'a [u8], u8>, Short>> {
    if cursor.is_empty() {
        return None;
    }
    let mut read = || match cursor.u8()? {
        0 => cursor.bytes16().map(Ok),
        kind => {
            cursor.take_rest();
            Ok(Err(kind))
        }
    };
    Some(read())
}

/// The certificates of a message, at most so many.
pub(super) fn certificates(body: &[u8], max: usize) -> Result<Vec<&[u8]>, Short> {
    let mut list = Cursor::new(Cursor::new(body).bytes24()?);
    let mut certificates = Vec::new();
    while !list.is_empty() {
        let certificate = list.bytes24()?;
        if certificates.len() < max {
            certificates.push(certificate);
        }
    }
    Ok(certificates)
}

/// Whether a version signs with an algorithm that it names.
fn names_algorithm(version: u16) -> bool {
    version > TLS11 && version != DTLS10
}

/// The group of a server key exchange, if it has one.
pub(super) fn server_key_exchange(
    body: &[u8],
    cipher: Option<u32>,
    version: u16,
) -> Result<Option<u16>, Short> {
    const NAMED_CURVE: u8 = 3;
    let mut cursor = Cursor::new(body);
    let exchange = cipher.map_or(Exchange::Other, names::exchange);
    let mut group = None;
    match exchange {
        Exchange::Other => return Ok(None),
        Exchange::Ecdhe | Exchange::EcdhAnon => {
            if cursor.u8()? != NAMED_CURVE {
                return Ok(None);
            }
            group = Some(cursor.u16()?);
            cursor.bytes8()?;
        }
        Exchange::Dhe | Exchange::DhAnon => {
            cursor.bytes16()?;
            cursor.bytes16()?;
            cursor.bytes16()?;
        }
    }
    if matches!(exchange, Exchange::Ecdhe | Exchange::Dhe) {
        if names_algorithm(version) {
            cursor.u16()?;
        }
        cursor.bytes16()?;
    }
    Ok(group)
}

/// Looks at a certificate request.
pub(super) fn certificate_request(body: &[u8], version: u16) -> Result<(), Short> {
    let mut cursor = Cursor::new(body);
    cursor.bytes8()?;
    if names_algorithm(version) {
        even(cursor.bytes16()?)?;
    }
    let mut authorities = Cursor::new(cursor.bytes16()?);
    while !authorities.is_empty() {
        authorities.bytes16()?;
    }
    Ok(())
}

/// Looks at a session ticket.
pub(super) fn session_ticket(body: &[u8]) -> Result<(), Short> {
    let mut cursor = Cursor::new(body);
    cursor.take(4)?;
    cursor.bytes16().map(|_| ())
}

/// Looks at a hello verify request: RFC 6347, section 4.2.1.
pub(super) fn verify_request(body: &[u8]) -> Result<(), Short> {
    let mut cursor = Cursor::new(body);
    cursor.u16()?;
    cursor.bytes8().map(|_| ())
}

/// The kind of a certificate status, and all that follows its length.
pub(super) fn certificate_status(body: &[u8]) -> Result<(u8, &[u8]), Short> {
    let mut cursor = Cursor::new(body);
    let kind = cursor.u8()?;
    cursor.u24()?;
    Ok((kind, cursor.rest()))
}

/// The content of an extension of a hello, if it is there.
pub(super) fn find(extensions: &[u8], kind: u16) -> Option<&[u8]> {
    let mut cursor = Cursor::new(extensions);
    while let Some(Ok((found, content))) = next_extension(&mut cursor) {
        if found == kind {
            return Some(content);
        }
    }
    None
}

/// The numbers in an extension whose content is a list behind a length of two bytes.
pub(super) fn list16(extensions: &[u8], kind: u16) -> impl Iterator<Item = u16> + '_ {
    let list = find(extensions, kind).and_then(|content| Cursor::new(content).bytes16().ok());
    words(list.unwrap_or_default())
}
