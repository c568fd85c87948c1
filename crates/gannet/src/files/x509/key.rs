//! Public keys: what kind, how long. RFC 3279, RFC 4055, RFC 5480, RFC 8410.

use super::curve;
use super::parse::Algorithm;
use crate::files::oid;
use crate::parsers::asn1::{self, INTEGER, OBJECT, OCTET_STRING, SEQUENCE, Value, Values, integer};

/// Longest exponent whose decimal digits are worked out, in bytes.
const MAX_EXPONENT: usize = 64;

/// What is known of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) kind: Option<&'static str>,
    pub(super) bits: Option<u64>,
    pub(super) exponent: Option<String>,
    pub(super) curve: Option<&'static str>,
}

impl Key {
    fn of(kind: &'static str, bits: u64) -> Self {
        Self { kind: Some(kind), bits: (bits > 0).then_some(bits), ..Self::default() }
    }
}

/// What a key is; nothing is set if it cannot be read.
pub(super) fn read(algorithm: &Algorithm<'_>, key: &[u8]) -> Key {
    let number = asn1::dotted(algorithm.object).unwrap_or_default();
    let key = match number.as_str() {
        "1.2.840.113549.1.1.1" => rsa(key).map(|(bits, exponent)| Key { exponent, ..Key::of("rsa", bits) }),
        "1.2.840.113549.1.1.10" => rsa(key).map(|(bits, _)| Key::of("RSA-PSS", bits)),
        "1.2.840.10040.4.1" => dsa(algorithm, key),
        "1.2.840.10045.2.1" => elliptic(algorithm, key),
        "1.3.101.110" => edwards("X25519", 253, 32, key),
        "1.3.101.111" => edwards("X448", 448, 56, key),
        "1.3.101.112" => edwards("ED25519", 256, 32, key),
        "1.3.101.113" => edwards("ED448", 456, 57, key),
        _ => None,
    };
    key.unwrap_or_default()
}

/// Bits of a positive number without zeros before it.
fn bits(number: &[u8]) -> u64 {
    let Some(first) = number.first() else { return 0 };
    number.len() as u64 * 8 - u64::from(first.leading_zeros())
}

/// Bits of the modulus, and the exponent.
fn rsa(key: &[u8]) -> Option<(u64, Option<String>)> {
    let mut inside = Values::der(key).take(SEQUENCE)?.inside();
    let (_, modulus) = integer(inside.take(INTEGER)?.content)?;
    let (_, exponent) = integer(inside.take(INTEGER)?.content)?;
    Some((bits(&modulus), decimal(&exponent)))
}

fn dsa(algorithm: &Algorithm<'_>, key: &[u8]) -> Option<Key> {
    integer(Values::der(key).take(INTEGER)?.content)?;
    let Some(parameters) = algorithm.parameters.filter(|value| value.tag == SEQUENCE) else {
        return Some(Key::of("dsa", 0));
    };
    let (_, prime) = integer(parameters.inside().take(INTEGER)?.content)?;
    Some(Key::of("dsa", bits(&prime)))
}

fn elliptic(algorithm: &Algorithm<'_>, key: &[u8]) -> Option<Key> {
    // SEC 1, section 2.3.3; the point at infinity is taken for a key as well.
    if !matches!(key, [2..=4 | 6 | 7, ..] | [0]) {
        return None;
    }
    let parameters = algorithm.parameters?;
    if parameters.tag == SEQUENCE {
        return Some(Key::of("ecdsa", order_bits(&parameters)?));
    }
    if parameters.tag != OBJECT {
        return None;
    }
    let number = asn1::dotted(parameters.content)?;
    let names = oid::names(&number)?;
    if !curve::may_hold(&number, key) {
        return None;
    }
    Some(Key { curve: Some(names.short), ..Key::of("ecdsa", oid::curve_bits(&number)?) })
}

/// Bits of the order of a curve that is not named but described: RFC 3279, section 2.3.5.
fn order_bits(parameters: &Value<'_>) -> Option<u64> {
    let mut inside = parameters.inside();
    inside.take(INTEGER)?;
    inside.take(SEQUENCE)?;
    inside.take(SEQUENCE)?;
    inside.take(OCTET_STRING)?;
    let (_, order) = integer(inside.take(INTEGER)?.content)?;
    Some(bits(&order))
}

fn edwards(kind: &'static str, bits: u64, length: usize, key: &[u8]) -> Option<Key> {
    (key.len() == length).then(|| Key::of(kind, bits))
}

/// A number in decimal digits.
fn decimal(number: &[u8]) -> Option<String> {
    if number.len() > MAX_EXPONENT {
        return None;
    }
    let mut number = number.to_vec();
    let mut digits = Vec::new();
    while number.iter().any(|byte| *byte != 0) {
        let mut rest = 0;
        for byte in &mut number {
            let value = rest << 8 | u32::from(*byte);
            *byte = (value / 10) as u8;
            rest = value % 10;
        }
        digits.push(b'0' + rest as u8);
    }
    if digits.is_empty() {
        digits.push(b'0');
    }
    digits.reverse();
    String::from_utf8(digits).ok()
}
