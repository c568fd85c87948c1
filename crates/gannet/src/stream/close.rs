//! The end of a TCP connection, and whether a segment begins another one.

use super::delivery::Delivery;
use super::endpoint::{EndState, Endpoint};
use super::tcp::{LINGER, Tcp};
use crate::base::direction::{Direction, Pair};
use crate::base::time::{Interval, Timestamp};
use crate::decode::transport::{TCP_HEADER, TcpHeader};
use crate::worker::timer::TimerKind;

/// Time from a complete close to the end of the connection.
const CLOSE_DELAY: Interval = Interval::from_secs(5);
/// Between two looks at whether a connection is half closed.
const CHECK_EVERY: Interval = Interval::from_secs(6);

impl Tcp {
    /// Everything that this end sent is delivered, and what it got is acknowledged.
    pub(super) fn pending(&self, dir: Direction) -> bool {
        let endpoint = self.ends.of(dir);
        if endpoint.stream.stopped {
            return false;
        }
        match endpoint.outstanding() {
            None => return false,
            Some(0 | 1) => {}
            Some(_) => return true,
        }
        endpoint.state != EndState::Reset && self.ends.of(dir.other()).stream.has_blocks()
    }

    /// Tells the analyzers of the end of a direction once nothing of it is pending.
    pub(super) fn check_end(&mut self, dir: Direction, cx: &mut Delivery<'_>) {
        let endpoint = self.ends.of(dir);
        let over = endpoint.fins > 0 || matches!(endpoint.state, EndState::Closed | EndState::Reset);
        if endpoint.stream.ended || !over || self.pending(dir) {
            return;
        }
        self.ends.of_mut(dir).stream.ended = true;
        cx.end(dir);
        if self.close_deferred {
            if self.pending(dir) && self.ends.orig.did_close && self.ends.resp.did_close {
                cx.weird("pending_data_when_closed");
            }
            let finish = self.deferred_finish;
            self.close(dir, finish, cx);
            self.close_deferred = false;
        }
    }

    /// An end closed. The connection ends a little later, unless data is pending or the peer may go on.
    pub(super) fn close(&mut self, dir: Direction, finish: bool, cx: &mut Delivery<'_>) {
        cx.closing();
        if self.pending(dir) {
            self.close_deferred = true;
            self.deferred_finish |= finish;
            return;
        }
        self.close_deferred = false;
        let peer = self.ends.of(dir.other());
        let (peer_closed, peer_state) = (peer.did_close, peer.state);
        let endpoint = self.ends.of_mut(dir);
        if std::mem::replace(&mut endpoint.did_close, true) {
            return;
        }
        let (state, previous) = (endpoint.state, endpoint.previous);
        if state == EndState::Reset || peer_closed || peer_state == EndState::Inactive {
            if (previous != EndState::Inactive || peer_state != EndState::Inactive)
                && (finish || std::mem::take(&mut self.deferred_finish))
            {
                self.settled = true;
            }
            self.closing = true;
            cx.set_timer(cx.core.last + CLOSE_DELAY, TimerKind::Delete);
        } else if previous != EndState::Inactive {
            cx.set_timer(cx.core.last + CHECK_EVERY, TimerKind::Check);
        }
    }

    /// A look at whether the connection is half closed would find nothing, and would be repeated.
    pub(crate) fn is_at_rest(&self) -> bool {
        !self.closing && !self.settled && !self.is_forgotten()
    }

    /// A first SYN that got no answer.
    pub(crate) fn is_attempt(&self) -> bool {
        self.ends.orig.state.is_syn() && self.ends.resp.state == EndState::Inactive
    }

    /// Gives the memory of both directions back to the shard.
    pub(crate) fn release(&mut self, cx: &mut Delivery<'_>) {
        let held = self.ends.orig.stream.allocated() + self.ends.resp.stream.allocated();
        cx.out.state.reassembly.change(cx.core.shard, held, 0);
        self.ends.orig.stream.clear();
        self.ends.resp.stream.clear();
    }

    /// Whether a connection that nothing more is heard of goes; looked at every few seconds.
    pub(crate) fn is_forgotten(&self) -> bool {
        let Pair { orig, resp } = &self.ends;
        let either = |f: fn(&Endpoint) -> bool| f(orig) || f(resp);
        let half = either(|end| end.did_close)
            && ((orig.did_close && resp.did_close)
                || either(|end| end.state == EndState::Reset)
                || either(|end| end.state == EndState::Inactive));
        half || (orig.state == EndState::Inactive && resp.state == EndState::Inactive)
    }

    /// Whether a segment starts a new connection on a key that this one still holds.
    pub(crate) fn is_reuse(&self, header: &TcpHeader, ts: Timestamp, cx: &mut Delivery<'_>) -> bool {
        let Pair { orig, resp } = &self.ends;
        if header.length < TCP_HEADER || !header.flags.syn() {
            return false;
        }
        let mut sender = orig;
        if header.flags.ack() {
            if orig.state != EndState::Inactive {
                return false;
            }
            sender = resp;
        }
        let reset = orig.state == EndState::Reset || resp.state == EndState::Reset;
        if !orig.did_close && !resp.did_close {
            if header.seq == sender.start {
                return false;
            }
            let reversed = !header.flags.ack()
                && sender.state == EndState::SynAckSent
                && resp.state == EndState::Inactive
                && header.seq == resp.start;
            if reversed {
                return false;
            }
            let jump = sender.state == EndState::SynSent;
            cx.weird(if jump { "SYN_seq_jump" } else { "active_connection_reuse" });
        } else if (orig.is_active() || resp.is_active()) && !reset {
            cx.weird("active_connection_reuse");
        } else if ts - cx.core.last < LINGER && !reset {
            cx.weird("premature_connection_reuse");
        }
        true
    }
}
