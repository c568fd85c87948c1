//! The record of a syslog message.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Enum};

crate::events::record! {
    /// One row for each message.
    pub struct Syslog in "syslog" {
        /// When it was sent.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// The transport.
        proto: Enum,
        /// What it comes from (RFC 5424, section 6.2.1).
        facility: Cow<'static, str>,
        /// How bad it is (RFC 5424, section 6.2.1).
        severity: &'static str,
        /// All that follows the priority, or the whole datagram if it has none.
        message: Vec<u8>,
    }
}
