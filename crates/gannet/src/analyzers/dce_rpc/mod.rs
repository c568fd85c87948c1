//! DCE/RPC, connection-oriented: calls of operations on interfaces, over TCP and in named pipes.
//!
//! Clauses are those of C706 ("DCE 1.1: Remote Procedure Call"), with what MS-RPCE adds: tokens of GSSAPI and NTLM in trailers,
//! which go to children.
//!
//! In a pipe it is a child of whoever carries the pipe: one child for each open file, fed as a stream
//! (`open_child(file, &DCE_RPC, Transport::Tcp)`) with what is written (from the originator) and read (from the responder), and
//! closed when the file is (`close_child`). The carrier says no name: that in the row is the address that the server names in its
//! answer to the bind, and the endpoint comes from the interface. What a pipe closed by its carrier had to say is said; pipes
//! that are open when the connection ends may have a last row.

mod fragments;
mod interfaces_table;
mod names;
mod parse;
mod probe;
mod record;
mod session;
#[cfg(test)]
mod tests;

pub use record::DceRpc;

use fragments::Fragments;
use parse::{Auth, HEADER, Header, kind};
use session::Session;

use super::gssapi::GSSAPI;
use super::krb::Kerberos;
use super::ntlm::{NTLM, Ntlm};
use super::{Analyzer, Close, Context, Descriptor, Progress, Remains};
use crate::base::direction::{Direction, Pair, Transport};
use crate::events::LogStream;
use crate::parsers::Short;

/// What it emits, by itself or by its children.
pub(crate) const RECORDS: &[&LogStream] = &[DceRpc::STREAM, Ntlm::STREAM, Kerberos::STREAM];

/// The analyzer of DCE/RPC.
pub static DCE_RPC: Descriptor = Descriptor::new("dce_rpc", "DCE_RPC", |_| Box::new(RpcAnalyzer::default()))
    .doc("DCE/RPC: interfaces and operations that are called, over TCP and in pipes")
    .ports(&[(Transport::Tcp, 135)])
    .probe(probe::stream)
    .first(&[5], &[5])
    .records(RECORDS)
    .partial(true)
    .by_segment(true)
    .max_tail(u16::MAX as usize);

/// The keys of its children.
mod child {
    pub(super) const GSSAPI: u64 = 9;
    pub(super) const NTLM: u64 = 10;
}

/// One association's DCE/RPC.
#[derive(Default)]
struct RpcAnalyzer {
    fragments: Pair<Fragments>,
    session: Session,
    /// The last message was no answer.
    open: bool,
    /// Bytes are missing, or a limit was reached: nothing more is read.
    over: bool,
}

/// Of all associations on a connection that has several: the last message was no answer.
struct Open;

impl Remains for Open {
    fn finish(self: Box<Self>, _cx: &mut Context<'_>) {}

    fn held(&self) -> usize {
        size_of::<Self>()
    }
}

impl RpcAnalyzer {
    /// A message was worked on. Associations in pipes share what the last one was.
    fn note(&mut self, cx: &mut Context<'_>, open: bool) {
        self.open = open;
        if cx.origin().carrier.is_some() {
            let was = cx.take_left::<Open>();
            if open {
                cx.leave(was.unwrap_or_else(|| Box::new(Open)));
            }
        }
    }

    fn is_open(&self, cx: &mut Context<'_>) -> bool {
        if cx.origin().carrier.is_none() {
            return self.open;
        }
        match cx.take_left::<Open>() {
            Some(open) => {
                cx.leave(open);
                true
            }
            None => false,
        }
    }

    /// A PDU is complete.
    fn pdu(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        header: &Header,
        pdu: &[u8],
    ) -> Result<(), Short> {
        let (body, auth) = header.split(pdu).ok_or(Short)?;
        if let Some(auth) = auth {
            forward(cx, dir, &auth);
        }
        let piece = self.fragments.of_mut(dir).add(header, body);
        if let Some(weird) = piece.over {
            cx.weird(weird, "");
            self.over = true;
        }
        if let Some(body) = piece.body {
            self.message(cx, header, &body)?;
        }
        cx.confirm();
        Ok(())
    }

    /// The body of a call is complete.
    fn message(&mut self, cx: &mut Context<'_>, header: &Header, body: &[u8]) -> Result<(), Short> {
        let now = cx.now();
        match header.kind {
            kind::BIND | kind::ALTER_CONTEXT => {
                let session = &mut self.session;
                let mut any = false;
                let whole = parse::contexts(body, header.order, |id, uuid| {
                    session.bind(now, id, uuid);
                    any = true;
                });
                if any {
                    self.note(cx, true);
                }
                whole?;
            }
            kind::BIND_ACK => {
                self.session.bound(now, parse::secondary_address(body, header.order)?);
                self.note(cx, true);
            }
            kind::ALTER_CONTEXT_RESP => {
                _ = parse::secondary_address(body, header.order)?;
                self.session.altered(now);
                self.note(cx, true);
            }
            kind::REQUEST => {
                let (context, operation) = parse::request(body, header)?;
                self.session.call(now, context, operation);
                self.note(cx, true);
            }
            kind::RESPONSE => {
                let context = parse::response(body, header.order)?;
                self.session.answer(cx, context);
                self.note(cx, false);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Gives a token to whom it belongs (MS-RPCE, section 2.2.1.1.7).
fn forward(cx: &mut Context<'_>, dir: Direction, auth: &Auth<'_>) {
    let (key, to) = match auth.kind {
        9 => (child::GSSAPI, &GSSAPI),
        10 => (child::NTLM, &NTLM),
        // Kerberos without GSSAPI.
        16 => return,
        14 => return cx.weird("tls_dce_rpc_auth_type", "14"),
        68 => return cx.weird("netlogon_dce_rpc_auth_type", "68"),
        other => return cx.weird("unknown_dce_rpc_auth_type", other.to_string()),
    };
    if !cx.has_child(key) {
        cx.open_child(key, to, Transport::Udp);
    }
    cx.child_data(key, dir, auth.token);
}

impl Analyzer for RpcAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.over {
            return Progress::Done;
        }
        let Some(first) = bytes.first_chunk::<HEADER>() else { return Progress::Need(HEADER) };
        // Nothing says where the next PDU begins if this is none: the rest goes with it, and the next segment is looked at anew.
        let Some(header) = Header::read(first) else { return Progress::Consumed(bytes.len()) };
        let Some(pdu) = bytes.get(..header.length) else { return Progress::Need(header.length) };
        match self.pdu(cx, dir, &header, pdu) {
            Ok(()) => Progress::Consumed(header.length),
            Err(Short) => Progress::Consumed(bytes.len()),
        }
    }

    /// Nothing says where the next PDU begins, and what is known of calls may be wrong.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.over = true;
        Progress::Done
    }

    fn flipped(&mut self) {
        self.fragments.swap();
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        if why != Close::Violation && cx.is_removed() && self.is_open(cx) {
            self.session.finish(cx);
        }
    }

    fn held(&self) -> usize {
        self.session.held() + self.fragments.orig.held() + self.fragments.resp.held()
    }
}
