//! What can go wrong with log files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A log could not be kept: what was tried, on which path, and why it failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", gannet::capture::shown(.path))]
pub struct LogError {
    action: Action,
    path: PathBuf,
    source: io::Error,
}

impl LogError {
    /// A stream that cannot be written.
    pub(crate) fn stream(name: &str, source: io::Error) -> Self {
        Self { action: Action::Write, path: name.into(), source }
    }

    /// The file or directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The operating system's reason.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    MakeDirectory,
    Use,
    List,
    Create,
    Write,
    Rename,
    Remove,
    MoveAside,
    MakeArchive,
    Link,
    SetAside,
    Mend,
    Pack,
    Expire,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MakeDirectory => "make the log directory",
            Self::Use => "use the log directory",
            Self::List => "list the log directory",
            Self::Create => "create the log",
            Self::Write => "write to",
            Self::Rename => "give the finished log its name",
            Self::Remove => "remove",
            Self::MoveAside => "move aside",
            Self::MakeArchive => "make the archive",
            Self::Link => "link to the logs in",
            Self::SetAside => "set aside for the archive",
            Self::Mend => "close what an earlier run left in",
            Self::Pack => "archive",
            Self::Expire => "remove from the archive",
        })
    }
}

/// Says what an I/O error was about.
pub(crate) trait Context<T> {
    fn context(self, action: Action, path: &Path) -> Result<T, LogError>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, action: Action, path: &Path) -> Result<T, LogError> {
        self.map_err(|source| LogError { action, path: path.to_owned(), source })
    }
}
