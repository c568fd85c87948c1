//! The way from a transport to the analyzers of a connection.

use crate::analyzers::{Call, Close, Doubt, Estate, Outcome, Party, Stage, Start};
use crate::base::direction::{Direction, Transport};
use crate::base::time::Timestamp;
use crate::worker::core::Core;
use crate::worker::state::Out;

/// The analyzers of the connection at hand, and what they need when they are called.
pub(crate) struct Delivery<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) party: &'a mut Party,
    pub(crate) estate: &'a mut Estate,
    pub(crate) out: Out<'a>,
    pub(crate) stage: &'a mut Stage,
    pub(crate) doubt: Doubt,
    pub(crate) ts: Timestamp,
    /// The beginning was not seen: analyzers that cannot do without are passed over.
    pub(crate) partial: bool,
}

impl Delivery<'_> {
    /// The analyzers, and the call that reaches them.
    fn split(&mut self) -> (&mut Party, Call<'_>) {
        let connection = (&mut *self.core, &mut *self.estate);
        let call = Call::new(connection, self.out.again(), &mut *self.stage, self.doubt, self.ts);
        (&mut *self.party, call)
    }

    /// A direction by the roles of now, of what came when the sides had changed places so often.
    pub(crate) fn turned(&self, dir: Direction, flips: u8) -> Direction {
        if self.core.flips.wrapping_sub(flips) & 1 == 1 { dir.other() } else { dir }
    }

    /// Whether anybody has to do with the connection.
    pub(crate) fn heard(&self) -> bool {
        !self.party.is_empty()
    }

    /// Whether anybody would look at data. If not, bytes are counted and never copied.
    pub(crate) fn hears(&self) -> bool {
        self.party.hears(self.partial)
    }

    /// There are bytes, or bytes that were never seen: whoever has to do with the connection is attached now.
    pub(crate) fn wake(&mut self, transport: Transport) {
        let start = Start::new(transport, self.core.tag.orig_p, self.core.tag.resp_p);
        let (party, mut call) = self.split();
        party.wake(&mut call, start);
    }

    /// Bytes of a stream.
    pub(crate) fn stream(&mut self, dir: Direction, bytes: &[u8]) {
        let partial = self.partial;
        let (party, mut call) = self.split();
        party.data(&mut call, dir, bytes, (Transport::Tcp, partial));
    }

    /// A datagram.
    pub(crate) fn datagram(&mut self, dir: Direction, bytes: &[u8]) {
        let partial = self.partial;
        let (party, mut call) = self.split();
        party.data(&mut call, dir, bytes, (Transport::Udp, partial));
    }

    /// Bytes of a stream that were never seen.
    pub(crate) fn gap(&mut self, dir: Direction, len: u64) {
        let partial = self.partial;
        let (party, mut call) = self.split();
        party.gap(&mut call, dir, len, partial);
    }

    /// The end of a stream.
    pub(crate) fn end(&mut self, dir: Direction) {
        let partial = self.partial;
        let (party, mut call) = self.split();
        party.end(&mut call, dir, partial);
    }

    /// One of the ends closed, whatever may still be on its way.
    pub(crate) fn closing(&mut self) {
        let partial = self.partial;
        let (party, mut call) = self.split();
        party.closing(&mut call, partial);
    }

    /// One of the ends reset the connection.
    pub(crate) fn reset(&mut self) {
        let partial = self.partial;
        let (party, mut call) = self.split();
        party.reset(&mut call, partial);
    }

    /// An analyzer's timer.
    pub(crate) fn timer(&mut self, timer: (u8, u16, Timestamp), expired: bool) {
        let partial = self.partial;
        let (party, mut call) = self.split();
        party.timer(&mut call, timer, (expired, partial));
    }

    /// What became of an expectation of an analyzer.
    pub(crate) fn expected(&mut self, id: u32, token: u64, outcome: Outcome) {
        let (party, mut call) = self.split();
        party.expected(&mut call, id, token, outcome);
    }

    /// Nobody answers: analyzers keep what they hold in less room, if they can.
    pub(crate) fn shrink(&mut self) {
        let (party, mut call) = self.split();
        party.shrink(&mut call);
    }

    /// There is no room for them: all analyzers go, and detection ends. The connection is counted as before.
    pub(crate) fn give_up(&mut self) {
        let (party, mut call) = self.split();
        party.give_up(&mut call);
    }

    /// The end of the connection.
    pub(crate) fn close(&mut self, why: Close) {
        let (party, mut call) = self.split();
        party.close(&mut call, why);
    }

    /// The two sides changed places outside of an analyzer's call.
    pub(crate) fn flip(&mut self) {
        let (party, mut call) = self.split();
        party.flip(&mut call);
    }
}
