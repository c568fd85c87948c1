//! Messages of SNMP (RFC 1157, RFC 3416, RFC 3412): versions 1, 2c and 3.
//!
//! How long a sequence says to be is not looked at: what follows its header is read as what should be in it.

use crate::parsers::Cursor;
use crate::parsers::asn1::{self, Header, INTEGER, OBJECT, OCTET_STRING, Rules, SEQUENCE, Tag};

/// Most bytes of an integer: eight, and one for the sign.
const MAX_INTEGER: usize = 9;
/// `sysDescr.0`: 1.3.6.1.2.1.1.1.0.
const DESCRIPTION: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 1, 0];
/// `sysUpTime.0`: 1.3.6.1.2.1.1.3.0.
const UP_TIME: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 3, 0];

/// Why a message is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken(pub(super) &'static str);

const SHORT: Broken = Broken("parse error: a value ends behind the message");
const WRONG_TAG: Broken = Broken("Got ASN.1 tag of another kind");

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
    V3,
}

impl Version {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::V1 => "1",
            Self::V2 => "2c",
            Self::V3 => "3",
        }
    }
}

/// What stands before the request or the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub(super) version: Version,
    /// Community, or the user's name.
    pub(super) community: Option<&'a [u8]>,
    /// What follows is encrypted, or of another kind.
    pub(super) is_closed: bool,
    /// The flags of version 3 are not one byte.
    pub(super) has_odd_flags: bool,
}

/// Which request or response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Get,
    GetBulk,
    Response,
    Set,
    /// Traps and the like: they count nothing.
    Other,
}

/// A request or a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pdu<'a> {
    pub(super) kind: Kind,
    pub(super) variables: u64,
    /// The description of the system, if there is one.
    pub(super) description: Option<&'a [u8]>,
    /// Hundredths of a second since the system was started.
    pub(super) up_time: Option<u64>,
}

/// A message, read from front to back.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    at: Cursor<'a>,
    /// Bytes of the last integer that is too long for a number, which is 0 then.
    pub(super) too_long: Option<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { at: Cursor::new(bytes), too_long: None }
    }

    fn header(&mut self) -> Result<Header, Broken> {
        Header::read(&mut self.at, Rules::Distinguished).map_err(|_| SHORT)
    }

    fn sequence(&mut self) -> Result<(), Broken> {
        if self.header()?.tag == SEQUENCE { Ok(()) } else { Err(WRONG_TAG) }
    }

    /// A value of any kind.
    fn value(&mut self) -> Result<(Tag, &'a [u8]), Broken> {
        let Header { tag, length, .. } = self.header()?;
        let content = self.at.take(length.unwrap_or(usize::MAX)).map_err(|_| SHORT)?;
        Ok((tag, content))
    }

    fn content(&mut self, tag: Tag) -> Result<&'a [u8], Broken> {
        let (is, content) = self.value()?;
        if is == tag { Ok(content) } else { Err(WRONG_TAG) }
    }

    fn string(&mut self) -> Result<&'a [u8], Broken> {
        self.content(OCTET_STRING)
    }

    /// An integer; what its number is, if it is asked for, [`Self::number`] says.
    fn integer(&mut self) -> Result<&'a [u8], Broken> {
        let content = self.content(INTEGER)?;
        if content.len() > MAX_INTEGER {
            return Err(Broken("ASN.1 integer width overflow"));
        }
        Ok(content)
    }

    /// Bytes as a number without sign.
    fn number(&mut self, content: &[u8]) -> u64 {
        if content.len() > size_of::<u64>() {
            self.too_long = Some(content.len());
            return 0;
        }
        content.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    /// The beginning of a message; nothing if its version is not known.
    pub(super) fn head(&mut self) -> Result<Option<Head<'a>>, Broken> {
        self.sequence()?;
        let version = self.integer()?;
        let version = match self.number(version) {
            0 => Version::V1,
            1 => Version::V2,
            3 => return self.head3().map(Some),
            _ => return Ok(None),
        };
        let community = Some(self.string()?);
        Ok(Some(Head { version, community, is_closed: false, has_odd_flags: false }))
    }

    /// What follows version 3 (RFC 3412, section 6).
    fn head3(&mut self) -> Result<Head<'a>, Broken> {
        self.sequence()?;
        self.integer()?;
        self.integer()?;
        let has_odd_flags = self.string()?.len() != 1;
        let model = self.integer()?;
        let parameters = self.string()?;
        let next = self.header()?.tag;
        if next == SEQUENCE {
            self.string()?;
            self.string()?;
        }
        let user = if self.number(model) == 3 { user(parameters)? } else { b"" };
        let community = Some(user).filter(|user| !user.is_empty());
        Ok(Head { version: Version::V3, community, is_closed: next != SEQUENCE, has_odd_flags })
    }

    /// The request or the response.
    pub(super) fn pdu(&mut self) -> Result<Pdu<'a>, Broken> {
        const CONTEXT: u32 = 8;
        let tag = self.header()?.tag;
        let number = if tag == asn1::context_constructed(tag.number) { tag.number } else { u32::MAX };
        let kind = match number {
            0 | 1 => Kind::Get,
            2 => Kind::Response,
            3 => Kind::Set,
            5 => Kind::GetBulk,
            4 => return self.trap(),
            6..=CONTEXT => Kind::Other,
            _ => return Ok(Pdu { kind: Kind::Other, variables: 0, description: None, up_time: None }),
        };
        for _ in 0..3 {
            let field = self.integer()?;
            self.number(field);
        }
        self.variables(kind)
    }

    /// A trap of version 1 (RFC 1157, section 4.1.6).
    fn trap(&mut self) -> Result<Pdu<'a>, Broken> {
        const ADDRESS: Tag = asn1::application(0);
        const TICKS: Tag = asn1::application(3);
        self.content(OBJECT)?;
        self.content(ADDRESS)?;
        self.integer()?;
        self.integer()?;
        self.content(TICKS)?;
        self.variables(Kind::Other)
    }

    /// All variables up to the end of the message.
    fn variables(&mut self, kind: Kind) -> Result<Pdu<'a>, Broken> {
        self.sequence()?;
        let mut pdu = Pdu { kind, variables: 0, description: None, up_time: None };
        while !self.at.is_empty() {
            self.sequence()?;
            let name = self.content(OBJECT)?;
            let (tag, value) = self.value()?;
            pdu.variables += 1;
            let count = (is_count(tag) || tag == INTEGER).then(|| self.number(value));
            match (kind, name) {
                (Kind::Response, DESCRIPTION) if is_text(tag) => pdu.description = Some(value),
                (Kind::Response, UP_TIME) if is_count(tag) => pdu.up_time = count,
                _ => {}
            }
        }
        Ok(pdu)
    }
}

/// The name of the user in the parameters of the user-based security model (RFC 3414, section 2.4).
fn user(parameters: &[u8]) -> Result<&[u8], Broken> {
    let mut reader = Reader::new(parameters);
    reader.sequence()?;
    reader.string()?;
    reader.integer()?;
    reader.integer()?;
    let user = reader.string()?;
    reader.string()?;
    reader.string()?;
    Ok(user)
}

/// Whether a variable is a count (RFC 2578, section 7.1): Counter32, Unsigned32, TimeTicks, Counter64.
fn is_count(tag: Tag) -> bool {
    [1, 2, 3, 6].map(asn1::application).contains(&tag)
}

/// Whether a variable is text, or of a kind that is not known: no number, no address, no name, and not absent.
fn is_text(tag: Tag) -> bool {
    let others = [INTEGER, asn1::NULL, OBJECT, asn1::application(0)];
    let absent = [0, 1, 2].map(asn1::context);
    !is_count(tag) && !others.contains(&tag) && !absent.contains(&tag)
}
