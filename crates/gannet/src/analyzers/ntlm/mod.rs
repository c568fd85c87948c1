//! NTLM: who logs on, and at what server (MS-NLMP). Its messages are carried by others.
//!
//! It is a child that is fed message by message, as datagrams; the direction plays no part. What is known of the logon is kept
//! with the connection, so that one row comes of all messages, whoever carried them.

mod logon;
mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Ntlm;

pub(crate) use logon::outcome;

use logon::Logon;
use parse::Message;

use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::Direction;

/// What each message begins with (MS-NLMP, section 2.2.1).
pub(crate) const SIGNATURE: &[u8] = b"NTLMSSP";

/// The analyzer of NTLM, which its carriers open.
pub static NTLM: Descriptor = Descriptor::new("ntlm", "NTLM", |_| Box::new(NtlmAnalyzer))
    .doc("NTLM: who logs on, inside other protocols")
    .records(&[Ntlm::STREAM]);

/// One carrier's NTLM; all it learns is kept with the connection.
struct NtlmAnalyzer;

impl Analyzer for NtlmAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        // What cannot be read is no reason to doubt the protocol: signatures come here too.
        let Ok(message) = parse::message(bytes) else { return Progress::Consumed(bytes.len()) };
        if message != Message::Other {
            let mut logon = Logon::take(cx);
            match message {
                Message::Challenge(server) => logon.server(cx, &server),
                Message::Authenticate(client) => logon.client(cx, &client),
                Message::Negotiate | Message::Other => {}
            }
            cx.leave(logon);
        }
        cx.confirm();
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}
