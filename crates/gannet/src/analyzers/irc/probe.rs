//! What gives IRC away: a client that takes a nick and names its user, and a server that answers with numbers.

use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// What a client or a server may begin with.
const FIRST: &[&str] =
    &["CAP", "NICK", "USER", "PASS", "SERVER", "WEBIRC", "AUTHENTICATE", "STARTTLS", "PROTOCTL", "PING"];

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| matches!(byte, b'\r' | b'\n'))
}

/// Whether a line is this command with something behind it, and is over.
fn says(line: &[u8], command: &str) -> bool {
    let line = line.trim_ascii_start();
    let (word, rest) = line.split_at_checked(command.len()).unwrap_or((line, &[]));
    word.eq_ignore_ascii_case(command.as_bytes())
        && rest.first() == Some(&b' ')
        && matches!(rest.last(), Some(b'\r' | b'\n'))
        && !rest.trim_ascii().is_empty()
}

/// Whether a line is a server's reply: three digits, perhaps behind its name.
fn replies(line: &[u8]) -> bool {
    let line = match line.first() {
        Some(b':') => match memchr::memchr(b' ', line) {
            Some(blank) => line.get(blank + 1..).unwrap_or_default(),
            None => return false,
        },
        _ => line,
    };
    matches!(line, [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', ..])
}

/// Whether bytes may be the beginning of what a client or a linked server sends.
fn may_begin(bytes: &[u8]) -> bool {
    let bytes = bytes.trim_ascii_start();
    let length = bytes.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = bytes.get(..length).unwrap_or_default();
    FIRST.iter().any(|first| {
        let first = first.as_bytes();
        let common = first.get(..word.len()).unwrap_or(first);
        common.eq_ignore_ascii_case(word) && (word.len() == first.len() || length == bytes.len())
    })
}

/// IRC on any port.
pub(super) fn probe(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp || !may_begin(sample.orig) {
        return Likeness::No;
    }
    let client = |command| lines(sample.orig).any(|line| says(line, command));
    let server = |bytes| lines(bytes).any(|line| says(line, "SERVER"));
    let is_client = client("NICK") && client("USER") && lines(sample.resp).any(replies);
    if is_client || (server(sample.orig) && server(sample.resp)) { Likeness::Match } else { Likeness::Unsure }
}
