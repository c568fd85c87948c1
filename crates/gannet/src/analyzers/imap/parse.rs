//! Lines of IMAP (RFC 9051, section 2.2), as far as they tell where a session stands.

/// One line: a tag and the word behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) tag: &'a [u8],
    pub(super) word: &'a [u8],
}

/// Takes as many bytes off the front as are of a kind.
fn take<'a>(rest: &mut &'a [u8], is: impl Fn(u8) -> bool) -> &'a [u8] {
    let length = rest.iter().take_while(|byte| is(**byte)).count();
    let (taken, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    *rest = behind;
    taken
}

/// The same, if there is at least one.
fn some<'a>(rest: &mut &'a [u8], is: impl Fn(u8) -> bool) -> Option<&'a [u8]> {
    Some(take(rest, is)).filter(|taken| !taken.is_empty())
}

const fn is_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_graphic()
}

/// Takes a line off the front; nothing if the bytes are not one, or not all of one.
pub(super) fn line<'a>(rest: &mut &'a [u8], from_server: bool) -> Option<Line<'a>> {
    let is_blank = |byte| byte == b' ';
    let tag = some(rest, is_word)?;
    some(rest, is_blank)?;
    let word = some(rest, is_word)?;
    take(rest, is_blank);
    if from_server && tag == b"*" && word.eq_ignore_ascii_case(b"capability") {
        loop {
            some(rest, is_word)?;
            take(rest, is_blank);
            if !take(rest, is_end).is_empty() {
                break;
            }
        }
    } else {
        take(rest, |byte| !is_end(byte));
        some(rest, is_end)?;
    }
    Some(Line { tag, word })
}
