//! The analyzers of a connection, and those inside others: who gets what, and what is found by content.

use super::analyzer::{Analyzer, Descriptor, Heir, Standing};
use super::brood::Children;
use super::call::Call;
use super::detect::{Chunk, Detection};
use super::feed::Feed;
use super::terms::{Close, Expected, Outcome, Start};
use crate::base::direction::{Direction, Pair, Transport};
use crate::base::time::Timestamp;

/// Analyzers side by side.
const MAX_ATTACHED: usize = 16;

/// An analyzer on a connection, with all that is kept for it.
pub(crate) struct Attached {
    pub(crate) descriptor: &'static Descriptor,
    /// Which timers may be its own.
    pub(super) id: u32,
    pub(super) analyzer: Option<Box<dyn Analyzer>>,
    pub(super) start: Start,
    pub(super) feeds: Pair<Feed>,
    pub(super) standing: Standing,
    /// Who gets all that it does not consume.
    pub(super) heir: Option<Box<Inner>>,
    /// Those that it feeds itself, by its own keys.
    pub(super) children: Children<Inner>,
    pub(super) nesting: u8,
    pub(super) calls: u8,
    /// How often the sides had changed places when it was told last.
    pub(super) flips: u8,
}

const _: () = assert!(size_of::<Attached>() <= 256, "an allocation of 256 bytes is the next smaller one");

/// Analyzers inside another one.
pub(crate) struct Inner {
    pub(super) tree: Tree,
    /// What it is fed with.
    pub(super) start: Start,
    /// Bytes that are not shown, whoever is found in what follows.
    pub(super) skip: Pair<u64>,
    /// They are found by detection, in a tunnel: that does not end before its connection does.
    pub(super) tunnelled: bool,
    pub(super) nesting: u8,
    /// How often the sides had changed places when it was told last.
    flips: u8,
}

/// Analyzers side by side, and the detection that finds more of them.
#[derive(Default)]
pub(crate) struct Tree {
    pub(super) analyzers: Vec<Attached>,
    pub(super) detection: Option<Box<Detection>>,
}

/// The analyzers of a connection.
#[derive(Default)]
pub(crate) struct Party {
    pub(super) tree: Tree,
    /// Nothing is attached before the first bytes: how often the sides had changed places when that was decided.
    asleep: Option<u8>,
    /// Who expected it, and whose it is then.
    expected: Option<Box<(&'static Descriptor, Expected)>>,
}

/// A direction by the roles of now, of what came when the sides had changed places so often.
pub(super) fn turned(dir: Direction, flips: u8, call: &Call<'_>) -> Direction {
    if call.scene.core.flips.wrapping_sub(flips) & 1 == 1 { dir.other() } else { dir }
}

impl Tree {
    pub(super) fn alive(&self) -> bool {
        self.detection.is_some() || self.analyzers.iter().any(Attached::alive)
    }

    /// Bytes of memory held, lists included.
    pub(crate) fn cost(&self) -> usize {
        let detection = self.detection.as_ref().map_or(0, |one| size_of::<Detection>() + one.held());
        let own = self.analyzers.capacity() * size_of::<Attached>();
        own + detection + self.analyzers.iter().map(Attached::cost).sum::<usize>()
    }

    /// Calls `f` for each analyzer that takes part; those that are through are dropped. When one of them makes the sides
    /// change places, the others are told at once.
    pub(super) fn each(
        &mut self,
        call: &mut Call<'_>,
        partial: bool,
        mut f: impl FnMut(&mut Attached, &mut Call<'_>),
    ) {
        if self.analyzers.is_empty() {
            return;
        }
        for index in 0..self.analyzers.len() {
            let Some(attached) = self.analyzers.get_mut(index) else { break };
            if partial && !attached.parses_partial() {
                continue;
            }
            let flips = call.scene.core.flips;
            f(attached, call);
            if call.scene.core.flips != flips {
                self.sync(call);
            }
        }
        self.drop_gone();
    }

    pub(super) fn drop_gone(&mut self) {
        self.analyzers.retain(Attached::alive);
        if self.analyzers.is_empty() && self.analyzers.capacity() > 0 {
            self.analyzers = Vec::new();
        }
    }

    /// Tells those who do not know yet that the sides changed places.
    pub(super) fn sync(&mut self, call: &mut Call<'_>) {
        self.analyzers.iter_mut().for_each(|attached| attached.sync(call));
        if let Some(detection) = self.detection.as_mut() {
            detection.sync(call.scene.core.flips);
        }
    }

    /// The bytes of a stream, or a datagram, that came when the sides had changed places so often.
    pub(super) fn data(
        &mut self,
        call: &mut Call<'_>,
        (dir, flips): (Direction, u8),
        bytes: &[u8],
        (transport, partial, nesting): (Transport, bool, u8),
    ) {
        self.drop_failed(call);
        self.each(call, partial, |attached, call| {
            let dir = turned(dir, flips, call);
            match transport {
                Transport::Tcp => attached.stream(call, dir, bytes),
                Transport::Udp => attached.datagram(call, dir, bytes),
            }
        });
        self.detect(call, turned(dir, flips, call), bytes, (partial, nesting));
    }

    /// Looks at a chunk; what is recognised is attached and gets everything so far, this chunk included, unless the
    /// connection is partial and it cannot do without the beginning.
    fn detect(&mut self, call: &mut Call<'_>, dir: Direction, bytes: &[u8], (partial, nesting): (bool, u8)) {
        let Some(mut detection) = self.detection.take() else { return };
        let found = detection.look(dir, bytes, &call.stage.active);
        for (name, panic) in found.panics {
            call.scene.out.defect(name, Some(&call.scene.core.tag), &*panic);
        }
        for descriptor in found.matched {
            let known = self.analyzers.iter().any(|a| std::ptr::eq(a.descriptor, descriptor) && a.alive());
            if known || self.analyzers.len() >= MAX_ATTACHED {
                continue;
            }
            let mut new = Attached::new(descriptor, detection.start(), nesting, call);
            new.begin(call);
            if !partial || new.parses_partial() {
                let flips = call.scene.core.flips;
                replay(&detection, &mut new, call);
                if call.scene.core.flips != flips {
                    self.sync(call);
                    detection.sync(call.scene.core.flips);
                }
            }
            self.analyzers.reserve_exact(1);
            self.analyzers.push(new);
        }
        if !detection.over() {
            self.detection = Some(detection);
        }
    }

    /// Bytes that were never seen.
    pub(super) fn gap(
        &mut self,
        call: &mut Call<'_>,
        (dir, flips): (Direction, u8),
        len: u64,
        partial: bool,
    ) {
        self.drop_failed(call);
        self.each(call, partial, |attached, call| attached.gap(call, turned(dir, flips, call), len));
        let dir = turned(dir, flips, call);
        if let Some(detection) = &mut self.detection {
            detection.gap(dir, len);
        }
    }

    /// Removes those that failed in an earlier packet and stayed for their timers.
    fn drop_failed(&mut self, call: &mut Call<'_>) {
        if self.analyzers.iter().any(|attached| attached.standing.failed) {
            self.analyzers.iter_mut().for_each(|attached| attached.drop_failed(call));
            self.drop_gone();
        }
    }

    /// Removes what failed while the packet at hand was worked on, and lets go who is through.
    pub(super) fn reap(&mut self, call: &mut Call<'_>) {
        if self.analyzers.is_empty() {
            return;
        }
        let settled = self.detection.is_none();
        for attached in &mut self.analyzers {
            attached.reap(call);
            if settled {
                attached.leave_if_through(call);
            }
        }
        self.drop_gone();
    }

    pub(super) fn close(&mut self, call: &mut Call<'_>, why: Close) {
        self.each(call, false, |attached, call| attached.close(call, why));
        self.detection = None;
    }

    /// Whether a timer with this id is of one of them, and still of use.
    pub(super) fn has_timer(&self, id: u8, token: u16, due: Timestamp) -> bool {
        self.analyzers.iter().any(|attached| attached.has_timer(id, token, due))
    }
}

/// Shows everything that was kept. After a flip on the way, directions are the other ones.
fn replay(detection: &Detection, new: &mut Attached, call: &mut Call<'_>) {
    let flips = call.scene.core.flips;
    let transport = detection.start().transport;
    for (dir, chunk) in detection.chunks() {
        let dir = turned(dir, flips, call);
        match chunk {
            Chunk::Gap(len) => new.gap(call, dir, len),
            Chunk::Bytes(bytes) if transport == Transport::Tcp => new.stream(call, dir, bytes),
            Chunk::Bytes(bytes) => new.datagram(call, dir, bytes),
        }
    }
}

impl Inner {
    /// Begins what an heir calls for.
    pub(super) fn new(heir: Heir, start: Start, nesting: u8, call: &mut Call<'_>) -> Self {
        let mut tree = Tree::default();
        match heir {
            Heir::Analyzer(descriptor) => {
                let mut next = Attached::new(descriptor, start, nesting, call);
                next.begin(call);
                tree.analyzers.push(next);
            }
            Heir::Detection => {
                tree.detection = Detection::of(&call.stage.active, start, call.scene.core.flips);
            }
        }
        let tunnelled = matches!(heir, Heir::Detection);
        let flips = call.scene.core.flips;
        Self { tree, start, skip: Pair::default(), tunnelled, nesting, flips }
    }

    /// Bytes of memory held inside.
    pub(super) fn held(&self) -> usize {
        self.tree.cost()
    }

    pub(super) fn data(&mut self, call: &mut Call<'_>, dir: Direction, bytes: &[u8]) {
        let skip = self.skip.of_mut(dir);
        let skipped = (*skip).min(bytes.len() as u64);
        *skip -= skipped;
        let bytes = bytes.get(skipped as usize..).unwrap_or_default();
        if bytes.is_empty() && self.start.transport == Transport::Tcp {
            return;
        }
        let flips = call.scene.core.flips;
        self.tree.data(call, (dir, flips), bytes, (self.start.transport, false, self.nesting));
    }

    pub(super) fn gap(&mut self, call: &mut Call<'_>, dir: Direction, len: u64) {
        let skip = self.skip.of_mut(dir);
        let skipped = (*skip).min(len);
        *skip -= skipped;
        if len > skipped {
            let flips = call.scene.core.flips;
            self.tree.gap(call, (dir, flips), len - skipped, false);
        }
    }

    /// The end of the connection's stream: what is in a tunnel does not end by it.
    pub(super) fn end(&mut self, call: &mut Call<'_>, dir: Direction) {
        if !self.tunnelled {
            self.carrier_ends(call, dir);
        }
    }

    /// The connection closes: what is in a tunnel is not told.
    pub(super) fn closing(&mut self, call: &mut Call<'_>) {
        if !self.tunnelled {
            self.tree.each(call, false, |next, call| next.closing(call));
        }
    }

    /// The end, as its carrier tells it.
    pub(super) fn carrier_ends(&mut self, call: &mut Call<'_>, dir: Direction) {
        let flips = call.scene.core.flips;
        self.tree.each(call, false, |next, call| next.end(call, turned(dir, flips, call)));
    }

    /// A reset, as its carrier tells it.
    pub(super) fn carrier_resets(&mut self, call: &mut Call<'_>) {
        self.tree.each(call, false, |next, call| next.reset(call));
    }

    /// If the sides changed places since it was told last, what it keeps by direction is turned.
    pub(super) fn sync(&mut self, call: &mut Call<'_>) {
        let flips = call.scene.core.flips;
        if std::mem::replace(&mut self.flips, flips).wrapping_sub(flips) & 1 == 1 {
            self.skip.swap();
        }
        self.tree.sync(call);
    }
}

impl Party {
    /// Reads a word of the first analyzer's place, so that the processor fetches it.
    pub(crate) fn touch(&self) -> u8 {
        self.tree.analyzers.first().map_or(0, |attached| attached.nesting)
    }

    /// Attaches nothing yet: that comes with the first bytes.
    pub(crate) fn sleep(&mut self, flips: u8) {
        self.asleep = Some(flips);
    }

    /// It was expected: this analyzer gets it.
    pub(crate) fn awaited(&mut self, to: &'static Descriptor, by: Expected, flips: u8) {
        self.asleep.get_or_insert(flips);
        self.expected = Some(Box::new((to, by)));
    }

    /// How often the sides had changed places when it was decided that nothing is attached before the first bytes.
    pub(crate) fn asleep(&self) -> Option<u8> {
        self.asleep
    }

    /// Whether nothing else is to be said of it: nobody is attached, looked for or expected.
    pub(crate) fn is_plain(&self) -> bool {
        !self.is_awake() && self.expected.is_none()
    }

    /// Whether nobody has anything to do with the connection.
    pub(crate) fn is_empty(&self) -> bool {
        self.tree.analyzers.is_empty() && self.tree.detection.is_none() && self.asleep.is_none()
    }

    /// Whether analyzers are attached, or looked for.
    pub(crate) fn is_awake(&self) -> bool {
        !self.tree.analyzers.is_empty() || self.tree.detection.is_some()
    }

    /// Whether it has analyzers that could be given up.
    pub(crate) fn has_analyzers(&self) -> bool {
        !self.tree.analyzers.is_empty()
    }

    /// Whether anybody would look at data of a stream. If not, bytes are counted and never copied.
    pub(crate) fn hears(&self, partial: bool) -> bool {
        let listens = |one: &Attached| (!partial || one.parses_partial()) && one.listens();
        self.tree.detection.is_some() || self.tree.analyzers.iter().any(listens)
    }

    /// Bytes that analyzers say they hold, and the tails kept for them; for tests.
    pub(crate) fn held(&self) -> usize {
        self.tree.analyzers.iter().map(Attached::held).sum()
    }

    /// Bytes that all of it takes beside this struct.
    pub(crate) fn cost(&self) -> usize {
        let expected = self.expected.as_ref().map_or(0, |_| size_of::<(&Descriptor, Expected)>());
        self.tree.cost() + expected
    }

    /// Whether a timer is still of use to an analyzer.
    pub(crate) fn has_timer(&self, id: u8, token: u16, due: Timestamp) -> bool {
        self.tree.has_timer(id, token, due)
    }

    /// There are bytes, or bytes that were never seen: whoever has to do with the connection is attached now. A connection
    /// without any costs no more than its counters.
    pub(crate) fn wake(&mut self, call: &mut Call<'_>, start: Start) {
        let Some(before) = self.asleep.take() else { return };
        // What is attached is told the ends as they were at the beginning, and then of what has changed.
        let start = if call.scene.core.flips.wrapping_sub(before) & 1 == 1 {
            Start { resp_port: start.orig_port, orig_port: start.resp_port, ..start }
        } else {
            start
        };
        let expected = self.expected.take().map(|expected| *expected);
        let own = expected.map(|(descriptor, by)| (descriptor, Start { expected: Some(by), ..start }));
        let by_port = if own.is_none() { call.stage.active.by_port(start) } else { Vec::new() };
        let own = own.into_iter().chain(by_port.into_iter().map(|descriptor| (descriptor, start)));
        for (descriptor, start) in own {
            self.tree.analyzers.reserve_exact(1);
            let mut attached = Attached::new(descriptor, start, 0, call);
            attached.flips = before;
            self.tree.analyzers.push(attached);
        }
        self.tree.detection = Detection::of(&call.stage.active, start, before);
        self.tree.each(call, false, |attached, call| attached.begin(call));
        self.tree.sync(call);
    }

    pub(crate) fn data(
        &mut self,
        call: &mut Call<'_>,
        dir: Direction,
        bytes: &[u8],
        (transport, partial): (Transport, bool),
    ) {
        let flips = call.scene.core.flips;
        self.tree.data(call, (dir, flips), bytes, (transport, partial, 0));
        self.tree.reap(call);
    }

    pub(crate) fn gap(&mut self, call: &mut Call<'_>, dir: Direction, len: u64, partial: bool) {
        let flips = call.scene.core.flips;
        self.tree.gap(call, (dir, flips), len, partial);
        self.tree.reap(call);
    }

    pub(crate) fn end(&mut self, call: &mut Call<'_>, dir: Direction, partial: bool) {
        let flips = call.scene.core.flips;
        self.tree.each(call, partial, |attached, call| attached.end(call, turned(dir, flips, call)));
        self.tree.reap(call);
    }

    pub(crate) fn closing(&mut self, call: &mut Call<'_>, partial: bool) {
        self.tree.each(call, partial, |attached, call| attached.closing(call));
        self.tree.reap(call);
    }

    pub(crate) fn reset(&mut self, call: &mut Call<'_>, partial: bool) {
        self.tree.each(call, partial, |attached, call| attached.reset(call));
        self.tree.reap(call);
    }

    pub(crate) fn timer(
        &mut self,
        call: &mut Call<'_>,
        (id, token, due): (u8, u16, Timestamp),
        (expired, partial): (bool, bool),
    ) {
        self.tree.each(call, partial, |attached, call| attached.timer(call, (id, token, due), expired));
        self.tree.reap(call);
    }

    /// What became of an expectation of one of its analyzers.
    pub(crate) fn expected(&mut self, call: &mut Call<'_>, id: u32, token: u64, outcome: Outcome) {
        self.tree.each(call, false, |attached, call| attached.expected(call, id, token, outcome));
        self.tree.reap(call);
    }

    /// Nobody answers the connection: analyzers keep what they hold in less room, if they can.
    pub(crate) fn shrink(&mut self, call: &mut Call<'_>) {
        self.tree.each(call, false, |attached, call| attached.shrink(call));
    }

    /// There is no room for them: all analyzers go, and detection ends. The connection is counted as before.
    pub(crate) fn give_up(&mut self, call: &mut Call<'_>) {
        self.tree.each(call, false, |attached, call| attached.give_up(call));
        self.tree = Tree::default();
    }

    /// The end of the connection.
    pub(crate) fn close(&mut self, call: &mut Call<'_>, why: Close) {
        self.tree.close(call, why);
        let left = call.scene.estate.0.take();
        left.into_iter().flat_map(|all| all.into_iter()).for_each(|left| left.finish(call));
    }

    /// The two sides changed places outside of an analyzer's call.
    pub(crate) fn flip(&mut self, call: &mut Call<'_>) {
        self.tree.sync(call);
    }
}
