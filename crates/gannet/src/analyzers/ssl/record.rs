//! The record of a TLS connection.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Vector};

crate::events::record! {
    /// One row for each connection with TLS or DTLS: when it is established, or when it ends or fails before.
    pub struct Ssl in "ssl" {
        /// When the first of its messages was seen.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Version that the server chose.
        version: Option<Cow<'static, str>>,
        /// Cipher suite that the server chose.
        cipher: Option<Cow<'static, str>>,
        /// Group of the key exchange.
        curve: Option<Cow<'static, str>>,
        /// Name of the server that the client asked for.
        server_name: Option<Vec<u8>>,
        /// The session goes on from an earlier one.
        resumed: bool,
        /// The last alert that was not encrypted.
        last_alert: Option<Cow<'static, str>>,
        /// Application protocol that the server chose, where that is not encrypted.
        next_protocol: Option<Vec<u8>>,
        /// The handshake was completed.
        established: bool,
        /// Messages in their order, a letter each: capital if the client sent it.
        ssl_history: Vec<u8>,
        /// SHA-256 of the server's certificates.
        cert_chain_fps: Option<Vector<String>>,
        /// SHA-256 of the client's certificates.
        client_cert_chain_fps: Option<Vector<String>>,
        /// Whether the server's certificate is for the name that the client asked for.
        sni_matches_cert: Option<bool>,
    } extra {
        /// What came of checking the server's certificates: ok, or why they are not trusted; set by the policy of certificates.
        validation_status: Option<Cow<'static, str>>,
        /// JA3 fingerprint of the first client hello.
        ja3: Option<String>,
        /// JA3S fingerprint of the first server hello.
        ja3s: Option<String>,
        /// JA4 fingerprint of the first client hello.
        ja4: Option<String>,
    }
}
