//! Files out of the traffic into a folder: which ones, on which thread, and how many came.
//!
//! Each worker sees content as it goes by ([`Extracting`]) and hands pieces to the one thread that writes ([`keep`]). When that
//! is late, a worker that reads a capture waits for it; one that reads an interface gives the file up, for packets do not wait.

mod keep;
mod kind;
mod name;
#[cfg(test)]
mod tests;
mod worker;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use bytes::Bytes;
use gannet_logs::Place;
use serde_json::{Value, json};

use crate::human;
pub(crate) use kind::Kind;
pub(crate) use worker::Extracting;

/// Pieces that wait for the thread that writes; each has at most [`PIECE`] bytes.
const WAITING: usize = 1024;
/// Longest piece.
const PIECE: usize = 64 * 1024;

/// What is to be done with a file; each has a number.
#[derive(Debug, PartialEq, Eq)]
enum Task {
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
struct Counts {
    /// Bytes, up to the limit of all.
    bytes: AtomicU64,
    /// Files that were begun: the numbers of those so far.
    begun: AtomicU64,
    files: AtomicU64,
    /// Files that a limit cut.
    cut: AtomicU64,
    /// Files that were given up: the thread that writes was late, or too much waited for its type.
    lost: AtomicU64,
    /// Files that could not be written.
    failed: AtomicU64,
}

/// The way from a worker to the thread that writes.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    kinds: Arc<[Kind]>,
    limits: Limits,
    counts: Arc<Counts>,
    tasks: SyncSender<Task>,
    /// A worker waits for the thread that writes, and gives no file up.
    waits: bool,
}

impl Way {
    fn wants(&self, mime: Option<&str>) -> bool {
        self.kinds.iter().any(|kind| kind.has(mime))
    }

    /// Hands a task over; false if it cannot be.
    fn send(&self, task: Task) -> bool {
        if self.waits {
            return self.tasks.send(task).is_ok();
        }
        match self.tasks.try_send(task) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    /// Whether the limit of all lets nothing more through.
    fn is_full(&self) -> bool {
        self.counts.bytes.load(Ordering::Relaxed) >= self.limits.total
    }

    /// How many of so many bytes the limit of all still lets through.
    fn reserve(&self, wanted: u64) -> u64 {
        let total = self.limits.total;
        let take = |taken: u64| Some(taken.saturating_add(wanted).min(total.max(taken)));
        let before =
            self.counts.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or(total);
        total.saturating_sub(before).min(wanted)
    }
}

/// A folder that files go to, and the thread that writes them.
pub(crate) struct Extraction {
    dir: PathBuf,
    way: Way,
    thread: JoinHandle<()>,
}

impl Extraction {
    /// Opens the folder, which is made if there is none. `waits` says whether workers wait for the thread that writes.
    ///
    /// # Errors
    /// A folder that cannot be made or opened, a thread that cannot be had.
    pub(crate) fn open(dir: &Path, kinds: &[Kind], limits: Limits, waits: bool) -> io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let place = Place::open(dir)?;
        let (tasks, rest) = sync_channel(WAITING);
        let counts = Arc::<Counts>::default();
        let counted = Arc::clone(&counts);
        let thread = std::thread::Builder::new()
            .name("extract".to_owned())
            .spawn(move || keep::Keeper::new(place, &counted).work(rest.iter()))?;
        let way = Way { kinds: kinds.into(), limits, counts, tasks, waits };
        Ok(Self { dir: dir.to_owned(), way, thread })
    }

    /// A worker's way to the thread that writes.
    pub(crate) fn way(&self) -> Way {
        self.way.clone()
    }

    /// Waits until all is written. All ways have to be gone.
    pub(crate) fn finish(self) -> Extracted {
        let Self { dir, way, thread } = self;
        let counts = Arc::clone(&way.counts);
        drop(way);
        let _panicked = thread.join();
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Extracted {
            dir,
            files: read(&counts.files),
            bytes: read(&counts.bytes),
            cut: read(&counts.cut),
            lost: read(&counts.lost),
            failed: read(&counts.failed),
        }
    }
}

/// What came of a run's extraction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extracted {
    dir: PathBuf,
    files: u64,
    bytes: u64,
    cut: u64,
    lost: u64,
    failed: u64,
}

impl Extracted {
    /// A line for people.
    pub(crate) fn text(&self) -> String {
        let dir = gannet::capture::shown(&self.dir);
        let mut text =
            format!("{}, {}, in {dir}", human::some(self.files, "file", "files"), human::bytes(self.bytes));
        for (count, what) in [
            (self.cut, "cut by a limit"),
            (self.lost, "given up because the disk was late"),
            (self.failed, "that could not be written"),
        ] {
            if count > 0 {
                text += &format!("; {} {what}", human::count(count));
            }
        }
        text
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "directory": self.dir.to_string_lossy(),
            "files": self.files,
            "bytes": self.bytes,
            "cut": self.cut,
            "lost": self.lost,
            "failed": self.failed,
        })
    }
}
