//! How a policy raises a notice.

use std::net::IpAddr;

use gannet::events::{ConnTag, Enum, FoldOutput, Fuid, Port, Set, Uid};
use gannet::{Interval, Timestamp};

use super::record::Notice;
use super::{FOLD, SUPPRESS_FOR};

/// Bytes of a message, and of what is said below it.
const MAX_TEXT: usize = 4096;

/// A notice that is raised, before it is known whether it was already. What is not said stays unset.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Raise {
    /// Its type, such as `SSH::Password_Guessing`.
    pub note: &'static str,
    /// What somebody is to know.
    pub msg: Vec<u8>,
    /// More of that.
    pub sub: Option<Vec<u8>>,
    /// When it was, if that is not now.
    pub ts: Option<Timestamp>,
    /// The connection, whose ends and port are those of the notice unless they are named.
    pub conn: Option<ConnTag>,
    /// The connection that is an example of others: its id alone is told.
    pub example: Option<Uid>,
    /// The file.
    pub file: Option<FileTag>,
    /// Who did it.
    pub src: Option<IpAddr>,
    /// To whom it was done.
    pub dst: Option<IpAddr>,
    /// The port.
    pub p: Option<Port>,
    /// A count of something.
    pub n: Option<u64>,
    /// What makes it the same notice again; one without is told every time.
    pub identifier: Option<Vec<u8>>,
    /// For how long it is not told again.
    pub suppress_for: Interval,
}

/// A file that a notice is about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FileTag {
    /// Its id.
    pub fuid: Fuid,
    /// Its type.
    pub mime: Option<String>,
    /// What it is, by what carries it.
    pub desc: Option<Vec<u8>>,
}

impl Raise {
    /// A notice of a type, with a message; once it has an identifier, not again within an hour.
    pub fn new(note: &'static str, msg: impl Into<Vec<u8>>) -> Self {
        Self {
            note,
            msg: cut(msg.into()),
            sub: None,
            ts: None,
            conn: None,
            example: None,
            file: None,
            src: None,
            dst: None,
            p: None,
            n: None,
            identifier: None,
            suppress_for: SUPPRESS_FOR,
        }
    }

    /// More to know.
    #[must_use]
    pub fn more(self, sub: impl Into<Vec<u8>>) -> Self {
        Self { sub: Some(cut(sub.into())), ..self }
    }

    /// When it was.
    #[must_use]
    pub fn at(self, ts: Timestamp) -> Self {
        Self { ts: Some(ts), ..self }
    }

    /// The connection that it is about.
    #[must_use]
    pub fn conn(self, conn: ConnTag) -> Self {
        Self { conn: Some(conn), ..self }
    }

    /// A connection that is an example: only its id is told.
    #[must_use]
    pub fn example(self, uid: Option<Uid>) -> Self {
        Self { example: uid, ..self }
    }

    /// The file that it is about; only its id is known.
    #[must_use]
    pub fn fuid(self, fuid: Fuid) -> Self {
        Self { file: Some(FileTag { fuid, mime: None, desc: None }), ..self }
    }

    /// Who did it.
    #[must_use]
    pub fn src(self, src: IpAddr) -> Self {
        Self { src: Some(src), ..self }
    }

    /// To whom it was done.
    #[must_use]
    pub fn dst(self, dst: IpAddr) -> Self {
        Self { dst: Some(dst), ..self }
    }

    /// The port at which it was done.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { p: Some(Port(port)), ..self }
    }

    /// How many there were.
    #[must_use]
    pub fn n(self, n: u64) -> Self {
        Self { n: Some(n), ..self }
    }

    /// What makes it the same notice again.
    #[must_use]
    pub fn identifier(self, identifier: impl Into<Vec<u8>>) -> Self {
        Self { identifier: Some(identifier.into()), ..self }
    }

    /// The host that makes it the same notice again.
    #[must_use]
    pub fn about(self, host: IpAddr) -> Self {
        self.identifier(host.to_string())
    }

    /// For how long it is not told again.
    #[must_use]
    pub fn suppress_for(self, suppress_for: Interval) -> Self {
        Self { suppress_for, ..self }
    }

    /// Hands it to where notices come together, from within the fold of a policy.
    pub fn to(self, out: &mut FoldOutput<'_>) {
        out.tell(&FOLD, Box::new(self));
    }

    /// The row that it makes.
    pub(super) fn row(self, now: Timestamp) -> Notice {
        let Self { note, msg, sub, ts, conn, example, file, src, dst, p, n, suppress_for, .. } = self;
        // A notice that names a port without a connection names no transport.
        let proto = conn.and_then(|conn| transport(conn.ip_proto));
        let (fuid, mime, desc) =
            file.map_or((None, None, None), |file| (Some(file.fuid), file.mime, file.desc));
        Notice {
            ts: ts.unwrap_or(now),
            uid: conn.map_or(example, |conn| conn.uid),
            orig_h: conn.map(|conn| conn.orig_h),
            orig_p: conn.map(|conn| Port(conn.orig_p)),
            resp_h: conn.map(|conn| conn.resp_h),
            resp_p: conn.map(|conn| Port(conn.resp_p)),
            fuid,
            file_mime_type: mime,
            file_desc: desc,
            proto,
            note: Enum(note),
            msg,
            sub,
            src: src.or(conn.map(|conn| conn.orig_h)),
            dst: dst.or(conn.map(|conn| conn.resp_h)),
            p: p.or(conn.map(|conn| Port(conn.resp_p))),
            n,
            peer_descr: None,
            actions: Set(vec![Enum("Notice::ACTION_LOG")]),
            email_dest: Set(Vec::new()),
            suppress_for,
            country_code: None,
            region: None,
            city: None,
            latitude: None,
            longitude: None,
        }
    }
}

/// A transport protocol by its number.
fn transport(number: u8) -> Option<Enum> {
    match number {
        1 | 58 => Some(Enum("icmp")),
        6 => Some(Enum("tcp")),
        17 => Some(Enum("udp")),
        _ => None,
    }
}

fn cut(mut text: Vec<u8>) -> Vec<u8> {
    text.truncate(MAX_TEXT);
    text
}
