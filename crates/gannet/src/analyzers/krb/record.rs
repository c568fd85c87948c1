//! The record of an exchange of Kerberos.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Date, Fuid};

crate::events::record! {
    /// One row for each connection that carries Kerberos: its first exchange that comes to an end.
    pub struct Kerberos in "kerberos" {
        /// When the first message of the exchange was seen.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// What was asked for: `AS` a logon, `TGS` a ticket for a service (RFC 4120, section 5.4.1).
        request_type: Option<&'static str>,
        /// Who asks, and the realm (RFC 4120, section 5.4.1).
        client: Option<Vec<u8>>,
        /// The service that is asked for, or that the ticket is for (RFC 4120, section 5.3).
        service: Option<Vec<u8>>,
        /// Whether a ticket was issued.
        success: Option<bool>,
        /// Why none was: the server's text, or else the name of its error (RFC 4120, section 5.9.1).
        error_msg: Option<Vec<u8>>,
        /// From when on the ticket should be valid (RFC 4120, section 5.4.1).
        from: Option<Date>,
        /// Until when the ticket should be valid (RFC 4120, section 5.4.1).
        till: Option<Date>,
        /// How the ticket is encrypted (RFC 3961, section 8).
        cipher: Option<Cow<'static, str>>,
        /// Whether the ticket should be one that can be forwarded (RFC 4120, section 2.6).
        forwardable: Option<bool>,
        /// Whether the ticket should be one that can be renewed (RFC 4120, section 2.3).
        renewable: Option<bool>,
        /// Subject of the client's certificate (RFC 4556, section 3.2.1).
        client_cert_subject: Option<String>,
        /// Id of the client's certificate.
        client_cert_fuid: Option<Fuid>,
        /// Subject of the server's certificate (RFC 4556, section 3.2.3).
        server_cert_subject: Option<String>,
        /// Id of the server's certificate.
        server_cert_fuid: Option<Fuid>,
    }
}
