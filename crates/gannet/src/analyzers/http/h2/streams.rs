//! The streams of a connection that are under way: how many and how large they may be, and in which order they began.

use std::collections::VecDeque;

use super::super::session::Session;
use super::stream::Stream;
use crate::analyzers::Context;
use crate::base::direction::Direction;

/// Streams under way; of more, the oldest are told as they are and forgotten. Servers allow a hundred or so.
pub(super) const MAX_STREAMS: usize = 256;
/// Bytes that they may hold together; of more, the oldest go too.
pub(super) const MAX_HELD: usize = 4 * 1024 * 1024;
/// Streams that are over and whose requests were not seen: so many are remembered, for what comes late.
const MAX_OVER: usize = 256;

/// Where what is told goes, and a buffer to put it together in.
pub(super) type Desk<'a, 'c> = (&'a mut Context<'c>, &'a mut Vec<u8>);

/// All streams of a connection.
#[derive(Default)]
pub(super) struct Streams {
    /// Those under way by number.
    #[expect(clippy::vec_box, reason = "streams are large, and move when older ones go")]
    open: Vec<Box<Stream>>,
    /// What they hold.
    held: usize,
    /// Transactions so far.
    depth: u64,
    /// The highest number that was asked for so far, and that was promised.
    highest: [u32; 2],
    /// Those that are over without a request.
    over: VecDeque<u32>,
}

impl Streams {
    /// A request came over HTTP/1, and its reply is due.
    pub(super) fn upgrade(&mut self, session: Box<Session>) {
        self.depth = session.depth();
        self.highest = [1, 0];
        self.add(0, Stream::upgraded(session));
    }

    /// So many transactions came before.
    pub(super) fn follow(&mut self, depth: u64) {
        self.depth = depth;
    }

    fn place(&self, id: u32) -> Result<usize, usize> {
        self.open.binary_search_by_key(&id, |stream| stream.id)
    }

    fn add(&mut self, place: usize, stream: Stream) {
        self.open.insert(place, Box::new(stream));
        self.count(place);
    }

    /// What the stream at a place holds is counted anew.
    fn count(&mut self, place: usize) {
        if let Some(stream) = self.open.get_mut(place) {
            let held = stream.held();
            self.held = self.held.saturating_sub(stream.counted).saturating_add(held);
            stream.counted = held;
        }
    }

    /// Whether a stream is under way.
    pub(super) fn find(&self, id: u32) -> Option<&Stream> {
        self.open.get(self.place(id).ok()?).map(Box::as_ref)
    }

    /// Makes a stream that a header block speaks of, if it is new; `asks` says that it is a request. One that was there before
    /// is not made again; `blind` says that requests are not seen, so that older numbers may be new too.
    pub(super) fn begin(&mut self, desk: Desk<'_, '_>, id: u32, asks: bool, blind: bool) {
        let [of_client, of_server] = &mut self.highest;
        let highest = if id.is_multiple_of(2) { of_server } else { of_client };
        let is_new = (id > *highest || blind) && !self.over.contains(&id);
        if asks {
            *highest = id.max(*highest);
        }
        let Err(place) = self.place(id) else { return };
        if is_new {
            self.add(place, Stream::new(id, self.depth));
            self.depth += 1;
            if self.open.len() > MAX_STREAMS {
                self.close_at(desk, usize::from(place == 0));
            }
        }
    }

    /// Calls `f` with a stream that is under way.
    pub(super) fn with<'c, R>(
        &mut self,
        (cx, scratch): Desk<'_, 'c>,
        id: u32,
        f: impl FnOnce(&mut Stream, Desk<'_, 'c>) -> R,
    ) -> Option<R> {
        let place = self.place(id).ok()?;
        let stream = self.open.get_mut(place)?;
        let made = f(stream, (&mut *cx, &mut *scratch));
        self.count(place);
        while self.held > MAX_HELD && self.open.len() > 1 {
            self.close_at((&mut *cx, &mut *scratch), 0);
        }
        Some(made)
    }

    /// Ends a side of a stream, and the stream with the second one. Nothing more is to come on a `lost` side.
    pub(super) fn end(
        &mut self,
        (cx, scratch): Desk<'_, '_>,
        id: u32,
        dir: Direction,
        lost: impl Fn(Direction) -> bool,
    ) {
        self.with((&mut *cx, &mut *scratch), id, |stream, desk| stream.end(desk, dir));
        let over = |stream: &Stream| {
            [Direction::Orig, Direction::Resp].iter().all(|dir| stream.has_ended(*dir) || lost(*dir))
        };
        if self.find(id).is_some_and(over) {
            self.close((cx, scratch), id);
        }
    }

    /// A stream is over: its row is written.
    pub(super) fn close(&mut self, desk: Desk<'_, '_>, id: u32) {
        if let Ok(place) = self.place(id) {
            self.close_at(desk, place);
        }
    }

    fn close_at(&mut self, desk: Desk<'_, '_>, place: usize) {
        if place >= self.open.len() {
            return;
        }
        let stream = self.open.remove(place);
        self.held = self.held.saturating_sub(stream.counted);
        if !stream.has_begun(Direction::Orig) {
            if self.over.len() >= MAX_OVER {
                self.over.pop_front();
            }
            self.over.push_back(stream.id);
        }
        stream.close(desk);
    }

    /// All streams are over.
    pub(super) fn close_all(&mut self, (cx, scratch): Desk<'_, '_>) {
        for stream in std::mem::take(&mut self.open) {
            stream.close((&mut *cx, &mut *scratch));
        }
        self.held = 0;
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.held + self.open.capacity() * size_of::<Box<Stream>>() + self.over.capacity() * size_of::<u32>()
    }
}
