//! A TCP connection: what each segment does to its two ends.

use super::delivery::Delivery;
use super::endpoint::{EndState, Endpoint, delta};
use super::reassembly::Ready;
use crate::analyzers::{Direction, Doubt};
use crate::decode::transport::{Flags, TcpHeader, window_scale};
use crate::flow::{Pair, Room, Shed, Timer, TimerKind, case, mark};
use crate::time::{Interval, Timestamp};

/// Source of this stage's weirds.
pub(crate) const SOURCE: Option<&str> = Some("TCP");

/// Sent in order without any acknowledgement: acknowledgements are not to be seen, do not wait for them.
const MAX_INITIAL_WINDOW: u64 = 16_384;
/// Waiting above a hole without any acknowledgement.
const MAX_ABOVE_HOLE: u64 = 16_384;
/// Not acknowledged by a peer that once did.
const MAX_UNACKNOWLEDGED: u64 = 10 * 1024 * 1024;
/// FINs or RSTs of one end that are a storm, if less than a second apart.
const STORM: u32 = 1000;
/// Time from a complete close to the end of the connection.
const CLOSE_DELAY: Interval = Interval::from_secs(5);
/// Between two looks at whether a connection is half closed.
const CHECK_EVERY: Interval = Interval::from_secs(6);
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
#[derive(Debug, Default)]
pub(crate) struct Tcp {
    pub(crate) ends: Pair<Endpoint>,
    /// The beginning was not seen.
    pub(crate) partial: bool,
    seen: Pair<bool>,
    /// An attempt or close has been settled; its timers do nothing.
    pub(crate) settled: bool,
    /// The close is complete; only the delete timer counts.
    pub(crate) closing: bool,
    close_deferred: bool,
    deferred_finish: bool,
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
    /// One of the ends sent a segment. Returns its direction by the roles that the connection has afterwards.
    pub(crate) fn segment(
        &mut self,
        segment: &Segment<'_>,
        dir: Direction,
        cx: &mut Delivery<'_>,
    ) -> Direction {
        let flags = segment.header.flags;
        let mut step = Step { segment, flags, dir, came: dir };
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
        if flags.ack() {
            self.ack_received(step.dir.other(), acked, cx);
        }
        *self.seen.of_mut(step.came) = true;
        let position = relative.wrapping_add(u64::from(flags.syn()));
        if segment.len > 0 && !flags.rst() && !underflow {
            self.data(step.dir, position, segment, cx);
        }
        self.check_end(step.dir, cx);
        if decision.close {
            self.close(step.dir, decision.finish, cx);
        }
        step.dir
    }

    /// A segment whose checksum is wrong: it is counted, and nothing else.
    pub(crate) fn bad_checksum(&mut self, dir: Direction, cx: &mut Delivery<'_>) {
        cx.weird("bad_TCP_checksum");
        if self.ends.of_mut(dir).checksum_errors.hit() {
            cx.letter(dir, b'C');
        }
    }

    fn note_partial(&mut self, step: &Step<'_, '_>) {
        let flags = step.flags;
        match step.dir {
            Direction::Orig if !self.seen.orig => self.partial = !flags.syn() || flags.ack(),
            Direction::Resp if !self.seen.resp && !self.partial => self.partial = !flags.syn(),
            _ => {}
        }
    }

    fn init_endpoint(&mut self, step: &Step<'_, '_>, end: u32, cx: &mut Delivery<'_>) {
        let first = step.segment.header.seq;
        let syn = step.flags.syn();
        let peer = self.ends.of(step.dir.other()).state;
        let endpoint = self.ends.of_mut(step.dir);
        let size = endpoint.size(peer);
        match endpoint.state {
            EndState::Inactive if syn => endpoint.init(first, first, end),
            EndState::Inactive => {
                // As if a SYN had been seen; but the first segment is no duplicate.
                let before = first.wrapping_sub(1);
                endpoint.init(before, before, first);
            }
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

    /// The letter of the segment. Traffic behind a lone SYN+ACK shows that its sender is the responder.
    fn note_history(&mut self, step: &mut Step<'_, '_>, relative: u64, cx: &mut Delivery<'_>) {
        let flags = step.flags;
        let len = step.segment.len;
        let count = u8::from(flags.syn()) + u8::from(flags.fin()) + u8::from(flags.rst());
        if count > 1 {
            let (mark, letter) =
                if flags.fin() && flags.rst() { (mark::FIN_RST, b'I') } else { (mark::MULTI, b'Q') };
            cx.core.history.once(step.dir == Direction::Orig, mark, letter);
            return;
        }
        if count == 0 {
            let (mark, letter) = match (len > 0, flags.ack()) {
                (true, _) => (mark::DATA, b'D'),
                (false, true) => (mark::ACK, b'A'),
                (false, false) => return,
            };
            if cx.core.history.text() == b"H" {
                self.flip(cx);
                step.dir = step.dir.other();
                cx.core.history.replace(b"^h");
                self.seen.orig = true;
            }
            cx.core.history.once(step.dir == Direction::Orig, mark, letter);
            return;
        }
        let endpoint = self.ends.of_mut(step.dir);
        let (mark, letter, memory, position) = if flags.syn() {
            let letter = if flags.ack() { b'H' } else { b'S' };
            (mark::SYN, letter, &mut endpoint.history_syn, relative)
        } else if flags.fin() {
            (mark::FIN, b'F', &mut endpoint.history_fin, relative.wrapping_add(len as u64))
        } else {
            (mark::RST, b'R', &mut endpoint.history_rst, relative)
        };
        let before = std::mem::replace(memory, position);
        let is_orig = step.dir == Direction::Orig;
        if cx.core.history.once(is_orig, mark, letter) && before != position {
            cx.core.history.push(case(is_orig, letter));
        }
    }

    fn note_window(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) {
        let TcpHeader { seq, ack, window, .. } = step.segment.header;
        let peer_closed = self.ends.of(step.dir.other()).state == EndState::Closed;
        let endpoint = self.ends.of_mut(step.dir);
        let scale = u32::from(endpoint.window_scale);
        let window = u32::from(window) << scale;
        let reset = endpoint.state == EndState::Reset;
        if window == 0 && !step.flags.rst() && !peer_closed && !reset && endpoint.zero_windows.hit() {
            cx.letter(step.dir, b'W');
        }
        if !step.flags.plain() || reset || endpoint.state == EndState::Closed {
            return;
        }
        if delta(seq, endpoint.window_seq) < 0 || delta(ack, endpoint.window_ack) < 0 {
            return;
        }
        let edge = endpoint.window_ack.wrapping_add(endpoint.window);
        let advance = delta(ack.wrapping_add(window), edge);
        endpoint.window = window;
        endpoint.window_ack = ack;
        endpoint.window_seq = seq;
        if advance < 0 && advance.unsigned_abs() >= 1 << scale {
            cx.core_weird("window_recision");
        }
    }

    /// What SYN, FIN and RST bring beside a change of state.
    fn note_flags(&mut self, step: &Step<'_, '_>, relative: u64, length: i64, cx: &mut Delivery<'_>) {
        let flags = step.flags;
        if flags.syn() {
            if flags.rst() {
                cx.weird("TCP_christmas");
            }
            if flags.urg() {
                cx.weird("baroque_SYN");
            }
            if step.segment.len > 0 {
                cx.weird("SYN_with_data");
            }
            self.init_window(step, cx);
        }
        let ts = cx.ts;
        let storming = |count: u32, last: Timestamp| count >= STORM && ts < last + Interval::from_secs(1);
        let endpoint = self.ends.of_mut(step.dir);
        if flags.fin() {
            endpoint.fins = endpoint.fins.saturating_add(1);
            endpoint.fin_seq = relative.wrapping_add(length as u64);
            if storming(endpoint.fins, endpoint.last_time) {
                cx.weird("FIN_storm");
            }
        }
        if flags.rst() {
            endpoint.rsts = endpoint.rsts.saturating_add(1);
            if storming(endpoint.rsts, endpoint.last_time) {
                cx.weird("RST_storm");
            }
        }
    }

    fn init_window(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) {
        /// The largest shift (RFC 7323, section 2.3).
        const MAX_SCALE: u8 = 14;
        let TcpHeader { seq, ack, .. } = step.segment.header;
        let scale = window_scale(step.segment.options);
        if let Some(scale) = scale
            && scale > MAX_SCALE
            && !cx.core.had_weird
        {
            cx.weird_with("TCP_scale_range", &scale.to_string());
        }
        let peer = self.ends.of_mut(step.dir.other());
        match scale {
            None if step.flags.ack() => peer.window_scale = 0,
            None => {}
            Some(_) => {
                peer.window_seq = ack;
                peer.window_ack = seq;
            }
        }
        let endpoint = self.ends.of_mut(step.dir);
        endpoint.window_scale = scale.unwrap_or(0).min(MAX_SCALE);
        if scale.is_some() {
            endpoint.window_seq = seq;
            endpoint.window_ack = ack;
        }
    }

    /// The acknowledgement number; returns its position in the peer's stream.
    fn take_ack(&mut self, step: &Step<'_, '_>, cx: &mut Delivery<'_>) -> u64 {
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

    /// Payload bytes of both directions.
    pub(crate) fn payload(&self) -> u64 {
        let Pair { orig, resp } = &self.ends;
        orig.size(resp.state).wrapping_add(resp.size(orig.state))
    }

    /// Tells the analyzers' side what the connection is worth now.
    pub(crate) fn prepare(&self, cx: &mut Delivery<'_>) {
        if cx.heard() {
            let incomplete = self.partial || self.ends.orig.stream.had_gap || self.ends.resp.stream.had_gap;
            cx.doubt = Doubt { incomplete, payload: self.payload() };
            cx.partial = self.partial;
        }
    }

    fn data(&mut self, dir: Direction, position: u64, segment: &Segment<'_>, cx: &mut Delivery<'_>) {
        if segment.payload.len() < segment.len {
            cx.weird("truncated_tcp_payload");
            return;
        }
        let endpoint = self.ends.of(dir);
        if endpoint.stream.stopped {
            return;
        }
        let acked = endpoint.ack_relative();
        let skip = acked.saturating_sub(position);
        let bytes = segment.payload.get(..segment.len).unwrap_or_default();
        let Some(bytes) = usize::try_from(skip).ok().and_then(|skip| bytes.get(skip..)) else { return };
        if bytes.is_empty() {
            return;
        }
        cx.wake();
        let stream = &mut self.ends.of_mut(dir).stream;
        let before = stream.next();
        let held = stream.allocated();
        let ready = stream.insert(position.saturating_add(skip), bytes, cx.hears());
        if let Some(ready) = ready {
            self.deliver(dir, ready, cx);
        }
        self.drain(dir, cx);
        self.account(dir, held, cx);
        if self.ends.of(dir).stream.next() != before {
            self.forget_delivered(dir);
        }
        self.limit(dir, cx);
    }

    fn deliver(&mut self, dir: Direction, ready: Ready<'_>, cx: &mut Delivery<'_>) {
        let flipped = cx.core.flipped;
        match ready {
            Ready::Now(bytes) => cx.stream(dir, bytes),
            Ready::Kept(bytes) => cx.stream(dir, &bytes),
            Ready::Unheard => {}
        }
        if cx.core.flipped != flipped {
            self.swap();
        }
    }

    fn drain(&mut self, dir: Direction, cx: &mut Delivery<'_>) {
        while let Some(ready) = self.ends.of_mut(dir).stream.pop_ready() {
            self.deliver(dir, ready, cx);
        }
    }

    /// Keeps the books of the shard's reassembly memory; over its budget this direction stops.
    fn account(&mut self, dir: Direction, held: usize, cx: &mut Delivery<'_>) {
        let stream = &mut self.ends.of_mut(dir).stream;
        let (shard, tag) = (cx.core.shard, cx.core.tag);
        let room = cx.out.state.reassembly.change(shard, held, stream.allocated());
        if room == Room::Enough {
            return;
        }
        let held = stream.allocated();
        stream.stop();
        cx.out.state.reassembly.change(shard, held, 0);
        cx.out.shed(Shed::Reassembly, shard, Some(tag));
        if room == Room::Brake {
            cx.out.shed(Shed::Brake, shard, Some(tag));
        }
    }

    /// Without any acknowledgement in sight, what was delivered is not waited for.
    fn forget_delivered(&mut self, dir: Direction) {
        let peer = self.ends.of(dir.other()).state;
        let endpoint = self.ends.of_mut(dir);
        if endpoint.no_data_acked() && endpoint.size(peer) > MAX_INITIAL_WINDOW {
            let next = endpoint.stream.next();
            endpoint.stream.trim(next);
        }
    }

    fn limit(&mut self, dir: Direction, cx: &mut Delivery<'_>) {
        let endpoint = self.ends.of_mut(dir);
        let above_hole = endpoint.no_data_acked() && endpoint.stream.undelivered() > MAX_ABOVE_HOLE;
        let too_much = endpoint.stream.unacknowledged() > MAX_UNACKNOWLEDGED || endpoint.stream.is_crowded();
        if !above_hole && !too_much {
            return;
        }
        let held = endpoint.stream.allocated();
        endpoint.stream.stop();
        cx.out.state.reassembly.change(cx.core.shard, held, 0);
        if above_hole {
            cx.weird("above_hole_data_without_any_acks");
        }
        if too_much {
            cx.weird("excessive_data_without_further_acks");
        }
    }

    /// The peer acknowledged a direction's stream up to a position: what is missing below it is a gap.
    fn ack_received(&mut self, dir: Direction, position: u64, cx: &mut Delivery<'_>) {
        let endpoint = self.ends.of_mut(dir);
        let mut up_to = position;
        if endpoint.fins > 0 && up_to >= endpoint.fin_seq {
            up_to = endpoint.fin_seq.wrapping_sub(1);
        }
        if up_to <= endpoint.stream.trimmed() {
            return;
        }
        let ahead = up_to > endpoint.stream.next();
        let missing = ahead && self.skip_to(dir, up_to, cx);
        let (orig, resp) = (&self.ends.orig, &self.ends.resp);
        if orig.state == EndState::Established && resp.state == EndState::Established {
            cx.out.state.stats.acks += 1;
            cx.out.state.stats.gaps += u64::from(missing);
        }
        let held = self.ends.of(dir).stream.allocated();
        self.drain(dir, cx);
        self.account(dir, held, cx);
        self.ends.of_mut(dir).stream.trim(up_to);
        self.check_end(dir, cx);
    }

    /// Delivers what waits below a position and reports the holes. Returns whether there was one.
    fn skip_to(&mut self, dir: Direction, up_to: u64, cx: &mut Delivery<'_>) -> bool {
        // Numbers of a connection that was picked up in the middle are made up: the first one or two do not count.
        if up_to <= 2 && self.partial {
            return false;
        }
        let mut missing = false;
        let held = self.ends.of(dir).stream.allocated();
        while !self.ends.of(dir).stream.stopped && self.ends.of(dir).stream.next() < up_to {
            match self.ends.of_mut(dir).stream.pop_gap(up_to) {
                Some(len) => {
                    missing = true;
                    self.gap(dir, len, cx);
                }
                None => break,
            }
            self.drain(dir, cx);
        }
        self.account(dir, held, cx);
        self.ends.of_mut(dir).stream.jump(up_to);
        missing
    }

    fn gap(&mut self, dir: Direction, len: u64, cx: &mut Delivery<'_>) {
        if self.ends.orig.is_clean() && self.ends.resp.is_clean() {
            if self.ends.of_mut(dir).gaps.hit() {
                cx.letter(dir, b'G');
            }
            cx.core.missed += len;
        }
        cx.wake();
        cx.gap(dir, len);
        self.ends.of_mut(dir).stream.had_gap = true;
        cx.doubt.incomplete = true;
    }

    /// Everything that this end sent is delivered, and what it got is acknowledged.
    fn pending(&self, dir: Direction) -> bool {
        let endpoint = self.ends.of(dir);
        if endpoint.stream.stopped {
            return false;
        }
        let delivered = endpoint.stream.next();
        let (last, before_start) = endpoint.relative_to_last(endpoint.last);
        if before_start || last < delivered {
            return false;
        }
        if delivered != last.wrapping_sub(1) && delivered != last {
            return true;
        }
        endpoint.state != EndState::Reset && self.ends.of(dir.other()).stream.has_blocks()
    }

    /// Tells the analyzers of the end of a direction once nothing of it is pending.
    fn check_end(&mut self, dir: Direction, cx: &mut Delivery<'_>) {
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
    fn close(&mut self, dir: Direction, finish: bool, cx: &mut Delivery<'_>) {
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
        if header.length < crate::decode::transport::TCP_HEADER || !header.flags.syn() {
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

impl Delivery<'_> {
    /// A weird of the TCP stage.
    pub(crate) fn weird(&mut self, name: &'static str) {
        self.weird_with(name, "");
    }

    fn weird_with(&mut self, name: &'static str, addl: &str) {
        self.out.weird(self.core, name, addl, SOURCE);
    }

    /// A weird of the connection as such.
    pub(super) fn core_weird(&mut self, name: &'static str) {
        self.out.weird(self.core, name, "", None);
    }

    /// A letter of the history.
    fn letter(&mut self, dir: Direction, letter: u8) {
        self.core.history.push(case(dir == Direction::Orig, letter));
    }

    pub(super) fn set_timer(&mut self, due: Timestamp, kind: TimerKind) {
        let (birth, slot) = (self.core.birth, self.core.slot);
        self.out.state.timers.set(Timer { due, birth, slot, kind });
    }
}
