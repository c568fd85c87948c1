//! The record of a mail that SMTP carries.

use std::net::IpAddr;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Fuid, Set, Vector};

crate::events::record! {
    /// One row for each mail, and for a session that goes on under TLS.
    pub struct Smtp in "smtp" {
        /// When the server's greeting came, or its reply to the mail before.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Its place among the connection's mails, from 1.
        trans_depth: u64,
        /// How the client named itself (RFC 5321, 4.1.1.1).
        helo: Option<Vec<u8>>,
        /// The envelope's sender (RFC 5321, 4.1.1.2).
        mailfrom: Option<Vec<u8>>,
        /// The envelope's recipients (RFC 5321, 4.1.1.3).
        rcptto: Option<Set<Vec<u8>>>,
        /// The header Date (RFC 5322, 3.6.1).
        date: Option<Vec<u8>>,
        /// The header From (RFC 5322, 3.6.2).
        from: Option<Vec<u8>>,
        /// The addresses in the header To, with the names before them (RFC 5322, 3.6.3).
        to: Option<Set<Vec<u8>>>,
        /// The same of the header Cc (RFC 5322, 3.6.3).
        cc: Option<Set<Vec<u8>>>,
        /// The header Reply-To (RFC 5322, 3.6.2).
        reply_to: Option<Vec<u8>>,
        /// The header Message-ID (RFC 5322, 3.6.4).
        msg_id: Option<Vec<u8>>,
        /// The header In-Reply-To (RFC 5322, 3.6.4).
        in_reply_to: Option<Vec<u8>>,
        /// The header Subject, as it was sent (RFC 5322, 3.6.5).
        subject: Option<Vec<u8>>,
        /// The address in the header X-Originating-IP.
        x_originating_ip: Option<IpAddr>,
        /// The last header Received: the first hop (RFC 5321, 4.4).
        first_received: Option<Vec<u8>>,
        /// The one before it.
        second_received: Option<Vec<u8>>,
        /// Code and text of the server's last reply (RFC 5321, 4.2).
        last_reply: Option<Vec<u8>>,
        /// The hosts that the mail came by, the last one first.
        path: Vector<IpAddr>,
        /// The headers User-Agent, X-Mailer and X-User-Agent.
        user_agent: Option<Vec<u8>>,
        /// Whether the session went on under TLS (RFC 3207).
        tls: bool,
        /// The files in the mail.
        fuids: Vector<Fuid>,
    }
}

impl Smtp {
    /// A row of which nothing is known yet.
    pub(super) fn new(ts: Timestamp, conn: ConnTag, trans_depth: u64, helo: Option<Vec<u8>>) -> Self {
        Self {
            ts,
            conn,
            trans_depth,
            helo,
            mailfrom: None,
            rcptto: None,
            date: None,
            from: None,
            to: None,
            cc: None,
            reply_to: None,
            msg_id: None,
            in_reply_to: None,
            subject: None,
            x_originating_ip: None,
            first_received: None,
            second_received: None,
            last_reply: None,
            path: Vector(vec![conn.resp_h, conn.orig_h]),
            user_agent: None,
            tls: false,
            fuids: Vector(Vec::new()),
        }
    }

    /// Bytes of memory held beside this struct.
    pub(super) fn held(&self) -> usize {
        let texts = [
            &self.helo,
            &self.mailfrom,
            &self.date,
            &self.from,
            &self.reply_to,
            &self.msg_id,
            &self.in_reply_to,
            &self.subject,
            &self.first_received,
            &self.second_received,
            &self.last_reply,
            &self.user_agent,
        ];
        let sets = [&self.rcptto, &self.to, &self.cc];
        let set = |set: &Set<Vec<u8>>| {
            set.0.capacity() * size_of::<Vec<u8>>() + set.0.iter().map(Vec::capacity).sum::<usize>()
        };
        texts.iter().map(|text| text.as_ref().map_or(0, Vec::capacity)).sum::<usize>()
            + sets.iter().map(|one| one.as_ref().map_or(0, set)).sum::<usize>()
            + self.path.0.capacity() * size_of::<IpAddr>()
            + self.fuids.0.capacity() * size_of::<Fuid>()
    }
}
