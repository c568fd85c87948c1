//! SHA-256 of what comes again and again: the certificates of a server, what a client offers.

use std::hash::Hasher;

use ahash::RandomState;
use sha2::{Digest, Sha256};
use siphasher::sip128::{Hasher128, SipHasher13};

use super::hash;

/// Digests that are remembered.
const MAX_DIGESTS: usize = 64;
/// Bytes up to which it costs no more to work one out than to look for it.
const SHORT: usize = 55;

/// The digests that were worked out last. Each is found by a keyed hash of 128 bits of its bytes: without the key, which is
/// this run's own, nobody makes others with the same one.
pub(crate) struct Digests {
    key: (u64, u64),
    /// By what the low bits of the hash say.
    known: Vec<Option<(u128, [u8; 32])>>,
}

impl Digests {
    pub(crate) fn new(hasher: &RandomState) -> Self {
        Self { key: (hasher.hash_one(0_u8), hasher.hash_one(1_u8)), known: vec![None; MAX_DIGESTS] }
    }

    /// SHA-256 of bytes, as lower-case hexadecimal digits.
    pub(crate) fn sha256(&mut self, bytes: &[u8]) -> String {
        if bytes.len() <= SHORT {
            return hash::sha256(bytes);
        }
        let mut hasher = SipHasher13::new_with_keys(self.key.0, self.key.1);
        hasher.write(bytes);
        let key = hasher.finish128().as_u128();
        let place = key as usize % MAX_DIGESTS;
        match self.known.get_mut(place) {
            Some(Some((known, digest))) if *known == key => hash::hex(digest),
            place => {
                let digest = Sha256::digest(bytes).into();
                if let Some(place) = place {
                    *place = Some((key, digest));
                }
                hash::hex(&digest)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same as without remembering, for more texts than are remembered, each three times.
    #[test]
    fn a_digest_is_that_of_its_bytes() {
        let mut digests = Digests::new(&RandomState::with_seeds(1, 2, 3, 4));
        for length in [0, 1, SHORT, SHORT + 1, 64, 1000] {
            for round in 0..3 * MAX_DIGESTS {
                let number = (round % (MAX_DIGESTS + 7)) as u32;
                let text: Vec<u8> = number.to_be_bytes().into_iter().cycle().take(length).collect();
                assert_eq!(digests.sha256(&text), hash::sha256(&text), "{length} bytes of {number}");
            }
        }
        assert_eq!(digests.known.len(), MAX_DIGESTS);
    }
}
