//! What handshakes of TLS, certificates and files say.

use std::fmt::Write as _;

use gannet::events::{ConnTag, Presented, Secured};
use gannet::files::FileInfo;
use gannet::files::x509::X509;
use sha1::{Digest, Sha1};

use super::Looking;
use crate::intel::hit::Seen;
use crate::intel::kind::{Kind, Place};

impl Looking<'_> {
    /// The name of a server, by its certificate.
    pub(super) fn secured(&mut self, secured: &Secured) {
        self.of(secured.conn, self.ts);
        if let Some(name) = secured.leaf_subject.as_deref().and_then(common_name) {
            self.text(Place::CERT, Kind::Domain, &name);
        }
    }

    /// The hashes of a server's certificates.
    pub(super) fn presented(&mut self, presented: &Presented) {
        if !self.kinds.has(Kind::CertHash) {
            return;
        }
        let Presented { conn, leaf_fuid, certificates, .. } = presented;
        self.of(*conn, self.ts);
        let desc = Some(server(conn));
        self.file = Some(Seen { fuid: *leaf_fuid, mime: Some("application/x-x509-user-cert"), desc });
        for der in &certificates.0 {
            let mut hash = String::with_capacity(40);
            for byte in Sha1::digest(der) {
                let _always_fits = write!(hash, "{byte:02x}");
            }
            self.text(Place::CERT, Kind::CertHash, hash.as_bytes());
            // What is known of a file is that of the first one.
            self.file = None;
        }
    }

    /// Whom a certificate names.
    pub(super) fn certificate(&mut self, certificate: &X509) {
        self.ts = certificate.ts;
        for name in certificate.san_dns.iter().flat_map(|names| &names.0) {
            self.text(Place::CERT, Kind::Domain, name);
        }
        let mail = certificate.subject.rsplit_once("emailAddress=").map(|(_, mail)| mail);
        let mail = mail.and_then(|mail| mail.split(',').next());
        self.some_text(Place::CERT, Kind::Email, mail.map(str::as_bytes));
    }

    /// The name and the hashes of a file.
    pub(super) fn file(&mut self, file: &FileInfo) {
        let FileInfo { ts, fuid, conn, source, mime_type, filename, .. } = file;
        let ended = self.ts;
        self.conn = *conn;
        let desc = match (*source, conn) {
            (Some("SSL"), Some(conn)) => Some(server(conn)),
            (Some("SMB"), _) => filename.clone(),
            _ => None,
        };
        self.file = Some(Seen { fuid: *fuid, mime: *mime_type, desc });
        self.ts = *ts;
        if let Some(name) = filename {
            let last = name.rsplit(|byte| *byte == b'\\').next().unwrap_or(name);
            match source {
                Some("SMB") => self.text(Place::SMB_NAME, Kind::FileName, last),
                _ => self.text(Place::FILE_NAME, Kind::FileName, name),
            };
        }
        self.ts = ended;
        for hash in [&file.md5, &file.sha1, &file.sha256].into_iter().flatten() {
            self.text(Place::FILE_HASH, Kind::FileHash, hash.as_bytes());
        }
    }
}

/// How a server of TLS is named.
fn server(conn: &ConnTag) -> Vec<u8> {
    format!("{}:{}", conn.resp_h, conn.resp_p).into_bytes()
}

/// The last common name of a subject, which is the first one as it is written.
fn common_name(subject: &str) -> Option<Vec<u8>> {
    let begins = |(at, _): (usize, &str)| {
        let before = subject.get(..at).unwrap_or_default();
        let escaped = before.strip_suffix([',', '+']).is_some_and(|text| text.ends_with('\\'));
        (before.is_empty() || before.ends_with([',', '+'])) && !escaped
    };
    let (at, mark) = subject.match_indices("CN=").find(|place| begins(*place))?;
    let mut rest = subject.get(at + mark.len()..)?.as_bytes();
    let mut name = Vec::new();
    while let Some((byte, behind)) = rest.split_first().filter(|(byte, _)| !b",+".contains(byte)) {
        let hex = behind.get(..2).filter(|_| *byte == b'\\').and_then(|two| str::from_utf8(two).ok());
        let (byte, behind) = match (hex.and_then(|two| u8::from_str_radix(two, 16).ok()), byte) {
            (Some(byte), _) => (byte, behind.get(2..).unwrap_or_default()),
            (None, b'\\') => behind.split_first().map(|(byte, behind)| (*byte, behind))?,
            (None, byte) => (*byte, behind),
        };
        name.push(byte);
        rest = behind;
    }
    Some(name)
}
