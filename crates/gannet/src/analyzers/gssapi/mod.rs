//! GSSAPI and SPNEGO (RFC 2743, RFC 4178): which mechanism proves who a client is. Their tokens are carried by others.
//!
//! It is a child that is fed token by token, as datagrams. Tokens of NTLM and Kerberos in them go to children. A carrier whose child
//! is gone, because it was wrong once, opens another one.

mod parse;
mod record;
#[cfg(test)]
mod tests;

use parse::Element;
use record::RECORDS;

use super::krb::KRB;
use super::ntlm::{self, NTLM};
use super::{Analyzer, Close, Context, Descriptor, Progress, Remains};
use crate::base::direction::{Direction, Transport};
use crate::parsers::asn1::Fault;

/// The analyzer of GSSAPI, which its carriers open.
pub static GSSAPI: Descriptor = Descriptor::new("gssapi", "GSSAPI", |_| Box::new(GssapiAnalyzer))
    .doc("GSSAPI and SPNEGO: how clients prove who they are, inside other protocols")
    .records(RECORDS);

/// The keys of its children.
mod child {
    pub(super) const NTLM: u64 = 1;
    pub(super) const KRB: u64 = 2;
}

/// States of a negotiation (RFC 4178, section 4.2.2).
mod state {
    pub(super) const COMPLETED: u64 = 0;
    pub(super) const INCOMPLETE: u64 = 1;
}

/// One carrier's GSSAPI.
struct GssapiAnalyzer;

/// One on this connection was wrong after it had been right: its name was taken back, and does not return.
struct Refuted;

impl Remains for Refuted {
    fn finish(self: Box<Self>, _cx: &mut Context<'_>) {}

    fn held(&self) -> usize {
        size_of::<Self>()
    }
}

/// Gives a message to a child.
fn give(cx: &mut Context<'_>, dir: Direction, (key, to): (u64, &'static Descriptor), message: &[u8]) {
    if !cx.has_child(key) {
        cx.open_child(key, to, Transport::Udp);
    }
    cx.child_data(key, dir, message);
}

/// A token of the mechanism.
fn mechanism(cx: &mut Context<'_>, dir: Direction, token: &[u8]) -> Result<(), Fault> {
    if token.starts_with(ntlm::SIGNATURE) {
        give(cx, dir, (child::NTLM, &NTLM), token);
    } else if let Some(message) = parse::kerberos(token)? {
        give(cx, dir, (child::KRB, &KRB), message);
    }
    Ok(())
}

/// Whether one on this connection was refuted.
fn is_refuted(cx: &mut Context<'_>) -> bool {
    let refuted = cx.take_left::<Refuted>();
    let is_refuted = refuted.is_some();
    if let Some(refuted) = refuted {
        cx.leave(refuted);
    }
    is_refuted
}

impl Analyzer for GssapiAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let mut fault = None;
        let read = parse::token(bytes, |element| match element {
            _ if fault.is_some() => {}
            Element::State(state::INCOMPLETE) => {}
            Element::State(state) => ntlm::outcome(cx, state == state::COMPLETED),
            Element::Token(token) => fault = mechanism(cx, dir, token).err(),
        });
        if read.is_err() || fault.is_some() {
            cx.violation("parse error: no token of GSSAPI");
        } else if cx.confirmed() || !is_refuted(cx) {
            cx.confirm();
        }
        Progress::Consumed(bytes.len())
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        if why == Close::Violation && cx.confirmed() {
            cx.leave(Box::new(Refuted));
        }
    }

    fn held(&self) -> usize {
        0
    }
}
