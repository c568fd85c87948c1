//! Whether first bytes look like FTP.

use crate::analyzers::lines::line_starts;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// A greeting, a reply to a user's name, and a client that gives one.
pub(super) fn probe(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    let ends = |byte: &u8| matches!(byte, b'\n' | b'\r' | b' ');
    let begin = sample.resp.iter().take_while(|byte| ends(byte)).count();
    let text = sample.resp.get(begin..).unwrap_or_default();
    match text {
        [b'1' | b'2', b'2', b'0', behind, rest @ ..] if !behind.is_ascii_digit() => {
            let asks = line_starts(rest).skip(1).any(asks_for_more);
            if asks && line_starts(sample.orig).any(gives_name) { Likeness::Match } else { Likeness::Unsure }
        }
        [] | [b'1' | b'2'] | [b'1' | b'2', b'2'] | [b'1' | b'2', b'2', b'0'] => Likeness::Unsure,
        _ => Likeness::No,
    }
}

fn asks_for_more(line: &[u8]) -> bool {
    matches!(line, [b'2', b'3', b'0', behind, ..] | [b'3', b'3', b'1', behind, ..] if !behind.is_ascii_digit())
}

fn gives_name(line: &[u8]) -> bool {
    line.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"USER "))
}
