//! The record of a DNS transaction.

use std::borrow::Cow;

use crate::base::time::{Interval, Timestamp};
use crate::events::{ConnTag, Enum, Vector};

crate::events::record! {
    /// One row for each query with its reply, for each query without a reply, and for each reply without a query.
    pub struct Dns in "dns" {
        /// When the first of its messages was seen.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Transport protocol of the connection.
        proto: Enum,
        /// Identifier that the querier chose.
        trans_id: Option<u64>,
        /// Time from the query to the first answer; unset if the reply has no answer that is shown.
        rtt: Option<Interval>,
        /// Name that was asked for.
        query: Option<Vec<u8>>,
        /// Class of the question.
        qclass: Option<u64>,
        /// Name of that class.
        qclass_name: Option<Cow<'static, str>>,
        /// Type of the question.
        qtype: Option<u64>,
        /// Name of that type.
        qtype_name: Option<Cow<'static, str>>,
        /// Response code of the reply.
        rcode: Option<u64>,
        /// Name of that code.
        rcode_name: Option<Cow<'static, str>>,
        /// The answer is authoritative.
        aa as "AA": bool,
        /// The query was truncated.
        tc as "TC": bool,
        /// The query asked for recursion.
        rd as "RD": bool,
        /// The server offers recursion.
        ra as "RA": bool,
        /// The three bits of the query's header that RFC 1035 reserves; DNSSEC uses two of them.
        z as "Z": u64,
        /// Texts of the answers.
        answers: Option<Vector<Vec<u8>>>,
        /// How long each answer may be cached.
        ttls as "TTLs": Option<Vector<Interval>>,
        /// The server refused the query.
        rejected: bool,
        /// Operation code.
        opcode: Option<u64>,
        /// Name of that operation.
        opcode_name: Option<Cow<'static, str>>,
    }
}
