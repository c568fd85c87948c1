//! What can go wrong with a source, and what a source tells of itself.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::base::shown::shown;

#[cfg(feature = "libpcap")]
use super::filter::FilterError;

/// Who can do something about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blame {
    /// Whoever runs the program: a path, a right, a filter, an option has to be another.
    User,
    /// Whoever runs the machine: a disk, memory, the kernel does not do its part.
    System,
    /// Whoever writes the program.
    Defect,
}

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
        why: Refusal,
    },
    /// More compressed files or pipes overlap in time than may be open at once.
    TooManyOpen {
        /// The file that could not be opened.
        path: PathBuf,
        /// Files that are open.
        open: usize,
    },
}

impl SourceError {
    /// Who can do something about it.
    pub fn blame(&self) -> Blame {
        match self {
            Self::NoFiles
            | Self::Empty { .. }
            | Self::NotCapture { .. }
            | Self::Unsupported { .. }
            | Self::NoCaptures { .. }
            | Self::TooManyOpen { .. } => Blame::User,
            Self::Open { source, .. } | Self::Create { source, .. } => blame_for_path(source),
            Self::Read { .. } => Blame::System,
            Self::Interface { why, .. } => why.blame(),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFiles => f.write_str("no capture file was named"),
            Self::Open { path, source } => write!(f, "cannot open {}: {source}", shown(path)),
            Self::Create { path, source } => {
                write!(f, "cannot make {} to record packets to: {source}", shown(path))
            }
            Self::Read { path, offset, source } => {
                write!(f, "cannot read {} after byte {offset}: {source}", shown(path))
            }
            Self::Empty { path } => write!(f, "{} is no capture file: it is empty", shown(path)),
            Self::NotCapture { path, found } => {
                let expected = "expected pcap, pcapng, gzip or zstd";
                write!(f, "{} is no capture file: it {found}; {expected}", shown(path))
            }
            Self::Unsupported { path, what } => write!(f, "cannot read {}: {what}", shown(path)),
            Self::NoCaptures { path, skipped } => {
                let path = shown(path);
                write!(f, "no capture file in {path} or below it ({skipped} other files there)")
            }
            Self::Interface { name, why } => write!(f, "interface {}: {why}", shown(name)),
            Self::TooManyOpen { path, open } => write!(
                f,
                "{} overlaps in time with {open} other files that are compressed or pipes and have to stay open: \
                 decompress them, or merge them first",
                shown(path)
            ),
        }
    }
}

/// Who can do something about a path that cannot be opened or made.
fn blame_for_path(error: &io::Error) -> Blame {
    use io::ErrorKind::{
        AlreadyExists, InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound,
        PermissionDenied, ReadOnlyFilesystem,
    };
    match error.kind() {
        AlreadyExists | InvalidFilename | InvalidInput | IsADirectory | NotADirectory | NotFound
        | PermissionDenied | ReadOnlyFilesystem => Blame::User,
        _ => Blame::System,
    }
}

/// Why an interface cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// What was asked for cannot be: there is no such interface, or it or these options cannot be read in this way.
    Request(String),
    /// The right is missing.
    Permission {
        /// What was refused, and what the system said.
        what: String,
    },
    /// The packet filter does not fit the interface.
    #[cfg(feature = "libpcap")]
    Filter(FilterError),
    /// The kernel does not do its part.
    System {
        /// What it does not do.
        what: String,
        /// What it says.
        source: io::Error,
        /// What to do; begins with a colon if there is something.
        hint: &'static str,
    },
    /// libpcap does not do its part; it says so in words only.
    Libpcap(String),
    /// The kernel refuses what the program alone has made up.
    Defect {
        /// What is refused.
        what: &'static str,
        /// What the kernel says.
        source: io::Error,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(what) | Self::Libpcap(what) => f.write_str(what),
            Self::Permission { what } => {
                let mend = "run as root, or give the program CAP_NET_RAW";
                write!(f, "{what}: the right to read interfaces is missing: {mend}")
            }
            #[cfg(feature = "libpcap")]
            Self::Filter(error) => error.fmt(f),
            Self::System { what, source, hint } => write!(f, "{what}: {source}{hint}"),
            Self::Defect { what, source } => {
                write!(f, "{what}: {source}; this is a defect of the program, please report it")
            }
        }
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::System { source, .. } | Self::Defect { source, .. } => Some(source),
            // The error above says what this one says.
            #[cfg(feature = "libpcap")]
            Self::Filter(error) => error.source(),
            Self::Request(_) | Self::Permission { .. } | Self::Libpcap(_) => None,
        }
    }
}

#[cfg(feature = "libpcap")]
impl From<FilterError> for Refusal {
    fn from(error: FilterError) -> Self {
        Self::Filter(error)
    }
}

impl Refusal {
    /// Who can do something about it.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Request(_) | Self::Permission { .. } => Blame::User,
            #[cfg(feature = "libpcap")]
            Self::Filter(_) => Blame::User,
            Self::System { .. } | Self::Libpcap(_) => Blame::System,
            Self::Defect { .. } => Blame::Defect,
        }
    }

    /// The kernel refuses something: for want of a right, or because it cannot.
    #[cfg(any(feature = "libpcap", all(feature = "afpacket", target_os = "linux")))]
    pub(super) fn by_kernel(what: &str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::Permission { what: format!("{what}: {source}") },
            _ => Self::System { what: what.to_owned(), source, hint: "" },
        }
    }

    /// The same, with what to do about a kernel that cannot.
    #[cfg(all(feature = "afpacket", target_os = "linux"))]
    pub(super) fn with_hint(mut self, what_to_do: &'static str) -> Self {
        if let Self::System { hint, .. } = &mut self {
            *hint = what_to_do;
        }
        self
    }

    /// The kernel refuses a program that is all our own.
    #[cfg(all(feature = "afpacket", target_os = "linux"))]
    pub(super) fn of_program(what: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::InvalidInput => Self::Defect { what, source },
            _ => Self::by_kernel(what, source),
        }
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Open { source, .. } | Self::Create { source, .. } | Self::Read { source, .. } => {
                Some(source)
            }
            Self::Interface { why, .. } => Some(why),
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
        write!(f, "{} {kind} at byte {}: {}", shown(&self.path), self.offset, self.what)
    }
}
