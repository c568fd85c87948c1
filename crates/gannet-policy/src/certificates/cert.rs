//! A certificate with all that is asked of it when a chain is checked: RFC 5280, section 4, read as OpenSSL reads it.

use gannet::files::x509::{Certificate, RawExtension};
use gannet::parsers::asn1::{
    BIT_STRING, BOOLEAN, INTEGER, OBJECT, OCTET_STRING, SEQUENCE, Value, Values, context,
    context_constructed, small,
};
use sha2::{Digest, Sha256};

use super::constraints::Constraints;
use super::key::{Key, Kind};
use super::name::Name;
use super::scheme;
use super::time;

/// Bit of the first byte of a key's uses: signing certificates.
const KEY_CERT_SIGN: u16 = 0x04;
/// Extensions that are certificates' usual ones: 2.5.29.
const CERTIFICATE_EXTENSION: [u8; 2] = [0x55, 0x1d];
/// Kind of a certificate, of Netscape's.
const NETSCAPE_TYPE: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x01, 0x01];
/// What a certificate for a user's programs says: RFC 3820.
const PROXY: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x0e];
/// Other extensions that OpenSSL knows: addresses, numbers of networks (RFC 3779), no need to ask for a status.
const KNOWN: [&[u8]; 3] = [
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x07],
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x08],
    &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05],
];

/// What tells a certificate from others: SHA-256 of its encoding.
pub(super) type Print = [u8; 32];

/// A certificate.
#[derive(Debug)]
pub(super) struct Cert {
    pub(super) der: Box<[u8]>,
    pub(super) print: Print,
    pub(super) subject: Name,
    pub(super) issuer: Name,
    pub(super) serial: Box<[u8]>,
    pub(super) key: Key,
    /// Kind of the key that signed it; nothing if the algorithm is not known.
    pub(super) signed_by: Option<Kind>,
    /// From when it is valid and until when, in seconds since 1970.
    pub(super) validity: [Option<i64>; 2],
    pub(super) extensions: Extensions,
    /// It names itself as its issuer.
    pub(super) self_issued: bool,
    /// The same, and nothing speaks against its having signed itself.
    pub(super) self_signed: bool,
    is_first_version: bool,
}

/// What the extensions of a certificate say.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    /// Whether it is an authority, if it says so, and how many others may be below it.
    basic: Option<(bool, Option<u64>)>,
    usage: Option<u16>,
    subject_key: Option<Box<[u8]>>,
    authority: Authority,
    pub(super) constraints: Option<Constraints>,
    pub(super) proxy: bool,
    /// A critical one is not known.
    pub(super) unknown_critical: bool,
    /// One cannot be read, or there are two of a kind.
    pub(super) broken: bool,
}

/// What a certificate says of the key that signed it.
#[derive(Debug, Default)]
struct Authority {
    key: Option<Box<[u8]>>,
    issuer: Option<Name>,
    serial: Option<Box<[u8]>>,
}

impl Cert {
    /// A certificate by its encoding; nothing if it is none.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let found = Certificate::read(der)?;
        let extensions = Extensions::read(&found);
        let [subject, issuer] = [found.subject, found.issuer].map(Name::read);
        let self_issued = subject == issuer;
        let mut cert = Self {
            der: found.der.into(),
            print: Sha256::digest(found.der).into(),
            subject,
            issuer,
            serial: found.serial.into(),
            key: Key::read(&found.key_algorithm, found.key),
            signed_by: scheme::kind(&found.inner_algorithm),
            validity: [found.not_before, found.not_after].map(|time| time::seconds(&time)),
            extensions,
            self_issued,
            self_signed: false,
            is_first_version: found.version == 0,
        };
        cert.self_signed = self_issued && !cert.extensions.broken && cert.fits(&cert);
        Some(cert)
    }

    /// Whether it can be judged at all.
    pub(super) fn is_whole(&self) -> bool {
        !self.extensions.broken && !self.key.is_unreadable()
    }

    /// Whether it looks like what signed the other one.
    pub(super) fn may_have_signed(&self, other: &Self) -> bool {
        self.subject == other.issuer && self.is_whole() && !other.extensions.broken && self.fits(other)
    }

    /// Whether it is what the other one says of the key that signed it.
    fn fits(&self, other: &Self) -> bool {
        let Authority { key, issuer, serial } = &other.extensions.authority;
        let same_key = match (key, &self.extensions.subject_key) {
            (Some(asked), Some(own)) => asked == own,
            _ => true,
        };
        let same_serial = serial.as_ref().is_none_or(|serial| *serial == self.serial);
        let same_issuer = issuer.as_ref().is_none_or(|issuer| *issuer == self.issuer);
        same_key && same_serial && same_issuer && self.key.signs_as(other.signed_by)
    }

    /// Whether it is an authority, or was made when none had to say that it is one.
    pub(super) fn is_authority(&self) -> bool {
        let Extensions { basic, usage, .. } = &self.extensions;
        match (basic, usage) {
            (_, Some(usage)) if usage & KEY_CERT_SIGN == 0 => false,
            (Some((ca, _)), _) => *ca,
            (None, _) => self.is_first_version && self.self_signed,
        }
    }

    /// How many authorities may be below it.
    pub(super) fn path_len(&self) -> Option<u64> {
        self.extensions.basic.and_then(|(_, most)| most)
    }

    /// Whether it is valid at a time, in seconds since 1970.
    pub(super) fn is_valid_at(&self, now: i64) -> bool {
        let [from, until] = self.validity;
        from.is_some_and(|from| from <= now) && until.is_some_and(|until| now < until)
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        let bytes = |bytes: &Option<Box<[u8]>>| bytes.as_ref().map_or(0, |bytes| bytes.len());
        let Extensions { subject_key, authority, constraints, .. } = &self.extensions;
        size_of::<Self>()
            + self.der.len()
            + self.serial.len()
            + self.subject.held()
            + self.issuer.held()
            + self.key.held()
            + bytes(subject_key)
            + bytes(&authority.key)
            + bytes(&authority.serial)
            + authority.issuer.as_ref().map_or(0, Name::held)
            + constraints.as_ref().map_or(0, Constraints::held)
    }
}

/// The best of several issuers.
pub(super) fn best<'c, T>(issuers: impl Iterator<Item = (T, &'c Cert)>, now: i64) -> Option<T> {
    let mut best: Option<(T, &Cert)> = None;
    for (which, issuer) in issuers {
        if issuer.is_valid_at(now) {
            return Some(which);
        }
        let [_, until] = issuer.validity;
        if best.as_ref().is_none_or(|(_, best)| until > best.validity[1]) {
            best = Some((which, issuer));
        }
    }
    best.map(|(which, _)| which)
}

impl Extensions {
    fn read(certificate: &Certificate<'_>) -> Self {
        let mut all = Self::default();
        let mut seen = 0_u64;
        for RawExtension { object, critical, content, .. } in certificate.raw_extensions() {
            match (object.strip_prefix(&CERTIFICATE_EXTENSION), object) {
                (Some([number]), _) => {
                    let (twice, known) = all.usual(*number, content);
                    let bit = 1_u64 << (number & 63);
                    all.broken |= twice && seen & bit != 0;
                    seen |= bit;
                    all.unknown_critical |= critical && !known;
                }
                (_, PROXY) => all.proxy = true,
                (_, NETSCAPE_TYPE) => all.broken |= usage(Values::der(content)).is_none(),
                (_, object) => all.unknown_critical |= critical && !KNOWN.contains(&object),
            }
        }
        all
    }

    fn broken<T>(&mut self) -> Option<T> {
        self.broken = true;
        None
    }

    /// Reads one of the usual extensions. Whether there may be one of its kind only, and whether it is known.
    fn usual(&mut self, number: u8, content: &[u8]) -> (bool, bool) {
        let content = Values::der(content);
        match number {
            14 => self.subject_key = subject_key(content).or_else(|| self.broken()),
            15 => self.usage = usage(content).filter(|bits| *bits != 0).or_else(|| self.broken()),
            17 => self.broken |= alt_names(content).is_none(),
            19 => self.basic = basic(content).or_else(|| self.broken()),
            30 => self.constraints = Constraints::read(content).or_else(|| self.broken()),
            35 => self.authority = Authority::read(content).or_else(|| self.broken()).unwrap_or_default(),
            37 => self.broken |= purposes(content).is_none(),
            31 => self.broken |= points(content).is_none(),
            // Policies of certificates, their mapping, limits on them.
            32 | 33 | 36 | 54 => return (false, true),
            _ => return (false, false),
        }
        // Identifiers of keys are known, and still not taken when they are critical.
        (true, !matches!(number, 14 | 35))
    }
}

impl Authority {
    fn read(mut content: Values<'_>) -> Option<Self> {
        let mut inside = content.take(SEQUENCE)?.inside();
        let key = inside.optional(context(0)).map(|key| key.content.into());
        let issuer = inside.optional(context_constructed(1)).map(|names| directory_name(names.inside()));
        let serial = inside.optional(context(2)).map(|serial| serial.content.into());
        let issuer = match issuer {
            Some(issuer) => issuer?,
            None => None,
        };
        inside.is_empty().then_some(Self { key, issuer, serial })
    }
}

/// The first name of a directory among names; an error if they are none.
fn directory_name(mut names: Values<'_>) -> Option<Option<Name>> {
    let mut found = None;
    while !names.is_empty() {
        let name = names.next_value()?;
        if name.tag == context_constructed(4) && found.is_none() {
            found = Some(Name::read(name.inside().take(SEQUENCE)?.inside()));
        }
    }
    Some(found)
}

fn subject_key(mut content: Values<'_>) -> Option<Box<[u8]>> {
    content.take(OCTET_STRING).map(|key| key.content.into())
}

/// Uses of a key: the bits of the first byte of the string in the low half.
fn usage(mut content: Values<'_>) -> Option<u16> {
    let bits = content.take(BIT_STRING)?.content;
    let (_, bytes) = bits.split_first().filter(|(unused, _)| **unused < 8)?;
    let mut bytes = bytes.iter().copied().map(u16::from);
    let (first, second) = (bytes.next().unwrap_or(0), bytes.next().unwrap_or(0));
    Some(first | second << 8)
}

fn basic(mut content: Values<'_>) -> Option<(bool, Option<u64>)> {
    let mut inside = content.take(SEQUENCE)?.inside();
    let ca = inside.optional(BOOLEAN).is_some_and(|flag| flag.content != [0]);
    let most = inside.optional(INTEGER);
    let negative = most.is_some_and(|most| most.content.first().is_some_and(|first| *first >= 0x80));
    let most = most.map(|most: Value<'_>| small(most.content).unwrap_or(u64::MAX));
    (inside.is_empty() && !negative).then_some((ca, most))
}

/// Whether a list of other names can be read.
fn alt_names(mut content: Values<'_>) -> Option<()> {
    let mut inside = content.take(SEQUENCE)?.inside();
    while !inside.is_empty() {
        inside.next_value()?;
    }
    Some(())
}

/// Whether a list of places where lists of revoked certificates are can be read.
fn points(mut content: Values<'_>) -> Option<()> {
    let mut inside = content.take(SEQUENCE)?.inside();
    while !inside.is_empty() {
        inside.take(SEQUENCE)?;
    }
    Some(())
}

/// Whether a list of purposes can be read.
fn purposes(mut content: Values<'_>) -> Option<()> {
    let mut inside = content.take(SEQUENCE)?.inside();
    while !inside.is_empty() {
        inside.take(OBJECT)?;
    }
    Some(())
}
