//! An analyzer at work on a connection: the bytes it has not consumed, its standing, and whom it handed over to.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use memchr::memchr;

use super::context::{Doubt, Standing};
use super::nested::{Heir, Nested};
use super::{Analyzer, Close, Context, Descriptor, Direction, Progress, Start, Transport};
use crate::flow::{Core, Out, Pair, Shed};
use crate::time::Timestamp;

/// Handed-over analyzers inside each other.
const MAX_NESTING: u8 = 4;
/// Calls between two looks at what it holds.
const HELD_EVERY: u8 = 16;

/// What an analyzer waits for in one direction.
#[derive(Clone, Copy, Debug, Default)]
enum Wait {
    #[default]
    Nothing,
    Bytes(usize),
    Byte {
        byte: u8,
        max: usize,
        searched: usize,
    },
}

/// One direction's bytes on the way to an analyzer.
#[derive(Debug, Default)]
struct Feed {
    tail: Vec<u8>,
    wait: Wait,
    skip: u64,
    done: bool,
    ended: bool,
}

/// An analyzer on a connection.
pub(crate) struct Attached {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) id: u8,
    analyzer: Option<Box<dyn Analyzer>>,
    start: Start,
    feeds: Pair<Feed>,
    standing: Standing,
    successor: Option<Box<Nested>>,
    nesting: u8,
    calls: u8,
}

/// What a call needs of its surroundings.
pub(crate) struct Call<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) out: Out<'a>,
    pub(crate) doubt: Doubt,
    /// Time of the packet, or of the clock in a timer.
    pub(crate) ts: Timestamp,
}

impl Attached {
    pub(crate) fn new(descriptor: &'static Descriptor, id: u8, start: Start) -> Self {
        Self {
            descriptor,
            id,
            analyzer: catch_unwind(|| (descriptor.new)(&start)).ok(),
            start,
            feeds: Pair::default(),
            standing: Standing::default(),
            successor: None,
            nesting: 0,
            calls: 0,
        }
    }

    /// The same, so deep inside other analyzers.
    pub(crate) fn at_nesting(self, nesting: u8) -> Self {
        Self { nesting, ..self }
    }

    /// Whether it still takes part.
    pub(crate) fn alive(&self) -> bool {
        self.analyzer.is_some() || self.successor.as_ref().is_some_and(|next| next.alive())
    }

    /// Whether it is not through with both directions. Of one alone it may still hand the other's bytes on.
    pub(crate) fn listens(&self) -> bool {
        match &self.successor {
            Some(next) => next.alive(),
            None => self.analyzer.is_some() && !(self.feeds.orig.done && self.feeds.resp.done),
        }
    }

    /// Goes if it has said all that it ever will.
    pub(crate) fn leave_if_through(&mut self, call: &mut Call<'_>) {
        if self.successor.is_none() && self.analyzer.as_ref().is_some_and(|analyzer| analyzer.is_through()) {
            self.retire(call, Close::Removed);
        }
    }

    /// Bytes that it takes beside this entry, its own struct included.
    pub(crate) fn cost(&self) -> usize {
        self.held() + self.analyzer.as_ref().map_or(0, |analyzer| size_of_val(analyzer.as_ref()))
    }

    /// Whether a timer with this id is its own, or that of one inside it, and still of use.
    pub(crate) fn has_timer(&self, id: u8) -> bool {
        if id == self.id {
            self.analyzer.is_some()
        } else {
            self.successor.as_ref().is_some_and(|next| next.has_timer(id))
        }
    }

    /// Bytes of memory held for it.
    pub(crate) fn held(&self) -> usize {
        let own = self.analyzer.as_ref().map_or(0, |analyzer| analyzer.held());
        let next = self.successor.as_ref().map_or(0, |next| next.held());
        own + next + self.feeds.orig.tail.capacity() + self.feeds.resp.tail.capacity()
    }

    /// Calls the analyzer, survives its panic, and acts on what it asked for.
    fn call<R>(
        &mut self,
        call: &mut Call<'_>,
        f: impl FnOnce(&mut dyn Analyzer, &mut Context<'_>) -> R,
    ) -> Option<R> {
        let mut analyzer = self.analyzer.take()?;
        let flipped = call.core.flipped;
        let result = {
            let mut cx = Context {
                descriptor: self.descriptor,
                id: self.id,
                core: &mut *call.core,
                out: call.out.again(),
                standing: &mut self.standing,
                doubt: call.doubt,
                ts: call.ts,
            };
            catch_unwind(AssertUnwindSafe(|| f(analyzer.as_mut(), &mut cx)))
        };
        let result = match result {
            Ok(result) => {
                self.analyzer = Some(analyzer);
                Some(result)
            }
            // The handler is the caller's, and so is its panic.
            Err(panic) if call.out.state.in_handler => resume_unwind(panic),
            Err(panic) => {
                self.lost(call, &*panic);
                None
            }
        };
        if call.core.flipped != flipped {
            self.flip(call);
        }
        result
    }

    /// The analyzer panicked and is gone.
    fn lost(&mut self, call: &mut Call<'_>, panic: &(dyn Any + Send)) {
        call.out.defect(self.descriptor.name, Some(&call.core.tag), panic);
        self.drop_tails();
    }

    /// Removes the analyzer if it was confirmed for the sake of `service` alone; attaches its successor. One that failed
    /// stays until the packet at hand is done with.
    fn settle(&mut self, call: &mut Call<'_>) {
        let failed = self.standing.failed;
        let wanted = self.standing.successor.take();
        let next = wanted.filter(|_| !failed && self.nesting < MAX_NESTING && self.successor.is_none());
        let left = next.map(|_| std::mem::take(&mut self.feeds));
        let idle = self.standing.confirmed && !call.out.state.active.keep(self.descriptor);
        if self.analyzer.is_some() && !failed && idle {
            self.retire(call, Close::Removed);
        }
        if let (Some(next), Some(left)) = (next, left) {
            self.succeed(call, next, left);
        }
        self.calls = self.calls.wrapping_add(1);
        if self.calls.is_multiple_of(HELD_EVERY) && self.held() > call.out.state.config.limits.analyzer_bytes
        {
            self.give_up(call);
        }
    }

    /// Removes the analyzer, or what is inside it, if that failed while the packet at hand was worked on.
    pub(crate) fn reap(&mut self, call: &mut Call<'_>) {
        if self.standing.failed && self.analyzer.is_some() {
            self.close(call, Close::Violation);
        }
        if let Some(next) = &mut self.successor {
            next.reap(call);
        }
    }

    /// Attaches a successor and gives it what was left unconsumed in both directions.
    fn succeed(&mut self, call: &mut Call<'_>, heir: Heir, left: Pair<Feed>) {
        let id = self.id | 0x80 | (self.nesting << 5);
        let mut next = Nested::new(heir, self.start, id, self.nesting + 1, call);
        for (dir, feed) in [(Direction::Orig, left.orig), (Direction::Resp, left.resp)] {
            self.feeds.of_mut(dir).ended = feed.ended;
            next.skip(dir, feed.skip);
            next.stream(call, dir, &feed.tail);
        }
        self.successor = Some(Box::new(next));
    }

    /// So many bytes of a direction are not shown to it.
    pub(crate) fn skip(&mut self, dir: Direction, len: u64) {
        self.feeds.of_mut(dir).skip = len;
    }

    /// A limit is reached: the analyzer goes, and what is inside it.
    pub(crate) fn give_up(&mut self, call: &mut Call<'_>) {
        call.out.shed(Shed::Analyzer, call.core.shard, Some(call.core.tag));
        self.close(call, Close::Removed);
    }

    /// Tells the analyzer, and then its successor, that it is over, once.
    pub(crate) fn close(&mut self, call: &mut Call<'_>, why: Close) {
        self.retire(call, why);
        if let Some(next) = &mut self.successor {
            next.close(call, why);
        }
    }

    /// Tells the analyzer alone that it is over.
    fn retire(&mut self, call: &mut Call<'_>, why: Close) {
        self.call(call, |analyzer, cx| analyzer.close(cx, why));
        self.analyzer = None;
        self.drop_tails();
    }

    fn drop_tails(&mut self) {
        self.feeds.orig.tail = Vec::new();
        self.feeds.resp.tail = Vec::new();
    }

    /// The two sides changed places.
    pub(crate) fn flip(&mut self, call: &mut Call<'_>) {
        self.feeds.swap();
        if let Some(mut analyzer) = self.analyzer.take() {
            match catch_unwind(AssertUnwindSafe(|| analyzer.flipped())) {
                Ok(()) => self.analyzer = Some(analyzer),
                Err(panic) => self.lost(call, &*panic),
            }
        }
        if let Some(next) = &mut self.successor {
            next.flip(call);
        }
    }

    /// Tells the analyzer that it is attached.
    pub(crate) fn begin(&mut self, call: &mut Call<'_>) {
        if self.analyzer.is_none() {
            return self.lost(call, &"it could not be made");
        }
        self.call(call, |analyzer, cx| analyzer.start(cx));
    }

    /// One datagram.
    pub(crate) fn datagram(&mut self, call: &mut Call<'_>, dir: Direction, bytes: &[u8]) {
        let progress = self.call(call, |analyzer, cx| analyzer.data(cx, dir, bytes));
        if let Some(Progress::Violation(reason)) = progress {
            self.violate(call, reason);
        }
        self.settle(call);
    }

    fn violate(&mut self, call: &mut Call<'_>, reason: &str) {
        self.call(call, |_, cx| cx.violation(reason));
    }

    /// Bytes of a stream, in order.
    pub(crate) fn stream(&mut self, call: &mut Call<'_>, dir: Direction, bytes: &[u8]) {
        if let Some(next) = &mut self.successor {
            return next.stream(call, dir, bytes);
        }
        let feed = self.feeds.of_mut(dir);
        if feed.done || self.analyzer.is_none() {
            return;
        }
        let skipped = feed.skip.min(bytes.len() as u64);
        feed.skip -= skipped;
        let bytes = bytes.get(skipped as usize..).unwrap_or_default();
        if bytes.is_empty() {
            return;
        }
        if feed.tail.is_empty() {
            self.consume(call, dir, bytes);
        } else {
            let mut tail = std::mem::take(&mut feed.tail);
            tail.extend_from_slice(bytes);
            self.consume_tail(call, dir, tail);
        }
        self.settle(call);
    }

    /// Shows a tail once it has what was waited for.
    fn consume_tail(&mut self, call: &mut Call<'_>, dir: Direction, mut tail: Vec<u8>) {
        let max_tail = self.descriptor.max_tail;
        let feed = self.feeds.of_mut(dir);
        let ready = match &mut feed.wait {
            Wait::Nothing => true,
            Wait::Bytes(need) => tail.len() >= *need,
            Wait::Byte { byte, max, searched } => {
                let found = memchr(*byte, tail.get(*searched..).unwrap_or_default()).is_some();
                *searched = tail.len();
                found || tail.len() > *max
            }
        };
        if ready {
            let taken = std::mem::take(&mut tail);
            self.consume(call, dir, &taken);
        } else if tail.len() > max_tail {
            feed.done = true;
            self.violate(call, "unit is longer than the analyzer keeps");
        } else {
            feed.tail = tail;
        }
    }

    /// Shows bytes until the analyzer wants more than there are.
    fn consume(&mut self, call: &mut Call<'_>, dir: Direction, bytes: &[u8]) {
        let mut rest = bytes;
        let mut dir = dir;
        while !rest.is_empty() {
            let flipped = call.core.flipped;
            let Some(progress) = self.call(call, |analyzer, cx| analyzer.data(cx, dir, rest)) else { return };
            if call.core.flipped != flipped {
                dir = dir.other();
            }
            if self.standing.successor.is_some() && self.hand_on(call, dir, progress, rest) {
                return;
            }
            let feed = self.feeds.of_mut(dir);
            feed.wait = Wait::Nothing;
            match progress {
                Progress::Consumed(0) => feed.wait = Wait::Bytes(rest.len() + 1),
                Progress::Consumed(n) => {
                    rest = rest.get(n..).unwrap_or_default();
                    continue;
                }
                Progress::Need(n) if n <= rest.len() => feed.wait = Wait::Bytes(rest.len() + 1),
                Progress::Need(n) => feed.wait = Wait::Bytes(n),
                Progress::Until { byte, max } => feed.wait = Wait::Byte { byte, max, searched: rest.len() },
                Progress::Skip(n) => {
                    feed.skip = n;
                    return;
                }
                Progress::Done => {
                    feed.done = true;
                    return;
                }
                Progress::Violation(reason) => {
                    feed.done = true;
                    return self.violate(call, reason);
                }
            }
            return self.keep(call, dir, rest);
        }
    }

    /// Gives what was not consumed to the successor that was asked for; false if there is none after all.
    fn hand_on(&mut self, call: &mut Call<'_>, dir: Direction, progress: Progress, rest: &[u8]) -> bool {
        let (used, skip) = match progress {
            Progress::Consumed(n) => (n, 0),
            Progress::Skip(n) => (rest.len(), n),
            Progress::Need(_) | Progress::Until { .. } | Progress::Done => (0, 0),
            Progress::Violation(_) => return false,
        };
        self.feeds.of_mut(dir).skip = skip;
        self.settle(call);
        let Some(next) = &mut self.successor else { return false };
        next.stream(call, dir, rest.get(used..).unwrap_or_default());
        true
    }

    /// Keeps what was not consumed, within the limit.
    fn keep(&mut self, call: &mut Call<'_>, dir: Direction, rest: &[u8]) {
        let feed = self.feeds.of_mut(dir);
        let limit = match feed.wait {
            Wait::Byte { max, .. } => max.min(self.descriptor.max_tail),
            Wait::Nothing | Wait::Bytes(_) => self.descriptor.max_tail,
        };
        if rest.len() > limit {
            feed.done = true;
            return self.violate(call, "unit is longer than the analyzer keeps");
        }
        feed.tail.clear();
        feed.tail.extend_from_slice(rest);
    }

    /// Bytes that were never seen.
    pub(crate) fn gap(&mut self, call: &mut Call<'_>, dir: Direction, len: u64) {
        if let Some(next) = &mut self.successor {
            return next.gap(call, dir, len);
        }
        let feed = self.feeds.of_mut(dir);
        if feed.done {
            return;
        }
        let skipped = feed.skip.min(len);
        feed.skip -= skipped;
        if skipped == len {
            return;
        }
        let progress = self.call(call, |analyzer, cx| analyzer.gap(cx, dir, len - skipped));
        let feed = self.feeds.of_mut(dir);
        match progress {
            Some(Progress::Consumed(_) | Progress::Need(_) | Progress::Until { .. }) | None => {}
            Some(Progress::Skip(n)) => feed.skip = n,
            Some(Progress::Done) => feed.done = true,
            Some(Progress::Violation(reason)) => {
                feed.done = true;
                self.violate(call, reason);
            }
        }
        self.settle(call);
    }

    /// The end of a direction's stream. What it may still bring (after a reset) is shown.
    pub(crate) fn end(&mut self, call: &mut Call<'_>, dir: Direction) {
        if let Some(next) = &mut self.successor {
            next.end(call, dir);
        }
        let feed = self.feeds.of_mut(dir);
        if std::mem::replace(&mut feed.ended, true) {
            return;
        }
        let tail = std::mem::take(&mut feed.tail);
        self.call(call, |analyzer, cx| analyzer.end(cx, dir, &tail));
        self.settle(call);
    }

    /// One of the ends reset the connection.
    pub(crate) fn reset(&mut self, call: &mut Call<'_>) {
        self.call(call, |analyzer, cx| analyzer.reset(cx));
        self.settle(call);
    }

    /// A timer of the analyzer with this id.
    pub(crate) fn timer(&mut self, call: &mut Call<'_>, id: u8, token: u16, expired: bool) {
        if id != self.id {
            if let Some(next) = &mut self.successor {
                next.timer(call, id, token, expired);
            }
            return;
        }
        self.call(call, |analyzer, cx| analyzer.timer(cx, token, expired));
        self.settle(call);
    }

    /// Whether it may parse a connection of this transport whose beginning was not seen.
    pub(crate) fn parses_partial(&self) -> bool {
        self.descriptor.partial || self.start.transport == Transport::Udp
    }
}
