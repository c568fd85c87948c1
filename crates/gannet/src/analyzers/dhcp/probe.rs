//! Whether a datagram looks like DHCP: whether its options begin as those of DHCP do.

use super::parse::{COOKIE, HEAD};
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// A datagram of who speaks first has the cookie in its place. An answer alone does not tell: it would be found once more
/// where the question was wrong already.
pub(super) fn datagram(sample: &Sample<'_>) -> Likeness {
    let is_one = sample.orig.get(HEAD..).is_some_and(|options| options.starts_with(&COOKIE.to_be_bytes()));
    if sample.transport == Transport::Udp && is_one { Likeness::Match } else { Likeness::No }
}
