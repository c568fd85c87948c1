//! Public keys: RFC 3279, RFC 5480, RFC 8410.

use gannet::files::x509::Algorithm;
use gannet::parsers::asn1::{INTEGER, OBJECT, SEQUENCE, Values, integer};

/// Bits of the longest modulus, as OpenSSL has it.
pub(super) const MAX_MODULUS: usize = 16_384;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

/// Kinds of keys by which certificates are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa,
    /// For signatures with random padding alone.
    RsaPss,
    Dsa,
    Elliptic,
    Ed25519,
    Ed448,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Modulus and exponent.
    Rsa {
        kind: Kind,
        modulus: Box<[u8]>,
        exponent: Box<[u8]>,
    },
    /// A point as it is encoded, found to be on its curve.
    Elliptic(Curve, Box<[u8]>),
    /// A point on a curve of a kind that is not known here.
    OtherCurve,
    /// A point on a curve that is described instead of named.
    ExplicitCurve,
    Ed25519([u8; 32]),
    /// One whose signatures are not checked here.
    Unchecked(Kind),
    /// One that signs nothing.
    NoSigner,
    /// It cannot be read.
    Unreadable,
}

/// Curves by name: RFC 5480, section 2.1.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Key {
    /// What a key is.
    pub(super) fn read(algorithm: &Algorithm<'_>, key: &[u8]) -> Self {
        let read = match algorithm.object {
            RSA => rsa(Kind::Rsa, key),
            RSA_PSS => rsa(Kind::RsaPss, key),
            DSA => Values::der(key).take(INTEGER).map(|_| Self::Unchecked(Kind::Dsa)),
            ELLIPTIC => elliptic(algorithm, key),
            // X25519 and X448 agree on keys only.
            [0x2b, 0x65, 0x6e] => (key.len() == 32).then_some(Self::NoSigner),
            [0x2b, 0x65, 0x6f] => (key.len() == 56).then_some(Self::NoSigner),
            [0x2b, 0x65, 0x70] => key.try_into().ok().map(Self::Ed25519),
            [0x2b, 0x65, 0x71] => (key.len() == 57).then_some(Self::Unchecked(Kind::Ed448)),
            _ => None,
        };
        read.unwrap_or(Self::Unreadable)
    }

    pub(super) fn is_unreadable(&self) -> bool {
        *self == Self::Unreadable
    }

    /// Whether a signature of this kind can be by it.
    pub(super) fn signs_as(&self, kind: Option<Kind>) -> bool {
        let own = match self {
            Self::Rsa { kind: Kind::Rsa, .. } if kind == Some(Kind::RsaPss) => return true,
            Self::Rsa { kind, .. } | Self::Unchecked(kind) => *kind,
            Self::Elliptic(..) | Self::OtherCurve | Self::ExplicitCurve => Kind::Elliptic,
            Self::Ed25519(_) => Kind::Ed25519,
            Self::NoSigner | Self::Unreadable => return false,
        };
        kind == Some(own)
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Rsa { modulus, exponent, .. } => modulus.len() + exponent.len(),
            Self::Elliptic(_, point) => point.len(),
            _ => 0,
        }
    }
}

fn rsa(kind: Kind, key: &[u8]) -> Option<Key> {
    let mut inside = Values::der(key).take(SEQUENCE)?.inside();
    let number = |inside: &mut Values<'_>| integer(inside.take(INTEGER)?.content);
    let ((negative, modulus), (below, exponent)) = (number(&mut inside)?, number(&mut inside)?);
    let fits = !negative && !below && modulus.len() <= MAX_MODULUS / 8;
    fits.then(|| Key::Rsa { kind, modulus: modulus.into(), exponent: exponent.into() })
}

fn elliptic(algorithm: &Algorithm<'_>, key: &[u8]) -> Option<Key> {
    let parameters = algorithm.parameters?;
    if parameters.tag == SEQUENCE {
        return Some(Key::ExplicitCurve);
    }
    if parameters.tag != OBJECT {
        return None;
    }
    // Each reads the point, and looks whether it is on the curve.
    let curve = match parameters.content {
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7] => {
            p256::PublicKey::from_sec1_bytes(key).ok().map(|_| Curve::P256)
        }
        [0x2b, 0x81, 4, 0, 0x22] => p384::PublicKey::from_sec1_bytes(key).ok().map(|_| Curve::P384),
        [0x2b, 0x81, 4, 0, 0x23] => p521::PublicKey::from_sec1_bytes(key).ok().map(|_| Curve::P521),
        _ => return Some(Key::OtherCurve),
    };
    curve.map(|curve| Key::Elliptic(curve, key.into()))
}

/// Bits of the modulus of a key by RSA, or of the prime of one by DSA: RFC 3279, sections 2.3.1 and 2.3.2.
pub(super) fn modulus_bits(algorithm: &Algorithm<'_>, key: &[u8]) -> Option<usize> {
    let mut numbers = match algorithm.object {
        RSA => Values::der(key).take(SEQUENCE)?.inside(),
        DSA => algorithm.parameters.filter(|parameters| parameters.tag == SEQUENCE)?.inside(),
        _ => return None,
    };
    let (_, number) = integer(numbers.take(INTEGER)?.content)?;
    let first = number.first()?;
    Some(number.len() * 8 - first.leading_zeros() as usize)
}
