//! Certificates as they are encoded: RFC 5280, section 4.1. What a certificate says is not judged, only found.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::parsers::asn1::{
    BIT_STRING, BOOLEAN, Class, INTEGER, OBJECT, OCTET_STRING, SEQUENCE, SET, Tag, Value, Values, context,
    context_constructed, integer, push_header, small,
};

/// Extension with other names of the subject: id-ce-subjectAltName.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// Extension about what may be signed: id-ce-basicConstraints.
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// Names of one kind that are kept of a certificate.
const MAX_NAMES: usize = 10_000;

/// A certificate, found in its encoding: RFC 5280, section 4.1.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Certificate<'a> {
    /// The encoding itself, without what may follow it.
    pub der: &'a [u8],
    /// Version of its format, counted from zero.
    pub version: u64,
    /// Content of its serial number.
    pub serial: &'a [u8],
    /// Parts of the name of who signed it.
    pub issuer: Values<'a>,
    /// The time from which it is valid.
    pub not_before: Value<'a>,
    /// The time until which it is valid.
    pub not_after: Value<'a>,
    /// Parts of the name of whom it is for.
    pub subject: Values<'a>,
    /// What its key is for.
    pub key_algorithm: Algorithm<'a>,
    /// The key, without the count of unused bits before it.
    pub key: &'a [u8],
    extensions: Values<'a>,
    /// What is signed, the algorithm and the signature, as they are encoded.
    parts: [Value<'a>; 3],
    /// The algorithm by which it was signed.
    pub signature_algorithm: Algorithm<'a>,
    /// The same as the signed part has it.
    pub inner_algorithm: Algorithm<'a>,
}

/// An algorithm and its parameters: RFC 5280, section 4.1.1.2.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Algorithm<'a> {
    /// Content of its identifier.
    pub object: &'a [u8],
    /// Its parameters, if there are any.
    pub parameters: Option<Value<'a>>,
    /// All of its encoding.
    pub whole: &'a [u8],
}

/// An extension as it is encoded: RFC 5280, section 4.1.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RawExtension<'a> {
    /// Content of its identifier.
    pub object: &'a [u8],
    /// Whether who does not know it must not take the certificate.
    pub critical: bool,
    /// Its content.
    pub content: &'a [u8],
}

/// Other names of the subject: RFC 5280, section 4.2.1.6. Lists are unset if there are none of their kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AltNames<'a> {
    pub(super) dns: Option<Vec<&'a [u8]>>,
    pub(super) uri: Option<Vec<&'a [u8]>>,
    pub(super) email: Option<Vec<&'a [u8]>>,
    pub(super) ip: Option<Vec<IpAddr>>,
    /// Lengths of addresses that are none.
    pub(super) bad_ips: Vec<usize>,
}

/// Something that was found in an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Extension<'a> {
    Names(AltNames<'a>),
    BadNames,
    Constraints { ca: bool, path_len: Option<u64> },
    BadConstraints,
}

impl<'a> Certificate<'a> {
    /// Finds the parts of a certificate; nothing if it is none.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let whole = Values::der(bytes).take(SEQUENCE)?;
        let mut outer = whole.inside();
        let signed = outer.take(SEQUENCE)?;
        let mut ahead = outer;
        let algorithm = ahead.next_value()?;
        let signature_algorithm = Algorithm::read(&mut outer)?;
        let signature = outer.take(BIT_STRING)?;
        bits(&signature)?;
        let parts = [signed, algorithm, signature];
        let mut tbs = signed.inside();
        let version = match tbs.optional(context_constructed(0)) {
            Some(version) => small(version.inside().take(INTEGER)?.content)?,
            None => 0,
        };
        let serial = tbs.take(INTEGER)?.content;
        integer(serial)?;
        let inner_algorithm = Algorithm::read(&mut tbs)?;
        let issuer = names(&mut tbs)?;
        let mut validity = tbs.take(SEQUENCE)?.inside();
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        let subject = names(&mut tbs)?;
        let mut spki = tbs.take(SEQUENCE)?.inside();
        let key_algorithm = Algorithm::read(&mut spki)?;
        let key = bits(&spki.take(BIT_STRING)?)?;
        tbs.optional(context(1));
        tbs.optional(context(2));
        let extensions = match tbs.optional(context_constructed(3)) {
            Some(extensions) => extensions.inside().take(SEQUENCE)?.inside(),
            None => Values::der(&[]),
        };
        if !tbs.is_empty() || !outer.is_empty() || !are_extensions(extensions) {
            return None;
        }
        let der = whole.whole;
        Some(Self {
            der,
            version,
            serial,
            issuer,
            not_before,
            not_after,
            subject,
            key_algorithm,
            key,
            extensions,
            parts,
            signature_algorithm,
            inner_algorithm,
        })
    }

    /// What is signed.
    #[must_use]
    pub fn signed(&self) -> &'a [u8] {
        let [signed, _, _] = self.parts;
        signed.whole
    }

    /// The signature, without the count of unused bits before it.
    #[must_use]
    pub fn signature(&self) -> &'a [u8] {
        let [_, _, signature] = &self.parts;
        bits(signature).unwrap_or_default()
    }

    /// All extensions, in their order.
    pub fn raw_extensions(&self) -> impl Iterator<Item = RawExtension<'a>> + use<'a> {
        let mut extensions = self.extensions;
        std::iter::from_fn(move || extension(&mut extensions))
    }

    /// The encoding with the shortest lengths around what is signed, which is what it is known by.
    pub(crate) fn encoding(&self) -> Cow<'a, [u8]> {
        let [signed, algorithm, signature] = self.parts;
        let mut last = Vec::new();
        push_header(BIT_STRING, signature.content.len(), &mut last);
        let length = signed.whole.len() + algorithm.whole.len() + last.len() + signature.content.len();
        let mut first = Vec::new();
        push_header(SEQUENCE, length, &mut first);
        if first.len() + length == self.der.len() {
            return self.der.into();
        }
        [&first, signed.whole, algorithm.whole, &last, signature.content].concat().into()
    }

    /// What is found in the extensions, in their order.
    pub(super) fn extensions(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        self.raw_extensions().filter_map(|RawExtension { object, content, .. }| match object {
            SUBJECT_ALT_NAME => Some(AltNames::read(content).map_or(Extension::BadNames, Extension::Names)),
            BASIC_CONSTRAINTS => {
                let constraints = |(ca, path_len)| Extension::Constraints { ca, path_len };
                Some(basic_constraints(content).map_or(Extension::BadConstraints, constraints))
            }
            _ => None,
        })
    }

    /// The content of the first extension with other names.
    pub(super) fn alt_names(&self) -> Option<&'a [u8]> {
        self.raw_extensions()
            .find(|extension| extension.object == SUBJECT_ALT_NAME)
            .map(|found| found.content)
    }
}

impl<'a> Algorithm<'a> {
    fn read(values: &mut Values<'a>) -> Option<Self> {
        let all = values.take(SEQUENCE)?;
        let mut inside = all.inside();
        let object = inside.take(OBJECT)?.content;
        (!object.is_empty()).then_some(Self { object, parameters: inside.next_value(), whole: all.whole })
    }
}

/// The bytes of a string of bits; at most seven bits of them may be unused.
fn bits<'a>(value: &Value<'a>) -> Option<&'a [u8]> {
    let (unused, bytes) = value.content.split_first()?;
    (*unused < 8).then_some(bytes)
}

/// The parts of a name, found to be some.
fn names<'a>(values: &mut Values<'a>) -> Option<Values<'a>> {
    let all = values.take(SEQUENCE)?.inside();
    let mut sets = all;
    while !sets.is_empty() {
        let mut attributes = sets.take(SET)?.inside();
        while !attributes.is_empty() {
            let mut attribute = attributes.take(SEQUENCE)?.inside();
            attribute.take(OBJECT)?;
            attribute.next_value()?;
        }
    }
    Some(all)
}

fn time<'a>(values: &mut Values<'a>) -> Option<Value<'a>> {
    values.next_value().filter(|value| super::time::is_time(value.tag))
}

/// The next extension.
fn extension<'a>(extensions: &mut Values<'a>) -> Option<RawExtension<'a>> {
    let mut inside = extensions.take(SEQUENCE)?.inside();
    let object = inside.take(OBJECT)?.content;
    let critical = inside.optional(BOOLEAN).is_some_and(|flag| flag.content != [0]);
    Some(RawExtension { object, critical, content: inside.take(OCTET_STRING)?.content })
}

/// Whether all of them can be found.
fn are_extensions(mut extensions: Values<'_>) -> bool {
    while !extensions.is_empty() {
        if extension(&mut extensions).is_none() {
            return false;
        }
    }
    true
}

fn basic_constraints(content: &[u8]) -> Option<(bool, Option<u64>)> {
    let mut inside = Values::der(content).take(SEQUENCE)?.inside();
    let ca = match inside.optional(BOOLEAN) {
        Some(value) => match value.content {
            [flag] => *flag != 0,
            _ => return None,
        },
        None => false,
    };
    let path_len = match inside.optional(INTEGER) {
        Some(value) => Some(small(value.content)?),
        None => None,
    };
    inside.is_empty().then_some((ca, path_len))
}

impl<'a> AltNames<'a> {
    /// The names of an extension's content.
    pub(super) fn read(content: &'a [u8]) -> Option<Self> {
        const EMAIL: Tag = context(1);
        const DNS: Tag = context(2);
        const URI: Tag = context(6);
        const IP: Tag = context(7);
        const REGISTERED: Tag = context(8);
        let mut names = Self::default();
        let mut values = Values::der(content).take(SEQUENCE)?.inside();
        while !values.is_empty() {
            let value = values.next_value()?;
            match value.tag {
                EMAIL => push(&mut names.email, value.content),
                DNS => push(&mut names.dns, value.content),
                URI => push(&mut names.uri, value.content),
                IP => names.address(value.content),
                REGISTERED => {}
                // Names of other kinds: RFC 5280's otherName, x400Address, directoryName, ediPartyName.
                Tag { class: Class::Context, constructed: true, number: 0 | 3..=5 } => {}
                _ => return None,
            }
        }
        Some(names)
    }

    fn address(&mut self, bytes: &[u8]) {
        let addresses = self.ip.get_or_insert_default();
        let address = <[u8; 4]>::try_from(bytes)
            .map(IpAddr::from)
            .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
        match address {
            Ok(address) if addresses.len() < MAX_NAMES => addresses.push(address),
            Err(_) if self.bad_ips.len() < MAX_NAMES => self.bad_ips.push(bytes.len()),
            _ => {}
        }
    }
}

fn push<'a>(list: &mut Option<Vec<&'a [u8]>>, name: &'a [u8]) {
    let list = list.get_or_insert_default();
    if list.len() < MAX_NAMES {
        list.push(name);
    }
}
