//! The record of an SSH connection.

use crate::analyzers::late::Open;
use crate::base::time::Timestamp;
use crate::events::{ConnTag, Enum};

crate::events::record! {
    /// One row for each connection on which somebody said that it is SSH: when a log-in succeeded, or at its end.
    pub struct Ssh in "ssh" {
        /// When the first side named its version.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Version that both sides speak (RFC 4253, sections 4.2 and 5.1).
        version: Option<u64>,
        /// Whether a log-in succeeded, by the sizes of the server's answers; unset if they do not tell.
        auth_success: Option<bool>,
        /// Log-ins that were tried, by the same.
        auth_attempts: u64,
        /// `INBOUND` or `OUTBOUND`, if one of the two hosts is in a local network.
        direction: Option<Enum>,
        /// How the client names itself (RFC 4253, section 4.2).
        client: Option<Vec<u8>>,
        /// How the server names itself.
        server: Option<Vec<u8>>,
        /// Cipher that both sides agree on (RFC 4253, section 7.1).
        cipher_alg: Option<Vec<u8>>,
        /// Message authentication that both sides agree on.
        mac_alg: Option<Vec<u8>>,
        /// Compression that both sides agree on.
        compression_alg: Option<Vec<u8>>,
        /// Key exchange that both sides agree on.
        kex_alg: Option<Vec<u8>>,
        /// Kind of the server's key that both sides agree on.
        host_key_alg: Option<Vec<u8>>,
        /// Beginning of the SHA-256 of the server's key in base64 (RFC 4253, section 8).
        host_key_fingerprint: Option<String>,
    } extra {
        /// HASSH fingerprint of the client: the MD5 of what it offers.
        hassh: Option<String>,
        /// HASSH fingerprint of the server.
        hassh_server as "hasshServer": Option<String>,
    }
}

impl Ssh {
    /// A row that says nothing yet.
    pub(super) fn new(ts: Timestamp, conn: ConnTag) -> Self {
        Self {
            ts,
            conn,
            version: None,
            auth_success: None,
            auth_attempts: 0,
            direction: None,
            client: None,
            server: None,
            cipher_alg: None,
            mac_alg: None,
            compression_alg: None,
            kex_alg: None,
            host_key_alg: None,
            host_key_fingerprint: None,
            hassh: None,
            hassh_server: None,
        }
    }
}

impl Open for Ssh {
    fn held(&self) -> usize {
        let texts = [
            &self.client,
            &self.server,
            &self.cipher_alg,
            &self.mac_alg,
            &self.compression_alg,
            &self.kex_alg,
            &self.host_key_alg,
        ];
        let prints = [&self.host_key_fingerprint, &self.hassh, &self.hassh_server];
        let texts: usize = texts.iter().filter_map(|text| text.as_ref()).map(Vec::capacity).sum();
        texts + prints.iter().filter_map(|print| print.as_ref()).map(String::capacity).sum::<usize>()
    }
}
