//! What can go wrong with a source, and what a source tells of itself.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A source that cannot be read at all.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// No file was named.
    NoFiles,
    /// The file or directory cannot be opened.
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file to record packets to cannot be made.
    Create {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Reading failed on the way: a disk, not the capture, is at fault.
    Read {
        /// The file.
        path: PathBuf,
        /// Bytes of the (decompressed) capture that were read before.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The file has no bytes.
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    NotCapture {
        /// The file.
        path: PathBuf,
        /// How it begins, or what is wrong with its header.
        found: String,
    },
    /// A capture of a version, or compressed in a way, that this build does not read.
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it is, and what could be read.
        what: String,
    },
    /// A directory without a single capture in it.
    NoCaptures {
        /// The directory.
        path: PathBuf,
        /// Files in it that are no captures.
        skipped: u64,
    },
    /// An interface cannot be read.
    Interface {
        /// Its name.
        name: String,
        /// Why, and what to do.
        what: String,
    },
    /// More compressed files or pipes overlap in time than may be open at once.
    TooManyOpen {
        /// The file that could not be opened.
        path: PathBuf,
        /// Files that are open.
        open: usize,
    },
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFiles => f.write_str("no capture file was named"),
            Self::Open { path, source } => write!(f, "cannot open {}: {source}", path.display()),
            Self::Create { path, source } => {
                write!(f, "cannot make {} to record packets to: {source}", path.display())
            }
            Self::Read { path, offset, source } => {
                write!(f, "cannot read {} after byte {offset}: {source}", path.display())
            }
            Self::Empty { path } => write!(f, "{} is no capture file: it is empty", path.display()),
            Self::NotCapture { path, found } => {
                let expected = "expected pcap, pcapng, gzip or zstd";
                write!(f, "{} is no capture file: it {found}; {expected}", path.display())
            }
            Self::Unsupported { path, what } => write!(f, "cannot read {}: {what}", path.display()),
            Self::NoCaptures { path, skipped } => {
                let path = path.display();
                write!(f, "no capture file in {path} or below it ({skipped} other files there)")
            }
            Self::Interface { name, what } => write!(f, "interface {name}: {what}"),
            Self::TooManyOpen { path, open } => write!(
                f,
                "{} overlaps in time with {open} other files that are compressed or pipes and have to stay open: \
                 decompress them, or merge them first",
                path.display()
            ),
        }
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Open { source, .. } | Self::Create { source, .. } | Self::Read { source, .. } => {
                Some(source)
            }
            _ => None,
        }
    }
}

/// In what way a capture is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DamageKind {
    /// The file ends inside a record, its header, or its compressed stream.
    Cut,
    /// The bytes make no sense.
    Malformed,
}

/// A capture that was read to its last whole packet and not further.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// Where the record begins that could not be read: bytes from the start of the (decompressed) capture.
    pub offset: u64,
    /// Cut or malformed.
    pub kind: DamageKind,
    /// What was found there.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            DamageKind::Cut => "is cut",
            DamageKind::Malformed => "is damaged",
        };
        write!(f, "{} {kind} at byte {}: {}", self.path.display(), self.offset, self.what)
    }
}
