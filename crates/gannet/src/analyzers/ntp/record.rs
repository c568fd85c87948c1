//! The record of an NTP message.

use crate::base::time::{Interval, Timestamp};
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each message that tells the time. A message of mode 0, which is reserved, has its version and its mode only.
    pub struct Ntp in "ntp" {
        /// When the message was seen.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Version of the protocol (RFC 5905, section 7.3).
        version: u64,
        /// What the sender is to the other side: 1 and 2 peers, 3 client, 4 server, 5 broadcast (RFC 5905, section 7.3).
        mode: u64,
        /// How many servers are between the sender and a clock (RFC 5905, section 7.3).
        stratum: Option<u64>,
        /// Longest time between two messages, a power of two (RFC 5905, section 7.3).
        poll: Option<Interval>,
        /// Precision of the sender's clock, a power of two (RFC 5905, section 7.3).
        precision: Option<Interval>,
        /// Time to the clock that all others follow and back (RFC 5905, section 7.3).
        root_delay: Option<Interval>,
        /// How far from that clock's time the sender may be (RFC 5905, section 7.3).
        root_disp: Option<Interval>,
        /// What the sender takes its time from: the address of a server, of stratum 0 and 1 four bytes that name a clock or say
        /// why there is no time (RFC 5905, sections 7.3 and 7.4).
        ref_id: Option<Vec<u8>>,
        /// When the sender's clock was set (RFC 5905, section 7.3).
        ref_time: Option<Timestamp>,
        /// When the request left the client, by its own clock (RFC 5905, section 7.3).
        org_time: Option<Timestamp>,
        /// When the request came to the server (RFC 5905, section 7.3).
        rec_time: Option<Timestamp>,
        /// When this message left the sender (RFC 5905, section 7.3).
        xmt_time: Option<Timestamp>,
        /// Extension fields (RFC 5905, section 7.5).
        num_exts: u64,
    }
}
