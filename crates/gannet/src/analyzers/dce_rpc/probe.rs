//! Whether first bytes look like connection-oriented DCE/RPC.

use crate::analyzers::{Likeness, Sample};

/// Version 5.0 or 5.1, and a kind of PDU that there is.
fn begins(bytes: &[u8]) -> Likeness {
    match bytes {
        [] | [5] | [5, 0..=1] => Likeness::Unsure,
        [5, 0..=1, 0..=0x13, ..] => Likeness::Match,
        _ => Likeness::No,
    }
}

/// Either stream begins with a PDU.
pub(super) fn stream(sample: &Sample<'_>) -> Likeness {
    match (begins(sample.orig), begins(sample.resp)) {
        (Likeness::Match, _) | (_, Likeness::Match) => Likeness::Match,
        (Likeness::No, Likeness::No) => Likeness::No,
        _ => Likeness::Unsure,
    }
}
