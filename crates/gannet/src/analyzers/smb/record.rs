//! The records of mapped shares and of what is done to files on them.

use std::borrow::Cow;

use super::time::FileTime;
use crate::base::time::Timestamp;
use crate::events::{ConnTag, Enum, Fuid};

crate::events::record! {
    /// One row for each share that a client connects to.
    pub struct SmbMapping in "smb_mapping" {
        /// When it was asked for.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// The share, as the client names it ([MS-SMB2] 2.2.9, [MS-CIFS] 2.2.4.55).
        path: Option<Vec<u8>>,
        /// SMB 1: kind of the share, in the server's words ([MS-CIFS] 2.2.4.55.2).
        service: Option<Vec<u8>>,
        /// SMB 1: the file system behind it.
        native_file_system: Option<Vec<u8>>,
        /// `DISK`, `PIPE` or `PRINT` ([MS-SMB2] 2.2.10).
        share_type: Cow<'static, str>,
    }
}

crate::events::record! {
    /// One row for each file that is opened, renamed, deleted or printed.
    pub struct SmbFiles in "smb_files" {
        /// When the file was first spoken of: when its opening was asked for.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// The content that was seen of it, once there was some.
        fuid: Option<Fuid>,
        /// What is done.
        action: Option<Enum>,
        /// The share that it is on.
        path: Option<Vec<u8>>,
        /// Its name on the share.
        name: Option<Vec<u8>>,
        /// Its size in bytes when it was opened ([MS-SMB2] 2.2.14, EndofFile).
        size: u64,
        /// The name before, if it is renamed.
        prev_name: Option<Vec<u8>>,
        /// When its content was last changed.
        modified as "times.modified": Option<FileTime>,
        /// When it was last read.
        accessed as "times.accessed": Option<FileTime>,
        /// When it was made.
        created as "times.created": Option<FileTime>,
        /// When it was last changed in any way.
        changed as "times.changed": Option<FileTime>,
    }
}
