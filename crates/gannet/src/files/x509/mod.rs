//! Certificates, as TLS and Kerberos carry them: RFC 5280.

mod curve;
mod curve_table;
mod host;
mod key;
mod name;
mod parse;
mod record;
#[cfg(test)]
pub(crate) mod tests;
pub(super) mod time;

pub use record::X509;

pub use parse::{Algorithm, Certificate, RawExtension};

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

use super::whole::Whole;
use super::{FileAnalyzer, FileDescriptor, FileOutput, FileProgress, FileStart, hash, oid};
use crate::base::time::{Interval, Timestamp};
use crate::events::{Date, Fuid, Once, Vector};
use crate::parsers::asn1::{self, Value};
use parse::{AltNames, Extension};

/// Type of the first certificate of a chain.
pub(crate) const HOST_CERTIFICATE: &str = "application/x-x509-user-cert";
/// Type of the others.
pub(crate) const CA_CERTIFICATE: &str = "application/x-x509-ca-cert";

/// The analyzer of certificates.
pub static CERTIFICATE: FileDescriptor =
    FileDescriptor::new("X509", |start| Box::new(CertificateFile::new(start)))
        .doc("Certificates: whom they name, who signed them, until when they are valid")
        .mimes(&[HOST_CERTIFICATE, CA_CERTIFICATE])
        .records(&[X509::STREAM])
        .hides(true);

/// Longest certificate that is read.
const MAX_CERTIFICATE: usize = 1 << 20;
/// How long the same use of a certificate is not logged again.
const DAY: Interval = Interval::from_secs(86_400);
/// Bytes of a serial number after which OpenSSL breaks the line.
const SERIAL_LINE: usize = 35;

/// One certificate as it comes in.
struct CertificateFile {
    fuid: Fuid,
    ts: Timestamp,
    host: bool,
    client: bool,
    fingerprint: Option<String>,
    content: Whole,
}

impl CertificateFile {
    fn new(start: &FileStart<'_>) -> Self {
        Self {
            fuid: start.fuid,
            ts: start.ts,
            host: start.mime == HOST_CERTIFICATE,
            client: start.about.is_orig,
            fingerprint: start.about.fingerprint.clone(),
            content: Whole::of(MAX_CERTIFICATE),
        }
    }

    fn once(&self, fingerprint: &str) -> Once {
        let mut hasher = SipHasher24::new_with_keys(0x7835_3039, 1);
        hasher.write(fingerprint.as_bytes());
        hasher.write(&[u8::from(self.host), u8::from(self.client)]);
        Once { key: hasher.finish128().as_u128(), ttl: DAY }
    }

    fn weird(&self, out: &mut FileOutput<'_>, name: &'static str, text: &str) {
        let addl = if text.is_empty() { self.fuid.to_string() } else { format!("{}: {text}", self.fuid) };
        out.weird(name, &addl);
    }

    fn date(&self, out: &mut FileOutput<'_>, value: &Value<'_>) -> Date {
        match time::seconds(value) {
            Ok(seconds) => Date(seconds),
            Err(weird) => {
                self.weird(out, weird, "");
                Date(0)
            }
        }
    }

    fn row(&mut self, certificate: &Certificate<'_>, out: &mut FileOutput<'_>) -> X509 {
        let key = key::read(&certificate.key_algorithm, certificate.key);
        let known = self.fingerprint.take();
        let mut row = X509 {
            ts: self.ts,
            fingerprint: known.unwrap_or_else(|| hash::sha256(&certificate.encoding())),
            version: certificate.version + 1,
            serial: serial(certificate.serial),
            subject: name::text(certificate.subject),
            issuer: name::text(certificate.issuer),
            not_valid_before: self.date(out, &certificate.not_before),
            not_valid_after: self.date(out, &certificate.not_after),
            key_alg: oid::long_name(certificate.key_algorithm.object),
            sig_alg: known_name(certificate.signature_algorithm.object),
            key_type: key.kind,
            key_length: key.bits,
            exponent: key.exponent,
            curve: key.curve,
            san_dns: None,
            san_uri: None,
            san_email: None,
            san_ip: None,
            ca: None,
            path_len: None,
            host_cert: self.host,
            client_cert: self.client,
        };
        for extension in certificate.extensions() {
            match extension {
                Extension::Names(names) => self.alt_names(names, &mut row, out),
                Extension::BadNames => self.weird(out, "x509_san_parse_error", ""),
                Extension::Constraints { ca, path_len } => (row.ca, row.path_len) = (Some(ca), path_len),
                Extension::BadConstraints => self.weird(out, "x509_invalid_basic_constraint", ""),
            }
        }
        row
    }

    fn alt_names(&self, names: AltNames<'_>, row: &mut X509, out: &mut FileOutput<'_>) {
        let owned = |list: Option<Vec<&[u8]>>| {
            list.map(|list| Vector(list.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>()))
        };
        row.san_dns = owned(names.dns);
        row.san_uri = owned(names.uri);
        row.san_email = owned(names.email);
        row.san_ip = names.ip.map(Vector);
        for length in names.bad_ips {
            self.weird(out, "x509_san_ip_length", &length.to_string());
        }
    }
}

impl Certificate<'_> {
    /// Its subject, its issuer and its serial number, as the log has them.
    #[must_use]
    pub fn names(&self) -> [String; 3] {
        [name::text(self.subject), name::text(self.issuer), serial(self.serial)]
    }
}

/// The subject of a certificate, as the log has it; nothing if it cannot be read.
pub(crate) fn subject(der: &[u8]) -> Option<String> {
    Certificate::read(der).map(|certificate| name::text(certificate.subject))
}

/// The long name of an algorithm, or nothing if it has none.
fn known_name(object: &[u8]) -> String {
    let names = asn1::dotted(object).and_then(|number| oid::names(&number));
    names.map_or(String::new(), |names| names.long.to_owned())
}

/// A serial number in hexadecimal digits, in lines as OpenSSL breaks them.
pub(super) fn serial(content: &[u8]) -> String {
    let Some((negative, bytes)) = asn1::integer(content) else { return String::new() };
    let mut text = String::with_capacity(bytes.len() * 2 + 2);
    if negative {
        text.push('-');
    }
    if bytes.is_empty() {
        text.push_str("00");
    }
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at.is_multiple_of(SERIAL_LINE) {
            text.push_str("\\\n");
        }
        hash::push_upper(&mut text, *byte);
    }
    text
}

impl FileAnalyzer for CertificateFile {
    fn data(&mut self, _out: &mut FileOutput<'_>, bytes: &[u8]) -> FileProgress {
        self.content.add(bytes);
        FileProgress::More
    }

    fn end(&mut self, out: &mut FileOutput<'_>, complete: bool) {
        let Some(bytes) = self.content.take(complete) else { return };
        match Certificate::read(&bytes) {
            Some(certificate) => {
                let row = self.row(&certificate, out);
                let once = self.once(&row.fingerprint);
                out.emit(&row, &[once]);
            }
            None => self.weird(out, "x509_cert_parse_error", ""),
        }
    }

    fn held(&self) -> usize {
        let fingerprint = self.fingerprint.as_ref().map_or(0, String::capacity);
        fingerprint + self.content.held()
    }
}
