//! How a client proves who it is: simple binds, SASL, and what Windows had before it (RFC 4511, section 4.2; MS-ADTS, section
//! 5.1.1.1).

use super::item::{Item, printable};
use crate::parsers::Cursor;
use crate::parsers::asn1::{self, Class, Fault};

/// Tag of SPNEGO's answer, and that of its beginning.
const ANSWER: u8 = 0xa1;
const INITIAL: u8 = 0x60;
/// The object identifier of SPNEGO, 1.3.6.1.5.5.2, and that of Kerberos as Windows names it, 1.2.840.48018.1.2.2.
const SPNEGO: &[u8] = &[0x2b, 6, 1, 5, 5, 2];
const MS_KRB5: &[u8] = &[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2];
/// What a message of NTLM begins with.
const NTLM: &[u8] = b"NTLMSSP";
/// The mechanism of SASL that negotiates another one.
pub(super) const GSS_SPNEGO: &[u8] = b"GSS-SPNEGO";

/// How a client proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Simple,
    Sasl,
    SicilyDiscovery,
    SicilyNegotiate,
    SicilyResponse,
    /// No method that is known.
    Other,
}

/// A client asks to be bound to a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bind {
    pub(super) version: i64,
    pub(super) name: Vec<u8>,
    pub(super) method: Method,
    /// The password, the mechanism, or what the first bytes say.
    pub(super) argument: Vec<u8>,
}

impl Bind {
    /// Reads a bind request.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        let version = Item::read(cursor)?.number()?;
        let name = Item::read(cursor)?.text()?;
        let auth = Item::read(cursor)?;
        let method = match auth.choice().ok_or(Fault::Broken)? {
            0 => Method::Simple,
            3 => Method::Sasl,
            9 => Method::SicilyDiscovery,
            10 => Method::SicilyNegotiate,
            11 => Method::SicilyResponse,
            _ => Method::Other,
        };
        let argument = match method {
            _ if auth.content.is_empty() => Vec::new(),
            Method::Simple => printable(auth.content),
            Method::Sasl => mechanism(auth.content)?,
            Method::SicilyNegotiate | Method::SicilyResponse if !auth.content.starts_with(NTLM) => {
                return Err(Fault::Broken);
            }
            Method::SicilyNegotiate | Method::SicilyResponse => NTLM.to_vec(),
            Method::SicilyDiscovery | Method::Other => Vec::new(),
        };
        Ok(Self { version, name, method, argument })
    }
}

/// The mechanism of SASL. Credentials are looked at if it negotiates another one: they have to be a beginning or an answer.
fn mechanism(content: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut cursor = Cursor::new(content);
    let name = Item::read(&mut cursor)?.text()?;
    let credentials = if cursor.is_empty() { None } else { Some(Item::read(&mut cursor)?) };
    let credentials = credentials.filter(|item| item.number == 4).map(|item| item.content);
    if name != GSS_SPNEGO {
        return Ok(name);
    }
    match credentials {
        Some([INITIAL, rest @ ..]) => {
            let mut cursor = Cursor::new(rest);
            length(&mut cursor)?;
            let mechanism = Item::read(&mut cursor)?;
            let known =
                mechanism.class == Class::Universal && mechanism.number == 6 && mechanism.content == SPNEGO;
            if known { Ok(name) } else { Err(Fault::Broken) }
        }
        Some([ANSWER, rest @ ..]) => length(&mut Cursor::new(rest)).map(|()| name),
        Some(bytes) if bytes.starts_with(NTLM) => Ok(name),
        _ => Err(Fault::Broken),
    }
}

/// A length behind a tag that was read.
fn length(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    let first = cursor.u8()?;
    if first & 0x80 != 0 {
        cursor.take(usize::from(first & 0x7f))?;
    }
    Ok(())
}

/// What a server says to a mechanism that negotiates another one: whether all that follows is wrapped by Kerberos.
pub(super) fn answer(credentials: &[u8]) -> Result<bool, Fault> {
    if credentials.starts_with(NTLM) {
        return Ok(false);
    }
    let mut cursor = Cursor::new(credentials);
    if cursor.u8()? != ANSWER {
        return Err(Fault::Broken);
    }
    length(&mut cursor)?;
    let (mut accepted, mut mechanism, mut token) = (false, None, false);
    for element in Item::read(&mut cursor)?.inside()? {
        match element.choice().ok_or(Fault::Broken)? {
            0 => accepted = element.content == [10, 1, 0],
            1 => mechanism = Some(element.content),
            2 => token = true,
            3 => {}
            _ => return Err(Fault::Broken),
        }
    }
    let mechanism = asn1::content(&mut Cursor::new(mechanism.ok_or(Fault::Broken)?))?;
    Ok(accepted && token && mechanism == MS_KRB5)
}

/// Credentials in a server's answer, behind the outcome; of several the first.
pub(super) fn server_credentials(rest: &[u8]) -> Result<Option<&[u8]>, Fault> {
    let mut cursor = Cursor::new(rest);
    let mut first = None;
    while !cursor.is_empty() {
        let item = Item::read(&mut cursor)?;
        if item.class != Class::Context || item.number != 7 {
            return Err(Fault::Broken);
        }
        first.get_or_insert(item.content);
    }
    Ok(first)
}
