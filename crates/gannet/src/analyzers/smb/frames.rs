//! Frames of both directions: put together from segments, and found again when some were lost.
//!
//! They are kept here and not by the framework, for two reasons: what is lost in one direction empties both, and each segment
//! counts.

use super::parse::{FRAME_HEADER, Fault, Frame};
use crate::base::direction::{Direction, Pair};

/// Content of a frame up to which it is kept until it is whole. Of a longer one the first bytes are kept, and what follows is
/// given on as it comes.
pub(super) const MAX_KEPT: usize = 1 << 20;

/// One direction.
#[derive(Default)]
struct Side {
    /// A frame that is not whole yet.
    bytes: Vec<u8>,
    /// Bytes of a long frame that are still to come.
    rest: usize,
    /// A frame is waited for, or for the rest of one.
    waits: bool,
    /// What was waited for got lost: the next segment is taken for it, and lost as well.
    stale: bool,
}

/// Content of a frame, or a part of a long one.
#[derive(Clone, Copy)]
pub(super) enum Content<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// The first bytes of a long frame.
    First(&'a [u8]),
    /// Bytes that follow those.
    More(&'a [u8]),
}

/// The frames of a connection.
#[derive(Default)]
pub(super) struct Frames {
    sides: Pair<Side>,
    /// It is known where frames begin.
    found: bool,
}

impl Frames {
    /// Whether the beginning of a frame has to be found.
    pub(super) const fn is_lost(&self) -> bool {
        !self.found
    }

    /// It is not known any more where frames begin.
    pub(super) fn lose(&mut self) {
        for side in [&mut self.sides.orig, &mut self.sides.resp] {
            *side = Side { stale: side.waits || side.stale, ..Side::default() };
        }
        self.found = false;
    }

    pub(super) fn flipped(&mut self) {
        self.sides.swap();
    }

    /// Adds a segment, and calls `each` for what it completes.
    ///
    /// A side that had begun when frames were lost loses one segment more, the first that begins with a message: logs show it so.
    pub(super) fn add(
        &mut self,
        dir: Direction,
        bytes: &[u8],
        each: impl FnMut(Frame, Content<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.found = true;
        let side = self.sides.of_mut(dir);
        side.waits = false;
        if std::mem::take(&mut side.stale) {
            return Err(Fault("parse error: a message stands where the rest of another one was waited for"));
        }
        side.add(bytes, each)?;
        side.waits = true;
        Ok(())
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.sides.orig.bytes.capacity() + self.sides.resp.bytes.capacity()
    }
}

type Each<'f> = &'f mut dyn FnMut(Frame, Content<'_>) -> Result<(), Fault>;

impl Side {
    fn add(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(Frame, Content<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut segment = bytes;
        while !segment.is_empty() {
            segment = if self.rest > 0 {
                self.pass_on(segment, &mut each)?
            } else if self.bytes.is_empty() {
                self.begin(segment, &mut each)?
            } else {
                self.go_on(segment, &mut each)?
            };
        }
        Ok(())
    }

    /// More of a long frame.
    fn pass_on<'a>(&mut self, segment: &'a [u8], each: Each<'_>) -> Result<&'a [u8], Fault> {
        let (more, behind) = segment.split_at(self.rest.min(segment.len()));
        self.rest -= more.len();
        each(Frame { is_message: true, len: 0 }, Content::More(more))?;
        Ok(behind)
    }

    /// A frame begins: nothing of it is copied if it is whole.
    fn begin<'a>(&mut self, segment: &'a [u8], each: Each<'_>) -> Result<&'a [u8], Fault> {
        if let Some(frame) = Frame::read(segment)
            && let Some(content) = segment.get(FRAME_HEADER..FRAME_HEADER + frame.len.min(MAX_KEPT))
        {
            self.tell(frame, content, each)?;
            return Ok(segment.get(FRAME_HEADER + content.len()..).unwrap_or_default());
        }
        self.bytes.extend_from_slice(segment);
        Ok(&[])
    }

    /// A frame of which there is something goes on.
    fn go_on<'a>(&mut self, segment: &'a [u8], each: Each<'_>) -> Result<&'a [u8], Fault> {
        let need =
            Frame::read(&self.bytes).map_or(FRAME_HEADER, |frame| FRAME_HEADER + frame.len.min(MAX_KEPT));
        let (now, behind) = segment.split_at(need.saturating_sub(self.bytes.len()).min(segment.len()));
        self.bytes.extend_from_slice(now);
        if let Some(frame) = Frame::read(&self.bytes)
            && self.bytes.len() >= FRAME_HEADER + frame.len.min(MAX_KEPT)
        {
            let whole = std::mem::take(&mut self.bytes);
            self.tell(frame, whole.get(FRAME_HEADER..).unwrap_or_default(), each)?;
        }
        Ok(behind)
    }

    fn tell(&mut self, frame: Frame, content: &[u8], each: Each<'_>) -> Result<(), Fault> {
        self.rest = frame.len - content.len();
        if self.rest > 0 {
            each(frame, Content::First(content))
        } else {
            each(frame, Content::Whole(content))
        }
    }
}
