//! The record of an HTTP transaction.

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Enum, Fuid, Set, Vector};

crate::events::record! {
    /// One row for each request with its reply, for each without one, and for each reply that nobody asked for.
    pub struct Http in "http" {
        /// When the first of its messages began.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Its place in the order in which the connection's transactions began, from 1.
        trans_depth: u64,
        /// Method of the request, as sent.
        method: Option<Vec<u8>>,
        /// The header Host.
        host: Option<Vec<u8>>,
        /// Target of the request, unescaped.
        uri: Option<Vec<u8>>,
        /// The header Referer.
        referrer: Option<Vec<u8>>,
        /// Version in the reply.
        version: Option<String>,
        /// The header User-Agent.
        user_agent: Option<Vec<u8>>,
        /// The header Origin.
        origin: Option<Vec<u8>>,
        /// Bytes of the request's body, decoded.
        request_body_len: u64,
        /// Bytes of the reply's body, decoded.
        response_body_len: u64,
        /// Status code of the reply.
        status_code: Option<u64>,
        /// Text behind it.
        status_msg: Option<Vec<u8>>,
        /// Status code of the last interim reply.
        info_code: Option<u64>,
        /// Text behind it.
        info_msg: Option<Vec<u8>>,
        /// Labels that others gave the transaction.
        tags: Set<Enum>,
        /// User name, if the client logs in by basic authentication.
        username: Option<Vec<u8>>,
        /// Password; never set.
        password: Option<Vec<u8>>,
        /// Headers that name a proxy on the way.
        proxied: Option<Set<Vec<u8>>>,
        /// Files that the request carried.
        orig_fuids: Option<Vector<Fuid>>,
        /// Names of those that have one.
        orig_filenames: Option<Vector<Vec<u8>>>,
        /// Types of those whose type is known.
        orig_mime_types: Option<Vector<&'static str>>,
        /// Files that the reply carried.
        resp_fuids: Option<Vector<Fuid>>,
        /// Names of those that have one.
        resp_filenames: Option<Vector<Vec<u8>>>,
        /// Types of those whose type is known.
        resp_mime_types: Option<Vector<&'static str>>,
    }
}

impl Http {
    /// A row of which nothing is known yet.
    pub(super) fn new(ts: Timestamp, conn: ConnTag, trans_depth: u64) -> Self {
        Self {
            ts,
            conn,
            trans_depth,
            method: None,
            host: None,
            uri: None,
            referrer: None,
            version: None,
            user_agent: None,
            origin: None,
            request_body_len: 0,
            response_body_len: 0,
            status_code: None,
            status_msg: None,
            info_code: None,
            info_msg: None,
            tags: Set(Vec::new()),
            username: None,
            password: None,
            proxied: None,
            orig_fuids: None,
            orig_filenames: None,
            orig_mime_types: None,
            resp_fuids: None,
            resp_filenames: None,
            resp_mime_types: None,
        }
    }
}
