//! Whether first bytes look like SMTP.

use crate::analyzers::lines::line_starts;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;

/// A greeting of the server, and a line of the client in which it names itself.
pub(super) fn probe(sample: &Sample<'_>) -> Likeness {
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    let greeting = skip_spaces(sample.resp);
    match greeting {
        [b'2', b'2', b'0', b'-' | b' ' | 9..=13, ..] => {}
        _ if b"220".starts_with(greeting.get(..3).unwrap_or(greeting)) && greeting.len() < 4 => {
            return Likeness::Unsure;
        }
        _ => return Likeness::No,
    }
    let names = |word: &[u8]| word.eq_ignore_ascii_case(b"HELO") || word.eq_ignore_ascii_case(b"EHLO");
    if line_starts(sample.orig).any(|line| line.get(..4).is_some_and(names)) {
        Likeness::Match
    } else {
        Likeness::Unsure
    }
}

fn skip_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|byte| matches!(byte, b' ' | 9..=13)).count();
    text.get(spaces..).unwrap_or_default()
}
