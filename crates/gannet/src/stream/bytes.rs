//! The bytes of a TCP connection: put in order, handed on, given up; and the holes in them.

use super::delivery::Delivery;
use super::endpoint::EndState;
use super::reassembly::Ready;
use super::tcp::{Segment, Tcp};
use crate::base::direction::{Direction, Transport};
use crate::worker::budget::{Room, Shed};

/// Sent in order without any acknowledgement: acknowledgements are not to be seen, do not wait for them.
const MAX_INITIAL_WINDOW: u64 = 16_384;
/// Waiting above a hole without any acknowledgement.
const MAX_ABOVE_HOLE: u64 = 16_384;
/// Not acknowledged by a peer that once did.
const MAX_UNACKNOWLEDGED: u64 = 10 * 1024 * 1024;

impl Tcp {
    pub(super) fn data(
        &mut self,
        dir: Direction,
        position: u64,
        segment: &Segment<'_>,
        cx: &mut Delivery<'_>,
    ) {
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
        cx.wake(Transport::Tcp);
        let stream = &mut self.ends.of_mut(dir).stream;
        let before = stream.next();
        let held = stream.allocated();
        let ready = stream.insert(position.saturating_add(skip), bytes, cx.hears());
        let mut dir = dir;
        if let Some(ready) = ready {
            dir = self.deliver(dir, ready, cx);
        }
        dir = self.drain(dir, cx);
        self.account(dir, held, cx);
        if self.ends.of(dir).stream.next() != before {
            self.forget_delivered(dir);
        }
        self.limit(dir, cx);
    }

    /// Hands bytes on; their direction by the roles that the connection has afterwards.
    pub(super) fn deliver(&mut self, dir: Direction, ready: Ready<'_>, cx: &mut Delivery<'_>) -> Direction {
        self.tell(dir, cx, |cx| match ready {
            Ready::Now(bytes) => cx.stream(dir, bytes),
            Ready::Kept(bytes) => cx.stream(dir, &bytes),
            Ready::Unheard => {}
        })
    }

    /// Tells the analyzers something of a direction; if they make the sides change places, what is kept by role does too.
    fn tell(
        &mut self,
        dir: Direction,
        cx: &mut Delivery<'_>,
        tell: impl FnOnce(&mut Delivery<'_>),
    ) -> Direction {
        let flips = cx.core.flips;
        tell(cx);
        if cx.core.flips.wrapping_sub(flips) & 1 == 0 {
            return dir;
        }
        self.swap();
        self.prepare(cx);
        dir.other()
    }

    pub(super) fn drain(&mut self, mut dir: Direction, cx: &mut Delivery<'_>) -> Direction {
        while let Some(ready) = self.ends.of_mut(dir).stream.pop_ready() {
            dir = self.deliver(dir, ready, cx);
        }
        dir
    }

    /// Keeps the books of the shard's reassembly memory; over its budget this direction stops.
    pub(super) fn account(&mut self, dir: Direction, held: usize, cx: &mut Delivery<'_>) {
        let stream = &mut self.ends.of_mut(dir).stream;
        if stream.allocated() == held {
            return;
        }
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
    pub(super) fn forget_delivered(&mut self, dir: Direction) {
        let peer = self.ends.of(dir.other()).state;
        let endpoint = self.ends.of_mut(dir);
        if endpoint.no_data_acked() && endpoint.size(peer) > MAX_INITIAL_WINDOW {
            let next = endpoint.stream.next();
            endpoint.stream.trim(next);
        }
    }

    pub(super) fn limit(&mut self, dir: Direction, cx: &mut Delivery<'_>) {
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
    pub(super) fn ack_received(&mut self, dir: Direction, position: u64, cx: &mut Delivery<'_>) {
        let endpoint = self.ends.of_mut(dir);
        let mut up_to = position;
        if endpoint.fins > 0 && up_to >= endpoint.fin_seq {
            up_to = endpoint.fin_seq.wrapping_sub(1);
        }
        if up_to <= endpoint.stream.trimmed() {
            return;
        }
        let ahead = up_to > endpoint.stream.next();
        let flips = cx.core.flips;
        let missing = ahead && self.skip_to(dir, up_to, cx);
        let dir = cx.turned(dir, flips);
        let (orig, resp) = (&self.ends.orig, &self.ends.resp);
        if orig.state == EndState::Established && resp.state == EndState::Established {
            cx.out.state.stats.acks += 1;
            cx.out.state.stats.gaps += u64::from(missing);
        }
        let held = self.ends.of(dir).stream.allocated();
        let dir = self.drain(dir, cx);
        self.account(dir, held, cx);
        self.ends.of_mut(dir).stream.trim(up_to);
        self.check_end(dir, cx);
    }

    /// Delivers what waits below a position and reports the holes. Returns whether there was one.
    pub(super) fn skip_to(&mut self, mut dir: Direction, up_to: u64, cx: &mut Delivery<'_>) -> bool {
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
                    dir = self.gap(dir, len, cx);
                }
                None => break,
            }
            dir = self.drain(dir, cx);
        }
        self.account(dir, held, cx);
        self.ends.of_mut(dir).stream.jump(up_to);
        missing
    }

    pub(super) fn gap(&mut self, dir: Direction, len: u64, cx: &mut Delivery<'_>) -> Direction {
        if self.ends.orig.is_clean() && self.ends.resp.is_clean() {
            if self.ends.of_mut(dir).gaps.hit() {
                cx.letter(dir, b'G');
            }
            cx.core.missed += len;
        }
        cx.wake(Transport::Tcp);
        let dir = self.tell(dir, cx, |cx| cx.gap(dir, len));
        self.ends.of_mut(dir).stream.had_gap = true;
        cx.doubt.incomplete = true;
        dir
    }
}
