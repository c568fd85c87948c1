//! Whether certificates were revoked: responses of the Online Certificate Status Protocol, RFC 6960.

mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Ocsp;

use super::whole::Whole;
use super::x509::{serial, time};
use super::{FileAnalyzer, FileDescriptor, FileOutput, FileProgress, FileStart, oid};
use crate::base::time::Timestamp;
use crate::events::{Date, Fuid};
use crate::parsers::asn1::Value;
use parse::{Single, Status};

/// Type of a response.
pub(crate) const OCSP_RESPONSE: &str = "application/ocsp-response";

/// The analyzer of responses.
pub static RESPONSE: FileDescriptor =
    FileDescriptor::new("OCSP_REPLY", |start| Box::new(ResponseFile::new(start)))
        .doc("OCSP responses: which certificates are good and which were revoked")
        .mimes(&[OCSP_RESPONSE])
        .records(&[Ocsp::STREAM]);

/// Longest response that is read.
const MAX_RESPONSE: usize = 1 << 20;

/// Why a certificate was revoked, by number: RFC 5280, section 5.3.1. There is no 7.
static REASONS: [&str; 11] = [
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "(UNKNOWN)",
    "removeFromCRL",
    "privilegeWithdrawn",
    "aACompromise",
];

/// One response as it comes in.
struct ResponseFile {
    fuid: Fuid,
    ts: Timestamp,
    content: Whole,
}

impl ResponseFile {
    fn new(start: &FileStart<'_>) -> Self {
        Self { fuid: start.fuid, ts: start.ts, content: Whole::of(MAX_RESPONSE) }
    }

    fn date(&self, out: &mut FileOutput<'_>, value: &Value<'_>) -> Date {
        match time::seconds(value) {
            Ok(seconds) => Date(seconds),
            Err(weird) => {
                out.weird(weird, &self.fuid.to_string());
                Date(0)
            }
        }
    }

    fn row(&self, single: &Single<'_>, out: &mut FileOutput<'_>) -> Ocsp {
        let (cert_status, revoke_time, revoke_reason) = match &single.status {
            Status::Good => ("good", None, None),
            Status::Unknown => ("unknown", None, None),
            Status::Revoked { time, reason } => {
                let text = |number| REASONS.get(number as usize).copied().unwrap_or("(UNKNOWN)");
                ("revoked", Some(self.date(out, time)), reason.map(text))
            }
        };
        Ocsp {
            ts: self.ts,
            id: self.fuid,
            hash_algorithm: oid::long_name(single.hash_algorithm),
            issuer_name_hash: upper_hex(single.name_hash),
            issuer_key_hash: upper_hex(single.key_hash),
            serial_number: serial(single.serial),
            cert_status,
            revoke_time: revoke_time.filter(|time| time.0 != 0),
            revoke_reason,
            this_update: self.date(out, &single.this_update),
            next_update: single.next_update.map(|time| self.date(out, &time)).filter(|time| time.0 != 0),
        }
    }
}

/// Bytes in hexadecimal digits; nothing at all is a zero.
fn upper_hex(bytes: &[u8]) -> String {
    if bytes.is_empty() { "0".into() } else { super::hash::hex(bytes).to_ascii_uppercase() }
}

impl FileAnalyzer for ResponseFile {
    fn data(&mut self, _out: &mut FileOutput<'_>, bytes: &[u8]) -> FileProgress {
        self.content.add(bytes);
        FileProgress::More
    }

    fn end(&mut self, out: &mut FileOutput<'_>, complete: bool) {
        let Some(bytes) = self.content.take(complete) else { return };
        match parse::read(&bytes) {
            Some(singles) => {
                for single in &singles {
                    let row = self.row(single, out);
                    out.emit(&row, &[]);
                }
            }
            None => out.weird("openssl_ocsp_response_parse_error", &self.fuid.to_string()),
        }
    }

    fn held(&self) -> usize {
        self.content.held()
    }
}
