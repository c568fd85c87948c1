//! What gives HTTP away: a method at the front of what the client sends, or a version at that of the server.

use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// Methods that a client may begin with.
pub(super) const METHODS: &[&str] = &[
    "OPTIONS",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MOVE",
    "ORDERPATCH",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "VERSION-CONTROL",
    "BCOPY",
    "BDELETE",
    "BMOVE",
    "BPROPFIND",
    "BPROPPATCH",
    "NOTIFY",
    "POLL",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "X-MS-ENUMATTS",
    "MKWORKSPACE",
    "RPC_IN_DATA",
    "RPC_OUT_DATA",
];

/// What a client's stream may begin with: a method's first letter, or white space before it.
pub(super) const FIRST: &[u8] = b"\t\n\x0b\x0c\r ABCDGHLMNOPRSTUVX";

/// Each side alone suffices.
pub(super) fn probe(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    match (client(sample.orig), server(sample.resp)) {
        (Likeness::Match, _) | (_, Likeness::Match) => Likeness::Match,
        (Likeness::No, Likeness::No) => Likeness::No,
        _ => Likeness::Unsure,
    }
}

fn client(bytes: &[u8]) -> Likeness {
    let is_space = |byte: &&u8| byte.is_ascii_whitespace() || **byte == 11;
    let spaces = bytes.iter().take_while(is_space).count();
    let word = bytes.get(spaces..).unwrap_or_default();
    let Some(first) = word.first() else { return Likeness::Unsure };
    let mut likeness = Likeness::No;
    for method in METHODS.iter().map(|method| method.as_bytes()).filter(|m| m.first() == Some(first)) {
        if word.starts_with(method) {
            return Likeness::Match;
        }
        if method.starts_with(word) {
            likeness = Likeness::Unsure;
        }
    }
    likeness
}

fn server(bytes: &[u8]) -> Likeness {
    const BEGIN: &[u8] = b"HTTP/";
    let matching = bytes.iter().zip(BEGIN).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    match bytes.get(BEGIN.len()) {
        _ if matching < BEGIN.len().min(bytes.len()) => Likeness::No,
        None => Likeness::Unsure,
        Some(byte) if byte.is_ascii_digit() => Likeness::Match,
        Some(_) => Likeness::No,
    }
}
