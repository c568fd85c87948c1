//! For tests: encodings made by hand.

use crate::parsers::asn1::{Tag, push_header};

/// A value.
pub(crate) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    push_header(Tag::of(tag), content.len(), &mut out);
    out.extend_from_slice(content);
    out
}

/// A value that contains others.
pub(crate) fn of(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    der(tag, &parts.concat())
}

pub(crate) fn seq(parts: &[Vec<u8>]) -> Vec<u8> {
    of(0x30, parts)
}

/// An object identifier from its dotted numbers.
pub(crate) fn oid(dotted: &str) -> Vec<u8> {
    let numbers: Vec<u64> = dotted.split('.').map(|number| number.parse().unwrap()).collect();
    let mut content = Vec::new();
    let first = numbers[0] * 40 + numbers[1];
    for number in std::iter::once(&first).chain(&numbers[2..]) {
        let mut digits = vec![(number & 0x7f) as u8];
        let mut rest = number >> 7;
        while rest > 0 {
            digits.push(0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        content.extend(digits.iter().rev());
    }
    der(6, &content)
}

/// One part of a name: attributes with the identifiers of their strings.
pub(crate) fn rdn(attributes: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let attribute = |(kind, tag, text): &(&str, u8, &[u8])| seq(&[oid(kind), der(*tag, text)]);
    of(0x31, &attributes.iter().map(attribute).collect::<Vec<_>>())
}

/// A name that is one common name.
pub(crate) fn common_name(name: &str) -> Vec<u8> {
    seq(&[rdn(&[("2.5.4.3", 0x0c, name.as_bytes())])])
}

/// A string of bits.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    der(3, &[&[0], bytes].concat())
}

/// An extension.
pub(crate) fn extension(kind: &str, critical: bool, content: &[u8]) -> Vec<u8> {
    let flag = if critical { der(1, &[0xff]) } else { Vec::new() };
    seq(&[oid(kind), flag, der(4, content)])
}

/// Other names of the subject that are domains.
pub(crate) fn domains(names: &[&str]) -> Vec<u8> {
    let names: Vec<_> = names.iter().map(|name| der(0x82, name.as_bytes())).collect();
    extension("2.5.29.17", false, &seq(&names))
}

/// A certificate to be.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) version: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) validity: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) extensions: Vec<Vec<u8>>,
    pub(crate) signature_algorithm: Vec<u8>,
}

impl Default for Made {
    fn default() -> Self {
        let modulus = der(2, &[&[0, 0x80], [7; 127].as_slice()].concat());
        let key = seq(&[modulus, der(2, &[1, 0, 1])]);
        Self {
            version: der(0xa0, &der(2, &[2])),
            serial: der(2, &[1]),
            issuer: common_name("Issuer"),
            subject: common_name("Subject"),
            validity: seq(&[der(0x17, b"200101000000Z"), der(0x17, b"300101000000Z")]),
            key: seq(&[seq(&[oid("1.2.840.113549.1.1.1"), der(5, &[])]), bits(&key)]),
            extensions: Vec::new(),
            signature_algorithm: seq(&[oid("1.2.840.113549.1.1.11"), der(5, &[])]),
        }
    }
}

impl Made {
    /// What is signed.
    pub(crate) fn signed(&self) -> Vec<u8> {
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => der(0xa3, &seq(&self.extensions)),
        };
        seq(&[
            self.version.clone(),
            self.serial.clone(),
            self.signature_algorithm.clone(),
            self.issuer.clone(),
            self.validity.clone(),
            self.subject.clone(),
            self.key.clone(),
            extensions,
        ])
    }

    /// The certificate.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        seq(&[self.signed(), self.signature_algorithm.clone(), bits(&[9; 128])])
    }
}
