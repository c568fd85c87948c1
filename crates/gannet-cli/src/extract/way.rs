//! The way from workers to the thread that writes, and what all of them count.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};

use bytes::Bytes;

use super::kind::Kind;

/// Longest piece.
pub(super) const PIECE: usize = 64 * 1024;

/// What is to be done with a file; each has a number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// It begins, and will have this name.
    Begin(u64, String),
    Data(u64, Bytes),
    /// So many bytes were never seen.
    Hole(u64, u64),
    End(u64),
    /// It is not wanted after all.
    Abort(u64),
}

/// How much may be extracted, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Of one file.
    pub(crate) file: u64,
    /// Of all files of a run.
    pub(crate) total: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: 100 << 20, total: 10 << 30 }
    }
}

/// What all workers count together.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Bytes, up to the limit of all.
    pub(super) bytes: AtomicU64,
    /// Files that were begun: the numbers of those so far.
    pub(super) begun: AtomicU64,
    pub(super) files: AtomicU64,
    /// Files that a limit cut.
    pub(super) cut: AtomicU64,
    /// Files that were given up: the thread that writes was late, or too much waited for its type.
    pub(super) lost: AtomicU64,
    /// Files that could not be written.
    pub(super) failed: AtomicU64,
}

/// The way from a worker to the thread that writes.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(super) kinds: Arc<[Kind]>,
    pub(super) limits: Limits,
    pub(super) counts: Arc<Counts>,
    pub(super) tasks: SyncSender<Task>,
    /// A worker waits for the thread that writes, and gives no file up.
    pub(super) waits: bool,
}

impl Way {
    pub(super) fn wants(&self, mime: Option<&str>) -> bool {
        self.kinds.iter().any(|kind| kind.has(mime))
    }

    /// Hands a task over; false if it cannot be.
    pub(super) fn send(&self, task: Task) -> bool {
        if self.waits {
            return self.tasks.send(task).is_ok();
        }
        match self.tasks.try_send(task) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    /// Whether the limit of all lets nothing more through.
    pub(super) fn is_full(&self) -> bool {
        self.counts.bytes.load(Ordering::Relaxed) >= self.limits.total
    }

    /// How many of so many bytes the limit of all still lets through.
    pub(super) fn reserve(&self, wanted: u64) -> u64 {
        let total = self.limits.total;
        let take = |taken: u64| Some(taken.saturating_add(wanted).min(total.max(taken)));
        let before =
            self.counts.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or(total);
        total.saturating_sub(before).min(wanted)
    }
}
