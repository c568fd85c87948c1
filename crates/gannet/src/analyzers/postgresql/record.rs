//! The record of a PostgreSQL exchange.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::ConnTag;

crate::events::record! {
    /// One row for each login, query and error, and for what else one side said and the other answered.
    pub struct Postgresql in "postgresql" {
        /// When it began.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// User of the session, as the startup message has it (section 55.2.1 of the manual).
        user: Option<Vec<u8>>,
        /// Database of the session.
        database: Option<Vec<u8>>,
        /// Program that the client says to be.
        application_name: Option<Vec<u8>>,
        /// What the client sent: `ssl_request`, `startup`, `simple_query` or `terminate`.
        frontend: Option<&'static str>,
        /// Text of the query.
        frontend_arg: Option<Vec<u8>>,
        /// What the server answered, if that was more than success: `ssl_reply`, `auth_request`, `auth_ok`, `error`.
        backend: Option<Cow<'static, str>>,
        /// Ways to log in that the server asked for, and the fields of errors and notices (section 55.8).
        backend_arg: Option<Vec<u8>>,
        /// Whether it succeeded, if the server said so.
        success: Option<bool>,
        /// Rows of data that the server sent.
        rows: Option<u64>,
    }
}
