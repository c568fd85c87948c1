//! The record of a shared screen.

use crate::analyzers::late::Open;
use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each connection to a screen: when the server describes it, or at the end.
    pub struct Rfb in "rfb" {
        /// When the first side named its version.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Major version that the client speaks, as it is sent (RFC 6143, section 7.1.1).
        client_major_version: Option<Vec<u8>>,
        /// Minor version that the client speaks.
        client_minor_version: Option<Vec<u8>>,
        /// Major version that the server speaks.
        server_major_version: Option<Vec<u8>>,
        /// Minor version that the server speaks.
        server_minor_version: Option<Vec<u8>>,
        /// How the client logs in (RFC 6143, section 7.1.2).
        authentication_method: Option<&'static str>,
        /// Whether the log-in succeeded (RFC 6143, section 7.1.3).
        auth: Option<bool>,
        /// Whether others may use the screen at the same time (RFC 6143, section 7.3.1).
        share_flag: Option<bool>,
        /// Name of the screen (RFC 6143, section 7.3.2).
        desktop_name: Option<Vec<u8>>,
        /// Width of the screen in pixels.
        width: Option<u64>,
        /// Height of the screen in pixels.
        height: Option<u64>,
    }
}

impl Rfb {
    /// A row that says nothing yet.
    pub(super) fn new(ts: Timestamp, conn: ConnTag) -> Self {
        Self {
            ts,
            conn,
            client_major_version: None,
            client_minor_version: None,
            server_major_version: None,
            server_minor_version: None,
            authentication_method: None,
            auth: None,
            share_flag: None,
            desktop_name: None,
            width: None,
            height: None,
        }
    }
}

impl Open for Rfb {
    fn held(&self) -> usize {
        let texts = [
            &self.client_major_version,
            &self.client_minor_version,
            &self.server_major_version,
            &self.server_minor_version,
            &self.desktop_name,
        ];
        texts.iter().filter_map(|text| text.as_ref()).map(Vec::capacity).sum()
    }
}
