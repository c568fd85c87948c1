//! Kerberos (RFC 4120): who asks for tickets, and for which services. Over UDP and TCP, and inside GSSAPI.
//!
//! What is known of an exchange is kept with the connection, which has one row at most: that of the first exchange that comes
//! to an end. Inside others it is a child that is fed message by message, as datagrams.

mod exchange;
mod names;
mod names_table;
mod padata;
mod parse;
mod probe;
mod record;
#[cfg(test)]
mod tests;
mod value;

pub use record::Kerberos;

use exchange::{Cert, Exchange};
use parse::Message;

use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::events::LogStream;
use crate::files::x509::{self, X509};
use crate::files::{About, Content, FileInfo, FileKey};

/// Longest message over TCP.
const MAX_MESSAGE: usize = 256 * 1024;
/// Bytes of the length before each message over TCP (RFC 4120, section 7.2.2).
const LENGTH: usize = 4;

/// What it emits, by itself or by the files that it finds.
const RECORDS: &[&LogStream] = &[Kerberos::STREAM, X509::STREAM, FileInfo::STREAM];

/// The analyzer of Kerberos in datagrams.
pub static KRB: Descriptor = Descriptor::new("krb", "KRB", |_| Box::new(KrbAnalyzer::default()))
    .doc("Kerberos: tickets that are asked for, over UDP and inside other protocols")
    .ports(&[(Transport::Udp, 88)])
    .probe(probe::datagram)
    .first(probe::KINDS, probe::KINDS)
    .records(RECORDS);

/// The analyzer of Kerberos over TCP.
pub static KRB_TCP: Descriptor = Descriptor::new("krb_tcp", "KRB_TCP", |_| Box::new(KrbAnalyzer::default()))
    .doc("Kerberos over TCP: tickets that are asked for")
    .ports(&[(Transport::Tcp, 88)])
    .probe(probe::stream)
    .records(RECORDS)
    .by_segment(true)
    .max_tail(LENGTH + MAX_MESSAGE);

/// One carrier's Kerberos; all it learns is kept with the connection.
#[derive(Default)]
struct KrbAnalyzer {
    /// Bytes are missing: nothing more is read.
    over: bool,
}

/// A message; false if it is none.
fn message(cx: &mut Context<'_>, bytes: &[u8]) -> bool {
    let Ok(message) = parse::message(bytes) else {
        cx.violation("parse error: no message of Kerberos");
        return false;
    };
    cx.confirm();
    match message {
        Message::Request(request) => {
            certificates(cx, &request.padata.certificates);
            (0..request.odd_addresses).for_each(|_| cx.weird("invalid_kerberos_addr_len", ""));
            Exchange::with(cx, |exchange| exchange.request(&request));
        }
        Message::Reply(reply) => {
            certificates(cx, &reply.padata.certificates);
            Exchange::with(cx, |exchange| exchange.reply(reply));
        }
        Message::Error(error) => Exchange::with(cx, |exchange| exchange.error(error)),
        Message::ApRequest => Exchange::with(cx, |_| Some(false)),
        Message::Other => {}
    }
    true
}

/// Certificates are files (RFC 4556).
fn certificates(cx: &mut Context<'_>, certificates: &[(bool, &[u8])]) {
    for (client, der) in certificates {
        let dir = if *client { Direction::Orig } else { Direction::Resp };
        let key = FileKey::of_connection(cx, dir, &[u64::from(!client)]);
        let mime = Some(x509::HOST_CERTIFICATE);
        let about = About { is_orig: *client, mime, first: true, ..About::new(cx.label()) };
        let mut file = Content::new(key, about);
        file.data(cx, der);
        let fuid = Some(file.fuid(cx));
        file.end(cx);
        let subject = x509::subject(der);
        Exchange::with(cx, |exchange| exchange.certificate(*client, Cert { fuid, subject }));
    }
}

impl Analyzer for KrbAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        if cx.origin().transport == Transport::Udp {
            message(cx, bytes);
            return Progress::Consumed(bytes.len());
        }
        let Some((length, rest)) = bytes.split_first_chunk() else { return Progress::Need(LENGTH) };
        let length = u32::from_be_bytes(*length) as usize;
        if length > MAX_MESSAGE {
            return Progress::Violation("message of Kerberos is too long");
        }
        let Some(body) = rest.get(..length) else { return Progress::Need(LENGTH + length) };
        // After what is no message nothing says where the next one begins.
        Progress::Consumed(if message(cx, body) { LENGTH + length } else { bytes.len() })
    }

    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.over = true;
        Progress::Done
    }

    fn held(&self) -> usize {
        0
    }
}
