//! What gets the bytes that an analyzer hands over: another analyzer, or detection from the beginning.

use super::attach::{Attached, Call};
use super::{Close, Descriptor, Detection, Direction, Start};

/// Whom an analyzer hands its connection over to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Heir {
    /// This analyzer.
    Analyzer(&'static Descriptor),
    /// Whatever the bytes turn out to be.
    Detection,
}

/// The analyzers inside another one, and the detection that finds them.
pub(crate) struct Nested {
    detection: Option<Box<Detection>>,
    analyzers: Vec<Attached>,
    /// They were found by detection: in a tunnel, which does not end before its connection does.
    detected: bool,
}

impl Nested {
    /// Begins what an heir calls for. `id` is the first of the ids that are free for it.
    pub(crate) fn new(heir: Heir, start: Start, id: u8, nesting: u8, call: &mut Call<'_>) -> Self {
        match heir {
            Heir::Analyzer(descriptor) => {
                let mut next = Attached::new(descriptor, id, start).at_nesting(nesting);
                next.begin(call);
                Self { detection: None, analyzers: vec![next], detected: false }
            }
            Heir::Detection => {
                let mut detection = call.out.state.active.detection(start);
                if let Some(detection) = &mut detection {
                    detection.nest(id, nesting);
                }
                Self { detection, analyzers: Vec::new(), detected: true }
            }
        }
    }

    pub(crate) fn alive(&self) -> bool {
        self.detection.is_some() || self.analyzers.iter().any(Attached::alive)
    }

    /// Whether a timer with this id is of one of them.
    pub(crate) fn has_timer(&self, id: u8) -> bool {
        self.analyzers.iter().any(|next| next.has_timer(id))
    }

    pub(crate) fn held(&self) -> usize {
        let analyzers = self.analyzers.iter().map(Attached::held).sum::<usize>();
        analyzers
            + self.analyzers.capacity() * size_of::<Attached>()
            + self.detection.as_ref().map_or(0, |detection| detection.held())
    }

    pub(crate) fn skip(&mut self, dir: Direction, len: u64) {
        self.analyzers.iter_mut().for_each(|next| next.skip(dir, len));
    }

    pub(crate) fn stream(&mut self, call: &mut Call<'_>, dir: Direction, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.analyzers.iter_mut().for_each(|next| next.stream(call, dir, bytes));
        self.analyzers.retain(Attached::alive);
        if let Some(detection) = &mut self.detection {
            detection.data(call, dir, bytes, &mut self.analyzers, false);
            if detection.over() {
                self.detection = None;
            }
        }
    }

    /// Removes what failed while the packet at hand was worked on.
    pub(crate) fn reap(&mut self, call: &mut Call<'_>) {
        self.analyzers.iter_mut().for_each(|next| next.reap(call));
        self.analyzers.retain(Attached::alive);
    }

    pub(crate) fn gap(&mut self, call: &mut Call<'_>, dir: Direction, len: u64) {
        self.analyzers.iter_mut().for_each(|next| next.gap(call, dir, len));
        if let Some(detection) = &mut self.detection {
            detection.gap(dir, len);
        }
    }

    pub(crate) fn end(&mut self, call: &mut Call<'_>, dir: Direction) {
        if !self.detected {
            self.analyzers.iter_mut().for_each(|next| next.end(call, dir));
        }
    }

    pub(crate) fn timer(&mut self, call: &mut Call<'_>, id: u8, token: u16, expired: bool) {
        self.analyzers.iter_mut().for_each(|next| next.timer(call, id, token, expired));
    }

    pub(crate) fn flip(&mut self, call: &mut Call<'_>) {
        self.analyzers.iter_mut().for_each(|next| next.flip(call));
        if let Some(detection) = &mut self.detection {
            detection.flip();
        }
    }

    pub(crate) fn close(&mut self, call: &mut Call<'_>, why: Close) {
        self.analyzers.iter_mut().for_each(|next| next.close(call, why));
        self.detection = None;
    }
}
