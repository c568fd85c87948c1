//! Handshake messages: put together from records, read, and brought to the row.

use super::names;
use super::parse::{
    self, ClientHello, Content as Found, RETRY, ServerHello, content, extension, next_extension, next_name,
};
use super::session::{Session, Skipped, sender};
use super::{Ssl, fingerprint, row::Row};
use crate::analyzers::Context;
use crate::base::cursor::{Cursor, Short};
use crate::base::direction::Direction;
use crate::events::{Presented, Secured};
use crate::files::ocsp::OCSP_RESPONSE;
use crate::files::x509::{CA_CERTIFICATE, HOST_CERTIFICATE};
use crate::files::{About, Content, FileKey};

/// Bytes of the header of a message: type and length.
const HEADER: usize = 4;
/// Longest message that is kept; what is longer passes unread.
const MAX_MESSAGE: usize = 1 << 20;
/// What of a message may pass before it is no TLS (as much as Zeek's parsers keep).
const MAX_PASSED: usize = 10 << 20;
/// Certificates of one message that are looked at.
const MAX_CERTIFICATES: usize = 1000;
/// What the text about several names of a server may be long.
const MAX_NAMES_TEXT: usize = 4096;
/// What a message is told by that ends before its content does.
const MALFORMED: &str = "parse error in a handshake message";
/// Number that tells a stapled response from certificates.
const OCSP_FILE: u64 = u64::MAX;

/// Types of messages: RFC 8446, section 4, RFC 5246, section 7.4, RFC 6347, section 4.2.2.
mod kind {
    pub(super) const HELLO_REQUEST: u8 = 0;
    pub(super) const CLIENT_HELLO: u8 = 1;
    pub(super) const SERVER_HELLO: u8 = 2;
    pub(super) const VERIFY_REQUEST: u8 = 3;
    pub(super) const SESSION_TICKET: u8 = 4;
    pub(super) const CERTIFICATE: u8 = 11;
    pub(super) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(super) const CERTIFICATE_REQUEST: u8 = 13;
    pub(super) const SERVER_HELLO_DONE: u8 = 14;
    pub(super) const CERTIFICATE_VERIFY: u8 = 15;
    pub(super) const CLIENT_KEY_EXCHANGE: u8 = 16;
    pub(super) const FINISHED: u8 = 20;
    pub(super) const CERTIFICATE_URL: u8 = 21;
    pub(super) const CERTIFICATE_STATUS: u8 = 22;
}

impl Session {
    /// Bytes of the handshake: the end of a message, whole ones, the beginning of another.
    pub(super) fn handshake(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) {
        let bytes = self.skip(cx, dir, bytes);
        let kept = std::mem::take(self.partial.of_mut(dir));
        if kept.is_empty() {
            let rest = self.messages(cx, dir, bytes);
            *self.partial.of_mut(dir) = bytes.get(bytes.len() - rest..).unwrap_or_default().to_vec();
            return;
        }
        let mut all = kept;
        all.extend_from_slice(bytes);
        let rest = self.messages(cx, dir, &all);
        all.drain(..all.len() - rest);
        *self.partial.of_mut(dir) = all;
    }

    /// Bytes of a message that is too long to be kept; returns what follows them.
    fn skip<'b>(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &'b [u8]) -> &'b [u8] {
        let skipped = self.skipped.of_mut(dir);
        if skipped.left == 0 {
            return bytes;
        }
        let passing = skipped.left.min(bytes.len());
        let (passing, rest) = bytes.split_at_checked(passing).unwrap_or((bytes, &[]));
        skipped.left -= passing.len();
        skipped.passed += passing.len();
        let Skipped { kind, passed, left } = *skipped;
        if passed > MAX_PASSED {
            skipped.left = 0;
            self.violation(cx, "handshake message is longer than 10 MiB");
            return &[];
        }
        if left == 0 {
            self.seen(cx, dir, kind);
        }
        rest
    }

    /// Reads whole messages; how many bytes are left. A message that cannot be read takes what follows it with it.
    fn messages(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> usize {
        let mut cursor = Cursor::new(bytes);
        loop {
            let rest = cursor.rest();
            let (Ok(kind), Ok(length)) = (cursor.u8(), cursor.u24()) else { return rest.len() };
            let length = length as usize;
            if length > MAX_MESSAGE - HEADER {
                let passed = cursor.rest().len();
                *self.skipped.of_mut(dir) = Skipped { kind, passed, left: length.saturating_sub(passed) };
                return 0;
            }
            let Ok(body) = cursor.take(length) else { return rest.len() };
            if self.message(cx, dir, kind, body).is_err() {
                self.violation(cx, MALFORMED);
                return 0;
            }
        }
    }

    fn message(&mut self, cx: &mut Context<'_>, dir: Direction, kind: u8, body: &[u8]) -> Result<(), Short> {
        match kind {
            kind::HELLO_REQUEST => self.direction(cx, false, dir),
            kind::CLIENT_HELLO => {
                self.direction(cx, true, dir);
                self.client_hello(cx, body)?;
            }
            kind::SERVER_HELLO => {
                self.direction(cx, false, dir);
                self.server_hello(cx, body)?;
            }
            kind::VERIFY_REQUEST => parse::verify_request(body)?,
            kind::SESSION_TICKET => parse::session_ticket(body)?,
            kind::CERTIFICATE => self.certificates(cx, dir, &parse::certificates(body, MAX_CERTIFICATES)?),
            kind::SERVER_KEY_EXCHANGE => {
                let group = parse::server_key_exchange(body, self.cipher, self.version)?;
                if group.is_some() {
                    self.row(cx).curve = group;
                }
            }
            kind::CERTIFICATE_REQUEST => parse::certificate_request(body, self.version)?,
            kind::SERVER_HELLO_DONE | kind::CERTIFICATE_VERIFY | kind::CLIENT_KEY_EXCHANGE => {}
            kind::FINISHED | kind::CERTIFICATE_URL => {}
            kind::CERTIFICATE_STATUS => self.certificate_status(cx, body)?,
            _ => self.violation(cx, &format!("unknown handshake message ({kind}) from {}", sender(dir))),
        }
        self.seen(cx, dir, kind);
        Ok(())
    }

    /// A message was read.
    fn seen(&mut self, cx: &mut Context<'_>, dir: Direction, kind: u8) {
        let client = self.is_client(dir);
        let row = self.row(cx);
        row.client_keyed |= client && kind == kind::CLIENT_KEY_EXCHANGE;
        let retry = kind == kind::SERVER_HELLO && std::mem::take(&mut row.retry);
        self.note(cx, client, if retry { b'j' } else { names::letter(kind) });
    }

    fn client_hello(&mut self, cx: &mut Context<'_>, body: &[u8]) -> Result<(), Short> {
        let hello = ClientHello::read(body)?;
        self.media = false;
        let mut extensions = Cursor::new(hello.extensions);
        while let Some(next) = next_extension(&mut extensions) {
            let (kind, bytes) = next?;
            if let Found::Names(names) = content(kind, bytes, true)? {
                self.server_names(cx, names)?;
            }
            self.media |= kind == extension::USE_SRTP;
            let row = self.row(cx);
            row.ticket_alone |= kind == extension::SESSION_TICKET && !bytes.is_empty();
            row.client_psk |= kind == extension::PRE_SHARED_KEY;
        }
        if names::is_known(hello.version) {
            self.confirm(cx);
        } else {
            self.stop(cx, &format!("unsupported client SSL version 0x{:04x}", hello.version));
        }
        let carrier = self.carrier;
        let row = self.row(cx);
        if hello.session_id != [0; parse::ID] {
            row.session_id = Some(hello.session_id);
            row.ticket_alone = false;
        }
        if row.ja3.is_none() {
            row.ja3 = Some(fingerprint::ja3(&hello));
            row.ja4 = Some(fingerprint::ja4(&hello, carrier, |text| cx.sha256(text)));
        }
        Ok(())
    }

    /// The names of servers that a client asks for; all of them have to be readable.
    fn server_names(&mut self, cx: &mut Context<'_>, list: &[u8]) -> Result<(), Short> {
        let mut cursor = Cursor::new(list);
        let mut names = Vec::new();
        let mut strange = None;
        while let Some(next) = next_name(&mut cursor) {
            match next? {
                Ok(name) => names.push(name),
                Err(kind) => strange = Some(kind),
            }
        }
        if let Some(kind) = strange {
            cx.weird("ssl_ext_unknown_server_name_type", kind.to_string());
        }
        let row = self.row(cx);
        let Some(first) = names.first() else { return Ok(()) };
        row.server_name = Some(first.to_vec());
        if names.len() > 1 {
            let mut text = String::from_utf8_lossy(&names.join(&b", "[..])).into_owned();
            text.truncate(text.floor_char_boundary(MAX_NAMES_TEXT));
            cx.weird_from(None, "SSL_many_server_names", format!("[{text}]"));
        }
        Ok(())
    }

    fn server_hello(&mut self, cx: &mut Context<'_>, body: &[u8]) -> Result<(), Short> {
        let hello = ServerHello::read(body)?;
        let mut media = false;
        let mut extensions = Cursor::new(hello.extensions);
        while let Some(next) = next_extension(&mut extensions) {
            let (kind, bytes) = next?;
            let found = content(kind, bytes, false)?;
            if let Found::Names(names) = found {
                self.foreign_names(cx, names)?;
            }
            if let Found::Version(version) = found {
                self.choose(version);
            }
            media |= kind == extension::USE_SRTP;
            self.row(cx).server_extension(kind, found);
        }
        self.choose(hello.version);
        // From version 1.3 on the answer is encrypted.
        self.media &= media || names::is_tls13(self.version) || self.version == names::DTLS13;
        self.cipher = Some(u32::from(hello.cipher));
        if !names::is_known(hello.version) {
            self.stop(cx, &format!("unsupported server SSL version 0x{:04x}", hello.version));
        }
        let row = self.row(cx);
        row.server_hello(hello.version, u32::from(hello.cipher), &hello.session_id);
        row.retry |= *hello.random == RETRY;
        if row.ja3s.is_none() {
            row.ja3s = Some(fingerprint::ja3s(&hello));
        }
        Ok(())
    }

    /// Names that a server sends say nothing, but they have to be readable.
    fn foreign_names(&mut self, cx: &mut Context<'_>, list: &[u8]) -> Result<(), Short> {
        let mut cursor = Cursor::new(list);
        while let Some(next) = next_name(&mut cursor) {
            if let Err(kind) = next? {
                cx.weird("ssl_ext_unknown_server_name_type", kind.to_string());
            }
        }
        Ok(())
    }

    /// The first version that a server says is the one by which later messages are read.
    fn choose(&mut self, version: u16) {
        if self.version == 0 {
            self.version = version;
        }
    }

    /// The certificates of a message, in their order.
    pub(super) fn certificates(&mut self, cx: &mut Context<'_>, dir: Direction, certificates: &[&[u8]]) {
        let client = self.is_client(dir);
        let sender = if client { Direction::Orig } else { Direction::Resp };
        let is_kept = cx.wants(Presented::STREAM);
        let is_told = is_kept || cx.wants(Ssl::STREAM) || cx.wants(Secured::STREAM);
        for (at, certificate) in certificates.iter().enumerate() {
            if certificate.is_empty() {
                cx.weird("zero_length_certificate", "");
                continue;
            }
            let key = FileKey::of_connection(cx, sender, &[at as u64]);
            let row = self.open_row().filter(|_| is_told);
            let fingerprint =
                row.and_then(|row| row.certificate(client, certificate, |bytes| cx.sha256(bytes)));
            let about = About {
                source: cx.label(),
                is_orig: client,
                mime: Some(if at == 0 { HOST_CERTIFICATE } else { CA_CERTIFICATE }),
                first: at == 0,
                client,
                fingerprint,
                ..About::default()
            };
            let mut file = Content::new(key, about);
            if is_kept
                && !client
                && let Some(row) = self.open_row()
            {
                row.keep(certificate, file.fuid(cx));
            }
            file.data(cx, certificate);
            file.end(cx);
        }
    }

    /// The status of the server's certificate: RFC 6066, section 8.
    fn certificate_status(&mut self, cx: &mut Context<'_>, body: &[u8]) -> Result<(), Short> {
        const OCSP: u8 = 1;
        let (kind, response) = parse::certificate_status(body)?;
        if response.is_empty() {
            cx.weird("SSL_zero_length_stapled_OCSP_message", "");
        } else if kind == OCSP {
            let key = FileKey::of_connection(cx, Direction::Resp, &[OCSP_FILE]);
            let about = About { source: cx.label(), mime: Some(OCSP_RESPONSE), ..About::default() };
            let mut file = Content::new(key, about);
            file.data(cx, response);
            file.end(cx);
        }
        Ok(())
    }
}

impl Row {
    fn server_extension(&mut self, kind: u16, found: Found<'_>) {
        match found {
            Found::Version(version) => self.version = Some(version),
            Found::Group(group) => self.curve = Some(group),
            Found::Protocol(Some(protocol)) => self.next_protocol = Some(protocol.to_vec()),
            Found::Protocol(None) | Found::Names(_) | Found::Other => {}
        }
        self.resumed |= kind == extension::PRE_SHARED_KEY && self.client_psk;
    }

    /// A server hello was read.
    pub(super) fn server_hello(&mut self, version: u16, cipher: u32, session_id: &[u8; parse::ID]) {
        let version = *self.version.get_or_insert(version);
        self.cipher = Some(cipher);
        self.resumed |= self.session_id.as_ref() == Some(session_id) && !names::is_tls13(version);
    }
}
