//! The record of a session with a remote desktop.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Vector};

crate::events::record! {
    /// One row for each connection with a remote desktop; sections are those of MS-RDPBCGR.
    pub struct Rdp in "rdp" {
        /// When the first message was seen.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// The cookie that the client sent, mostly the user's name (2.2.1.1).
        cookie: Option<Vec<u8>>,
        /// How the connection was set up: the server's answer (2.2.1.2.2, 2.2.1.4), or that encryption began.
        result: Option<Cow<'static, str>>,
        /// What protects the connection (2.2.1.2.1).
        security_protocol: Option<Cow<'static, str>>,
        /// Names of the channels that the client asks for (2.2.1.3.4.1).
        client_channels: Option<Vector<Vec<u8>>>,
        /// Layout of the client's keyboard (2.2.1.3.2).
        keyboard_layout: Option<Cow<'static, str>>,
        /// Version of the client's program (2.2.1.3.2).
        client_build: Option<Cow<'static, str>>,
        /// Name of the client's host (2.2.1.3.2).
        client_name: Option<Vec<u8>>,
        /// Number of the client's product (2.2.1.3.2).
        client_dig_product_id: Option<Vec<u8>>,
        /// Width of the desktop in pixels (2.2.1.3.2).
        desktop_width: Option<u64>,
        /// Height of the desktop in pixels (2.2.1.3.2).
        desktop_height: Option<u64>,
        /// Colours that the client asks for (2.2.1.3.2).
        requested_color_depth: Option<Cow<'static, str>>,
        /// Kind of the server's certificate (2.2.1.4.3.1).
        cert_type: Option<Cow<'static, str>>,
        /// Certificates that the server sent, those of TLS not among them.
        cert_count: u64,
        /// Whether the certificate is meant to last (2.2.1.4.3.1).
        cert_permanent: Option<bool>,
        /// How much is encrypted (2.2.1.4.3).
        encryption_level: Option<Cow<'static, str>>,
        /// How it is encrypted (2.2.1.4.3).
        encryption_method: Option<Cow<'static, str>>,
    }
}
