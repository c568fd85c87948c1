//! What an attempt to inject SQL looks like in the target of a request.

use regex::bytes::{RegexSet, RegexSetBuilder};

/// Bytes of a target that are looked at.
const MAX_URI: usize = 16 << 10;
/// Bytes that the compiled patterns may take.
const MAX_PROGRAM: usize = 4 << 20;

/// A blank, a control character, a plus sign, or a comment of SQL.
const WK: &str = r"(?:[\x00-\x20+]|/\*.*\*/)";
/// Where a parameter begins, its name, which may be empty, and the sign behind it.
const PARAMETER: &str = r"[?&][^\x00-\x20+|]*=";
/// The same, where the name may have a bar.
const ANY_PARAMETER: &str = r"[?&][^\x00-\x20+]*=";

/// The forms that there are; none if they do not compile, which a test would tell.
pub(super) struct Forms(Option<RegexSet>);

/// The forms, as expressions.
fn expressions() -> [String; 6] {
    let end = format!(r"{WK}*'?(?:{WK}|\)?;)+");
    [
        // A value, and a statement of its own behind it.
        format!(
            r"{PARAMETER}[a-z0-9%-]+{end}.*(?:having|union|exec|select|delete|drop|declare|create|insert){WK}+"
        ),
        // A number, and another condition.
        format!(r"{PARAMETER}[0-9%-]+{end}(?:x?or|n?and){WK}+'?(?:(?:[^a-z&]+)?=|exists)"),
        // A quote, and an operator.
        format!(
            r"{ANY_PARAMETER}[0-9%-]*{WK}*'(?:[\x00-\x20]|/\*.*\*/)*(?:[-=+]|\|\|){WK}*(?:[0-9]|\(?convert|cast)"
        ),
        // A quote, and a word of SQL.
        format!(
            r"{PARAMETER}{WK}*'(?:{WK}|;)*(?:x?or|n?and|having|union|exec|select|delete|drop|declare|create|regexp|insert)(?:{WK}|[\[(])+[a-z&]{{2,}}"
        ),
        // A function.
        format!(r"{ANY_PARAMETER}[^.]*(?:char|ascii|substring|truncate|version|length)\("),
        // A comment for a version of MySQL.
        r"/\*![0-9]{5}.*\*/".to_owned(),
    ]
}

impl Forms {
    /// Ready to be looked for.
    pub(super) fn new() -> Self {
        let mut set = RegexSetBuilder::new(expressions());
        Self(set.case_insensitive(true).unicode(false).size_limit(MAX_PROGRAM).build().ok())
    }

    /// Whether a target, unescaped, has one of them.
    pub(super) fn match_some(&self, uri: &[u8]) -> bool {
        let uri = uri.get(..MAX_URI).unwrap_or(uri);
        // Each form has one of these.
        let may = uri.iter().any(|byte| matches!(byte, b'?' | b'&' | b'*'));
        may && self.0.as_ref().is_some_and(|forms| forms.is_match(uri))
    }

    /// The numbers of those that it has.
    #[cfg(test)]
    pub(super) fn of(&self, uri: &[u8]) -> Vec<usize> {
        self.0.iter().flat_map(|forms| forms.matches(uri)).collect()
    }
}
