//! Whether first bytes look like Kerberos: a request or a reply of an exchange with a server.

use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// Tags of the messages that are looked for.
pub(super) const KINDS: &[u8] = &[0x6a, 0x6b, 0x6c, 0x6d, 0x7e];
/// Bytes of a tag's length, at most.
const MAX_LENGTH: usize = 4;

/// Bytes begin with this pattern: as many of them as there are.
fn follows(bytes: &[u8], pattern: &[u8]) -> Likeness {
    let common = bytes.len().min(pattern.len());
    match bytes.get(..common) == pattern.get(..common) {
        true if common == pattern.len() => Likeness::Match,
        true => Likeness::Unsure,
        false => Likeness::No,
    }
}

/// The best of what several ways say.
fn best(ways: impl Iterator<Item = Likeness>) -> Likeness {
    let mut best = Likeness::No;
    for way in ways {
        match way {
            Likeness::Match => return Likeness::Match,
            Likeness::Unsure => best = Likeness::Unsure,
            Likeness::No => {}
        }
    }
    best
}

/// After the length of a value, that may have one to four bytes.
fn after_length(bytes: &[u8], then: impl Fn(&[u8]) -> Likeness) -> Likeness {
    best((1..=MAX_LENGTH).map(|length| bytes.get(length..).map_or(Likeness::Unsure, &then)))
}

/// A message begins: its tag, a sequence in it, the version 5, and the field of its kind.
fn begins(bytes: &[u8]) -> Likeness {
    let (fields, rest): (&[u8], _) = match bytes {
        [] => return Likeness::Unsure,
        [0x6a | 0x6c, rest @ ..] => (&[0xa1, 3, 2, 1, 5, 0xa2, 3, 2, 1], rest),
        [0x6b | 0x6d | 0x7e, rest @ ..] => (&[0xa0, 3, 2, 1, 5, 0xa1, 3, 2, 1], rest),
        _ => return Likeness::No,
    };
    after_length(rest, |bytes| match bytes {
        [] => Likeness::Unsure,
        [0x30, rest @ ..] => after_length(rest, |bytes| follows(bytes, fields)),
        _ => Likeness::No,
    })
}

/// Kerberos over TCP: either stream begins with a message behind its length.
pub(super) fn stream(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    match [sample.orig, sample.resp].map(|bytes| bytes.get(4..).map_or(Likeness::Unsure, begins)) {
        [Likeness::No, Likeness::No] => Likeness::No,
        ways if ways.contains(&Likeness::Match) => Likeness::Match,
        _ => Likeness::Unsure,
    }
}

/// Kerberos over UDP: a datagram of anybody is a message.
pub(super) fn datagram(sample: &Sample<'_>) -> Likeness {
    let bytes = if sample.orig.is_empty() { sample.resp } else { sample.orig };
    match (sample.transport, begins(bytes)) {
        (Transport::Udp, Likeness::Match) => Likeness::Match,
        _ => Likeness::No,
    }
}
