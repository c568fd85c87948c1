//! From a line to a question.

/// A question (RFC 1288, section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question<'a> {
    pub(super) user: &'a [u8],
    /// A long answer is asked for.
    pub(super) full: bool,
}

impl<'a> Question<'a> {
    /// Reads a line without its end.
    pub(super) fn read(line: &'a [u8]) -> Self {
        let line = line.trim_ascii();
        match line.split_at_checked(2) {
            Some((word, rest))
                if word.eq_ignore_ascii_case(b"/W") && rest.first().is_none_or(u8::is_ascii_whitespace) =>
            {
                Self { user: rest.trim_ascii(), full: true }
            }
            _ => Self { user: line, full: false },
        }
    }
}
