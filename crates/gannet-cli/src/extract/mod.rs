//! Files out of the traffic into a folder: which ones, on which thread, and how many came.
//!
//! Each worker sees content as it goes by ([`Extracting`]) and hands pieces to the one thread that writes ([`keep`]). When that
//! is late, a worker that reads a capture waits for it; one that reads an interface gives the file up, for packets do not wait.

mod keep;
mod kind;
mod name;
#[cfg(test)]
mod tests;
mod way;
mod worker;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use gannet_logs::Place;
use serde_json::{Value, json};

use crate::human;
pub(crate) use kind::Kind;
use way::Counts;
pub(crate) use way::{Limits, Way};
pub(crate) use worker::Extracting;

/// Pieces that wait for the thread that writes.
const WAITING: usize = 1024;

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
