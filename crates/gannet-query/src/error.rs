//! What is wrong with a predicate, and where.

use std::fmt;

use crate::span::Span;

/// Characters of a line that are shown around the place.
const SHOWN: usize = 120;

/// A predicate that cannot be used: what was found, what was expected, and the place.
///
/// ```
/// use gannet_query::{Query, Saved, Scheme};
///
/// let scheme = Scheme::new("conn", [("id.resp_p", gannet::events::Kind::Port)]);
/// let error = Query::parse("id.rep_p == 443").unwrap().check(&scheme, &Saved::default()).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "conn has no column id.rep_p; did you mean id.resp_p?\n  id.rep_p == 443\n  ^^^^^^^^"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Error {
    what: String,
    /// The line of the text, cut around the place.
    line: String,
    /// Characters before the place in that line, and in the place.
    mark: (usize, usize),
}

impl Error {
    pub(crate) fn new(text: &str, span: Span, what: impl Into<String>) -> Self {
        let start = floor(text, span.start);
        let end = floor(text, span.end).max(start);
        let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let before: Vec<char> = text.get(line_start..start).unwrap_or_default().chars().collect();
        let skipped = before.len().saturating_sub(SHOWN / 2);
        let place = text.get(start..end).unwrap_or_default().lines().next().unwrap_or_default();
        let rest = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
        let mut line: String = before.iter().skip(skipped).collect();
        let width = before.len() - skipped;
        line.extend(rest.chars().take(SHOWN - width));
        // What a terminal would not show as one character would move the mark.
        let line = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { what: what.into(), line, mark: (width, place.chars().count().clamp(1, SHOWN - width)) }
    }

    /// The same, with where the text comes from in front.
    #[must_use]
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.what = format!("in {place}: {}", self.what);
        self
    }

    /// What is wrong, in one line, without the place.
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, marked) = self.mark;
        write!(f, "{}\n  {}\n  {}{}", self.what, self.line, " ".repeat(before), "^".repeat(marked))
    }
}

impl std::error::Error for Error {}

/// The beginning of the character that a byte is part of.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
