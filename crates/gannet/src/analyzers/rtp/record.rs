//! What RTP makes: no log of its own. Its name is in `service`.

use crate::events::LogStream;

/// The records of RTP and RTCP.
pub(super) const RECORDS: &[&LogStream] = &[];
