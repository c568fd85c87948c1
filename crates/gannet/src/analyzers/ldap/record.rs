//! The records of LDAP: operations, and searches.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Vector};

crate::events::record! {
    /// One row for each operation that is no search.
    pub struct Ldap in "ldap" {
        /// When the first message of the operation was seen.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Number of the operation, which the client chose (RFC 4511, section 4.1.1.1).
        message_id: i64,
        /// Version of the protocol that a bind asks for (RFC 4511, section 4.2).
        version: Option<i64>,
        /// The operation; a bind says how the client proves who it is.
        opcode: Option<Cow<'static, str>>,
        /// How it ended (RFC 4511, section 4.1.9).
        result: Option<&'static str>,
        /// The server's words about that (RFC 4511, section 4.1.9).
        diagnostic_message: Option<Vec<u8>>,
        /// What it is about: the name that binds, the entry that is changed, the extension that is asked for.
        object: Option<Vec<u8>>,
        /// What is to be done: the mechanism of a bind, the changes to an entry. A password is not shown.
        argument: Option<Vec<u8>>,
    }
}

crate::events::record! {
    /// One row for each search.
    pub struct LdapSearch in "ldap_search" {
        /// When the first message of the search was seen.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Number of the search, which the client chose (RFC 4511, section 4.1.1.1).
        message_id: i64,
        /// How far below the base it goes (RFC 4511, section 4.5.1.2).
        scope: Option<&'static str>,
        /// Whether aliases are followed (RFC 4511, section 4.5.1.3).
        deref_aliases: Option<&'static str>,
        /// Where it begins (RFC 4511, section 4.5.1.1).
        base_object: Option<Vec<u8>>,
        /// Entries that were found.
        result_count: u64,
        /// How it ended (RFC 4511, section 4.1.9).
        result: Option<&'static str>,
        /// The server's words about that (RFC 4511, section 4.1.9).
        diagnostic_message: Option<Vec<u8>>,
        /// What is searched for, as text (RFC 4515).
        filter: Option<Vec<u8>>,
        /// Attributes that are asked for (RFC 4511, section 4.5.1.8); not told so far.
        attributes: Option<Vector<Vec<u8>>>,
    }
}
