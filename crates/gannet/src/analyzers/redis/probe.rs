//! Whether first bytes look like Redis: whether the server's begin with a value.

use memchr::memmem;

use crate::analyzers::{Likeness, Sample};

/// A server's first bytes: a type, and a line that fits it.
pub(super) fn probe(sample: &Sample<'_>) -> Likeness {
    let Some((kind, rest)) = sample.resp.split_first() else { return Likeness::Unsure };
    match kind {
        b'-' | b'+' | b'_' | b',' => match memmem::find(rest, b"\r\n") {
            Some(_) => Likeness::Match,
            None => Likeness::Unsure,
        },
        b':' | b'$' | b'*' | b'#' | b'(' | b'!' | b'=' | b'%' | b'`' | b'~' | b'>' => number_line(rest),
        _ => Likeness::No,
    }
}

/// Whether there is a line with nothing but a number, which may have a sign and a fraction.
fn number_line(bytes: &[u8]) -> Likeness {
    let digits = |from: &[u8]| from.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = bytes.strip_prefix(b"+").or(bytes.strip_prefix(b"-")).unwrap_or(bytes);
    let whole = digits(rest);
    rest = rest.get(whole..).unwrap_or_default();
    if whole == 0 {
        return if rest.is_empty() { Likeness::Unsure } else { Likeness::No };
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        rest = fraction.get(digits(fraction)..).unwrap_or_default();
    }
    match rest {
        [b'\r', b'\n', ..] => Likeness::Match,
        [] | [b'\r'] => Likeness::Unsure,
        _ => Likeness::No,
    }
}
