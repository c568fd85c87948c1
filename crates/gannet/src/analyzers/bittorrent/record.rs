//! The record of peers that greet each other.

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Vector};

crate::events::record! {
    /// One row for each greeting of two peers: when both have greeted, or at the end if one has not.
    pub struct Bittorrent in "bittorrent" {
        /// When the first of them greeted.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// What they are about to exchange, as hexadecimal digits: the SHA-1 of the torrent's description (BEP 3).
        info_hash: String,
        /// Whether both have greeted.
        established: bool,
        /// The id of the peer that called, which names its software (BEP 20).
        orig_peer_id: Option<Vec<u8>>,
        /// The id of the peer that was called.
        resp_peer_id: Option<Vec<u8>>,
        /// Extensions that the caller offers: `dht` (BEP 5), `fast` (BEP 6), `extended` (BEP 10), `v2` (BEP 52).
        orig_extensions: Vector<&'static str>,
        /// Extensions that the one who was called offers.
        resp_extensions: Vector<&'static str>,
    }
}
