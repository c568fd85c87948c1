//! Moments in the life of a connection. They are no logs: policies watch them.

use super::record;
use super::value::{ConnTag, Enum};

record! {
    /// A TCP connection was accepted: the originator sent a SYN, and the first segment of the responder has one too
    /// (RFC 9293, section 3.5). It is told at that segment, whether or not the originator acknowledges it.
    pub struct Established in "established" internal {
        /// Its id and endpoints.
        conn: ConnTag,
        /// Whether the originator is in a local network.
        local_orig: Option<bool>,
        /// Whether the responder is in a local network.
        local_resp: Option<bool>,
    }
}

record! {
    /// An analyzer confirmed that a connection has its protocol, or the connection is over: what is known of it then.
    pub struct Milestone in "milestone" internal {
        /// Its id and endpoints.
        conn: ConnTag,
        /// Transport protocol: tcp, udp, icmp or unknown_transport.
        proto: Enum,
        /// Whether it is over.
        over: bool,
        /// Protocols that analyzers confirmed so far, in the order of confirmation, joined by commas.
        service: Option<String>,
        /// Whether the responder took part: over TCP it accepted, or data was seen of it; over UDP it sent a datagram.
        answered: bool,
        /// Payload bytes from the responder so far; for TCP by sequence numbers (RFC 9293, section 3.4).
        resp_bytes: u64,
        /// Whether the responder is in a local network.
        local_resp: Option<bool>,
    }
}
