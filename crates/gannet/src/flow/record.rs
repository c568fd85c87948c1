//! The records of this stage: connections, and analyzers that turned out to be wrong.

use crate::base::time::{Interval, Timestamp};
use crate::events::record;
use crate::events::{ConnTag, Enum, Mac, Set, Uid};

record! {
    /// One row for each connection, when it is over.
    pub struct Conn in "conn" {
        /// Time of its first packet.
        ts: Timestamp,
        /// Its id and endpoints.
        conn: ConnTag,
        /// Transport protocol: tcp, udp, icmp or unknown_transport.
        proto: Enum,
        /// Protocols that analyzers confirmed, in the order of confirmation, joined by commas.
        service: Option<String>,
        /// From the first to the last packet; unset if that is no time at all.
        duration: Option<Interval>,
        /// Payload bytes from the originator; for TCP by sequence numbers (RFC 9293, section 3.4).
        orig_bytes: Option<u64>,
        /// Payload bytes from the responder.
        resp_bytes: Option<u64>,
        /// How it went, such as SF (opened and closed) or S0 (no answer).
        conn_state: Option<&'static str>,
        /// Whether the originator is in a local network.
        local_orig: Option<bool>,
        /// Whether the responder is in a local network.
        local_resp: Option<bool>,
        /// Bytes that were acknowledged but never seen.
        missed_bytes: u64,
        /// What happened, a letter each; capitals for the originator.
        history: Option<Vec<u8>>,
        /// Packets from the originator.
        orig_pkts: Option<u64>,
        /// Bytes from the originator by the length fields of its IP headers.
        orig_ip_bytes: Option<u64>,
        /// Packets from the responder.
        resp_pkts: Option<u64>,
        /// Bytes from the responder by the length fields of its IP headers.
        resp_ip_bytes: Option<u64>,
        /// Ids of the connections that carried it.
        tunnel_parents: Option<Set<Uid>>,
        /// IP protocol number.
        ip_proto: Option<u64>,
    } extra {
        /// VLAN id of the outer tag (IEEE 802.1Q).
        vlan: Option<i64>,
        /// VLAN id of the inner tag.
        inner_vlan: Option<i64>,
        /// Hardware address of the originator, by the first packet; Ethernet only.
        orig_l2_addr: Option<Mac>,
        /// Hardware address of the responder.
        resp_l2_addr: Option<Mac>,
    }
}

/// An interim record of a connection that is still open: the columns of [`Conn`] as they are so far, with the same id.
///
/// Not `#[non_exhaustive]`: it is made from what it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenConn(pub Conn);

crate::events::same_columns!(
    OpenConn,
    Conn,
    "open_conn",
    "One row for each age in a list that a connection reaches: what there is of it so far."
);
