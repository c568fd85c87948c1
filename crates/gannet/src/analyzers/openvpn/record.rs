//! The record of an OpenVPN session.

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each flow on which a client asked for an OpenVPN session, at its end.
    pub struct Openvpn in "openvpn" {
        /// When the client asked.
        ts: Timestamp,
        /// The flow.
        conn: ConnTag,
        /// How the client numbers the session, hexadecimal.
        client_session: String,
        /// How the server numbers it, hexadecimal; unset before it answers.
        server_session: Option<String>,
        /// Whether packets of the handshake carry more than they must, such as a signature (tls-auth, tls-crypt).
        is_wrapped: bool,
        /// Both sides have sent data.
        established: bool,
        /// Keys that were agreed upon again.
        rekeys: u64,
        /// Packets of data that the originator sent.
        orig_data_pkts: u64,
        /// Packets of data that the responder sent.
        resp_data_pkts: u64,
    }
}
