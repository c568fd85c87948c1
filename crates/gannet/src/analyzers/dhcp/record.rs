//! The record of a DHCP transaction.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::base::time::{Interval, Timestamp};
use crate::events::{Set, Uid, Vector};

crate::events::record! {
    /// One row for the messages of one transaction that come within half a minute, whichever connections they are on.
    pub struct Dhcp in "dhcp" {
        /// When its first message was seen.
        ts: Timestamp,
        /// The connections that its messages are on.
        uids: Set<Uid>,
        /// The client's address: the one it sends from, or else the one it is offered (RFC 2131, section 2).
        client_addr: Option<IpAddr>,
        /// The server that offers an address, or gives it (RFC 2131, section 2).
        server_addr: Option<IpAddr>,
        /// The client's hardware address (RFC 2131, section 2; RFC 2132, section 9.14); empty if it is none.
        mac: Option<Vec<u8>>,
        /// What the client calls itself (RFC 2132, section 3.14).
        host_name: Option<Vec<u8>>,
        /// What the client calls itself in full, as it was sent (RFC 4702, section 2).
        client_fqdn: Option<Vec<u8>>,
        /// The domain that the server puts the client in (RFC 2132, section 3.17).
        domain: Option<Vec<u8>>,
        /// The address that the client would like (RFC 2132, section 9.1).
        requested_addr: Option<IpAddr>,
        /// The address that the server offers or gives (RFC 2131, section 2).
        assigned_addr: Option<IpAddr>,
        /// How long the client may keep it (RFC 2132, section 9.2).
        lease_time: Option<Interval>,
        /// Why the client refuses what it was given (RFC 2132, section 9.9).
        client_message: Option<Vec<u8>>,
        /// Why the server refuses what it was asked for (RFC 2132, section 9.9).
        server_message: Option<Vec<u8>>,
        /// The kinds of the messages (RFC 2132, section 9.6), in order.
        msg_types: Vector<Cow<'static, str>>,
        /// Time from the first message to the last.
        duration: Interval,
    }
}
