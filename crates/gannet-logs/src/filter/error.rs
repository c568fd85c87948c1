//! What is wrong with a filter.

use thiserror::Error;

/// A filter that cannot be used: which, and why.
#[derive(Debug, Error)]
#[error("filter {number} (of {log}): {what}")]
pub struct FilterError {
    /// Its place among the filters, from 1.
    pub(super) number: usize,
    /// The log that it names.
    pub(super) log: String,
    /// What was found, and what was expected.
    pub(super) what: String,
}
