//! Names of the kinds of messages.

use std::borrow::Cow;

/// Kinds in the order of their numbers, from 1 on (RFC 2132, section 9.6; RFC 3203, RFC 4388, RFC 6926, RFC 7724).
const KINDS: [&str; 18] = [
    "DISCOVER",
    "OFFER",
    "REQUEST",
    "DECLINE",
    "ACK",
    "NAK",
    "RELEASE",
    "INFORM",
    "FORCERENEW",
    "LEASEQUERY",
    "LEASEUNASSIGNED",
    "LEASEUNKNOWN",
    "LEASEACTIVE",
    "BULKLEASEQUERY",
    "LEASEQUERYDONE",
    "ACTIVELEASEQUERY",
    "LEASEQUERYSTATUS",
    "TLS",
];

/// The name of a kind of message.
pub(super) fn kind(number: u8) -> Cow<'static, str> {
    let known = usize::from(number).checked_sub(1).and_then(|at| KINDS.get(at));
    known.map_or_else(|| format!("unknown-message-type-{number}").into(), |name| Cow::Borrowed(*name))
}
