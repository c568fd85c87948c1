//! The way from a transport to the analyzers of a connection.

use crate::analyzers::{Attached, Call, Close, Detection, Direction, Doubt};
use crate::flow::{Asleep, Core, Out};
use crate::time::Timestamp;

/// The analyzers of the connection at hand, and what they need when they are called.
pub(crate) struct Delivery<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) analyzers: &'a mut Vec<Attached>,
    pub(crate) detection: &'a mut Option<Box<Detection>>,
    pub(crate) asleep: &'a mut Option<Asleep>,
    pub(crate) out: Out<'a>,
    pub(crate) doubt: Doubt,
    pub(crate) ts: Timestamp,
    /// The beginning was not seen: analyzers that cannot do without are passed over.
    pub(crate) partial: bool,
}

impl<'a> Delivery<'a> {
    /// Whether anybody has to do with the connection.
    pub(crate) fn heard(&self) -> bool {
        !self.analyzers.is_empty() || self.detection.is_some() || self.asleep.is_some()
    }

    /// Whether anybody would look at data. If not, bytes are counted and never copied.
    pub(crate) fn hears(&self) -> bool {
        let listens = |one: &Attached| (!self.partial || one.parses_partial()) && one.listens();
        self.detection.is_some() || self.analyzers.iter().any(listens)
    }

    /// There are bytes, or bytes that were never seen: whoever has to do with the connection is attached now. A connection
    /// without any costs no more than its counters.
    pub(crate) fn wake(&mut self) {
        let Some(Asleep { start, turned }) = self.asleep.take() else { return };
        *self.analyzers = self.out.state.active.by_port(start);
        *self.detection = self.out.state.active.detection(start);
        let partial = std::mem::replace(&mut self.partial, false);
        self.each(|attached, call, _| attached.begin(call));
        self.partial = partial;
        if turned {
            self.flip();
        }
    }

    /// Calls `f` for each analyzer that takes part; those that are through are dropped. When one of them makes the sides
    /// change places, the others are told, and from there on `f` and the caller are told that directions have turned.
    fn each(&mut self, mut f: impl FnMut(&mut Attached, &mut Call<'_>, bool)) -> bool {
        if self.analyzers.is_empty() {
            return false;
        }
        let mut turned = false;
        let mut call = Call { core: &mut *self.core, out: self.out.again(), doubt: self.doubt, ts: self.ts };
        for index in 0..self.analyzers.len() {
            let Some(attached) = self.analyzers.get_mut(index) else { break };
            if self.partial && !attached.parses_partial() {
                continue;
            }
            let flipped = call.core.flipped;
            f(attached, &mut call, turned);
            if call.core.flipped != flipped {
                turned = !turned;
                let others = self.analyzers.iter_mut().enumerate().filter(|(other, _)| *other != index);
                others.for_each(|(_, attached)| attached.flip(&mut call));
                if let Some(detection) = self.detection.as_mut() {
                    detection.flip();
                }
            }
        }
        self.analyzers.retain(Attached::alive);
        if self.analyzers.is_empty() {
            *self.analyzers = Vec::new();
        }
        turned
    }

    fn detect(&mut self, dir: Direction, bytes: &[u8]) {
        let Some(detection) = self.detection.as_mut() else { return };
        let mut call = Call { core: &mut *self.core, out: self.out.again(), doubt: self.doubt, ts: self.ts };
        detection.data(&mut call, dir, bytes, self.analyzers, self.partial);
        if detection.over() {
            *self.detection = None;
        }
    }

    /// Bytes of a stream.
    pub(crate) fn stream(&mut self, dir: Direction, bytes: &[u8]) {
        let turned = self.each(|attached, call, turned| attached.stream(call, turn(dir, turned), bytes));
        self.detect(turn(dir, turned), bytes);
        self.reap();
    }

    /// A datagram.
    pub(crate) fn datagram(&mut self, dir: Direction, bytes: &[u8]) {
        let turned = self.each(|attached, call, turned| attached.datagram(call, turn(dir, turned), bytes));
        self.detect(turn(dir, turned), bytes);
        self.reap();
    }

    /// Bytes of a stream that were never seen.
    pub(crate) fn gap(&mut self, dir: Direction, len: u64) {
        let turned = self.each(|attached, call, turned| attached.gap(call, turn(dir, turned), len));
        if let Some(detection) = self.detection.as_mut() {
            detection.gap(turn(dir, turned), len);
        }
        self.reap();
    }

    /// The end of a stream.
    pub(crate) fn end(&mut self, dir: Direction) {
        self.each(|attached, call, turned| attached.end(call, turn(dir, turned)));
        self.reap();
    }

    /// One of the ends reset the connection.
    pub(crate) fn reset(&mut self) {
        self.each(|attached, call, _| attached.reset(call));
        self.reap();
    }

    /// An analyzer's timer.
    pub(crate) fn timer(&mut self, id: u8, token: u16, expired: bool) {
        self.each(|attached, call, _| attached.timer(call, id, token, expired));
        self.reap();
    }

    /// There is no room for them: all analyzers go, and detection ends. The connection is counted as before.
    pub(crate) fn give_up(&mut self) {
        self.each(|attached, call, _| attached.give_up(call));
        self.analyzers.clear();
        *self.analyzers = Vec::new();
        *self.detection = None;
    }

    /// The end of the connection.
    pub(crate) fn close(&mut self, why: Close) {
        self.partial = false;
        self.each(|attached, call, _| attached.close(call, why));
        *self.detection = None;
        let left = self.core.rare.as_mut().map(|rare| std::mem::take(&mut rare.left));
        for left in left.unwrap_or_default() {
            let mut call =
                Call { core: &mut *self.core, out: self.out.again(), doubt: self.doubt, ts: self.ts };
            left.finish(&mut call);
        }
    }

    /// Removes the analyzers that failed: not before everybody has seen what they failed on.
    fn reap(&mut self) {
        if self.analyzers.is_empty() {
            return;
        }
        let mut call = Call { core: &mut *self.core, out: self.out.again(), doubt: self.doubt, ts: self.ts };
        let settled = self.detection.is_none();
        for attached in self.analyzers.iter_mut() {
            attached.reap(&mut call);
            if settled {
                attached.leave_if_through(&mut call);
            }
        }
        self.analyzers.retain(Attached::alive);
        if self.analyzers.is_empty() {
            *self.analyzers = Vec::new();
        }
    }

    /// The two sides changed places outside of an analyzer's call.
    pub(crate) fn flip(&mut self) {
        if let Some(asleep) = self.asleep.as_mut() {
            asleep.turned = !asleep.turned;
        }
        let mut call = Call { core: &mut *self.core, out: self.out.again(), doubt: self.doubt, ts: self.ts };
        self.analyzers.iter_mut().for_each(|attached| attached.flip(&mut call));
        if let Some(detection) = self.detection.as_mut() {
            detection.flip();
        }
    }
}

/// A direction by the roles after a turn.
fn turn(dir: Direction, turned: bool) -> Direction {
    if turned { dir.other() } else { dir }
}
