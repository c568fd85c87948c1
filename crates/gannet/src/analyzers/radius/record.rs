//! The record of a RADIUS exchange.

use std::net::IpAddr;

use crate::base::time::{Interval, Timestamp};
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each answer that ends an exchange, and one for what is open when the flow ends.
    pub struct Radius in "radius" {
        /// When the first of its messages was sent.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Who wants to be let in: User-Name (RFC 2865, section 5.1).
        username: Option<Vec<u8>>,
        /// The hardware address in Calling-Station-Id (RFC 2865, section 5.31); empty if there is none in it.
        mac: Option<String>,
        /// Framed-IP-Address in a challenge (RFC 2865, section 5.8).
        framed_addr: Option<IpAddr>,
        /// Where a tunnel begins: Tunnel-Client-Endpoint (RFC 2868, section 3.3).
        tunnel_client: Option<Vec<u8>>,
        /// Connect-Info (RFC 2869, section 5.11).
        connect_info: Option<Vec<u8>>,
        /// Reply-Message in a challenge (RFC 2865, section 5.18).
        reply_msg: Option<Vec<u8>>,
        /// `success`, `failed`, or `unknown` without an answer that ends it.
        result: Option<&'static str>,
        /// Time from the first message to that answer.
        ttl: Option<Interval>,
    }
}
