//! What POP3 makes: no log of its own, but the files in the mails that it brings.

use crate::events::LogStream;
use crate::files::FileInfo;

/// The records of POP3.
pub(super) const RECORDS: &[&LogStream] = &[FileInfo::STREAM];
