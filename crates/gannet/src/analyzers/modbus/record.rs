//! The record of a Modbus message.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each request and each reply.
    pub struct Modbus in "modbus" {
        /// When its header was complete.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Number of the transaction, which the client chose (3.1.3 of the guide).
        tid: u64,
        /// The device behind a gateway that is meant (3.1.3 of the guide).
        unit: u64,
        /// Name of the function (section 6), with `_EXCEPTION` behind it in a reply that refuses it.
        func: Cow<'static, str>,
        /// `REQ` if the connection's originator sent it, else `RESP`.
        pdu_type: &'static str,
        /// Why the function was refused (section 7).
        exception: Option<Cow<'static, str>>,
    }
}
