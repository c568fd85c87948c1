//! From lines to questions and answers (RFC 1413, section 4).

use crate::parsers::number;

/// The two ports of a connection, as a question and its answer name them.
pub(super) type Ports = (u16, u16);

/// What is said of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer<'a> {
    User { system: &'a [u8], user: &'a [u8] },
    Error(&'a [u8]),
}

fn port(text: &[u8]) -> Option<u16> {
    let port = number::decimal(text.trim_ascii())?;
    u16::try_from(port).ok().filter(|port| *port != 0)
}

/// Reads a question.
pub(super) fn question(line: &[u8]) -> Option<Ports> {
    let at = memchr::memchr(b',', line)?;
    Some((port(line.get(..at)?)?, port(line.get(at + 1..)?)?))
}

/// Reads an answer.
pub(super) fn answer(line: &[u8]) -> Option<(Ports, Answer<'_>)> {
    let mut parts = line.splitn(4, |byte| *byte == b':');
    let ports = question(parts.next()?)?;
    let kind = parts.next()?.trim_ascii();
    let what = parts.next()?.trim_ascii();
    let answer = match kind {
        b"USERID" => Answer::User { system: what, user: parts.next()?.trim_ascii_start() },
        b"ERROR" => Answer::Error(what),
        _ => return None,
    };
    Some((ports, answer))
}
