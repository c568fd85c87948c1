//! The record of a QUIC connection.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each connection, and one for what came before a Retry, a version that is not known or a close.
    pub struct Quic in "quic" {
        /// When its first packet with a long header was seen.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Version in its first packet (RFC 9000, section 15; RFC 9369, section 3).
        version: Cow<'static, str>,
        /// Destination connection id of the client's first packet, in hexadecimal (RFC 9000, section 7.2).
        client_initial_dcid: Option<Vec<u8>>,
        /// Source connection id of the client's last packet that has one, in hexadecimal; empty if it is (RFC 9000, section 5.1).
        client_scid: Option<Vec<u8>>,
        /// The same of the server (RFC 9000, section 5.1).
        server_scid: Option<Vec<u8>>,
        /// The server's name that the client asks for (RFC 6066, section 3).
        server_name: Option<Vec<u8>>,
        /// The protocol that the client would like best (RFC 7301, section 3.1).
        client_protocol: Option<Vec<u8>>,
        /// What happened, a letter each, the client's in capitals: `I` Initial, `H` Handshake, `Z` 0-RTT, `R` Retry (RFC 9000,
        /// section 17.2), `S` hello, `C` close, `U` unknown version, `O` first, second, fourth, eighth … short header, `X` no
        /// packet of QUIC.
        history: Vec<u8>,
    }
}
