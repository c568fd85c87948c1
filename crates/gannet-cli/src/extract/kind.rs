//! Which types of files are wanted.

/// A type, a pattern of types, or all files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whatever it is, its type known or not.
    All,
    /// A type in which each `*` stands for anything.
    Like(String),
}

impl Kind {
    /// Reads a type such as `image/png`, a pattern such as `image/*`, or `all`.
    ///
    /// # Errors
    /// Anything else.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        let plain = |c: char| c.is_ascii_alphanumeric() || "!#$&^_.+-/*".contains(c);
        match text.as_str() {
            "all" => Ok(Self::All),
            _ if text.matches('/').count() == 1 && text.chars().all(plain) => Ok(Self::Like(text)),
            _ => Err("expected a type such as image/png, a pattern such as image/*, or all".to_owned()),
        }
    }

    /// Whether a type is one of these.
    pub(super) fn has(&self, mime: Option<&str>) -> bool {
        match (self, mime) {
            (Self::All, _) => true,
            (Self::Like(_), None) => false,
            (Self::Like(pattern), Some(mime)) => is_like(mime, pattern),
        }
    }
}

/// Whether a text is like a pattern.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut rest = rest;
    // What stands between two stars is looked for at the first place where it is: the next star takes the rest.
    while let Some((part, behind)) = rest.split_once('*') {
        let Some(at) = text.find(part) else { return false };
        text = text.get(at + part.len()..).unwrap_or_default();
        rest = behind;
    }
    text.ends_with(rest)
}
