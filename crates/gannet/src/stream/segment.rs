//! A segment on its way through a TCP connection (RFC 9293, section 3.10.7).

use super::delivery::Delivery;
use super::endpoint::EndState;
use super::tcp::{SOURCE, Segment, Step, Tcp};
use crate::base::direction::{Direction, Pair};

impl Tcp {
    /// One of the ends sent a segment. Returns its direction by the roles that the connection has afterwards.
    pub(crate) fn segment(
        &mut self,
        segment: &Segment<'_>,
        dir: Direction,
        cx: &mut Delivery<'_>,
    ) -> Direction {
        let flags = segment.header.flags;
        let mut step = Step { segment, flags, dir, came: dir };
        cx.core.turning = self.turns(&step, cx.core.history.text());
        self.note_partial(&step);
        let control = i64::from(flags.syn()) + i64::from(flags.fin());
        let length = if flags.rst() { control } else { control + segment.len as i64 };
        let end = segment.header.seq.wrapping_add(length as u32);
        self.init_endpoint(&step, end, cx);
        let (relative, underflow) = self.ends.of(step.dir).relative_to_last(segment.header.seq);
        if underflow && !flags.rst() {
            cx.weird("TCP_seq_underflow_or_misorder");
        }
        self.note_history(&mut step, relative, cx);
        self.note_window(&step, cx);
        if !self.ends.orig.did_close || !self.ends.resp.did_close {
            cx.core.last = cx.ts;
        }
        self.note_flags(&step, relative, length, cx);
        let acked = self.take_ack(&step, cx);
        let endpoint = self.ends.of_mut(step.dir);
        let (ahead, again) = endpoint.sent(end, flags, segment.len);
        endpoint.last_time = cx.ts;
        if again && endpoint.retransmissions.hit() {
            cx.letter(step.dir, b'T');
        }
        let decision = self.advance(&mut step, ahead, cx);
        self.prepare(cx);
        if flags.rst() {
            cx.reset();
        }
        let flips = cx.core.flips;
        if flags.ack() {
            self.ack_received(step.dir.other(), acked, cx);
        }
        *self.seen.of_mut(step.came) = true;
        let position = relative.wrapping_add(u64::from(flags.syn()));
        if segment.len > 0 && !flags.rst() && !underflow {
            self.data(cx.turned(step.dir, flips), position, segment, cx);
        }
        step.dir = cx.turned(step.dir, flips);
        self.check_end(step.dir, cx);
        if decision.close {
            self.close(step.dir, decision.finish, cx);
        }
        step.dir
    }

    /// Whether the segment will show that the sides have to change places, as [`Self::note_history`] and the state machine find.
    fn turns(&self, step: &Step<'_, '_>, history: &[u8]) -> bool {
        let flags = step.flags;
        if flags.plain() {
            return history == b"H" && (step.segment.len > 0 || flags.ack());
        }
        let Pair { orig, resp } = &self.ends;
        let reversed = orig.state == EndState::SynAckSent && resp.state == EndState::Inactive;
        reversed && step.dir == Direction::Resp && flags.syn() && !flags.ack()
    }

    /// A segment whose checksum is wrong: it is counted, and nothing else.
    #[cold]
    pub(crate) fn bad_checksum(&mut self, dir: Direction, cx: &mut Delivery<'_>) {
        let counts = cx.out.sampled_weird(cx.core, "bad_TCP_checksum", "", SOURCE);
        cx.out.state.stats.bad_tcp_checksums += u64::from(counts);
        if self.ends.of_mut(dir).checksum_errors.hit() {
            cx.letter(dir, b'C');
        }
    }

    pub(super) fn note_partial(&mut self, step: &Step<'_, '_>) {
        let flags = step.flags;
        match step.dir {
            Direction::Orig if !self.seen.orig => self.partial = !flags.syn() || flags.ack(),
            Direction::Resp if !self.seen.resp && !self.partial => self.partial = !flags.syn(),
            _ => {}
        }
    }

    pub(super) fn init_endpoint(&mut self, step: &Step<'_, '_>, end: u32, cx: &mut Delivery<'_>) {
        let first = step.segment.header.seq;
        let syn = step.flags.syn();
        let peer = self.ends.of(step.dir.other()).state;
        let endpoint = self.ends.of_mut(step.dir);
        let size = endpoint.size(peer);
        match endpoint.state {
            EndState::Inactive if syn => endpoint.init(first, first, end),
            EndState::Inactive => endpoint.guess(first),
            EndState::SynSent | EndState::SynAckSent if syn && first != endpoint.start => {
                endpoint.init(first, first, end);
                cx.core_weird("SYN_seq_jump");
            }
            EndState::Established | EndState::Partial if syn => {
                let jumped = first != endpoint.start;
                endpoint.init(first, first, end);
                if size > 0 {
                    cx.core_weird("SYN_inside_connection");
                }
                if jumped {
                    cx.core_weird("SYN_seq_jump");
                }
            }
            EndState::Reset if syn && endpoint.previous == EndState::Inactive => {
                endpoint.init(first, first, end)
            }
            _ => {}
        }
    }

    /// The acknowledgement number; returns its position in the peer's stream.
    pub(super) fn take_ack(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) -> u64 {
        if !step.flags.ack() {
            return 0;
        }
        let ack = step.segment.header.ack;
        let state = self.ends.of(step.dir).state;
        let peer = self.ends.of_mut(step.dir.other());
        if peer.state == EndState::Inactive {
            let before = ack.wrapping_sub(1);
            peer.init(before, before, before);
            let sent_syn = state.is_syn() || state == EndState::Established;
            if step.flags.plain() && sent_syn && !cx.core.had_weird {
                cx.core_weird("possible_split_routing");
            }
            return 1;
        }
        let (relative, underflow) = peer.relative_to_ack(ack);
        if underflow {
            cx.weird("TCP_ack_underflow_or_misorder");
            return 0;
        }
        if !step.flags.rst() {
            peer.acked(ack);
        }
        relative
    }
}
