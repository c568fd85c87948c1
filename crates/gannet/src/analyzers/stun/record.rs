//! The record of a question about addresses.

use std::net::IpAddr;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Port, Vector};

crate::events::record! {
    /// One row for each flow with STUN or TURN, at its end.
    pub struct Stun in "stun" {
        /// When its first message was seen.
        ts: Timestamp,
        /// The flow.
        conn: ConnTag,
        /// What was asked for, in the order in which it was first seen (RFC 8489, section 5; RFC 8656, section 17).
        methods: Vector<String>,
        /// Requests.
        requests: u64,
        /// Answers that succeeded.
        successes: u64,
        /// Answers that failed.
        errors: u64,
        /// The address that the server sees (RFC 8489, section 14.2).
        mapped_host as "mapped.host": Option<IpAddr>,
        /// The port that the server sees.
        mapped_p as "mapped.p": Option<Port>,
        /// How one of both sides names its software (RFC 8489, section 14.14).
        software: Option<Vec<u8>>,
    }
}
