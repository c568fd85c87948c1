//! The record of an SNMP flow.

use crate::base::time::{Interval, Timestamp};
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each flow, when it ends.
    pub struct Snmp in "snmp" {
        /// When the first message came that is understood.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Time from that message to the last one.
        duration: Interval,
        /// Version of the first message: `1`, `2c` or `3`.
        version: &'static str,
        /// Community (RFC 1157, section 4; RFC 1901, section 3), or the user's name (RFC 3414, section 2.4).
        community: Option<Vec<u8>>,
        /// Variables in GetRequest and GetNextRequest (RFC 3416, section 4.2).
        get_requests: u64,
        /// Variables in GetBulkRequest.
        get_bulk_requests: u64,
        /// Variables in Response.
        get_responses: u64,
        /// Variables in SetRequest.
        set_requests: u64,
        /// The description of the system (sysDescr; RFC 3418, section 2).
        display_string: Option<Vec<u8>>,
        /// When the system was started (sysUpTime; RFC 3418, section 2).
        up_since: Option<Timestamp>,
    }
}
