//! Whether first bytes look like LDAP: a client binds, and the server answers.

use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// A bind with short lengths and a small number.
fn binds(bytes: &[u8]) -> Likeness {
    match bytes {
        [0x30, _, 2, 1, _, 0x60, ..] => Likeness::Match,
        [] | [0x30] | [0x30, _] | [0x30, _, 2] | [0x30, _, 2, 1] | [0x30, _, 2, 1, _] => Likeness::Unsure,
        _ => Likeness::No,
    }
}

/// One side binds, and what the other one says begins like a message.
fn pair(client: &[u8], server: &[u8]) -> Likeness {
    match (binds(client), server.first()) {
        (Likeness::Match, Some(0x30)) => Likeness::Match,
        (Likeness::No, _) => Likeness::No,
        (_, Some(0x30) | None) => Likeness::Unsure,
        _ => Likeness::No,
    }
}

/// LDAP in datagrams: the other side has bound, and this may answer.
pub(super) fn datagram(sample: &Sample<'_>) -> Likeness {
    let bytes = if sample.orig.is_empty() { sample.resp } else { sample.orig };
    match (sample.transport, bytes.first(), binds(sample.answers)) {
        (Transport::Udp, Some(0x30), Likeness::Match) => Likeness::Match,
        _ => Likeness::No,
    }
}

/// LDAP over TCP, whoever is the client.
pub(super) fn stream(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    match (pair(sample.orig, sample.resp), pair(sample.resp, sample.orig)) {
        (Likeness::Match, _) | (_, Likeness::Match) => Likeness::Match,
        (Likeness::No, Likeness::No) => Likeness::No,
        _ => Likeness::Unsure,
    }
}
