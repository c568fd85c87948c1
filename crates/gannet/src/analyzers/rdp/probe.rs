//! Whether first bytes look like a remote desktop: a client's cookie or channels, and a server that confirms.

use memchr::memmem::find;

use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// What each message begins with; that of others need not be looked through.
fn begins(bytes: &[u8]) -> bool {
    matches!(bytes, [] | [3] | [3, 0, ..])
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    find(bytes, text).is_some()
}

/// A client's cookie, or the names of channels behind its key.
fn is_client(bytes: &[u8]) -> bool {
    const CHANNELS: [&[u8]; 4] = [b"rdpdr", b"rdpsnd", b"drdynvc", b"cliprdr"];
    let behind = find(bytes, b"Duca").and_then(|at| bytes.get(at..)).unwrap_or_default();
    has(bytes, b"Cookie: mstshash=") || CHANNELS.iter().any(|name| has(behind, name))
}

/// A server confirms the connection, or makes a conference.
fn is_server(bytes: &[u8]) -> bool {
    bytes.get(5) == Some(&0xd0) || has(bytes, b"McDn")
}

/// Both sides, whoever is the client.
pub(super) fn stream(sample: &Sample<'_>) -> Likeness {
    let (orig, resp) = (sample.orig, sample.resp);
    if sample.transport != Transport::Tcp || !begins(orig) || !begins(resp) {
        return Likeness::No;
    }
    if is_client(orig) && is_server(resp) || is_client(resp) && is_server(orig) {
        Likeness::Match
    } else {
        Likeness::Unsure
    }
}

/// The first datagram of a remote desktop over UDP.
pub(super) fn datagram(sample: &Sample<'_>) -> Likeness {
    let bytes = if sample.orig.is_empty() { sample.resp } else { sample.orig };
    match bytes {
        [0xff, 0xff, 0xff, 0xff, _, _, _, 1, ..]
            if sample.transport == Transport::Udp && (1132..=1232).contains(&bytes.len()) =>
        {
            Likeness::Match
        }
        _ => Likeness::No,
    }
}
