//! Elements of a stream of XML (RFC 6120, section 4), as far as they tell where a session stands.

/// Takes as many bytes off the front as are of a kind.
fn take<'a>(rest: &mut &'a [u8], is: impl Fn(u8) -> bool) -> &'a [u8] {
    let length = rest.iter().take_while(|byte| is(**byte)).count();
    let (taken, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    *rest = behind;
    taken
}

fn one(rest: &mut &[u8], byte: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[byte])?;
    Some(())
}

fn is_outside(byte: u8) -> bool {
    byte != b'<' && byte != b'>'
}

/// Takes a tag and the text behind it off the front, and gives its name, which begins with `/` if it ends an element. Nothing
/// if the bytes are no tag, or not all of one.
pub(super) fn tag<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    take(rest, |byte| matches!(byte, b' ' | b'\r' | b'\n'));
    one(rest, b'<')?;
    let whole = *rest;
    *rest = rest.strip_prefix(b"/").unwrap_or(rest);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'?' || byte == b':';
    if take(rest, is_name).is_empty() {
        return None;
    }
    let name = whole.get(..whole.len() - rest.len())?;
    take(rest, is_outside);
    one(rest, b'>')?;
    take(rest, is_outside);
    Some(name)
}

/// A name without its namespace.
pub(super) fn local(name: &[u8]) -> &[u8] {
    match memchr::memchr(b':', name).and_then(|at| name.get(at + 1..)) {
        Some(local) if !local.is_empty() => local,
        _ => name,
    }
}

/// Whether a stream begins here, as far as that can be told; nothing if it is too early to say.
pub(super) fn begins_stream(text: &[u8]) -> Option<bool> {
    /// Longest declaration and longest tag that are waited for.
    const MAX: usize = 1024;
    let mut rest = text;
    if rest.starts_with(b"<?xml") {
        take(&mut rest, |byte| !matches!(byte, b'>'));
        if rest.is_empty() {
            return (text.len() > MAX).then_some(false);
        }
        one(&mut rest, b'>')?;
    }
    take(&mut rest, |byte| matches!(byte, b' ' | b'\r' | b'\n'));
    let begin = b"<stream:stream ";
    if rest.len() < begin.len() {
        return if begin.starts_with(rest) || b"<?xml".starts_with(rest) { None } else { Some(false) };
    }
    let Some(attributes) = rest.strip_prefix(begin) else { return Some(false) };
    let end = memchr::memchr(b'>', attributes);
    let inside = attributes.get(..end.unwrap_or(attributes.len()))?;
    // The namespace may go on behind a `>` that is none.
    if memchr::memmem::find(inside, b"xmlns='jabber:").is_some() {
        return Some(true);
    }
    if end.is_some() || text.len() > MAX { Some(false) } else { None }
}
