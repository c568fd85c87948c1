//! Fingerprints of hellos: JA3 and JA3S (Salesforce, 2017), JA4 (FoxIO, 2023).

use md5::{Digest, Md5};

use super::names::is_grease;
use super::parse::{ClientHello, ServerHello, extension, find, list16, next_extension, words};
use crate::base::cursor::Cursor;
use crate::files::hash;

/// What carries a hello, for JA4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    Tcp,
    Datagrams,
    Quic,
}

/// Hexadecimal digits of a hash that JA4 keeps.
const DIGITS: usize = 12;
/// Room for what an ordinary hello says in JA3's text beside its ciphers.
const ORDINARY: usize = 192;
/// Room for the extensions of an ordinary hello.
const MANY_KINDS: usize = 24;
/// What JA4 shows for the hash of nothing.
const NOTHING: &str = "000000000000";

/// Numbers in decimal, a dash between two.
fn push_list(text: &mut String, numbers: impl Iterator<Item = u16>) {
    text.push(',');
    for (at, number) in numbers.enumerate() {
        if at > 0 {
            text.push('-');
        }
        push_decimal(text, number);
    }
}

/// A number in decimal.
fn push_decimal(text: &mut String, number: u16) {
    let mut digits = [0; 5];
    let (mut rest, mut used) = (number, 0);
    for place in digits.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        (rest, used) = (rest / 10, used + 1);
        if rest == 0 {
            break;
        }
    }
    text.extend(digits.iter().skip(digits.len() - used).map(|digit| char::from(*digit)));
}

/// Numbers of the extensions, in their order.
fn extensions(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let mut cursor = Cursor::new(bytes);
    std::iter::from_fn(move || next_extension(&mut cursor)?.ok()).map(|(kind, _)| kind)
}

fn sent(numbers: impl Iterator<Item = u16>) -> impl Iterator<Item = u16> {
    numbers.filter(|number| !is_grease(*number))
}

fn md5(text: &str) -> String {
    hash::hex(&Md5::digest(text.as_bytes()))
}

/// The text that JA3 is the hash of.
pub(super) fn ja3_text(hello: &ClientHello<'_>) -> String {
    let mut text = String::with_capacity(3 * hello.ciphers.len() + ORDINARY);
    push_decimal(&mut text, hello.version);
    push_list(&mut text, sent(words(hello.ciphers)));
    push_list(&mut text, sent(extensions(hello.extensions)));
    push_list(&mut text, sent(list16(hello.extensions, extension::GROUPS)));
    let formats = find(hello.extensions, extension::POINT_FORMATS);
    let formats = formats.and_then(|content| Cursor::new(content).bytes8().ok()).unwrap_or_default();
    push_list(&mut text, formats.iter().map(|format| u16::from(*format)));
    text
}

/// JA3 of a client hello.
pub(super) fn ja3(hello: &ClientHello<'_>) -> String {
    md5(&ja3_text(hello))
}

/// JA3S of a server hello.
pub(super) fn ja3s(hello: &ServerHello<'_>) -> String {
    let mut text = format!("{},{}", hello.version, hello.cipher);
    push_list(&mut text, extensions(hello.extensions));
    md5(&text)
}

/// JA4 of a client hello.
pub(super) fn ja4(hello: &ClientHello<'_>, carrier: Carrier, sha256: impl FnMut(&[u8]) -> String) -> String {
    let mut ciphers = Vec::with_capacity(hello.ciphers.len() / 2);
    ciphers.extend(sent(words(hello.ciphers)));
    let mut kinds = Vec::with_capacity(MANY_KINDS);
    kinds.extend(sent(extensions(hello.extensions)));
    let carrier = match carrier {
        Carrier::Tcp => 't',
        Carrier::Datagrams => 'd',
        Carrier::Quic => 'q',
    };
    let name = if kinds.contains(&extension::SERVER_NAME) { 'd' } else { 'i' };
    let (many_ciphers, many_kinds) = (ciphers.len().min(99), kinds.len().min(99));
    let (version, protocol) = (version(hello), protocol(hello.extensions));
    ciphers.sort_unstable();
    kinds.retain(|kind| !matches!(*kind, extension::SERVER_NAME | extension::ALPN));
    kinds.sort_unstable();
    let signatures: Vec<u16> = sent(list16(hello.extensions, extension::SIGNATURES)).collect();
    let mut text = String::with_capacity(HEX * ciphers.len().max(kinds.len() + signatures.len()));
    push_hex_list(&mut text, &ciphers);
    let mut truncated = truncated(sha256);
    let first = truncated(&text);
    text.clear();
    push_hex_list(&mut text, &kinds);
    if !kinds.is_empty() && !signatures.is_empty() {
        text.push('_');
        push_hex_list(&mut text, &signatures);
    }
    let second = truncated(&text);
    format!("{carrier}{version}{name}{many_ciphers:02}{many_kinds:02}{protocol}_{first}_{second}")
}

/// The highest version that is offered.
fn version(hello: &ClientHello<'_>) -> &'static str {
    let offered = find(hello.extensions, extension::VERSIONS);
    let offered = offered.and_then(|content| Cursor::new(content).bytes8().ok()).unwrap_or_default();
    // The numbers of DTLS fall as its versions rise.
    let age = |version: &u16| if version >> 8 == 0xfe { !version } else { *version };
    match sent(words(offered)).max_by_key(age).unwrap_or(hello.version) {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        0xfeff => "d1",
        0xfefd => "d2",
        0xfefc => "d3",
        _ => "00",
    }
}

/// The first and the last character of the first protocol of ALPN, or of its hexadecimal digits.
fn protocol(extensions: &[u8]) -> String {
    let list = find(extensions, extension::ALPN).and_then(|content| Cursor::new(content).bytes16().ok());
    let first = list.and_then(|list| Cursor::new(list).bytes8().ok()).unwrap_or_default();
    let (Some(begin), Some(end)) = (first.first(), first.last()) else { return "00".into() };
    if begin.is_ascii_alphanumeric() && end.is_ascii_alphanumeric() {
        return [char::from(*begin), char::from(*end)].iter().collect();
    }
    format!("{:x}{:x}", begin >> 4, end & 0x0f)
}

/// Digits of a number in hexadecimal, and what stands after it.
const HEX: usize = 5;

/// Appends numbers in hexadecimal, a comma between two.
fn push_hex_list(text: &mut String, numbers: &[u16]) {
    for (at, number) in numbers.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        hash::push_hex(text, &number.to_be_bytes());
    }
}

/// The first digits of a text's digest.
fn truncated(mut sha256: impl FnMut(&[u8]) -> String) -> impl FnMut(&str) -> String {
    move |text| {
        if text.is_empty() {
            return NOTHING.into();
        }
        let mut hash = sha256(text.as_bytes());
        hash.truncate(DIGITS);
        hash
    }
}
