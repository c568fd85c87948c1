//! The keys of Initial packets, which everybody can make who saw the first of them (RFC 9001, section 5).

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::AeadInOut;
use hkdf::Hkdf;
use sha2::Sha256;

use super::version::{MVFST, V2, Version};
use crate::base::direction::{Direction, Pair};

/// Longest packet that is decrypted: longer ones are not sent, whatever their length says.
const MAX_PACKET: usize = 10_000;
/// Bytes of a sample of ciphertext, and of the tag at its end.
const BLOCK: usize = 16;
/// Bytes of a nonce.
const NONCE: usize = 12;

/// What initial secrets are made of, beside the connection id (RFC 9001, section 5.2).
type Salt = [u8; 20];
const SALT_V1: Salt = [
    0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc,
    0xbb, 0x7f, 0x0a,
];
/// RFC 9369, section 3.3.1.
const SALT_V2: Salt = [
    0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9,
    0xbd, 0x2e, 0xd9,
];
/// Drafts 29 to 32.
const SALT_29: Salt = [
    0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43,
    0x90, 0xa8, 0x99,
];
/// Drafts 23 to 28.
const SALT_23: Salt = [
    0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe,
    0xf9, 0xf5, 0x02,
];
/// Draft 22.
const SALT_22: Salt = [
    0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a,
    0x02, 0x64, 0x4a,
];

/// The salt of a version.
fn salt(version: Version) -> &'static Salt {
    match version.0 {
        V2 => &SALT_V2,
        0xff00_0016 | 0xface_b001 => &SALT_22,
        0xff00_0017..=0xff00_001c => &SALT_23,
        0xff00_001d..=0xff00_0020 => &SALT_29,
        number if MVFST.contains(&number) => &SALT_23,
        _ => &SALT_V1,
    }
}

/// What one direction is protected by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Protection {
    key: [u8; BLOCK],
    nonce: [u8; NONCE],
    /// The key of the header's mask.
    mask: [u8; BLOCK],
}

/// The keys of both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) version: Version,
    sides: Pair<Protection>,
}

impl Keys {
    /// This build can decrypt.
    pub(super) const CAN_BE_MADE: bool = true;

    /// The keys that come of the connection id in the client's first packet (section 5.2).
    pub(super) fn new(version: Version, id: &[u8]) -> Option<Self> {
        let initial = Hkdf::<Sha256>::new(Some(salt(version)), id);
        let sides = Pair {
            orig: Protection::new(&initial, "client in", version)?,
            resp: Protection::new(&initial, "server in", version)?,
        };
        Some(Self { version, sides })
    }

    /// What is in a packet whose number begins at a place; none if it was protected otherwise, or damaged.
    pub(super) fn open(&self, dir: Direction, packet: &[u8], number_at: usize) -> Option<Vec<u8>> {
        let behind = packet.get(number_at..).filter(|behind| behind.len() <= MAX_PACKET)?;
        let side = self.sides.of(dir);
        let mask = side.header_mask(behind.get(4..)?.first_chunk()?);
        let (first, masks) = mask.split_first()?;
        let first = packet.first()? ^ (first & 0x0f);
        let number_len = usize::from(first & 3) + 1;
        let (header, sealed) = packet.split_at_checked(number_at + number_len)?;

        // The header as it was before it was masked (section 5.4.1).
        let mut header = header.to_vec();
        *header.first_mut()? = first;
        for (byte, mask) in header.get_mut(number_at..)?.iter_mut().zip(masks) {
            *byte ^= mask;
        }
        let nonce = side.nonce_of(header.get(number_at..)?);
        let (text, tag) = sealed.split_last_chunk::<BLOCK>()?;
        let mut text = text.to_vec();
        let cipher = Aes128Gcm::new(&side.key.into());
        cipher.decrypt_inout_detached(&nonce.into(), &header, text.as_mut_slice().into(), tag.into()).ok()?;
        Some(text)
    }

    /// A packet with this header, whose last bytes are its number; none if it is too short for a sample.
    #[cfg(test)]
    pub(super) fn seal(
        &self,
        dir: Direction,
        header: &[u8],
        number_len: usize,
        text: &[u8],
    ) -> Option<Vec<u8>> {
        let (side, number_at) = (self.sides.of(dir), header.len() - number_len);
        let nonce = side.nonce_of(header.get(number_at..)?);
        let mut sealed = text.to_vec();
        let cipher = Aes128Gcm::new(&side.key.into());
        let tag = cipher.encrypt_inout_detached(&nonce.into(), header, sealed.as_mut_slice().into());
        sealed.extend_from_slice(&tag.ok()?);
        let mut packet = [header, &sealed].concat();
        let mask = side.header_mask(packet.get(number_at + 4..)?.first_chunk()?);
        let (first, masks) = mask.split_first()?;
        *packet.first_mut()? ^= first & 0x0f;
        for (byte, mask) in packet.get_mut(number_at..header.len())?.iter_mut().zip(masks) {
            *byte ^= mask;
        }
        Some(packet)
    }

    /// The keys of a direction: of packets, of nonces, of masks.
    #[cfg(test)]
    pub(super) fn raw(&self, dir: Direction) -> [&[u8]; 3] {
        let side = self.sides.of(dir);
        [&side.key, &side.nonce, &side.mask]
    }
}

impl Protection {
    fn new(initial: &Hkdf<Sha256>, label: &str, version: Version) -> Option<Self> {
        let mut secret = [0; 32];
        expand(initial, label, &mut secret)?;
        let secret = Hkdf::<Sha256>::from_prk(&secret).ok()?;
        let prefix = if version.is_v2() { "quicv2" } else { "quic" };
        let mut one = Self::default();
        expand(&secret, &format!("{prefix} key"), &mut one.key)?;
        expand(&secret, &format!("{prefix} iv"), &mut one.nonce)?;
        expand(&secret, &format!("{prefix} hp"), &mut one.mask)?;
        Some(one)
    }

    /// What the first byte and the number of a packet are masked with (section 5.4.3).
    fn header_mask(&self, sample: &[u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = (*sample).into();
        Aes128::new(&self.mask.into()).encrypt_block(&mut block);
        block.into()
    }

    /// The nonce of a packet with this number (section 5.3).
    fn nonce_of(&self, number: &[u8]) -> [u8; NONCE] {
        let mut nonce = self.nonce;
        for (byte, number) in nonce.iter_mut().rev().zip(number.iter().rev()) {
            *byte ^= number;
        }
        nonce
    }
}

/// Makes a key out of a secret (RFC 8446, section 7.1), without a context.
fn expand(secret: &Hkdf<Sha256>, label: &str, key: &mut [u8]) -> Option<()> {
    let length = u16::try_from(key.len()).ok()?.to_be_bytes();
    let label = format!("tls13 {label}");
    let label_len = u8::try_from(label.len()).ok()?;
    secret.expand_multi_info(&[&length, &[label_len], label.as_bytes(), &[0]], key).ok()
}
