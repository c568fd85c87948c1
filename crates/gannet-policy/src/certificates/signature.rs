//! Signatures of certificates, checked.

use gannet::files::x509::Certificate;
use gannet::parsers::asn1::{INTEGER, OBJECT, SEQUENCE, Value, context_constructed, small};
use md5::Md5;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, PublicKey};
use sha1::Sha1;
use sha2::digest::{Digest, FixedOutputReset};
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::cert::Cert;
use super::key::{Curve, Key, Kind, MAX_MODULUS};
use super::scheme::{Hash, PKCS1, Scheme, hash_of};

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
