//! The record of a remote procedure call.

use std::borrow::Cow;

use crate::base::time::{Interval, Timestamp};
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each call that is answered.
    pub struct DceRpc in "dce_rpc" {
        /// When the latest request was seen.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Time from the latest request to the response; that of an earlier call if both came at once.
        rtt: Option<Interval>,
        /// The secondary address that the server named (C706, section 12.6.4.4): a pipe's name, or a port as text.
        named_pipe: Option<Vec<u8>>,
        /// The interface that is called, by the name of its endpoint (C706, section 12.6.3.1).
        endpoint: Cow<'static, str>,
        /// The operation that is called (C706, section 12.6.4.9).
        operation: Cow<'static, str>,
    }
}
