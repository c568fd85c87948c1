//! The record of who has a connection.

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each question about a connection, when it is answered or its flow ends.
    pub struct Ident in "ident" {
        /// When it was asked.
        ts: Timestamp,
        /// The flow of the question.
        conn: ConnTag,
        /// Port of the connection on the host that is asked (RFC 1413, section 4).
        host_p: u64,
        /// Port of the connection on the host that asks.
        asker_p: u64,
        /// The system that the answer names.
        system: Option<Vec<u8>>,
        /// The user that the answer names.
        user: Option<Vec<u8>>,
        /// Why there is no answer, such as `NO-USER`.
        error: Option<Vec<u8>>,
    }
}
