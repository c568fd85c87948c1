//! Logs that are closed from time to time, compressed, and kept for as long as there is room.
//!
//! # The way of a log
//!
//! A run writes its logs in a directory, the *spool*. When a period is over, or a log has its size, the log is closed and waits in a
//! folder of the spool, `rotated`. A thread of its own takes it from there to the archive. All that is known of a log is in the
//! name of its file, so that a process can be killed between any two steps and the next one goes on:
//!
//! ```text
//! spool/conn.log                        being written, by the one process that holds the spool's lock
//!    │ the rows so far are handed to the system; renamed
//! spool/rotated/conn__FROM__TO__N.open  all rows are in it; its last line is written by the run alone
//!    │ the last line is written; renamed
//! spool/rotated/conn__FROM__TO__N.log   closed
//!    │ packed into ARCHIVE/DAY/.….partial, which is on the disk before it gets its name
//! ARCHIVE/DAY/conn.14:00:00-15:00:00.log.gz, and still spool/rotated/conn__FROM__TO__N.log
//!    │ if that is wanted, written as Parquet in the same way, under a name by its content
//!    │ removed from the spool
//! ARCHIVE/DAY/conn.14:00:00-15:00:00.log.gz
//! ```
//!
//! When a process begins, it holds the lock, so all that it finds is of dead ones:
//!
//! | it finds | that means | it does |
//! |---|---|---|
//! | `spool/conn.log` | killed while it wrote | renames it to `….left` |
//! | `rotated/names` | it wrote logs that filters had named | looks for these, too |
//! | `….open` | killed while it closed the log | renames it to `….left` |
//! | `….left` | the last line may be torn, and may be missing | cuts what is behind the last whole line, writes `#close` unless it is there, renames it to `….log`. A log without a row is removed |
//! | `….log` | closed, and perhaps archived already | if the archive has a file of its name that holds the same, removes it; else packs it, under a number if the name is taken |
//! | `DAY/.….partial` | killed while it packed | writes it anew |
//!
//! A rename is one step for the file system, and a file gets its name in the archive only once it is on the disk and only if the
//! name is free. So a log is in the spool, or in the archive, or for a moment in both and then the same; it is never in neither.
//! What a kill costs is what was not yet handed to the system, which a live run does four times a second; a power cut costs what
//! the system had not yet written to the disk.
//!
//! What cannot be archived waits in the spool, and is tried again; the run goes on.

mod archiver;
mod expire;
mod job;
mod mend;
mod name;
mod pack;
#[cfg(feature = "parquet")]
mod parquet;
mod period;
mod queue;
mod status;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::SystemTime;

use gannet::Interval;

pub(crate) use archiver::Archiver;
pub use expire::Expiry;
pub use pack::Compression;
#[cfg(feature = "parquet")]
pub use parquet::ParquetArchive;
pub(crate) use period::Period;
pub(crate) use queue::{Queue, Stage, Waiting};
pub use status::{ArchiveEvent, ArchiveStatus};

/// When logs are closed to be archived. The end of a run closes them, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotation {
    /// At each full interval after midnight (UTC), and at midnight; a day at most. For a run on captures this is the captures'
    /// time.
    pub every: Option<Interval>,
    /// When a log has so many bytes.
    pub bytes: Option<u64>,
}

impl Rotation {
    /// The longest interval: no archived log is of two days.
    pub const LONGEST: Interval = Interval::from_secs(86_400);
}

/// Where closed logs go.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Archive {
    /// The directory that has a folder for each day.
    pub to: PathBuf,
    /// How they are compressed.
    pub compression: Compression,
    /// When they go.
    pub expiry: Expiry,
    /// Where they go as Parquet, too.
    #[cfg(feature = "parquet")]
    pub parquet: Option<ParquetArchive>,
}

impl Archive {
    /// An archive in a directory, compressed with gzip, that keeps everything.
    pub fn new(to: impl Into<PathBuf>) -> Self {
        Self {
            to: to.into(),
            compression: Compression::default(),
            expiry: Expiry::default(),
            #[cfg(feature = "parquet")]
            parquet: None,
        }
    }
}

/// All there is to know to archive the logs of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Archiving {
    /// When logs are closed.
    pub rotation: Rotation,
    /// Where they go.
    pub archive: Archive,
    /// The clock on the wall, by which archived logs are old.
    pub clock: fn() -> SystemTime,
}

impl Archiving {
    /// To that archive, at these times.
    pub fn new(rotation: Rotation, archive: Archive) -> Self {
        Self { rotation, archive, clock: SystemTime::now }
    }
}
