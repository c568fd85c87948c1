//! Whether a datagram looks like DHCP: whether its options begin as those of DHCP do.

use super::parse::{COOKIE, HEAD};
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// A datagram of anybody has the cookie in its place.
pub(super) fn datagram(sample: &Sample<'_>) -> Likeness {
    let bytes = if sample.orig.is_empty() { sample.resp } else { sample.orig };
    let is_one = bytes.get(HEAD..).is_some_and(|options| options.starts_with(&COOKIE.to_be_bytes()));
    if sample.transport == Transport::Udp && is_one { Likeness::Match } else { Likeness::No }
}
