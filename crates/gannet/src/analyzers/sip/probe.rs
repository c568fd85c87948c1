//! Whether bytes look like SIP: whether their first line ends as that of a request, or begins as that of a response.

use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// A datagram of anybody may be either.
pub(super) fn datagram(sample: &Sample<'_>) -> Likeness {
    let bytes = if sample.orig.is_empty() { sample.resp } else { sample.orig };
    if sample.transport == Transport::Udp && (is_request(bytes) || is_response(bytes)) {
        Likeness::Match
    } else {
        Likeness::No
    }
}

/// Longest first line that is waited for.
const MAX_FIRST: usize = 512;

/// The same, and what either side of a TCP connection begins with.
pub(super) fn any(sample: &Sample<'_>) -> Likeness {
    if sample.transport == Transport::Udp {
        return datagram(sample);
    }
    match (stream(sample.orig), stream(sample.resp)) {
        (Likeness::Match, _) | (_, Likeness::Match) => Likeness::Match,
        (Likeness::No, _) | (_, Likeness::No) => Likeness::No,
        _ => Likeness::Unsure,
    }
}

fn stream(bytes: &[u8]) -> Likeness {
    let begin = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let bytes = bytes.get(begin..).unwrap_or_default();
    match bytes.first() {
        None => Likeness::Unsure,
        Some(first) if !first.is_ascii_uppercase() => Likeness::No,
        _ if is_request(bytes) || is_response(bytes) => Likeness::Match,
        _ if bytes.len() < MAX_FIRST && !bytes.contains(&b'\n') => Likeness::Unsure,
        _ => Likeness::No,
    }
}

/// Whether the first line ends in a version, such as ` SIP/2.0`.
fn is_request(bytes: &[u8]) -> bool {
    let Some(end) = memchr::memchr(b'\n', bytes) else { return false };
    let line = bytes.get(..end).unwrap_or_default();
    matches!(line, [.., b' ', b'S', b'I', b'P', b'/', major, b'.', minor, b'\r']
        if major.is_ascii_digit() && minor.is_ascii_digit())
}

/// Whether a version is at the beginning, with a status or the end of the line behind it.
fn is_response(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
    let [b'S', b'I', b'P', b'/', major, b'.', minor, rest @ ..] = bytes else { return false };
    let is_end = match rest {
        [b'\r', b'\n', ..] => true,
        [b' ', code @ ..] => {
            matches!(code, [a, b, c, b' ', ..] if [a, b, c].iter().all(|digit| digit.is_ascii_digit()))
        }
        _ => false,
    };
    major.is_ascii_digit() && minor.is_ascii_digit() && is_end
}
