//! The handshake alone, without records around it: a carrier that has records of its own gives the bytes (QUIC: RFC 9001,
//! section 4, whose CRYPTO frames hold them).

use super::fingerprint::Carrier;
use super::session::Session;
use crate::analyzers::{Analyzer, Close, Context, Progress};
use crate::base::direction::Direction;

/// TLS's handshake inside another protocol.
pub(super) struct BareAnalyzer {
    session: Session,
}

impl BareAnalyzer {
    pub(super) fn new() -> Self {
        Self { session: Session::new(Carrier::Quic) }
    }
}

impl Analyzer for BareAnalyzer {
    fn start(&mut self, cx: &mut Context<'_>) {
        self.session.start(cx);
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.session.over {
            return Progress::Done;
        }
        self.session.handshake(cx, dir, bytes);
        self.session.row(cx);
        Progress::Consumed(bytes.len())
    }

    /// Nothing says where the next message begins.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.session.over = true;
        Progress::Done
    }

    /// The carrier encrypts from here on: that is as much of the handshake as can be seen.
    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        self.session.encrypt(dir);
        self.session.ciphertext(cx);
        self.session.over |= self.session.established;
    }

    fn flipped(&mut self) {
        self.session.flipped();
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        self.session.close(cx, why);
    }

    fn is_through(&self) -> bool {
        self.session.is_through()
    }

    fn held(&self) -> usize {
        self.session.held()
    }
}
