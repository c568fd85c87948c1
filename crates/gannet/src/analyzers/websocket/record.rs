//! The record of a WebSocket.

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Vector};

crate::events::record! {
    /// One row for each connection that goes from HTTP over to WebSocket.
    pub struct WebSocket in "websocket" {
        /// When the server agreed.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// The host that was asked for (RFC 6455, section 4.1).
        host: Option<Vec<u8>>,
        /// What was asked for there (RFC 6455, section 4.1).
        uri: Option<Vec<u8>>,
        /// What the client calls itself (RFC 9110, section 10.1.5).
        user_agent: Option<Vec<u8>>,
        /// The protocol inside that the server chose (RFC 6455, section 11.3.4).
        subprotocol: Option<Vec<u8>>,
        /// The protocols inside that the client offered (RFC 6455, section 11.3.4).
        client_protocols: Option<Vector<Vec<u8>>>,
        /// The extensions that the server agreed to (RFC 6455, section 11.3.2).
        server_extensions: Option<Vector<Vec<u8>>>,
        /// The extensions that the client offered (RFC 6455, section 11.3.2).
        client_extensions: Option<Vector<Vec<u8>>>,
    }
}
