//! What a configuration file says wrong: where, what was expected, and what was perhaps meant.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use gannet::capture::shown;

/// How alike a key that is not known and one that is must be, for the one to be taken for the other.
const ALIKE: f64 = 0.75;

/// A configuration file that cannot be used.
#[derive(Debug)]
pub(crate) struct ConfigError {
    path: PathBuf,
    /// Line and column, from 1.
    at: Option<(usize, usize)>,
    what: String,
}

impl ConfigError {
    /// The file cannot be read.
    pub(super) fn open(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), at: None, what: format!("cannot be read: {source}") }
    }

    /// Its text is wrong.
    pub(super) fn text(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map(|span| place(text, span.start));
        let message = error.message().trim().replace('\n', ", ");
        let what = match suggestion(&message) {
            Some(meant) => format!("{message}; did you mean `{meant}`?"),
            None => message,
        };
        Self { path: path.to_owned(), at, what }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(&self.path))?;
        if let Some((line, column)) = self.at {
            write!(f, ", line {line}, column {column}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for ConfigError {}

/// Line and column of a byte.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

/// The key that was perhaps meant: the message names the unknown one first, and then those that are known.
fn suggestion(message: &str) -> Option<&str> {
    let mut names = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let unknown = names.next()?;
    let alike = names.map(|name| (strsim::jaro_winkler(unknown, name), name));
    let best = alike.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 >= ALIKE).then_some(best.1)
}
