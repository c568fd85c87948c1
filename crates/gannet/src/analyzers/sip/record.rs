//! The record of a SIP transaction.

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Vector};

crate::events::record! {
    /// One row for each response, provisional ones too, with the requests before it that had none; and one for requests that
    /// have none when the connection ends.
    pub struct Sip in "sip" {
        /// When the first message was seen that the row is about.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// How often a message went on where its transaction was over already.
        trans_depth: u64,
        /// The request's method (RFC 3261, section 7.1).
        method: Option<Vec<u8>>,
        /// Whom the request is for (RFC 3261, section 7.1).
        uri: Option<Vec<u8>>,
        /// When the request was sent, as it says (RFC 3261, section 20.17).
        date: Option<Vec<u8>>,
        /// Who sent the request, without tag (RFC 3261, section 20.20).
        request_from: Option<Vec<u8>>,
        /// To whom (RFC 3261, section 20.39).
        request_to: Option<Vec<u8>>,
        /// From of the response, without tag (RFC 3261, section 20.20).
        response_from: Option<Vec<u8>>,
        /// To of the response (RFC 3261, section 20.39).
        response_to: Option<Vec<u8>>,
        /// Where to answer (RFC 3261, section 20.31).
        reply_to: Option<Vec<u8>>,
        /// The call (RFC 3261, section 20.8).
        call_id: Option<Vec<u8>>,
        /// Number and method of the request in the call (RFC 3261, section 20.16).
        seq: Option<Vec<u8>>,
        /// What the call is about (RFC 3261, section 20.36).
        subject: Option<Vec<u8>>,
        /// The hosts that the requests came through, without branch (RFC 3261, section 20.42).
        request_path: Vector<Vec<u8>>,
        /// The hosts that the responses come through, without branch (RFC 3261, section 20.42).
        response_path: Vector<Vec<u8>>,
        /// What the client calls itself (RFC 3261, section 20.41).
        user_agent: Option<Vec<u8>>,
        /// The response's status (RFC 3261, section 7.2).
        status_code: Option<u64>,
        /// The reason for it (RFC 3261, section 7.2).
        status_msg: Option<Vec<u8>>,
        /// More about the response (RFC 3261, section 20.43).
        warning: Option<Vec<u8>>,
        /// Bytes of the request's body, as its header says (RFC 3261, section 20.14).
        request_body_len: Option<u64>,
        /// Bytes of the response's body, as its header says (RFC 3261, section 20.14).
        response_body_len: Option<u64>,
        /// What is in the response's body (RFC 3261, section 20.15).
        content_type: Option<Vec<u8>>,
    }
}
