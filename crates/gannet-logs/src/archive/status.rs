//! What the archive tells of itself.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Messages that wait to be heard; the oldest go.
const MOST_EVENTS: usize = 64;

/// How the archive stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchiveStatus {
    /// Logs that are closed and not archived yet.
    pub waiting: u64,
    /// Logs that were archived.
    pub archived: u64,
    /// Their bytes.
    pub bytes_in: u64,
    /// Bytes of their files in the archive.
    pub bytes_out: u64,
    /// Bytes behind the last whole line of logs that an earlier run left.
    pub torn_bytes: u64,
    /// Attempts that failed.
    pub failures: u64,
    /// Archived logs that were removed for their age, or for want of room.
    pub expired: u64,
    /// Their bytes.
    pub expired_bytes: u64,
}

/// Something to be said of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArchiveEvent {
    /// A run that was killed left a log with a torn last line.
    Mended {
        /// The log's name.
        log: String,
        /// Bytes that were cut off.
        bytes: u64,
    },
    /// Some rows could not be read, so that they are not in Parquet.
    Unreadable {
        /// The log's name.
        log: String,
        /// How many.
        rows: u64,
    },
    /// Something failed; it is tried again until it works.
    Failed(String),
    /// It works again.
    Recovered,
}

impl fmt::Display for ArchiveEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mended { log, bytes } => write!(
                f,
                "an earlier run was killed while it wrote {log}.log: the last line was torn, {bytes} bytes are cut off"
            ),
            Self::Unreadable { log, rows } => {
                write!(
                    f,
                    "{rows} rows of {log}.log cannot be read: they are archived as they are, and not as Parquet"
                )
            }
            Self::Failed(why) => write!(f, "{why}; the logs wait, and it is tried again"),
            Self::Recovered => f.write_str("logs are archived again"),
        }
    }
}

/// What the archive's thread and the one that writes logs both see.
#[derive(Default)]
pub(super) struct Board(Mutex<(ArchiveStatus, VecDeque<ArchiveEvent>)>);

impl Board {
    /// Changes the status.
    pub(super) fn change(&self, change: impl FnOnce(&mut ArchiveStatus)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).0);
    }

    /// Leaves a message.
    pub(super) fn tell(&self, event: ArchiveEvent) {
        let events = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).1;
        if events.len() == MOST_EVENTS {
            events.pop_front();
        }
        events.push_back(event);
    }

    /// The status.
    pub(super) fn status(&self) -> ArchiveStatus {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Takes the messages away.
    pub(super) fn hear(&self) -> Vec<ArchiveEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.drain(..).collect()
    }
}
