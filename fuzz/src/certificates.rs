//! Chains of certificates: any bytes are judged, the same way twice, within bounds.
//!
//! Input: how many certificates are trusted, the time in seconds, then certificates with their lengths: the trusted ones, and those
//! that were sent.

use gannet::Timestamp;
use gannet_policy::certificates::{Roots, Validator, Verdict};

use crate::cursor::Cursor;

/// Certificates of one input.
const MOST: usize = 40;
/// What a validator may hold that has seen one chain: the tables' first places, and the certificates.
const HELD: usize = 1 << 20;

/// Judges a chain.
///
/// # Panics
/// If the verdict is another one the second time, or too much is held.
pub fn run(data: &[u8]) {
    let mut cursor = Cursor::new(data);
    let (trusted, now) = (usize::from(cursor.u8()), Timestamp::from_parts(cursor.u32().into(), 0));
    let mut certificates = Vec::new();
    while certificates.len() < MOST {
        match cursor.run() {
            [] => break,
            certificate => certificates.push(certificate),
        }
    }
    let (trusted, sent) = certificates.split_at(trusted.min(certificates.len()));
    let mut validator = Validator::new(Roots::of(trusted.iter().copied()));
    let verdict = validator.validate(sent, now);
    assert_eq!(validator.validate(sent, now), verdict, "the second time");
    assert!(verdict != Verdict::Trusted || !trusted.is_empty(), "trusted by nobody");
    assert!(validator.held() < HELD + 16 * data.len(), "held");
    let _roots = Roots::pem(&String::from_utf8_lossy(data));
}

/// An input of a chain that was made: numbers of certificates as `chains.tsv` has them.
#[must_use]
pub fn seed(now: u32, trusted: &[&[u8]], sent: &[&[u8]]) -> Vec<u8> {
    let mut input = vec![trusted.len() as u8];
    input.extend_from_slice(&now.to_le_bytes());
    for certificate in trusted.iter().chain(sent) {
        input.extend_from_slice(&(certificate.len() as u16).to_le_bytes());
        input.extend_from_slice(certificate);
    }
    input
}
