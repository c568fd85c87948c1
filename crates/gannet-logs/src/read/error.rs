//! What is wrong with a log that is read.

use std::fmt;
use std::io;

/// A log that cannot be read, or a row that is none: which file, which line, what was found and expected.
#[derive(Debug)]
pub struct ReadError {
    file: String,
    line: Option<u64>,
    what: String,
}

impl ReadError {
    pub(super) fn new(file: &str, line: Option<u64>, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into() }
    }

    pub(super) fn io(file: &str, error: &io::Error) -> Self {
        Self::new(file, None, format!("cannot be read: {error}"))
    }

    /// What is wrong with a file as a whole.
    #[cfg(feature = "parquet")]
    pub(super) fn whole(file: &str, what: impl fmt::Display) -> Self {
        Self::new(file, None, format!("cannot be read: {what}"))
    }

    /// The line, from 1, if it is about one.
    pub fn line(&self) -> Option<u64> {
        self.line
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for ReadError {}
