//! Why a run failed, by who can do something about it.

use std::any::Any;
use std::error::Error;
use std::fmt;

use crate::capture::SourceError;
use crate::engine::summary::Summary;

/// Why a run failed. What was analysed until then has been handed on, and [`Self::summary`] counts it.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// The source could not be read: whoever named it can do something about it, and the error says what.
    Source {
        /// What the source says.
        error: SourceError,
        /// What was analysed.
        summary: Box<Summary>,
    },
    /// A thread ended by a defect, of the engine or of a subscriber. What that worker knew is lost; the others ended in good
    /// order.
    Worker {
        /// What the panic said.
        message: String,
        /// What the other workers analysed.
        summary: Box<Summary>,
    },
}

impl RunError {
    /// The summary, if nothing failed.
    pub(super) fn check(
        read: Result<(), SourceError>,
        lost: Option<String>,
        summary: Summary,
    ) -> Result<Summary, Self> {
        match (read, lost) {
            (Err(error), _) => Err(Self::Source { error, summary: Box::new(summary) }),
            (Ok(()), Some(message)) => Err(Self::Worker { message, summary: Box::new(summary) }),
            (Ok(()), None) => Ok(summary),
        }
    }

    /// What was analysed before the run failed.
    pub fn summary(&self) -> &Summary {
        match self {
            Self::Source { summary, .. } | Self::Worker { summary, .. } => summary,
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source { error, .. } => error.fmt(f),
            Self::Worker { message, .. } => {
                write!(f, "a worker ended by a defect of the program, and its records are lost: {message}")
            }
        }
    }
}

impl Error for RunError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // The error above says what this one says.
            Self::Source { error, .. } => error.source(),
            Self::Worker { .. } => None,
        }
    }
}

/// What a panic said.
pub(super) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}
