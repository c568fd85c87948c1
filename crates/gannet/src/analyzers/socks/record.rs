//! The record of a proxied connection.

use std::net::IpAddr;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Port};

crate::events::record! {
    /// One row for each connection whose proxy answered a request, at its end.
    pub struct Socks in "socks" {
        /// When the client first logged in or asked.
        ts: Timestamp,
        /// The connection to the proxy.
        conn: ConnTag,
        /// Version of the protocol.
        version: u64,
        /// Name that the client logged in with (RFC 1929, section 2).
        user: Option<Vec<u8>>,
        /// Never set: passwords are not kept.
        password: Option<Vec<u8>>,
        /// What the proxy answered last (RFC 1928, section 6).
        status: Option<String>,
        /// Address that was asked for (RFC 1928, section 4).
        request_host as "request.host": Option<IpAddr>,
        /// Name that was asked for.
        request_name as "request.name": Option<Vec<u8>>,
        /// Port that was asked for.
        request_p: Option<Port>,
        /// Address that the proxy uses for it (RFC 1928, section 6).
        bound_host as "bound.host": Option<IpAddr>,
        /// Name of that address.
        bound_name as "bound.name": Option<Vec<u8>>,
        /// Port that the proxy uses for it.
        bound_p: Option<Port>,
    }
}

impl Socks {
    /// A row that says nothing yet.
    pub(super) fn new(ts: Timestamp, conn: ConnTag, version: u64) -> Self {
        Self {
            ts,
            conn,
            version,
            user: None,
            password: None,
            status: None,
            request_host: None,
            request_name: None,
            request_p: None,
            bound_host: None,
            bound_name: None,
            bound_p: None,
        }
    }

    /// Bytes of memory held beside the struct.
    pub(super) fn held(&self) -> usize {
        let texts = [&self.user, &self.request_name, &self.bound_name];
        let texts: usize = texts.iter().filter_map(|text| text.as_ref()).map(Vec::capacity).sum();
        texts + self.status.as_ref().map_or(0, String::capacity)
    }
}
