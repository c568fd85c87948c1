//! The record of a DNP3 request and its response.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each response, with the last request before it, and one for a request that has none when the connection ends.
    pub struct Dnp3 in "dnp3" {
        /// When the response was complete; without one, when the request was.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Name of the function that was asked for last (4.2.2.5); a confirmation counts as a request.
        fc_request: Option<Cow<'static, str>>,
        /// Name of the function of the response (4.2.2.5).
        fc_reply: Option<Cow<'static, str>>,
        /// Internal indications of the outstation as 16 bits, the first octet above the second (4.2.2.6).
        iin: Option<u64>,
    }
}
