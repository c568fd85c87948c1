//! Records in presentation form, as zone files have them: service bindings (RFC 9460, section 2.1), CAA (RFC 8659, section 4.1.1).

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::parsers::base64;

/// Bytes of text that are kept of one record; the rest of it is cut.
const MAX_TEXT: usize = 64 * 1024;

/// Keys of service parameters.
pub(super) mod key {
    pub(in crate::analyzers::dns) const MANDATORY: u16 = 0;
    pub(in crate::analyzers::dns) const ALPN: u16 = 1;
    pub(in crate::analyzers::dns) const NO_DEFAULT_ALPN: u16 = 2;
    pub(in crate::analyzers::dns) const PORT: u16 = 3;
    pub(in crate::analyzers::dns) const IPV4_HINT: u16 = 4;
    pub(in crate::analyzers::dns) const ECH: u16 = 5;
    pub(in crate::analyzers::dns) const IPV6_HINT: u16 = 6;
    pub(in crate::analyzers::dns) const DOHPATH: u16 = 7;
}

/// Names of service parameters (RFC 9460, section 14.3.2; `dohpath`: RFC 9461).
const NAMES: &[(u16, &str)] = &[
    (key::MANDATORY, "mandatory"),
    (key::ALPN, "alpn"),
    (key::NO_DEFAULT_ALPN, "no-default-alpn"),
    (key::PORT, "port"),
    (key::IPV4_HINT, "ipv4hint"),
    (key::ECH, "ech"),
    (key::IPV6_HINT, "ipv6hint"),
    (key::DOHPATH, "dohpath"),
];

/// The beginning of a service binding: its type, priority and target.
pub(super) fn binding(kind: &str, priority: u16, target: &[u8]) -> Vec<u8> {
    let mut text = format!("{kind} {priority} ").into_bytes();
    text.extend_from_slice(if target.is_empty() { b"." } else { target });
    text
}

/// One more parameter; one whose value is broken has only its number and its bytes.
pub(super) fn parameter(text: &mut Vec<u8>, number: u16, value: &[u8], sound: bool) {
    if text.len() >= MAX_TEXT {
        return;
    }
    text.push(b' ');
    let name = NAMES.iter().find(|(known, _)| *known == number).filter(|_| sound);
    match name {
        Some((_, name)) => text.extend_from_slice(name.as_bytes()),
        None => push(text, number_name(number).as_bytes()),
    }
    if value.is_empty() {
        return;
    }
    text.push(b'=');
    if name.is_none() {
        return escaped(text, value);
    }
    match number {
        key::MANDATORY => list(text, value.as_chunks::<2>().0, |text, [high, low]| {
            let number = u16::from_be_bytes([*high, *low]);
            let name = NAMES.iter().find(|(known, _)| *known == number);
            push(text, name.map_or_else(|| number_name(number), |(_, name)| (*name).to_owned()).as_bytes());
        }),
        key::ALPN => protocols(text, value),
        key::PORT => list(text, value.as_chunks::<2>().0, |text, [high, low]| {
            push(text, u16::from_be_bytes([*high, *low]).to_string().as_bytes());
        }),
        key::IPV4_HINT => list(text, value.as_chunks::<4>().0, |text, octets| {
            let _ = write!(text, "{}", Ipv4Addr::from(*octets));
        }),
        key::IPV6_HINT => list(text, value.as_chunks::<16>().0, |text, octets| {
            let _ = write!(text, "{}", Ipv6Addr::from(*octets));
        }),
        key::ECH => push(text, base64::encode(value).as_bytes()),
        _ => escaped(text, value),
    }
}

/// A CAA record, from its data; nothing if its tag is cut.
pub(super) fn authority(data: &[u8]) -> Option<Vec<u8>> {
    let (&[flags, length], rest) = data.split_first_chunk::<2>()?;
    let (tag, value) = rest.split_at_checked(usize::from(length))?;
    let mut text = format!("CAA {flags} ").into_bytes();
    escaped(&mut text, tag);
    text.extend_from_slice(b" \"");
    escaped(&mut text, value);
    text.push(b'"');
    Some(text)
}

fn number_name(number: u16) -> String {
    format!("key{number}")
}

fn push(text: &mut Vec<u8>, bytes: &[u8]) {
    text.extend_from_slice(bytes);
}

fn list<T>(text: &mut Vec<u8>, items: &[T], mut each: impl FnMut(&mut Vec<u8>, &T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.push(b',');
        }
        each(text, item);
    }
}

/// Names of protocols, each behind its length.
fn protocols(text: &mut Vec<u8>, mut value: &[u8]) {
    let mut first = true;
    while let Some((&length, rest)) = value.split_first() {
        let Some((name, behind)) = rest.split_at_checked(usize::from(length)) else { return };
        if !std::mem::take(&mut first) {
            text.push(b',');
        }
        escaped(text, name);
        value = behind;
    }
}

/// A character string (RFC 1035, section 5.1) without its quotes: what has a meaning of its own, or none in print, is escaped.
fn escaped(text: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        match byte {
            b'"' | b'\\' | b',' => text.extend([b'\\', *byte]),
            b' '..=b'~' => text.push(*byte),
            _ => {
                let _ = write!(text, "\\{byte:03}");
            }
        }
    }
}
