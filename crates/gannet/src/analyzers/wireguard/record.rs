//! The record of a WireGuard peering.

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each flow of WireGuard with a handshake, at its end.
    pub struct Wireguard in "wireguard" {
        /// When the first handshake began.
        ts: Timestamp,
        /// The flow.
        conn: ConnTag,
        /// Whether a handshake was answered (section 5.4.3 of the paper).
        established: bool,
        /// Handshakes that were begun by either side.
        initiations: u64,
        /// Handshakes that were answered.
        responses: u64,
        /// Answers that ask to try again with a cookie (section 5.4.7): the peer is under load.
        cookies: u64,
        /// Packets of data that the originator sent.
        orig_data_pkts: u64,
        /// Packets of data that the responder sent.
        resp_data_pkts: u64,
        /// Messages without data that the originator sent, by which the peer knows it is there.
        orig_keepalives: u64,
        /// Messages without data that the responder sent.
        resp_keepalives: u64,
    }
}
