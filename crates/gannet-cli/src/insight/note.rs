//! What a worker notes of its records.

use std::net::IpAddr;

use gannet::analyzers::dns::Dns;
use gannet::events::{Event, Meta, Subscriber};
use gannet::files::FileInfo;
use gannet::flow::Conn;
use gannet::{Interval, Output, Timestamp};

/// Bytes of a name or type that are kept.
const MOST_TEXT: usize = 255;
/// Files from this source are certificates, which nobody downloads.
const CERTIFICATES: &str = "SSL";

/// One thing that happened.
#[derive(Clone, Debug)]
pub(super) enum Note {
    Conn(ConnNote),
    /// A name that was asked for, and whether the answer was an error.
    Name(Box<[u8]>, bool),
    /// A file that a responder sent: its type and its bytes.
    File(Box<str>, u64),
}

/// One connection.
#[derive(Clone, Debug)]
pub(super) struct ConnNote {
    pub(super) ts: Timestamp,
    pub(super) uid: String,
    pub(super) orig: IpAddr,
    pub(super) resp: IpAddr,
    pub(super) port: u16,
    pub(super) proto: &'static str,
    pub(super) service: Option<Box<str>>,
    pub(super) duration: Interval,
    /// Bytes of IP from the originator, and from the responder.
    pub(super) bytes: (u64, u64),
    pub(super) state: &'static str,
}

/// Leaves notes for one worker.
pub(super) struct Notes(Output<Note>);

impl Notes {
    pub(super) fn new(output: Output<Note>) -> Self {
        Self(output)
    }
}

impl Subscriber for Notes {
    fn event(&mut self, _: &Meta<'_>, event: Event<'_>) {
        if let Some(conn) = event.get::<Conn>() {
            self.0.leave(Note::Conn(note(conn)));
        } else if let Some(dns) = event.get::<Dns>() {
            if let Some(query) = &dns.query {
                let failed = dns.rcode.is_some_and(|code| code != 0);
                self.0.leave(Note::Name(query.iter().take(MOST_TEXT).copied().collect(), failed));
            }
        } else if let Some(file) = event.get::<FileInfo>()
            && file.is_orig == Some(false)
            && file.source != Some(CERTIFICATES)
        {
            self.0.leave(Note::File(file.mime_type.unwrap_or("unknown").into(), file.seen_bytes));
        }
    }
}

fn note(conn: &Conn) -> ConnNote {
    let tag = &conn.conn;
    ConnNote {
        ts: conn.ts,
        uid: tag.uid.map(|uid| uid.to_string()).unwrap_or_default(),
        orig: tag.orig_h,
        resp: tag.resp_h,
        port: tag.resp_p,
        proto: conn.proto.0,
        service: conn.service.as_deref().map(|name| name.chars().take(MOST_TEXT).collect::<String>().into()),
        duration: conn.duration.unwrap_or(Interval::ZERO),
        bytes: (conn.orig_ip_bytes.unwrap_or(0), conn.resp_ip_bytes.unwrap_or(0)),
        state: conn.conn_state.unwrap_or_default(),
    }
}
