//! The state machine of an end, and how a connection is said to have gone.

use super::delivery::Delivery;
use super::endpoint::{EndState, delta};
use super::tcp::{Decision, Step, Tcp};
use crate::base::direction::Direction;
use crate::base::direction::Pair;
use crate::base::time::Interval;
use crate::worker::timer::TimerKind;

/// Time that a first SYN has for an answer.
pub(crate) const ATTEMPT_DELAY: Interval = Interval::from_secs(5);
/// Idle time of a connection whose handshake is over.
const INACTIVITY: Interval = Interval::from_secs(300);
/// Idle time of long interactive sessions.
const PATIENCE: Interval = Interval::from_secs(3600);

impl Tcp {
    /// Moves the sender's state on.
    pub(super) fn advance(&mut self, step: &mut Step<'_, '_>, ahead: i32, cx: &mut Delivery<'_>) -> Decision {
        match self.ends.of(step.dir).state {
            EndState::Inactive => self.when_inactive(step, cx),
            EndState::SynSent | EndState::SynAckSent => self.when_syn(step, cx),
            EndState::Established | EndState::Partial => self.when_established(step, cx),
            EndState::Closed => self.when_closed(step, ahead, cx),
            EndState::Reset => {
                self.when_reset(step, cx);
                Decision::default()
            }
        }
    }

    fn set_state(&mut self, dir: Direction, state: EndState, cx: &mut Delivery<'_>) {
        let peer = self.ends.of(dir.other()).state;
        let endpoint = self.ends.of_mut(dir);
        if state == endpoint.state {
            return;
        }
        let handshake_over = !state.is_handshake() && endpoint.state.is_handshake() && peer.is_handshake();
        endpoint.previous = endpoint.state;
        endpoint.state = state;
        if handshake_over {
            cx.set_timeout(INACTIVITY);
        }
    }

    fn when_inactive(&mut self, step: &mut Step<'_, '_>, cx: &mut Delivery<'_>) -> Decision {
        let flags = step.flags;
        let mut decision = Decision::default();
        if flags.syn() {
            let asked = self.ends.of(step.dir.other()).state == EndState::SynSent;
            match step.came {
                Direction::Orig => self.first_syn(step, cx),
                Direction::Resp => self.syn_reply(step, cx),
            }
            if step.came == Direction::Resp && asked && !flags.fin() && !flags.rst() {
                cx.out.established(cx.core);
            }
        }
        let (dir, peer) = (step.dir, step.dir.other());
        if flags.fin() {
            self.set_state(dir, EndState::Closed, cx);
            decision = Decision { close: true, finish: true };
            if self.ends.of(peer).state != EndState::Partial && !flags.syn() {
                cx.weird("spontaneous_FIN");
            }
        }
        if flags.rst() {
            self.set_state(dir, EndState::Reset, cx);
            let peer_state = self.ends.of(peer).state;
            let rejected = match step.came {
                Direction::Orig => peer_state == EndState::Established,
                Direction::Resp => peer_state.is_syn(),
            };
            decision = Decision { close: true, finish: !rejected };
            if !rejected && peer_state == EndState::Inactive {
                cx.weird("spontaneous_RST");
            }
        }
        if self.ends.of(dir).state == EndState::Inactive {
            self.without_syn(step, cx);
        }
        decision
    }

    fn first_syn(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) {
        let state = if step.flags.ack() {
            cx.weird("connection_originator_SYN_ack");
            EndState::SynAckSent
        } else {
            EndState::SynSent
        };
        self.set_state(step.dir, state, cx);
        if cx.ts == cx.core.start && !cx.core.looked {
            // The first look at the connection, due at that very time, is the look at this attempt as well.
            cx.core.attempt = true;
        } else {
            cx.set_timer(cx.ts + ATTEMPT_DELAY, TimerKind::Attempt);
        }
    }

    fn syn_reply(&mut self, step: &mut Step<'_, '_>, cx: &mut Delivery<'_>) {
        let header = step.segment.header;
        let peer = self.ends.of(step.dir.other());
        let peer_state = peer.state;
        if step.flags.ack() {
            let known = !matches!(peer_state, EndState::Inactive | EndState::Partial);
            let outside = delta(header.ack, peer.start) < 0 || delta(header.ack, peer.last) > 0;
            if known && outside {
                cx.weird("bad_SYN_ack");
            }
        } else if peer_state == EndState::SynAckSent && header.seq == self.ends.of(step.dir).start {
            // SYN and SYN+ACK were captured in the wrong order.
            self.partial = false;
            self.flip(cx);
            step.dir = step.dir.other();
            self.set_state(step.dir.other(), EndState::Established, cx);
            self.mark_orig_seen();
        } else {
            cx.weird("simultaneous_open");
        }
        match self.ends.of(step.dir.other()).state {
            EndState::SynSent => self.set_state(step.dir.other(), EndState::Established, cx),
            EndState::Inactive => cx.weird("unsolicited_SYN_response"),
            _ => {}
        }
        self.set_state(step.dir, EndState::Established, cx);
        if self.ends.of(step.dir.other()).state != EndState::Partial && cx.is_patient() {
            cx.set_timeout(PATIENCE);
        }
    }

    /// The first segment of an end has no flag that would tell what it is.
    fn without_syn(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) {
        let early_ack = step.came == Direction::Resp
            && step.segment.len == 0
            && self.ends.orig.state == EndState::SynSent;
        if early_ack {
            return;
        }
        if step.flags.ack() && self.ends.of(step.dir.other()).state == EndState::Established {
            self.set_state(step.dir, EndState::Established, cx);
            self.partial = false;
            self.mark_seen(step.came);
        } else {
            self.set_state(step.dir, EndState::Partial, cx);
        }
    }

    fn when_syn(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) -> Decision {
        let flags = step.flags;
        let state = self.ends.of(step.dir).state;
        let mut decision = Decision::default();
        if flags.syn() {
            let lone_ack = flags.ack() && !flags.fin() && !flags.rst();
            match step.came {
                Direction::Orig if lone_ack && state != EndState::SynAckSent => {
                    cx.weird("repeated_SYN_with_ack")
                }
                Direction::Resp if !flags.ack() && state != EndState::SynSent => {
                    cx.weird("repeated_SYN_reply_wo_ack");
                }
                _ => {}
            }
        }
        if flags.fin() {
            if matches!(self.ends.of(step.dir.other()).state, EndState::Inactive | EndState::SynSent) {
                cx.weird("inappropriate_FIN");
            }
            self.set_state(step.dir, EndState::Closed, cx);
            decision = Decision { close: true, finish: true };
        }
        if flags.rst() {
            self.set_state(step.dir, EndState::Reset, cx);
            self.settled = true;
            decision.close = true;
        } else if step.segment.len > 0 {
            cx.weird("data_before_established");
        }
        decision
    }

    fn when_established(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) -> Decision {
        let flags = step.flags;
        let (dir, peer) = (step.dir, step.dir.other());
        let mut decision = Decision::default();
        let partial = self.ends.of(dir).state == EndState::Partial;
        if flags.syn() && partial && self.ends.of(peer).state == EndState::Inactive && !flags.ack() {
            cx.weird("SYN_after_partial");
            self.set_state(dir, EndState::SynSent, cx);
        }
        if flags.fin() && !flags.rst() {
            self.set_state(dir, EndState::Closed, cx);
            let end = self.ends.of(peer);
            if end.state == EndState::Reset && end.previous == EndState::Closed {
                // A FIN and then a RST from the peer, and now our FIN: a normal end after all.
                self.set_state(peer, EndState::Closed, cx);
            }
            decision = Decision { close: true, finish: true };
        }
        if flags.rst() {
            self.set_state(dir, EndState::Reset, cx);
            decision.close = true;
            let end = self.ends.of(peer);
            if end.state != EndState::Reset || end.previous != EndState::Established {
                self.settled = true;
            }
        }
        decision
    }

    fn when_closed(&mut self, step: &Step<'_, '_>, ahead: i32, cx: &mut Delivery<'_>) -> Decision {
        let flags = step.flags;
        let mut decision = Decision::default();
        if flags.syn() {
            cx.weird("SYN_after_close");
        }
        if flags.fin() && ahead > 0 {
            cx.weird("FIN_advanced_last_seq");
        }
        if flags.rst() && self.ends.of(step.dir.other()).state != EndState::Closed {
            self.set_state(step.dir, EndState::Reset, cx);
            decision.close = !self.ends.of(step.dir).did_close;
        }
        decision
    }

    fn when_reset(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) {
        let flags = step.flags;
        if flags.syn() {
            cx.weird("SYN_after_reset");
        }
        if flags.fin() {
            cx.weird("FIN_after_reset");
        }
        if step.segment.len > 0 && !flags.rst() {
            cx.weird("data_after_reset");
        }
    }

    /// `conn_state`: how the connection went. The order of the tests decides.
    pub(crate) fn verdict(&self, history: &[u8]) -> &'static str {
        use EndState::{Closed, Established, Inactive, Partial, Reset, SynSent};
        let Pair { orig, resp } = &self.ends;
        let unseen = |state| matches!(state, Inactive | Partial);
        let empty = orig.size(resp.state) == 0 && resp.size(orig.state) == 0;
        match (orig.state, resp.state) {
            (o, Reset) if o.is_syn() || (o == Reset && empty) => "REJ",
            (o, Reset) if unseen(o) => "RSTRH",
            (_, Reset) => "RSTR",
            (Reset, r) if unseen(r) && syn_then_reset(history) => "RSTOS0",
            (Reset, r) if unseen(r) => "OTH",
            (Reset, _) => "RSTO",
            (Closed, Closed) => "SF",
            (Closed, r) if unseen(r) => "SH",
            (Closed, _) => "S2",
            (o, Closed) if unseen(o) => "SHR",
            (_, Closed) => "S3",
            (SynSent, Inactive) => "S0",
            (Established, Established) => "S1",
            _ => "OTH",
        }
    }
}

/// A SYN, then a RST, and in between nothing more of the originator's.
fn syn_then_reset(history: &[u8]) -> bool {
    let history = history.strip_prefix(b"^").unwrap_or(history);
    let Some(rest) = history.strip_prefix(b"S") else { return false };
    rest.iter().find(|letter| b"HAFGIQR".contains(letter)) == Some(&b'R')
}

impl Delivery<'_> {
    /// Changes how long the connection may be idle.
    pub(crate) fn set_timeout(&mut self, timeout: Interval) {
        if self.core.timeout != timeout {
            self.core.timeout = timeout;
            self.core.inactivity_due = self.core.last + timeout;
            self.core.idle_set = true;
            self.set_timer(self.core.inactivity_due, TimerKind::Inactivity);
        }
    }

    fn is_patient(&self) -> bool {
        patient(self.core.tag.resp_p)
    }
}

/// TCP ports of long interactive sessions.
const PATIENT: &[u16] = &[21, 22, 23, 513];

/// Whether connections to this TCP port may be idle for an hour.
pub(super) fn patient(port: u16) -> bool {
    PATIENT.contains(&port)
}
