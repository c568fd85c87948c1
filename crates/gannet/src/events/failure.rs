//! The record of an analyzer that turned out to be wrong, of whatever kind it is.

use super::{Enum, Fuid, Uid};
use crate::base::time::Timestamp;

crate::events::record! {
    /// One row for each analyzer that was confirmed and then turned out to be wrong.
    pub struct AnalyzerFailure in "analyzer" {
        /// The capture's clock.
        ts: Timestamp,
        /// Kind of analyzer: protocol, packet or file.
        analyzer_kind: &'static str,
        /// Its name, in capitals.
        analyzer_name: &'static str,
        /// The connection, spread over `uid` and the `id` columns further on.
        uid: Option<Uid>,
        /// The file.
        fuid: Option<Fuid>,
        /// Originator's address.
        orig_h as "id.orig_h": Option<std::net::IpAddr>,
        /// Originator's port.
        orig_p as "id.orig_p": Option<crate::events::Port>,
        /// Responder's address.
        resp_h as "id.resp_h": Option<std::net::IpAddr>,
        /// Responder's port.
        resp_p as "id.resp_p": Option<crate::events::Port>,
        /// Transport protocol.
        proto: Option<Enum>,
        /// What was wrong.
        failure_reason: String,
        /// The first bytes that were wrong.
        failure_data: Option<Vec<u8>>,
    }
}
