//! What gives SSH away: both sides name a version.

use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// Whether a side begins with a version, in letters of either case.
fn names_version(bytes: &[u8]) -> Likeness {
    const BEGINNING: &[u8] = b"SSH-";
    let letters = bytes.get(..4).unwrap_or(bytes);
    if !BEGINNING.get(..letters.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(letters)) {
        return Likeness::No;
    }
    match bytes.get(4..6) {
        Some([b'1' | b'2', b'.']) => Likeness::Match,
        Some(_) => Likeness::No,
        None => Likeness::Unsure,
    }
}

/// SSH on any port.
pub(super) fn probe(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    match (names_version(sample.orig), names_version(sample.resp)) {
        (Likeness::No, _) | (_, Likeness::No) => Likeness::No,
        (Likeness::Match, Likeness::Match) => Likeness::Match,
        _ => Likeness::Unsure,
    }
}
