//! The way from a transport to the analyzers of a connection.

use crate::analyzers::{Attached, Call, Close, Detection, Direction, Doubt};
use crate::flow::{Core, Out};
use crate::time::Timestamp;

/// The analyzers of the connection at hand, and what they need when they are called.
pub(crate) struct Delivery<'a> {
    pub(crate) core: &'a mut Core,
    pub(crate) analyzers: &'a mut Vec<Attached>,
    pub(crate) detection: &'a mut Option<Box<Detection>>,
    pub(crate) out: Out<'a>,
    pub(crate) doubt: Doubt,
    pub(crate) ts: Timestamp,
    /// The beginning was not seen: analyzers that cannot do without are passed over.
    pub(crate) partial: bool,
}

impl<'a> Delivery<'a> {
    /// Whether anybody would look at data.
    pub(crate) fn heard(&self) -> bool {
        !self.analyzers.is_empty() || self.detection.is_some()
    }

    /// Calls `f` for each analyzer that takes part; those that are through are dropped.
    fn each(&mut self, mut f: impl FnMut(&mut Attached, &mut Call<'_>)) {
        if self.analyzers.is_empty() {
            return;
        }
        let partial = self.partial;
        let mut call = Call { core: &mut *self.core, out: self.out.again(), doubt: self.doubt, ts: self.ts };
        for attached in self.analyzers.iter_mut() {
            if !partial || attached.parses_partial() {
                f(attached, &mut call);
            }
        }
        self.analyzers.retain(Attached::alive);
        if self.analyzers.is_empty() {
            *self.analyzers = Vec::new();
        }
    }

    fn detect(&mut self, dir: Direction, bytes: &[u8]) {
        let Some(detection) = self.detection.as_mut() else { return };
        let mut call = Call { core: &mut *self.core, out: self.out.again(), doubt: self.doubt, ts: self.ts };
        detection.data(&mut call, dir, bytes, self.analyzers);
        if detection.over() {
            *self.detection = None;
        }
    }

    /// The connection is new.
    pub(crate) fn begin(&mut self) {
        self.each(|attached, call| attached.begin(call));
    }

    /// Bytes of a stream.
    pub(crate) fn stream(&mut self, dir: Direction, bytes: &[u8]) {
        self.each(|attached, call| attached.stream(call, dir, bytes));
        self.detect(dir, bytes);
    }

    /// A datagram.
    pub(crate) fn datagram(&mut self, dir: Direction, bytes: &[u8]) {
        self.each(|attached, call| attached.datagram(call, dir, bytes));
        self.detect(dir, bytes);
    }

    /// Bytes of a stream that were never seen.
    pub(crate) fn gap(&mut self, dir: Direction, len: u64) {
        self.each(|attached, call| attached.gap(call, dir, len));
        if let Some(detection) = self.detection.as_mut() {
            detection.gap(dir, len);
        }
    }

    /// The end of a stream.
    pub(crate) fn end(&mut self, dir: Direction) {
        self.each(|attached, call| attached.end(call, dir));
    }

    /// An analyzer's timer.
    pub(crate) fn timer(&mut self, id: u8, token: u16, expired: bool) {
        self.each(|attached, call| attached.timer(call, id, token, expired));
    }

    /// The end of the connection.
    pub(crate) fn close(&mut self, why: Close) {
        self.partial = false;
        self.each(|attached, call| attached.close(call, why));
        *self.detection = None;
    }

    /// The two sides changed places outside of an analyzer's call.
    pub(crate) fn flip(&mut self) {
        self.analyzers.iter_mut().for_each(Attached::flip);
        if let Some(detection) = self.detection.as_mut() {
            detection.flip();
        }
    }
}
