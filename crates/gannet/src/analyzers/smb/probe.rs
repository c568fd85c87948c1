//! Whether first bytes look like SMB.

use super::parse;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// A frame with a message that is not encrypted, from anybody.
pub(super) fn stream(sample: &Sample<'_>) -> Likeness {
    /// Bytes that tell.
    const ENOUGH: usize = 8;
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    let sides = [sample.orig, sample.resp];
    if sides.into_iter().any(parse::begins) {
        Likeness::Match
    } else if sides.into_iter().any(|bytes| bytes.len() < ENOUGH) {
        Likeness::Unsure
    } else {
        Likeness::No
    }
}
