//! Whether first bytes look like PostgreSQL: a first message of a client, and what a server answers to it.

use memchr::memmem;

use crate::analyzers::{Likeness, Sample};

/// Bytes between the version and the parameter `user`.
const MAX_BEFORE_USER: usize = 256;

/// Either side may be the client.
pub(super) fn probe(sample: &Sample<'_>) -> Likeness {
    either(conversation(sample.orig, sample.resp), conversation(sample.resp, sample.orig))
}

fn conversation(client: &[u8], server: &[u8]) -> Likeness {
    either(both(wants_tls(client), answers_tls(server)), both(starts(client), answers(server)))
}

fn both(a: Likeness, b: Likeness) -> Likeness {
    match (a, b) {
        (Likeness::Match, Likeness::Match) => Likeness::Match,
        (Likeness::No, _) | (_, Likeness::No) => Likeness::No,
        _ => Likeness::Unsure,
    }
}

fn either(a: Likeness, b: Likeness) -> Likeness {
    match (a, b) {
        (Likeness::Match, _) | (_, Likeness::Match) => Likeness::Match,
        (Likeness::No, Likeness::No) => Likeness::No,
        _ => Likeness::Unsure,
    }
}

fn is(yes: bool) -> Likeness {
    if yes { Likeness::Match } else { Likeness::No }
}

fn wants_tls(bytes: &[u8]) -> Likeness {
    const REQUEST: &[u8] = b"\x00\x00\x00\x08\x04\xd2\x16\x2f";
    match bytes.get(..REQUEST.len()) {
        Some(first) => is(first == REQUEST),
        None if REQUEST.starts_with(bytes) => Likeness::Unsure,
        None => Likeness::No,
    }
}

fn answers_tls(bytes: &[u8]) -> Likeness {
    bytes.first().map_or(Likeness::Unsure, |byte| is(matches!(byte, b'S' | b'N')))
}

/// A startup message of version 3 whose user comes early.
fn starts(bytes: &[u8]) -> Likeness {
    const VERSION: &[u8] = &[0, 3, 0];
    const USER: &[u8] = b"user\0";
    let Some((_, behind)) = bytes.split_at_checked(4) else { return Likeness::Unsure };
    let Some((version, rest)) = behind.split_at_checked(VERSION.len()) else {
        return if VERSION.starts_with(behind) { Likeness::Unsure } else { Likeness::No };
    };
    let window = rest.get(..MAX_BEFORE_USER + USER.len());
    if version != VERSION {
        Likeness::No
    } else if memmem::find(window.unwrap_or(rest), USER).is_some() {
        Likeness::Match
    } else if window.is_some() {
        Likeness::No
    } else {
        Likeness::Unsure
    }
}

/// A message of less than 64 KiB.
fn answers(bytes: &[u8]) -> Likeness {
    match bytes {
        [kind, ..] if !kind.is_ascii_alphanumeric() => Likeness::No,
        [_, 0, 0, _, _, ..] => Likeness::Match,
        [_, 0, 0, ..] | [_, 0] | [_] | [] => Likeness::Unsure,
        _ => Likeness::No,
    }
}
