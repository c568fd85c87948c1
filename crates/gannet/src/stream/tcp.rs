//! A TCP connection: what each segment does to its two ends.

use super::delivery::Delivery;
use super::endpoint::{EndState, Endpoint};
use crate::analyzers::Doubt;
use crate::base::direction::{Direction, Pair};
use crate::base::time::{Interval, Timestamp};
use crate::decode::transport::{Flags, TcpHeader};
use crate::worker::history::case;
use crate::worker::moment::Reply;
use crate::worker::timer::{Timer, TimerKind};

/// Source of this stage's weirds.
pub(crate) const SOURCE: Option<&str> = Some("TCP");

/// Idle time after which a half-closed connection goes.
pub(crate) const LINGER: Interval = Interval::from_secs(5);

/// A segment and what was captured of it.
pub(crate) struct Segment<'p> {
    pub(crate) header: TcpHeader,
    pub(crate) options: &'p [u8],
    /// Captured payload.
    pub(crate) payload: &'p [u8],
    /// Payload length by the IP header.
    pub(crate) len: usize,
}

/// Both ends, and what is true of the connection as a whole.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tcp {
    pub(crate) ends: Pair<Endpoint>,
    /// The beginning was not seen.
    pub(crate) partial: bool,
    pub(super) seen: Pair<bool>,
    /// An attempt or close has been settled; its timers do nothing.
    pub(crate) settled: bool,
    /// The close is complete; only the delete timer counts.
    pub(crate) closing: bool,
    pub(super) close_deferred: bool,
    pub(super) deferred_finish: bool,
}

/// A first SYN of the originator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syn {
    pub(crate) seq: u32,
    /// Window scale, if it offers one (RFC 7323, section 2.2).
    pub(crate) scale: Option<u8>,
    /// When it came, or came again.
    pub(crate) time: Timestamp,
}

/// What the state machine decided.
#[derive(Clone, Copy, Default)]
pub(super) struct Decision {
    pub(super) close: bool,
    /// Whether the close is a finish and no reset.
    pub(super) finish: bool,
}

/// One segment on its way through the steps.
pub(super) struct Step<'s, 'p> {
    pub(super) segment: &'s Segment<'p>,
    pub(super) flags: Flags,
    /// Direction by the roles of now.
    pub(super) dir: Direction,
    /// Direction by the roles when the segment came in.
    pub(super) came: Direction,
}

impl Tcp {
    /// What a first SYN leaves.
    pub(crate) fn of_syn(syn: &Syn) -> Self {
        let mut tcp = Self::default();
        let Pair { orig, resp } = &mut tcp.ends;
        orig.init(syn.seq, syn.seq, syn.seq.wrapping_add(1));
        orig.state = EndState::SynSent;
        orig.last_time = syn.time;
        if let Some(scale) = syn.scale {
            orig.window_scale = scale;
            orig.window_seq = syn.seq;
            resp.window_ack = syn.seq;
        }
        tcp.seen.orig = true;
        tcp
    }

    /// The first SYN, if it, with the time of the last packet, tells all that is known.
    pub(crate) fn lone_syn(&self, time: Timestamp) -> Option<Syn> {
        let Pair { orig, resp } = &self.ends;
        let scaled = resp.window_ack == orig.start;
        let syn = Syn { seq: orig.start, scale: scaled.then_some(orig.window_scale), time };
        (orig.state == EndState::SynSent && *self == Self::of_syn(&syn)).then_some(syn)
    }

    /// Originator and responder change places.
    pub(super) fn flip(&mut self, cx: &mut Delivery<'_>) {
        cx.core.flip();
        cx.flip();
        self.swap();
    }

    /// The roles changed: so does everything that is kept by role.
    pub(crate) fn swap(&mut self) {
        self.ends.swap();
        self.seen.swap();
        self.partial = false;
    }

    pub(super) fn mark_orig_seen(&mut self) {
        self.seen.orig = true;
    }

    pub(super) fn mark_seen(&mut self, dir: Direction) {
        *self.seen.of_mut(dir) = true;
    }

    /// What the responder did so far.
    pub(crate) fn reply(&self) -> Reply {
        let Pair { orig, resp } = &self.ends;
        let answered = matches!(resp.state, EndState::Established | EndState::Closed | EndState::Partial);
        Reply { answered, bytes: resp.size(orig.state) }
    }

    /// Tells the analyzers' side what the connection is worth now.
    pub(crate) fn prepare(&self, cx: &mut Delivery<'_>) {
        if cx.heard() {
            let incomplete = self.partial || self.ends.orig.stream.had_gap || self.ends.resp.stream.had_gap;
            let Reply { answered, bytes: replied } = self.reply();
            let payload = self.ends.orig.size(self.ends.resp.state).wrapping_add(replied);
            cx.doubt = Doubt { incomplete, partial: self.partial, payload, replied, answered };
            cx.partial = self.partial;
        }
    }
}

impl Delivery<'_> {
    /// A weird of the TCP stage.
    #[cold]
    pub(crate) fn weird(&mut self, name: &'static str) {
        self.weird_with(name, "");
    }

    #[cold]
    pub(super) fn weird_with(&mut self, name: &'static str, addl: &str) {
        self.out.weird(self.core, name, addl, SOURCE);
    }

    /// A weird of the connection as such.
    #[cold]
    pub(super) fn core_weird(&mut self, name: &'static str) {
        self.out.weird(self.core, name, "", None);
    }

    /// A letter of the history.
    pub(super) fn letter(&mut self, dir: Direction, letter: u8) {
        self.core.history.push(case(dir == Direction::Orig, letter));
    }

    pub(super) fn set_timer(&mut self, due: Timestamp, kind: TimerKind) {
        let (birth, slot) = (self.core.birth, self.core.slot);
        self.out.state.timers.set(Timer { due, birth, slot, kind });
    }
}
