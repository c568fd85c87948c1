//! Signatures of certificates: RFC 3279, RFC 4055, RFC 5758, RFC 8410.

use gannet::files::x509::{Algorithm, Certificate};
use gannet::parsers::asn1::{INTEGER, OBJECT, SEQUENCE, Value, context_constructed, small};
use md5::Md5;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, PublicKey};
use sha1::Sha1;
use sha2::digest::{Digest, FixedOutputReset};
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::cert::Cert;
use super::key::{Curve, Key, Kind, MAX_MODULUS};

/// What came of checking a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    Good,
    Bad,
    /// It is of a kind that is not checked here.
    Unknown,
}

impl Check {
    fn of(good: bool) -> Self {
        if good { Self::Good } else { Self::Bad }
    }
}

/// Hashes by which certificates are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    /// One that OpenSSL knows and does not use any more: what it signed is not trusted.
    Retired,
}

/// Kinds of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Pkcs1(Hash),
    Pss,
    Elliptic(Hash),
    Ed25519,
    /// One that is not checked here.
    Unchecked(Kind),
}

const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
const ANSI_ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4];
const NIST_HASH: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
const NIST_SIGNATURE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3];
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];

impl Scheme {
    fn of(object: &[u8]) -> Option<Self> {
        if let Some(rest) = object.strip_prefix(PKCS1) {
            return pkcs1(rest);
        }
        if let Some(rest) = object.strip_prefix(ANSI_ELLIPTIC) {
            let hash = match rest {
                [1] => Hash::Sha1,
                [3, 1] => Hash::Sha224,
                [3, 2] => Hash::Sha256,
                [3, 3] => Hash::Sha384,
                [3, 4] => Hash::Sha512,
                _ => return None,
            };
            return Some(Self::Elliptic(hash));
        }
        if let Some(rest) = object.strip_prefix(NIST_SIGNATURE) {
            // DSA and elliptic curves and RSA with SHA-2 and SHA-3.
            return match rest {
                [1..=8] => Some(Self::Unchecked(Kind::Dsa)),
                [9..=12] => Some(Self::Unchecked(Kind::Elliptic)),
                [13..=16] => Some(Self::Unchecked(Kind::Rsa)),
                _ => None,
            };
        }
        match object {
            // SHA-1 with RSA, by another name.
            [0x2b, 0x0e, 3, 2, 0x1d] => Some(Self::Pkcs1(Hash::Sha1)),
            // RIPEMD-160 with RSA.
            [0x2b, 0x24, 3, 3, 1, 2] => Some(Self::Unchecked(Kind::Rsa)),
            // DSA with SHA-1, by three names.
            [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] | [0x2b, 0x0e, 3, 2, 0x0d | 0x1b] => {
                Some(Self::Unchecked(Kind::Dsa))
            }
            [0x2b, 0x65, 0x70] => Some(Self::Ed25519),
            [0x2b, 0x65, 0x71] => Some(Self::Unchecked(Kind::Ed448)),
            _ => None,
        }
    }
}

fn pkcs1(rest: &[u8]) -> Option<Scheme> {
    let hash = match rest {
        // MD2 and MD4.
        [2 | 3] => Hash::Retired,
        [4] => Hash::Md5,
        [5] => Hash::Sha1,
        [10] => return Some(Scheme::Pss),
        [11] => Hash::Sha256,
        [12] => Hash::Sha384,
        [13] => Hash::Sha512,
        [14] => Hash::Sha224,
        _ => return None,
    };
    Some(Scheme::Pkcs1(hash))
}

/// The kind of key that an algorithm signs with; nothing if it is not known.
pub(super) fn kind(algorithm: &Algorithm<'_>) -> Option<Kind> {
    Some(match Scheme::of(algorithm.object)? {
        Scheme::Pkcs1(_) => Kind::Rsa,
        Scheme::Pss => Kind::RsaPss,
        Scheme::Elliptic(_) => Kind::Elliptic,
        Scheme::Ed25519 => Kind::Ed25519,
        Scheme::Unchecked(kind) => kind,
    })
}

/// Whether a certificate was signed by the key of another one.
pub(super) fn check(issuer: &Cert, subject: &Cert) -> Check {
    let Some(certificate) = Certificate::read(&subject.der) else { return Check::Bad };
    let algorithm = &certificate.signature_algorithm;
    if algorithm.whole != certificate.inner_algorithm.whole {
        return Check::Bad;
    }
    let (message, signature) = (certificate.signed(), certificate.signature());
    match (Scheme::of(algorithm.object), &issuer.key) {
        (Some(Scheme::Pkcs1(Hash::Retired)), _) => Check::Bad,
        (Some(Scheme::Pkcs1(hash)), Key::Rsa { kind: Kind::Rsa, modulus, exponent }) => {
            let Some(key) = rsa_key(modulus, exponent) else { return Check::Bad };
            Check::of(key.verify(Pkcs1v15Sign::new_unprefixed(), &hash.announced(message), signature).is_ok())
        }
        (Some(Scheme::Pss), Key::Rsa { modulus, exponent, .. }) => {
            let Some(key) = rsa_key(modulus, exponent) else { return Check::Bad };
            pss(&key, algorithm.parameters.as_ref(), message, signature)
        }
        (Some(Scheme::Elliptic(hash)), Key::Elliptic(curve, point)) => {
            Check::of(elliptic(*curve, point, &hash.digest(message), signature))
        }
        (Some(Scheme::Ed25519), Key::Ed25519(key)) => Check::of(ed25519(key, message, signature)),
        (Some(Scheme::Unchecked(_)), _) | (Some(_), Key::OtherCurve | Key::Unchecked(_)) => Check::Unknown,
        _ => Check::Bad,
    }
}

/// What checking a signature by this key costs, in steps of about a fifth of a millisecond.
pub(super) fn cost(issuer: &Cert) -> u32 {
    match &issuer.key {
        Key::Rsa { modulus, .. } => {
            let size = (modulus.len() as u32).div_ceil(256);
            size * size
        }
        Key::Elliptic(Curve::P256, _) | Key::Ed25519(_) => 1,
        Key::Elliptic(Curve::P384, _) => 4,
        Key::Elliptic(Curve::P521, _) => 8,
        _ => 0,
    }
}

impl Hash {
    fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => Md5::digest(message).to_vec(),
            Self::Sha1 => Sha1::digest(message).to_vec(),
            Self::Sha224 => Sha224::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
            Self::Retired => Vec::new(),
        }
    }

    /// The hash of a message behind what says which hash it is: RFC 8017, section 9.2, note 1.
    fn announced(self, message: &[u8]) -> Vec<u8> {
        let object = match self {
            Self::Md5 => [&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5][..], &[]],
            Self::Sha1 => [SHA1, &[]],
            Self::Sha256 => [NIST_HASH, &[1]],
            Self::Sha384 => [NIST_HASH, &[2]],
            Self::Sha512 => [NIST_HASH, &[3]],
            Self::Sha224 => [NIST_HASH, &[4]],
            Self::Retired => [&[][..], &[]],
        };
        let object = object.concat();
        let digest = self.digest(message);
        let (object_len, digest_len) = (object.len() as u8, digest.len() as u8);
        let head = [0x30, object_len + digest_len + 8, 0x30, object_len + 4, 6, object_len];
        [&head[..], &object, &[5, 0, 4, digest_len], &digest].concat()
    }
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Option<PublicKey> {
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, (bytes.len() as u32).max(1) * 8).ok();
    PublicKey::new_with_size_limits(number(modulus)?, number(exponent)?, 64..=MAX_MODULUS).ok()
}

/// RFC 4055, section 3.1.
fn pss(key: &PublicKey, parameters: Option<&Value<'_>>, message: &[u8], signature: &[u8]) -> Check {
    let Some((hash, mask, salt)) = pss_parameters(parameters) else { return Check::Bad };
    if hash != mask {
        return Check::Unknown;
    }
    let hashed = hash.digest(message);
    let good = match hash {
        Hash::Md5 => pss_by::<Md5>(key, salt, &hashed, signature),
        Hash::Sha1 => pss_by::<Sha1>(key, salt, &hashed, signature),
        Hash::Sha224 => pss_by::<Sha224>(key, salt, &hashed, signature),
        Hash::Sha256 => pss_by::<Sha256>(key, salt, &hashed, signature),
        Hash::Sha384 => pss_by::<Sha384>(key, salt, &hashed, signature),
        Hash::Sha512 => pss_by::<Sha512>(key, salt, &hashed, signature),
        Hash::Retired => false,
    };
    Check::of(good)
}

fn pss_by<D: Digest + FixedOutputReset>(
    key: &PublicKey,
    salt: usize,
    hashed: &[u8],
    signature: &[u8],
) -> bool {
    key.verify(Pss::<D>::new_with_salt(salt), hashed, signature).is_ok()
}

/// The hash, that of the mask, and the bytes of salt.
fn pss_parameters(parameters: Option<&Value<'_>>) -> Option<(Hash, Hash, usize)> {
    let mut inside = parameters?.inside();
    let (mut hash, mut mask, mut salt) = (Hash::Sha1, Hash::Sha1, 20);
    if let Some(value) = inside.optional(context_constructed(0)) {
        hash = hash_of(value.inside().take(SEQUENCE)?.inside().take(OBJECT)?.content)?;
    }
    if let Some(value) = inside.optional(context_constructed(1)) {
        let mut function = value.inside().take(SEQUENCE)?.inside();
        // The one function for masks that there is: id-mgf1.
        let known = function.take(OBJECT)?.content.strip_prefix(PKCS1) == Some(&[8]);
        mask = hash_of(function.take(SEQUENCE)?.inside().take(OBJECT)?.content).filter(|_| known)?;
    }
    if let Some(value) = inside.optional(context_constructed(2)) {
        salt = usize::try_from(small(value.inside().take(INTEGER)?.content)?)
            .ok()
            .filter(|salt| *salt <= 2048)?;
    }
    Some((hash, mask, salt))
}

fn hash_of(object: &[u8]) -> Option<Hash> {
    if object == SHA1 {
        return Some(Hash::Sha1);
    }
    Some(match object.strip_prefix(NIST_HASH)? {
        [1] => Hash::Sha256,
        [2] => Hash::Sha384,
        [3] => Hash::Sha512,
        [4] => Hash::Sha224,
        _ => return None,
    })
}

/// SEC 1, section 4.1.4. A hash that is shorter than the curve's numbers is a number all the same.
fn elliptic(curve: Curve, point: &[u8], hash: &[u8], signature: &[u8]) -> bool {
    macro_rules! verify {
        ($curve:ident, $size:literal) => {{
            use $curve::ecdsa::signature::hazmat::PrehashVerifier;
            let mut number = [0; $size];
            let hash = hash.get(..$size).unwrap_or(hash);
            if let Some(end) = number.get_mut($size - hash.len()..) {
                end.copy_from_slice(hash);
            }
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(point);
            let signature = $curve::ecdsa::DerSignature::from_bytes(signature.into());
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_prehash(&number, &signature).is_ok())
        }};
    }
    match curve {
        Curve::P256 => verify!(p256, 32),
        Curve::P384 => verify!(p384, 48),
        Curve::P521 => verify!(p521, 66),
    }
}

/// RFC 8032, section 5.1.7.
fn ed25519(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    use ed25519_dalek::{Signature, Verifier, VerifyingKey};
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(key), Signature::from_slice(signature)) else {
        return false;
    };
    key.verify(message, &signature).is_ok()
}
