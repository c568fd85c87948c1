//! The record of a question.

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each question about a user, where more than Zeek's services are asked for.
    pub struct Finger in "finger" {
        /// When it was asked.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Who was asked about; empty for everybody (RFC 1288, section 2.3).
        query: Vec<u8>,
        /// Whether a long answer was asked for, by `/W`.
        full: bool,
        /// Bytes of the answer.
        answer_bytes: u64,
    }
}
