//! The record of a certificate's status.

use crate::base::time::Timestamp;
use crate::events::{Date, Fuid};

crate::events::record! {
    /// One row for each certificate that an OCSP response tells the status of.
    pub struct Ocsp in "ocsp" {
        /// When the response was seen.
        ts: Timestamp,
        /// Id of the response's file.
        id: Fuid,
        /// Algorithm of the next two hashes.
        hash_algorithm as "hashAlgorithm": String,
        /// Hash of the issuer's name, hexadecimal.
        issuer_name_hash as "issuerNameHash": String,
        /// Hash of the issuer's key, hexadecimal.
        issuer_key_hash as "issuerKeyHash": String,
        /// Serial number of the certificate, hexadecimal.
        serial_number as "serialNumber": String,
        /// `good`, `revoked` or `unknown`.
        cert_status as "certStatus": &'static str,
        /// When it was revoked.
        revoke_time as "revoketime": Option<Date>,
        /// Why it was revoked.
        revoke_reason as "revokereason": Option<&'static str>,
        /// When this was known to be so.
        this_update as "thisUpdate": Date,
        /// When more will be known.
        next_update as "nextUpdate": Option<Date>,
    }
}
