//! What gives SOCKS away: what the client asks for and what the proxy answers.

use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// Ways to log in that clients offer.
const fn is_method(byte: u8) -> bool {
    matches!(byte, 0..=3 | 5..=9)
}

/// Whether a client's bytes look like a request of SOCKS 4: there is a zero byte soon.
fn asks_old(bytes: &[u8]) -> Likeness {
    /// The zero byte behind the user's name is no further away.
    const REACH: usize = 35;
    match bytes {
        [] | [4] => Likeness::Unsure,
        [4, 1 | 2, rest @ ..] if rest.iter().take(REACH - 2).any(|byte| *byte == 0) => Likeness::Match,
        [4, 1 | 2, ..] if bytes.len() < REACH => Likeness::Unsure,
        _ => Likeness::No,
    }
}

/// Whether a client's bytes look like the ways to log in of SOCKS 5.
const fn asks(bytes: &[u8]) -> Likeness {
    match bytes {
        [] | [5] | [5, _] => Likeness::Unsure,
        [5, _, method, ..] if is_method(*method) => Likeness::Match,
        _ => Likeness::No,
    }
}

const fn answers_old(bytes: &[u8]) -> Likeness {
    match bytes {
        [] | [0] => Likeness::Unsure,
        [0, 0x5a..=0x5d, ..] => Likeness::Match,
        _ => Likeness::No,
    }
}

const fn answers(bytes: &[u8]) -> Likeness {
    match bytes {
        [] | [5] => Likeness::Unsure,
        [5, method, ..] if is_method(*method) || *method == 0xff => Likeness::Match,
        _ => Likeness::No,
    }
}

/// SOCKS on any port: both sides have to look like it.
pub(super) fn probe(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    let both = |asks, answers| match (asks, answers) {
        (Likeness::No, _) | (_, Likeness::No) => Likeness::No,
        (Likeness::Match, Likeness::Match) => Likeness::Match,
        _ => Likeness::Unsure,
    };
    match (
        both(asks(sample.orig), answers(sample.resp)),
        both(asks_old(sample.orig), answers_old(sample.resp)),
    ) {
        (Likeness::Match, _) | (_, Likeness::Match) => Likeness::Match,
        (Likeness::No, Likeness::No) => Likeness::No,
        _ => Likeness::Unsure,
    }
}
