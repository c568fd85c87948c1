//! The record of a key exchange.

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Vector};

crate::events::record! {
    /// One row for each security association that hosts negotiate, when its flow ends or another one begins.
    pub struct Ike in "ike" {
        /// When its first message was seen.
        ts: Timestamp,
        /// The flow.
        conn: ConnTag,
        /// Version of the protocol: `1.0` or `2.0` (RFC 7296, section 3.1).
        version: String,
        /// How the initiator numbers the association, hexadecimal.
        initiator_spi: String,
        /// How the responder numbers it, hexadecimal; unset before it answers.
        responder_spi: Option<String>,
        /// Kinds of messages in the order in which they were first seen.
        exchanges: Vector<String>,
        /// Errors that were told in the clear (RFC 7296, section 3.10.1).
        errors: Vector<String>,
        /// Both sides have sent messages that are encrypted, as they do when they agree.
        established: bool,
    }
}
