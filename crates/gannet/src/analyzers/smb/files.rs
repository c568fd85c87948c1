//! Shares and files as records tell of them.

use std::borrow::Cow;
use std::hash::Hasher;
use std::sync::Arc;

use siphasher::sip::SipHasher24;

use super::record::{SmbFiles, SmbMapping};
use super::table::Holds;
use super::time::FileTime;
use crate::base::time::Timestamp;
use crate::events::{ConnTag, Enum, Fuid};
use crate::files::FileKey;

/// What a share is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    Disk,
    Pipe,
    Print,
    Unknown(u8),
}

impl Share {
    /// The type in a reply ([MS-SMB2] 2.2.10).
    pub(super) const fn of(kind: u8) -> Self {
        match kind {
            1 => Self::Disk,
            2 => Self::Pipe,
            3 => Self::Print,
            other => Self::Unknown(other),
        }
    }

    fn name(self) -> Cow<'static, str> {
        match self {
            Self::Disk => Cow::Borrowed("DISK"),
            Self::Pipe => Cow::Borrowed("PIPE"),
            Self::Print => Cow::Borrowed("PRINT"),
            Self::Unknown(kind) => Cow::Owned(format!("unknown-{kind}")),
        }
    }
}

/// A share that a client is connected to, or speaks of as if it were.
pub(super) struct Tree {
    pub(super) ts: Timestamp,
    /// Shared by all files of a share.
    pub(super) path: Option<Arc<[u8]>>,
    pub(super) service: Option<Vec<u8>>,
    pub(super) file_system: Option<Vec<u8>>,
    pub(super) share: Share,
}

impl Tree {
    /// One of which nothing is known.
    pub(super) const fn new(ts: Timestamp) -> Self {
        Self { ts, path: None, service: None, file_system: None, share: Share::Disk }
    }

    pub(super) fn row(&self, conn: ConnTag) -> SmbMapping {
        SmbMapping {
            ts: self.ts,
            conn,
            path: self.path.as_deref().map(<[u8]>::to_vec),
            service: self.service.clone(),
            native_file_system: self.file_system.clone(),
            share_type: self.share.name(),
        }
    }
}

/// Bytes of a path or a name that are kept. Windows' own limit for both together is 32,767 characters, most of which nobody uses; all
/// that is done to a file goes by its name.
const MAX_TEXT: usize = 4096;

/// A path or a name, as it is kept.
pub(super) fn kept(mut text: Vec<u8>) -> Vec<u8> {
    if text.len() > MAX_TEXT {
        text.truncate(MAX_TEXT);
        text.shrink_to_fit();
    }
    text
}

fn capacity(text: &Option<Vec<u8>>) -> usize {
    text.as_ref().map_or(0, Vec::capacity)
}

impl Holds for Tree {
    fn held(&self) -> usize {
        self.path.as_deref().map_or(0, <[u8]>::len) + capacity(&self.service) + capacity(&self.file_system)
    }
}

/// What is done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Read,
    Write,
    Open,
    Close,
    Rename,
    Delete,
    SetAttribute,
}

/// An action on a share, as far as rows tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) action: Action,
    pub(super) share: Share,
}

impl Done {
    /// Its name, if there is to be a row. What is renamed or deleted is a file, whatever the share.
    pub(super) const fn logged(self) -> Option<&'static str> {
        match (self.action, self.share) {
            (Action::Open, Share::Pipe) => None,
            (Action::Open, Share::Print) => Some("SMB::PRINT_OPEN"),
            (Action::Open, _) => Some("SMB::FILE_OPEN"),
            (Action::Close, Share::Print) => Some("SMB::PRINT_CLOSE"),
            (Action::Rename, _) => Some("SMB::FILE_RENAME"),
            (Action::Delete, _) => Some("SMB::FILE_DELETE"),
            _ => None,
        }
    }
}

/// Times of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) modified: FileTime,
    pub(super) accessed: FileTime,
    pub(super) created: FileTime,
    pub(super) changed: FileTime,
}

/// A file that is opened, or spoken of as if it were.
pub(super) struct File {
    pub(super) ts: Timestamp,
    pub(super) fuid: Option<Fuid>,
    pub(super) done: Option<Done>,
    /// Shared by all files of a share.
    pub(super) path: Option<Arc<[u8]>>,
    pub(super) name: Option<Vec<u8>>,
    pub(super) previous: Option<Vec<u8>>,
    pub(super) size: u64,
    pub(super) times: Option<Times>,
}

impl Holds for File {
    fn held(&self) -> usize {
        capacity(&self.name) + capacity(&self.previous)
    }
}

impl File {
    /// One of which nothing is known.
    pub(super) const fn new(ts: Timestamp) -> Self {
        Self { ts, fuid: None, done: None, path: None, name: None, previous: None, size: 0, times: None }
    }

    /// The name of the action in its row, if it is to have one.
    pub(super) fn logged(&self) -> Option<&'static str> {
        self.name.as_ref()?;
        self.done?.logged()
    }

    pub(super) fn row(&self, conn: ConnTag, action: &'static str) -> SmbFiles {
        SmbFiles {
            ts: self.ts,
            conn,
            fuid: self.fuid,
            action: Some(Enum(action)),
            path: self.path.as_deref().map(<[u8]>::to_vec),
            name: self.name.clone(),
            size: self.size,
            prev_name: self.previous.clone(),
            modified: self.times.map(|times| times.modified),
            accessed: self.times.map(|times| times.accessed),
            created: self.times.map(|times| times.created),
            changed: self.times.map(|times| times.changed),
        }
    }

    /// What makes a row the same as another one; nothing if all rows of the file are to be seen. When the file was last read
    /// does not count.
    pub(super) fn sameness(&self, action: &'static str) -> Option<u64> {
        let times = self.times?;
        let mut hasher = SipHasher24::new_with_keys(0x736d_6220, 1);
        let fuid = self.fuid.unwrap_or_default();
        for number in [u64::from(fuid.high), fuid.low, self.size] {
            hasher.write_u64(number);
        }
        for time in [times.modified, times.created, times.changed] {
            hasher.write_u64(time.0);
        }
        for text in [action.as_bytes(), self.path.as_deref().unwrap_or_default(), texted(&self.name)] {
            hasher.write_u64(text.len() as u64);
            hasher.write(text);
        }
        Some(hasher.finish())
    }

    /// Its content: the same for all connections between two hosts, and for all who open it, until it is changed.
    pub(super) fn key(&self, conn: ConnTag) -> Option<FileKey> {
        if self.name.is_none() && self.path.is_none() {
            return None;
        }
        let ends = [conn.orig_h, conn.resp_h].map(|end| match end.to_canonical() {
            std::net::IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
            std::net::IpAddr::V6(v6) => v6.octets(),
        });
        let [orig, resp] = &ends;
        let modified = self.times.map_or(0, |times| times.modified.0).to_le_bytes();
        Some(FileKey::shared(&[
            b"SMB",
            orig,
            resp,
            self.path.as_deref().unwrap_or_default(),
            texted(&self.name),
            &modified,
        ]))
    }
}

fn texted(text: &Option<Vec<u8>>) -> &[u8] {
    text.as_deref().unwrap_or_default()
}
