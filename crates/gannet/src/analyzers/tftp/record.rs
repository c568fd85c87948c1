//! The record of a file that is asked for.

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Uid};

crate::events::record! {
    /// One row for each file that a client wants to read or to write, when its flow ends or asks for another.
    pub struct Tftp in "tftp" {
        /// When it was asked for.
        ts: Timestamp,
        /// The flow of the request; the file travels on another one.
        conn: ConnTag,
        /// Whether the client sends the file and does not get it.
        is_write: bool,
        /// Name of the file (RFC 1350, section 5).
        file_name: Vec<u8>,
        /// How it travels: `octet`, `netascii` or `mail`.
        mode: Vec<u8>,
        /// Bytes of a block that the client wants (RFC 2348).
        block_size: Option<u64>,
        /// Bytes of the file, as far as the client knows (RFC 2349).
        size: Option<u64>,
        /// The flow that the file travels on.
        data_uid: Option<Uid>,
        /// Why the server refuses, if it does so on this flow.
        error: Option<Vec<u8>>,
    }
}
