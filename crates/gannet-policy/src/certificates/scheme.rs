//! Ways to sign and hashes, by the names of their algorithms: RFC 3279, RFC 4055, RFC 5758, RFC 8410.

use gannet::files::x509::Algorithm;
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::key::Kind;

/// Hashes by which certificates are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
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
pub(super) enum Scheme {
    Pkcs1(Hash),
    Pss,
    Elliptic(Hash),
    Ed25519,
    /// One that is not checked here.
    Unchecked(Kind),
}

pub(super) const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
const ANSI_ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4];
const NIST_HASH: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2];
const NIST_SIGNATURE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3];
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];

impl Scheme {
    /// The kind that an algorithm is; nothing if it is not known.
    pub(super) fn of(object: &[u8]) -> Option<Self> {
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

impl Hash {
    /// The hash of a message.
    pub(super) fn digest(self, message: &[u8]) -> Vec<u8> {
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
    pub(super) fn announced(self, message: &[u8]) -> Vec<u8> {
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

/// The hash that an algorithm is.
pub(super) fn hash_of(object: &[u8]) -> Option<Hash> {
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
