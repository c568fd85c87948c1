//! Whether first bytes look like DNP3: whether a link frame begins there.

use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

fn begins(bytes: &[u8]) -> Likeness {
    match bytes {
        [] | [0x05] => Likeness::Unsure,
        [0x05, 0x64, ..] => Likeness::Match,
        _ => Likeness::No,
    }
}

/// DNP3 over TCP: the responder's stream begins with a frame.
pub(super) fn stream(sample: &Sample<'_>) -> Likeness {
    if sample.transport == Transport::Tcp { begins(sample.resp) } else { Likeness::No }
}

/// DNP3 over UDP: a datagram of anybody begins with a frame.
pub(super) fn datagram(sample: &Sample<'_>) -> Likeness {
    let bytes = if sample.orig.is_empty() { sample.resp } else { sample.orig };
    match (sample.transport, begins(bytes)) {
        (Transport::Udp, Likeness::Match) => Likeness::Match,
        _ => Likeness::No,
    }
}
