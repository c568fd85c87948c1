//! Whether first bytes look like TLS or DTLS.

use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// One byte of a pattern.
#[derive(Clone, Copy)]
enum Byte {
    Is(u8),
    To(u8),
    Any,
}

use Byte::{Any, Is, To};

/// A handshake record with a client hello.
const CLIENT: [Byte; 11] = [Is(0x16), Is(3), To(3), Any, Any, Is(1), Any, Any, Any, Is(3), To(3)];
/// A handshake record with a server hello, as far as its version.
const SERVER: [Byte; 9] = [Is(0x16), Is(3), To(3), Any, Any, Is(2), Any, Any, Any];
/// The version in it; or a draft of the next one.
const SERVER_VERSION: [Byte; 2] = [Is(3), To(4)];
const SERVER_DRAFT: [Byte; 2] = [Is(0x7f), To(0x50)];
/// An alert record with one alert.
const ALERT: [Byte; 7] = [Is(0x15), Is(3), To(3), Any, Any, Any, Any];
/// The first record of DTLS with a client hello; its version follows.
const DATAGRAM: [Byte; 25] = [
    Is(0x16),
    Is(0xfe),
    Any,
    Is(0),
    Is(0),
    Is(0),
    Is(0),
    Is(0),
    Is(0),
    Is(0),
    Any,
    Any,
    Any,
    Is(1),
    Any,
    Any,
    Any,
    Any,
    Any,
    Any,
    Any,
    Any,
    Any,
    Any,
    Any,
];

/// Whether bytes begin like a pattern; too few of them leave it open.
fn begins(bytes: &[u8], pattern: &[Byte]) -> Likeness {
    let fits = |(byte, wanted): (&u8, &Byte)| match wanted {
        Is(one) => byte == one,
        To(most) => byte <= most,
        Any => true,
    };
    if !bytes.iter().zip(pattern).all(fits) {
        Likeness::No
    } else if bytes.len() < pattern.len() {
        Likeness::Unsure
    } else {
        Likeness::Match
    }
}

fn either(one: Likeness, other: Likeness) -> Likeness {
    match (one, other) {
        (Likeness::Match, _) | (_, Likeness::Match) => Likeness::Match,
        (Likeness::Unsure, _) | (_, Likeness::Unsure) => Likeness::Unsure,
        _ => Likeness::No,
    }
}

fn server(bytes: &[u8]) -> Likeness {
    let version = |bytes| either(begins(bytes, &SERVER_VERSION), begins(bytes, &SERVER_DRAFT));
    match begins(bytes, &SERVER) {
        Likeness::Match => version(bytes.get(SERVER.len()..).unwrap_or_default()),
        other => other,
    }
}

/// TLS: a client hello from the originator, or a server hello from the responder, perhaps behind an alert.
pub(super) fn stream(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    let behind_alert = match begins(sample.resp, &ALERT) {
        Likeness::Match => server(sample.resp.get(ALERT.len()..).unwrap_or_default()),
        other => other,
    };
    let responder = either(server(sample.resp), behind_alert);
    either(begins(sample.orig, &CLIENT), responder)
}

/// DTLS: a client hello from anybody.
pub(super) fn datagram(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Udp {
        return Likeness::No;
    }
    let bytes = if sample.orig.is_empty() { sample.resp } else { sample.orig };
    let known = |at: usize| matches!(bytes.get(at), Some(0xff | 0xfd));
    let hello = begins(bytes, &DATAGRAM) == Likeness::Match
        && known(2)
        && bytes.get(DATAGRAM.len()) == Some(&0xfe)
        && known(DATAGRAM.len() + 1);
    if hello { Likeness::Match } else { Likeness::No }
}
