//! The record of a certificate.

use std::net::IpAddr;

use crate::base::time::Timestamp;
use crate::events::{Date, Vector};

crate::events::record! {
    /// One row for each certificate, once a day for each use of it.
    pub struct X509 in "x509" {
        /// When it was seen.
        ts: Timestamp,
        /// SHA-256 of its encoding.
        fingerprint: String,
        /// Version of its format, 1 to 3.
        version as "certificate.version": u64,
        /// Serial number, hexadecimal.
        serial as "certificate.serial": String,
        /// Whom it names.
        subject as "certificate.subject": String,
        /// Who signed it.
        issuer as "certificate.issuer": String,
        /// From when on it is valid.
        not_valid_before as "certificate.not_valid_before": Date,
        /// Until when it is valid.
        not_valid_after as "certificate.not_valid_after": Date,
        /// Algorithm of its key.
        key_alg as "certificate.key_alg": String,
        /// Algorithm of its signature.
        sig_alg as "certificate.sig_alg": String,
        /// Kind of its key, if the key can be read.
        key_type as "certificate.key_type": Option<&'static str>,
        /// Bits of its key.
        key_length as "certificate.key_length": Option<u64>,
        /// Exponent of an RSA key.
        exponent as "certificate.exponent": Option<String>,
        /// Curve of an elliptic curve key.
        curve as "certificate.curve": Option<&'static str>,
        /// Alternative names: domains.
        san_dns as "san.dns": Option<Vector<Vec<u8>>>,
        /// Alternative names: URIs.
        san_uri as "san.uri": Option<Vector<Vec<u8>>>,
        /// Alternative names: mail addresses.
        san_email as "san.email": Option<Vector<Vec<u8>>>,
        /// Alternative names: IP addresses.
        san_ip as "san.ip": Option<Vector<IpAddr>>,
        /// Whether it may sign others.
        ca as "basic_constraints.ca": Option<bool>,
        /// How many may be between it and the last one.
        path_len as "basic_constraints.path_len": Option<u64>,
        /// It is the first of its chain.
        host_cert: bool,
        /// The client sent it.
        client_cert: bool,
    }
}
