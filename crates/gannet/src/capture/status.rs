//! What a source tells of itself while it is read.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::Damage;
use crate::base::shown::shown;
use crate::base::time::Timestamp;

/// How far a source has come and what it met on the way.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SourceStatus {
    /// Bytes read so far, as they are on disk (compressed).
    pub bytes_read: u64,
    /// Bytes of all the files, as they are on disk; none if one of them is a pipe.
    pub bytes_total: Option<u64>,
    /// Files read to their end.
    pub files_done: u64,
    /// Files in all.
    pub files_total: u64,
    /// Captures that are cut or damaged, in the order they were found.
    pub damages: Arc<Vec<Damage>>,
    /// Files in directories that are no captures and were passed over; the first thousand of them.
    pub skipped: Arc<Vec<PathBuf>>,
    /// How many were passed over.
    pub skipped_total: u64,
    /// Packets that a [`Recorder`](super::Recorder) has kept.
    pub recorded: u64,
    /// Packets that it could not keep, for its file could not be written.
    pub unrecorded: u64,
    /// The rings or handles of a live source, one for each of its interfaces.
    pub rings: Vec<RingStatus>,
}

/// What one interface has given to one worker. Each packet that the kernel counts is either given up by it or read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RingStatus {
    /// Name of the interface.
    pub interface: String,
    /// Packets that the kernel has seen for this ring, behind the kernel's filter; those that it dropped included.
    pub seen: u64,
    /// Packets that the kernel dropped, because the ring was full.
    pub dropped: u64,
    /// Packets that were read.
    pub read: u64,
    /// Bytes of the ring.
    pub bytes: u64,
    /// Whether the interface is there and up.
    pub up: bool,
    /// Packets that the interface itself has received and sent since the ring was opened, whoever they were for, if the
    /// system tells.
    pub link: Option<u64>,
}

/// Something that happened to an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceEvent {
    /// When it was noticed.
    pub ts: Timestamp,
    /// Name of the interface.
    pub interface: String,
    /// What happened.
    pub what: What,
}

impl SourceEvent {
    /// Something that happened.
    pub fn new(ts: Timestamp, interface: impl Into<String>, what: What) -> Self {
        Self { ts, interface: interface.into(), what }
    }
}

/// What may happen to an interface.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum What {
    /// It went down; it may come up again.
    Down,
    /// It came up.
    Up,
    /// It is not there any more; one of the same name is waited for.
    Gone,
    /// One of the same name is there again, and is read.
    Back,
    /// Something else that is worth telling, in words.
    Trouble(String),
}

impl fmt::Display for SourceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = shown(&self.interface);
        match &self.what {
            What::Down => write!(f, "interface {name} is down: waiting for it to come up"),
            What::Up => write!(f, "interface {name} is up"),
            What::Gone => write!(f, "interface {name} is gone: waiting for one of that name"),
            What::Back => write!(f, "interface {name} is back and is read again"),
            What::Trouble(text) => write!(f, "interface {name}: {text}"),
        }
    }
}
