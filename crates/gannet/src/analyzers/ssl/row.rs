//! What is known of a connection until its row is written.

use sha1::{Digest, Sha1};

use super::names;
use super::parse::ID;
use super::record::Ssl;
use crate::analyzers::Context;
use crate::base::time::Timestamp;
use crate::events::{ConnTag, Fuid, Presented, Secured, Vector};
use crate::files::x509::Certificate;

/// Messages that the history shows.
pub(super) const MAX_HISTORY: usize = 100;
/// Certificates of one side that are listed.
const MAX_CHAIN: usize = 256;
/// Certificates of the server that are kept for who watches, and their bytes.
const MAX_SHOWN: usize = 32;
const MAX_SHOWN_BYTES: usize = 512 << 10;

/// A row to be.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) ts: Timestamp,
    pub(super) conn: ConnTag,
    pub(super) version: Option<u16>,
    pub(super) cipher: Option<u32>,
    pub(super) curve: Option<u16>,
    pub(super) server_name: Option<Vec<u8>>,
    pub(super) session_id: Option<[u8; ID]>,
    pub(super) resumed: bool,
    /// The client has a ticket and, as far as is known, no session id.
    pub(super) ticket_alone: bool,
    pub(super) client_keyed: bool,
    pub(super) client_psk: bool,
    /// The server hello at hand asks for another client hello.
    pub(super) retry: bool,
    pub(super) last_alert: Option<u16>,
    pub(super) next_protocol: Option<Vec<u8>>,
    pub(super) established: bool,
    pub(super) history: Vec<u8>,
    chains: Option<Chains>,
    pub(super) ja3: Option<String>,
    pub(super) ja3s: Option<String>,
    pub(super) ja4: Option<String>,
}

/// The certificates of both sides.
#[derive(Debug, Default)]
struct Chains {
    server: Vec<String>,
    client: Vec<String>,
    /// Certificates of the server, those included that cannot be read.
    server_count: usize,
    /// The first certificate of the server, if it can be read.
    leaf: Option<Vec<u8>>,
    /// What the server showed, for who watches.
    shown: Option<Shown>,
}

/// The certificates of the server themselves.
#[derive(Debug)]
struct Shown {
    leaf_fuid: Fuid,
    certificates: Vec<Vec<u8>>,
    /// Bytes of all of them.
    bytes: usize,
}

impl Row {
    pub(super) fn new(cx: &Context<'_>) -> Self {
        Self {
            ts: cx.now(),
            conn: cx.conn(),
            version: None,
            cipher: None,
            curve: None,
            server_name: None,
            session_id: None,
            resumed: false,
            ticket_alone: false,
            client_keyed: false,
            client_psk: false,
            retry: false,
            last_alert: None,
            next_protocol: None,
            established: false,
            history: Vec::new(),
            chains: None,
            ja3: None,
            ja3s: None,
            ja4: None,
        }
    }

    /// Adds a letter to the history; true if that made it full.
    pub(super) fn note(&mut self, client: bool, letter: u8) -> bool {
        if self.history.len() >= MAX_HISTORY {
            return false;
        }
        self.history.push(if client { letter.to_ascii_uppercase() } else { letter });
        self.history.len() == MAX_HISTORY
    }

    /// A certificate was seen; its fingerprint, if it is one and is listed.
    pub(super) fn certificate(
        &mut self,
        client: bool,
        bytes: &[u8],
        sha256: impl FnOnce(&[u8]) -> String,
    ) -> Option<String> {
        let chains = self.chains.get_or_insert_default();
        let certificate = Certificate::read(bytes);
        if !client {
            if chains.server_count == 0 {
                chains.leaf = certificate.as_ref().map(|certificate| certificate.der.to_vec());
            }
            chains.server_count += 1;
        }
        let list = if client { &mut chains.client } else { &mut chains.server };
        let certificate = certificate.filter(|_| list.len() < MAX_CHAIN)?;
        let fingerprint = sha256(&certificate.encoding());
        list.push(fingerprint.clone());
        Some(fingerprint)
    }

    /// A certificate of the server is kept as it is, with its id as a file.
    pub(super) fn keep(&mut self, bytes: &[u8], fuid: Fuid) {
        let Some(chains) = &mut self.chains else { return };
        if chains.leaf.is_none() || chains.server.len() > MAX_SHOWN {
            return;
        }
        let Some(certificate) = Certificate::read(bytes) else { return };
        let none = Shown { leaf_fuid: fuid, certificates: Vec::new(), bytes: 0 };
        let shown = chains.shown.get_or_insert(none);
        if shown.certificates.len() < MAX_SHOWN && shown.bytes + certificate.der.len() <= MAX_SHOWN_BYTES {
            shown.bytes += certificate.der.len();
            shown.certificates.push(certificate.der.to_vec());
        }
    }

    /// What the server showed, if it was kept.
    pub(super) fn presented(&mut self, local_resp: Option<bool>) -> Option<Presented> {
        let Shown { leaf_fuid, certificates, .. } = self.chains.as_mut()?.shown.take()?;
        let (conn, established) = (self.conn, self.established);
        Some(Presented { conn, local_resp, established, leaf_fuid, certificates: Vector(certificates) })
    }

    /// Whether the server's certificate is for the name that was asked for.
    fn sni_matches(&self) -> Option<bool> {
        let name = self.server_name.as_ref()?;
        let leaf = self.chains.as_ref()?.leaf.as_ref()?;
        Certificate::read(leaf).map(|leaf| leaf.is_for(name))
    }

    /// What is known of the server, now that the handshake is complete.
    pub(super) fn secured(&self, local_resp: Option<bool>) -> Secured {
        let leaf = self.chains.as_ref().and_then(|chains| chains.leaf.as_deref());
        let names = leaf.and_then(Certificate::read).map(|leaf| leaf.names());
        let (leaf_subject, leaf_issuer, leaf_serial) = match names {
            Some([subject, issuer, serial]) => (Some(subject), Some(issuer), Some(serial)),
            None => (None, None, None),
        };
        let leaf_sha1 = leaf.map(|der| Sha1::digest(der).to_vec());
        Secured {
            conn: self.conn,
            local_resp,
            version: self.version.map(names::version),
            cipher: self.cipher.map(names::cipher),
            leaf_sha1,
            leaf_subject,
            leaf_issuer,
            leaf_serial,
        }
    }

    /// The row itself.
    pub(super) fn finish(&mut self) -> Ssl {
        let sni_matches_cert = self.sni_matches();
        let (server, client) = match self.chains.take() {
            Some(chains) => (Some(Vector(chains.server)), Some(Vector(chains.client))),
            None => (None, None),
        };
        Ssl {
            ts: self.ts,
            conn: self.conn,
            version: self.version.map(names::version),
            cipher: self.cipher.map(names::cipher),
            curve: self.curve.map(names::group),
            server_name: self.server_name.take(),
            resumed: self.resumed,
            last_alert: self.last_alert.map(names::alert),
            next_protocol: self.next_protocol.take(),
            established: self.established,
            ssl_history: std::mem::take(&mut self.history),
            cert_chain_fps: server,
            client_cert_chain_fps: client,
            sni_matches_cert,
            validation_status: None,
            ja3: self.ja3.take(),
            ja3s: self.ja3s.take(),
            ja4: self.ja4.take(),
        }
    }

    pub(super) fn held(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::capacity);
        let bytes = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::capacity);
        let chains = self.chains.as_ref().map_or(0, |chains| {
            let lists = [&chains.server, &chains.client];
            let lists = lists.map(|list| {
                let texts: usize = list.iter().map(String::capacity).sum();
                texts + list.capacity() * size_of::<String>()
            });
            lists.iter().sum::<usize>() + bytes(&chains.leaf) + chains.shown.as_ref().map_or(0, Shown::held)
        });
        size_of::<Self>()
            + bytes(&self.server_name)
            + bytes(&self.next_protocol)
            + self.history.capacity()
            + chains
            + text(&self.ja3)
            + text(&self.ja3s)
            + text(&self.ja4)
    }
}

impl Shown {
    fn held(&self) -> usize {
        let bytes: usize = self.certificates.iter().map(Vec::capacity).sum();
        bytes + self.certificates.capacity() * size_of::<Vec<u8>>()
    }
}
