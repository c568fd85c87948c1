//! An analyzer at work: it is called, its panics are survived, and what it asks for is done.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::analyzer::{Analyzer, Context, Descriptor, Heir, Standing};
use super::brood::Children;
use super::call::Call;
use super::feed::{Feed, TooLong, Wait};
use super::near::{MAX_NESTING, Near};
use super::terms::{Close, Outcome, Progress, Start};
use super::tree::{Attached, Inner, turned};
use crate::base::direction::{Direction, Pair, Transport};
use crate::base::time::Timestamp;
use crate::worker::budget::Shed;

/// Calls between two looks at what it holds.
const HELD_EVERY: u8 = 16;

impl Attached {
    pub(super) fn new(
        descriptor: &'static Descriptor,
        start: Start,
        nesting: u8,
        call: &mut Call<'_>,
    ) -> Self {
        let core = call.core();
        core.attached = core.attached.wrapping_add(1);
        Self {
            descriptor,
            id: core.attached,
            analyzer: catch_unwind(|| (descriptor.new)(&start)).ok(),
            start,
            feeds: Pair::default(),
            standing: Standing::default(),
            heir: None,
            children: Children::default(),
            nesting,
            calls: 0,
            flips: core.flips,
        }
    }

    /// Whether it still takes part.
    pub(super) fn alive(&self) -> bool {
        self.analyzer.is_some() || self.heir.as_ref().is_some_and(|heir| heir.tree.alive())
    }

    /// Whether it is not through with both directions. Of one alone it may still hand the other's bytes on.
    pub(super) fn listens(&self) -> bool {
        match &self.heir {
            Some(heir) => heir.tree.alive(),
            None => self.analyzer.is_some() && !(self.feeds.orig.done && self.feeds.resp.done),
        }
    }

    /// Goes if it has said all that it ever will.
    pub(super) fn leave_if_through(&mut self, call: &mut Call<'_>) {
        let idle = self.heir.is_none() && self.children.is_empty();
        if idle && self.analyzer.as_ref().is_some_and(|analyzer| analyzer.is_through()) {
            self.retire(call, Close::Removed);
        }
    }

    /// Bytes that it takes beside this entry, its own struct included.
    pub(super) fn cost(&self) -> usize {
        let own = |analyzer: &dyn Analyzer| size_of_val(analyzer) + analyzer.spared();
        self.held() + self.analyzer.as_deref().map_or(0, own)
    }

    /// Whether a timer is its own, or that of one inside it, and still of use.
    pub(super) fn has_timer(&self, id: u8, token: u16, due: Timestamp) -> bool {
        let own =
            id == self.id as u8 && self.analyzer.is_some() && self.standing.timers.contains(&(token, due));
        own || self.inside().any(|inner| inner.tree.has_timer(id, token, due))
    }

    fn inside(&self) -> impl Iterator<Item = &Inner> {
        self.heir.as_deref().into_iter().chain(self.children.iter().map(|(_, child)| child))
    }

    fn inside_mut(&mut self) -> impl Iterator<Item = &mut Inner> {
        self.heir.as_deref_mut().into_iter().chain(self.children.iter_mut().map(|(_, child)| child))
    }

    /// Bytes of memory held for it.
    pub(super) fn held(&self) -> usize {
        let own = self.analyzer.as_ref().map_or(0, |analyzer| analyzer.held());
        let heir = self.heir.as_ref().map_or(0, |_| size_of::<Inner>());
        let lists =
            self.children.list_held() + self.standing.timers.capacity() * size_of::<(u16, Timestamp)>();
        let inside: usize = self.inside().map(Inner::held).sum();
        own + heir + lists + inside + self.feeds.orig.tail.capacity() + self.feeds.resp.tail.capacity()
    }

    /// Calls the analyzer, survives its panic, and acts on what it asked for.
    fn call<R>(
        &mut self,
        call: &mut Call<'_>,
        f: impl FnOnce(&mut dyn Analyzer, &mut Context<'_>) -> R,
    ) -> Option<R> {
        let mut analyzer = self.analyzer.take()?;
        let result = {
            let mut near = Near {
                stage: &mut *call.stage,
                children: &mut self.children,
                start: self.start,
                name: self.descriptor.name,
                nesting: self.nesting,
            };
            let mut cx = Context {
                descriptor: self.descriptor,
                id: self.id,
                start: &self.start,
                scene: call.scene.again(),
                standing: &mut self.standing,
                around: &mut near,
            };
            catch_unwind(AssertUnwindSafe(|| f(analyzer.as_mut(), &mut cx)))
        };
        let result = match result {
            Ok(result) => {
                self.analyzer = Some(analyzer);
                Some(result)
            }
            // The subscriber is the caller's, and so is its panic.
            Err(panic) if call.scene.out.state.in_subscriber => resume_unwind(panic),
            Err(panic) => {
                self.lost(call, &*panic);
                None
            }
        };
        self.sync(call);
        result
    }

    /// The analyzer panicked and is gone, and so are its children: nobody feeds them any more.
    fn lost(&mut self, call: &mut Call<'_>, panic: &(dyn Any + Send)) {
        call.scene.out.defect(self.descriptor.name, Some(&call.scene.core.tag), panic);
        self.drop_tails();
        self.close_children(call, Close::Removed);
    }

    /// If the sides changed places since it was told last, all that it keeps by direction is turned, and it is told.
    pub(super) fn sync(&mut self, call: &mut Call<'_>) {
        let flips = call.scene.core.flips;
        let odd = std::mem::replace(&mut self.flips, flips).wrapping_sub(flips) & 1 == 1;
        if odd {
            self.feeds.swap();
            if let Some(mut analyzer) = self.analyzer.take() {
                match catch_unwind(AssertUnwindSafe(|| analyzer.flipped())) {
                    Ok(()) => self.analyzer = Some(analyzer),
                    Err(panic) => self.lost(call, &*panic),
                }
            }
        }
        self.inside_mut().for_each(|inner| inner.sync(call));
    }

    /// Attaches its heir, if it wants one. One that failed stays until the packet at hand is done with.
    fn settle(&mut self, call: &mut Call<'_>) {
        let failed = self.standing.failed;
        let wanted = self.standing.successor.take();
        let next = wanted.filter(|_| !failed && self.nesting < MAX_NESTING && self.heir.is_none());
        let left = next.map(|_| std::mem::take(&mut self.feeds));
        if let (Some(next), Some(left)) = (next, left) {
            self.succeed(call, next, left);
        }
        self.calls = self.calls.wrapping_add(1);
        if self.calls.is_multiple_of(HELD_EVERY)
            && self.held() > call.scene.out.state.settings.limits.analyzer_bytes
        {
            self.give_up(call);
        }
    }

    /// Removes the analyzer, or what is inside it, if that failed while the packet at hand was worked on.
    pub(super) fn reap(&mut self, call: &mut Call<'_>) {
        self.tell_failure(call);
        if self.standing.failed && self.standing.timers.is_empty() {
            self.drop_failed(call);
        }
        self.inside_mut().for_each(|inner| inner.tree.reap(call));
        self.children.keep(|child| child.tree.alive());
    }

    /// Removes the analyzer if it failed. One with timers is there for them until the connection has something for it.
    pub(super) fn drop_failed(&mut self, call: &mut Call<'_>) {
        if self.standing.failed && self.analyzer.is_some() {
            self.close(call, Close::Violation);
        }
    }

    /// Tells of its failure, once.
    fn tell_failure(&mut self, call: &mut Call<'_>) {
        if let Some(failure) = self.standing.failure.take() {
            let (reason, data) = *failure;
            self.call(call, |_, cx| cx.fail(reason, data));
        }
    }

    /// Attaches an heir and gives it what was left unconsumed in both directions.
    fn succeed(&mut self, call: &mut Call<'_>, heir: Heir, left: Pair<Feed>) {
        let start = Start { carrier: Some(self.descriptor.name), ..self.start };
        let mut next = Inner::new(heir, start, self.nesting + 1, call);
        for (dir, feed) in [(Direction::Orig, left.orig), (Direction::Resp, left.resp)] {
            self.feeds.of_mut(dir).ended = feed.ended;
            *next.skip.of_mut(dir) = feed.skip;
            if !feed.tail.is_empty() {
                next.data(call, dir, &feed.tail);
            }
        }
        self.heir = Some(Box::new(next));
    }

    /// It keeps what it holds in less room, if it can.
    pub(super) fn shrink(&mut self, call: &mut Call<'_>) {
        self.call(call, |analyzer, _| analyzer.shrink());
    }

    /// A limit is reached: the analyzer goes, and what is inside it.
    pub(super) fn give_up(&mut self, call: &mut Call<'_>) {
        let (shard, tag) = (call.scene.core.shard, call.scene.core.tag);
        call.scene.out.shed(Shed::Analyzer, shard, Some(tag));
        self.close(call, Close::Removed);
    }

    /// Tells the analyzer, and then what is inside it, that it is over, once.
    pub(super) fn close(&mut self, call: &mut Call<'_>, why: Close) {
        self.retire(call, why);
        if let Some(heir) = &mut self.heir {
            heir.tree.close(call, why);
        }
    }

    /// Tells the analyzer alone, and the children that it feeds, that it is over.
    fn retire(&mut self, call: &mut Call<'_>, why: Close) {
        self.call(call, |analyzer, cx| analyzer.close(cx, why));
        self.tell_failure(call);
        self.analyzer = None;
        self.drop_tails();
        self.close_children(call, why);
    }

    fn close_children(&mut self, call: &mut Call<'_>, why: Close) {
        for mut child in self.children.take() {
            child.tree.close(call, why);
        }
    }

    fn drop_tails(&mut self) {
        self.feeds.orig.tail = Vec::new();
        self.feeds.resp.tail = Vec::new();
        self.standing.timers = Vec::new();
    }

    /// Tells the analyzer that it is attached.
    pub(super) fn begin(&mut self, call: &mut Call<'_>) {
        if self.analyzer.is_none() {
            return self.lost(call, &"it could not be made");
        }
        let flips = std::mem::replace(&mut self.flips, call.scene.core.flips);
        let before = call.scene.core.flips;
        self.call(call, |analyzer, cx| analyzer.start(cx));
        if call.scene.core.flips == before {
            // What happened before it was made is told to it later.
            self.flips = flips;
        }
    }

    /// One datagram.
    pub(super) fn datagram(&mut self, call: &mut Call<'_>, dir: Direction, bytes: &[u8]) {
        if let Some(heir) = &mut self.heir {
            return heir.data(call, dir, bytes);
        }
        if self.feeds.of(dir).done || self.analyzer.is_none() {
            return;
        }
        let progress = self.call(call, |analyzer, cx| analyzer.data(cx, dir, bytes));
        if let Some(Progress::Violation(reason)) = progress {
            self.violate(call, reason);
        }
        let used = match progress {
            Some(Progress::Consumed(n)) => n,
            Some(Progress::Need(_) | Progress::Until { .. }) => 0,
            _ => bytes.len(),
        };
        let handed = self.standing.successor.is_some();
        self.settle(call);
        if let Some(rest) = bytes.get(used..).filter(|rest| handed && !rest.is_empty())
            && let Some(heir) = &mut self.heir
        {
            heir.data(call, dir, rest);
        }
    }

    fn violate(&mut self, call: &mut Call<'_>, reason: &str) {
        self.call(call, |_, cx| cx.violation(reason));
    }

    fn too_long(&mut self, call: &mut Call<'_>, dir: Direction) {
        self.feeds.of_mut(dir).done = true;
        self.violate(call, "unit is longer than the analyzer keeps");
    }

    /// Bytes of a stream, in order.
    pub(super) fn stream(&mut self, call: &mut Call<'_>, dir: Direction, bytes: &[u8]) {
        if let Some(heir) = &mut self.heir {
            return heir.data(call, dir, bytes);
        }
        let max_tail = self.descriptor.max_tail;
        let feed = self.feeds.of_mut(dir);
        if feed.done || self.analyzer.is_none() {
            return;
        }
        let bytes = feed.pass(bytes);
        if bytes.is_empty() {
            return;
        }
        if feed.tail.is_empty() {
            self.consume(call, dir, bytes);
        } else {
            match feed.join(bytes, max_tail) {
                Ok(Some(tail)) => self.consume(call, dir, &tail),
                Ok(None) => {}
                Err(TooLong) => self.too_long(call, dir),
            }
        }
        self.settle(call);
    }

    /// Shows bytes until the analyzer wants more than there are.
    fn consume(&mut self, call: &mut Call<'_>, dir: Direction, bytes: &[u8]) {
        let mut rest = bytes;
        let mut dir = dir;
        while !rest.is_empty() {
            let flips = call.scene.core.flips;
            let Some(progress) = self.call(call, |analyzer, cx| analyzer.data(cx, dir, rest)) else { return };
            dir = turned(dir, flips, call);
            if self.standing.successor.is_some() && self.hand_on(call, dir, progress, rest) {
                return;
            }
            let feed = self.feeds.of_mut(dir);
            feed.wait = Wait::Nothing;
            match progress {
                Progress::Consumed(0) => feed.wait = Wait::bytes(rest.len() + 1),
                Progress::Consumed(n) => {
                    rest = rest.get(n..).unwrap_or_default();
                    continue;
                }
                Progress::Need(n) => feed.wait = Wait::bytes(n.max(rest.len() + 1)),
                Progress::Until { byte, max } => feed.wait = Wait::byte(byte, max, rest.len()),
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
            if feed.keep(rest, self.descriptor.max_tail).is_err() {
                self.too_long(call, dir);
            }
            return;
        }
    }

    /// Gives what was not consumed to the heir that was asked for; false if there is none after all.
    fn hand_on(&mut self, call: &mut Call<'_>, dir: Direction, progress: Progress, rest: &[u8]) -> bool {
        let (used, skip) = match progress {
            Progress::Consumed(n) => (n, 0),
            Progress::Skip(n) => (rest.len(), n),
            Progress::Need(_) | Progress::Until { .. } | Progress::Done => (0, 0),
            Progress::Violation(_) => return false,
        };
        self.feeds.of_mut(dir).skip = skip;
        self.settle(call);
        let Some(heir) = &mut self.heir else { return false };
        if let Some(rest) = rest.get(used..).filter(|rest| !rest.is_empty()) {
            heir.data(call, dir, rest);
        }
        true
    }

    /// Bytes that were never seen.
    pub(super) fn gap(&mut self, call: &mut Call<'_>, dir: Direction, len: u64) {
        if let Some(heir) = &mut self.heir {
            return heir.gap(call, dir, len);
        }
        let feed = self.feeds.of_mut(dir);
        if feed.done {
            return;
        }
        let unseen = feed.pass_gap(len);
        if unseen == 0 {
            return;
        }
        let flips = call.scene.core.flips;
        let progress = self.call(call, |analyzer, cx| analyzer.gap(cx, dir, unseen));
        let dir = turned(dir, flips, call);
        let feed = self.feeds.of_mut(dir);
        if let Some(reason) = progress.and_then(|progress| feed.after_gap(progress)) {
            self.violate(call, reason);
        }
        self.settle(call);
    }

    /// The end of a direction's stream. What it may still bring (after a reset) is shown.
    pub(super) fn end(&mut self, call: &mut Call<'_>, dir: Direction) {
        if let Some(heir) = &mut self.heir {
            heir.end(call, dir);
        }
        let feed = self.feeds.of_mut(dir);
        if std::mem::replace(&mut feed.ended, true) {
            return;
        }
        let tail = std::mem::take(&mut feed.tail);
        self.call(call, |analyzer, cx| analyzer.end(cx, dir, &tail));
        self.settle(call);
    }

    /// One of the ends closed. Children are told by who feeds them.
    pub(super) fn closing(&mut self, call: &mut Call<'_>) {
        if let Some(heir) = &mut self.heir {
            return heir.closing(call);
        }
        let flips = call.scene.core.flips;
        let tails = Pair {
            orig: std::mem::take(&mut self.feeds.orig.tail),
            resp: std::mem::take(&mut self.feeds.resp.tail),
        };
        let at_once = self.call(call, |analyzer, cx| analyzer.closing(cx, &tails.orig, &tails.resp));
        for (dir, tail) in [(Direction::Orig, tails.orig), (Direction::Resp, tails.resp)] {
            let feed = self.feeds.of_mut(turned(dir, flips, call));
            feed.tail = tail;
            if at_once == Some(true) {
                feed.wait = Wait::Nothing;
            }
        }
        self.settle(call);
    }

    /// One of the ends reset the connection. Children are told by who feeds them.
    pub(super) fn reset(&mut self, call: &mut Call<'_>) {
        if let Some(heir) = &mut self.heir {
            heir.tree.each(call, false, |next, call| next.reset(call));
        }
        self.call(call, |analyzer, cx| analyzer.reset(cx));
        self.settle(call);
    }

    /// A timer that an analyzer with this id has set, unless it was moved or taken back since.
    pub(super) fn timer(
        &mut self,
        call: &mut Call<'_>,
        (id, token, due): (u8, u16, Timestamp),
        expired: bool,
    ) {
        if id == self.id as u8
            && let Some(at) = self.standing.timers.iter().position(|timer| *timer == (token, due))
        {
            self.standing.timers.swap_remove(at);
            self.call(call, |analyzer, cx| analyzer.timer(cx, token, expired));
            self.settle(call);
        }
        self.inside_mut().for_each(|inner| {
            inner.tree.each(call, false, |next, call| next.timer(call, (id, token, due), expired));
        });
    }

    /// What became of an expectation of the analyzer with this id.
    pub(super) fn expected(&mut self, call: &mut Call<'_>, id: u32, token: u64, outcome: Outcome) {
        if id == self.id {
            self.call(call, |analyzer, cx| analyzer.expected(cx, token, outcome));
            self.settle(call);
        }
        self.inside_mut().for_each(|inner| {
            inner.tree.each(call, false, |next, call| next.expected(call, id, token, outcome));
        });
    }

    /// Whether it may parse a connection of this transport whose beginning was not seen.
    pub(super) fn parses_partial(&self) -> bool {
        self.descriptor.partial || self.start.transport == Transport::Udp
    }
}
