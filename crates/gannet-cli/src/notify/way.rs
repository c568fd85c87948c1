//! A way to somebody.

use gannet_policy::notice::Notice;

/// Takes messages to somebody.
pub(super) trait Way: Send {
    /// Sends these notices in one message, within the time that it has, and says that so many were lost before them.
    fn send(&mut self, notices: &[&Notice], lost: u64) -> Outcome;
}

/// What came of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Sent,
    /// It may be taken later; why it was not.
    Later(String),
    /// It will never be taken; why.
    Never(String),
}

impl From<std::io::Error> for Outcome {
    /// Whoever is not there may come back.
    fn from(error: std::io::Error) -> Self {
        Self::Later(error.to_string())
    }
}
