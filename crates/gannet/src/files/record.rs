//! The record of a file.

use crate::base::time::{Interval, Timestamp};
use crate::events::record;
use crate::events::{ConnTag, Fuid, Set};

record! {
    /// One row for each file, when it ends, and for each connection that carried a part of it.
    pub struct FileInfo in "files" {
        /// Time of its first bytes.
        ts: Timestamp,
        /// Its id.
        fuid: Fuid,
        /// The connection that carried it.
        conn: Option<ConnTag>,
        /// The protocol that carried it.
        source: Option<&'static str>,
        /// Nesting of its carrier, where the protocol has such a thing.
        depth: u64,
        /// File analyzers that looked into it.
        analyzers: Set<&'static str>,
        /// Its type by its first bytes.
        mime_type: Option<&'static str>,
        /// Its name, if its carrier gave one.
        filename: Option<Vec<u8>>,
        /// From its first bytes to the last ones.
        duration: Interval,
        /// Whether its sender is in a local network.
        local_orig: Option<bool>,
        /// Whether the originator of the connection sent it.
        is_orig: Option<bool>,
        /// Bytes that were seen.
        seen_bytes: u64,
        /// Bytes that it should have.
        total_bytes: Option<u64>,
        /// Bytes that were never seen.
        missing_bytes: u64,
        /// Bytes that were given up because they came too far ahead, or twice.
        overflow_bytes: u64,
        /// It ended by silence.
        timedout: bool,
        /// The file that it was taken from.
        parent_fuid: Option<Fuid>,
        /// MD5 of its content, if it was asked for and nothing is missing.
        md5: Option<String>,
        /// SHA-1 of its content.
        sha1: Option<String>,
        /// SHA-256 of its content.
        sha256: Option<String>,
        /// Name that it was extracted under.
        extracted: Option<String>,
        /// The extraction was cut by a limit.
        extracted_cutoff: Option<bool>,
        /// Bytes that were extracted.
        extracted_size: Option<u64>,
    }
}
