//! The record of a MySQL command.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each login and each command.
    pub struct Mysql in "mysql" {
        /// When the client sent it.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// `login`, or the name of the command (section "Command Phase").
        cmd: Cow<'static, str>,
        /// What the command works on: the text of a query, the user that logs in.
        arg: Vec<u8>,
        /// Whether it succeeded; not set without an answer that is understood.
        success: Option<bool>,
        /// Rows that it changed; 0 for those that were sent.
        rows: Option<u64>,
        /// Text of the error.
        response: Option<Vec<u8>>,
    }
}
