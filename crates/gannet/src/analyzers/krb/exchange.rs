//! What is known of the exchange on a connection: it stays with the connection, for several analyzers may see its messages.

use std::borrow::Cow;

use super::names;
use super::parse::{Error, Reply, Request};
use super::record::Kerberos;
use crate::analyzers::{Context, Remains};
use crate::base::time::Timestamp;
use crate::events::{Date, Fuid};

/// Flags of a request (RFC 4120, section 5.4.1).
mod flag {
    pub(super) const FORWARDABLE: u32 = 0x4000_0000;
    pub(super) const RENEWABLE: u32 = 0x0080_0000;
}

/// Texts of errors after which the client tries again, with proof of who it is.
const IGNORED: [&[u8]; 2] = [b"NEEDED_PREAUTH", b"Need to use PA-ENC-TIMESTAMP/PA-PK-AS-REQ"];

/// Kinds of requests, by number (RFC 4120, section 5.10).
const AS_REQ: u64 = 10;
const AS_REP: u64 = 11;
const TGS_REQ: u64 = 12;
const TGS_REP: u64 = 13;

/// The exchange of a connection, which has one row at most.
pub(super) struct Exchange {
    ts: Timestamp,
    request_type: Option<&'static str>,
    client: Option<Vec<u8>>,
    service: Option<Vec<u8>>,
    success: Option<bool>,
    error_msg: Option<Vec<u8>>,
    from: Option<Date>,
    till: Option<Date>,
    cipher: Option<Cow<'static, str>>,
    forwardable: Option<bool>,
    renewable: Option<bool>,
    client_cert: Cert,
    server_cert: Cert,
    done: bool,
}

/// A certificate: its file, and its subject if it could be read.
#[derive(Default)]
pub(super) struct Cert {
    pub(super) fuid: Option<Fuid>,
    pub(super) subject: Option<String>,
}

fn joined(name: &[u8], realm: &[u8]) -> Vec<u8> {
    [name, b"/", realm].concat()
}

impl Exchange {
    fn new(ts: Timestamp) -> Self {
        Self {
            ts,
            request_type: None,
            client: None,
            service: None,
            success: None,
            error_msg: None,
            from: None,
            till: None,
            cipher: None,
            forwardable: None,
            renewable: None,
            client_cert: Cert::default(),
            server_cert: Cert::default(),
            done: false,
        }
    }

    /// Works on the exchange of this connection, unless its row is written; `work` says whether it is over. Nothing is left of
    /// it if that is nothing.
    pub(super) fn with(cx: &mut Context<'_>, work: impl FnOnce(&mut Self) -> Option<bool>) {
        let mut one = cx.take_left().unwrap_or_else(|| Box::new(Self::new(cx.now())));
        if !one.done {
            match work(&mut one) {
                None => return,
                Some(true) => one.emit(cx),
                Some(false) => {}
            }
        }
        cx.leave(one);
    }

    /// Somebody sent a certificate.
    pub(super) fn certificate(&mut self, client: bool, cert: Cert) -> Option<bool> {
        *(if client { &mut self.client_cert } else { &mut self.server_cert }) = cert;
        Some(false)
    }

    /// Somebody wants a ticket.
    pub(super) fn request(&mut self, request: &Request<'_>) -> Option<bool> {
        match request.kind {
            AS_REQ => {
                self.request_type = Some("AS");
                let [client, realm] =
                    [&request.client, &request.realm].map(|text| text.as_deref().unwrap_or_default());
                self.client = Some(joined(client, realm));
            }
            TGS_REQ => self.request_type = Some("TGS"),
            _ => return Some(false),
        }
        if let Some(service) = &request.service {
            self.service = Some(service.clone());
        }
        self.from = request.from.or(self.from);
        self.till = request.till.or(self.till);
        if let Some(options) = request.options {
            self.forwardable = Some(options & flag::FORWARDABLE != 0);
            self.renewable = Some(options & flag::RENEWABLE != 0);
        }
        Some(false)
    }

    /// A ticket is issued.
    pub(super) fn reply(&mut self, reply: Reply<'_>) -> Option<bool> {
        if !matches!(reply.kind, AS_REP | TGS_REP) {
            return Some(false);
        }
        if self.client.is_none() {
            self.client = Some(joined(&reply.client, &reply.realm));
        }
        self.service = Some(reply.ticket.service);
        self.cipher = Some(names::cipher(reply.ticket.cipher));
        self.success = Some(true);
        Some(true)
    }

    /// Somebody is refused.
    pub(super) fn error(&mut self, error: Error) -> Option<bool> {
        if error.text.as_deref().is_some_and(|text| IGNORED.contains(&text)) {
            return None;
        }
        if self.client.is_none() {
            self.client = match (error.client, error.realm) {
                (Some(client), realm) => Some(joined(&client, &realm.unwrap_or_default())),
                (None, realm) => realm,
            };
        }
        self.service = error.service.or_else(|| self.service.take());
        self.success = Some(false);
        self.error_msg = error.text.or_else(|| names::error(error.code).map(|name| name.as_bytes().to_vec()));
        Some(true)
    }

    fn emit(&mut self, cx: &mut Context<'_>) {
        if std::mem::replace(&mut self.done, true) || !cx.wants(Kerberos::STREAM) {
            return;
        }
        let row = Kerberos {
            ts: self.ts,
            conn: cx.conn(),
            request_type: self.request_type,
            client: self.client.take(),
            service: self.service.take(),
            success: self.success,
            error_msg: self.error_msg.take(),
            from: self.from,
            till: self.till,
            cipher: self.cipher.take(),
            forwardable: self.forwardable,
            renewable: self.renewable,
            client_cert_subject: self.client_cert.subject.take(),
            client_cert_fuid: self.client_cert.fuid,
            server_cert_subject: self.server_cert.subject.take(),
            server_cert_fuid: self.server_cert.fuid,
        };
        cx.emit(&row);
    }
}

impl Remains for Exchange {
    fn finish(mut self: Box<Self>, cx: &mut Context<'_>) {
        self.emit(cx);
    }

    fn held(&self) -> usize {
        let texts = [&self.client, &self.service, &self.error_msg].into_iter().flatten();
        let texts: usize = texts.map(Vec::capacity).sum();
        let subjects = [&self.client_cert.subject, &self.server_cert.subject];
        let cipher = match &self.cipher {
            Some(Cow::Owned(text)) => text.capacity(),
            _ => 0,
        };
        let subjects: usize = subjects.into_iter().flatten().map(String::capacity).sum();
        size_of::<Self>() + texts + subjects + cipher
    }
}
