//! Detection by content: the first bytes of a connection, kept until an analyzer recognises them or none can.

use std::any::Any;
use std::panic::catch_unwind;

use super::attach::Call;
use super::{Active, Attached, Descriptor, Likeness, Mask, Sample, Start};
use crate::base::direction::Pair;
use crate::base::direction::{Direction, Transport};

/// Bytes that are kept, of both directions together; the chunk that goes beyond it is still looked at whole.
const MAX_BYTES: usize = 1024;
/// Chunks that are kept; the one beyond it is still looked at.
const MAX_CHUNKS: usize = 100;
/// Analyzers on one connection.
const MAX_ATTACHED: usize = 16;

/// One thing that happened, for replay.
#[derive(Clone, Copy, Debug)]
enum Chunk {
    Bytes(Direction, usize),
    Gap(Direction, u64),
}

/// An id, not below the first one, that no analyzer has.
fn free_id(first: u8, attached: &[Attached]) -> u8 {
    (first..=u8::MAX).find(|id| attached.iter().all(|a| a.id != *id)).unwrap_or(u8::MAX)
}

/// The detection engine of one connection.
#[derive(Debug)]
pub(crate) struct Detection {
    start: Start,
    /// The analyzers that may still be recognised.
    candidates: Mask,
    /// Those that bytes of a direction gave away already; the other one may do so once more, if the first analyzer is gone.
    seen: Pair<Mask>,
    orig: Vec<u8>,
    resp: Vec<u8>,
    chunks: Vec<Chunk>,
    over: bool,
    /// The first id for what is found, and how deep it is inside other analyzers.
    nest: (u8, u8),
}

impl Detection {
    pub(crate) fn new(candidates: Mask, start: Start) -> Self {
        let (orig, resp, chunks) = (Vec::new(), Vec::new(), Vec::new());
        Self { start, candidates, seen: Pair::default(), orig, resp, chunks, over: false, nest: (0, 0) }
    }

    /// It goes on inside an analyzer: the first id for what is found, and the depth.
    pub(crate) fn nest(&mut self, first_id: u8, depth: u8) {
        self.nest = (first_id, depth);
    }

    /// Bytes of memory held.
    pub(crate) fn held(&self) -> usize {
        self.orig.capacity() + self.resp.capacity() + self.chunks.capacity() * size_of::<Chunk>()
    }

    /// Nothing more can be detected.
    pub(crate) fn over(&self) -> bool {
        self.over
    }

    pub(crate) fn gap(&mut self, dir: Direction, len: u64) {
        if self.chunks.len() <= MAX_CHUNKS {
            self.chunks.push(Chunk::Gap(dir, len));
        }
    }

    pub(crate) fn flip(&mut self) {
        std::mem::swap(&mut self.orig, &mut self.resp);
        self.seen.swap();
        for chunk in &mut self.chunks {
            match chunk {
                Chunk::Bytes(dir, _) | Chunk::Gap(dir, _) => *dir = dir.other(),
            }
        }
    }

    /// Looks at a chunk; what is recognised is attached and gets everything so far, this chunk included, unless the
    /// connection is partial and it cannot do without the beginning.
    pub(crate) fn data(
        &mut self,
        call: &mut Call<'_>,
        dir: Direction,
        bytes: &[u8],
        attached: &mut Vec<Attached>,
        partial: bool,
    ) {
        match dir {
            Direction::Orig => self.orig.extend_from_slice(bytes),
            Direction::Resp => self.resp.extend_from_slice(bytes),
        }
        self.chunks.push(Chunk::Bytes(dir, bytes.len()));
        let mut panics = Vec::new();
        let matched = self.matches(dir, bytes, &call.out.state.active, &mut panics);
        for (name, panic) in panics {
            call.out.defect(name, Some(&call.core.tag), &*panic);
        }
        for descriptor in matched {
            let known = attached.iter().any(|a| std::ptr::eq(a.descriptor, descriptor) && a.alive());
            // It left because its name was all that was wanted of it.
            let served =
                call.core.services.contains(&descriptor.name) && !call.out.state.active.keep(descriptor);
            if !known && !served && attached.len() < MAX_ATTACHED {
                let (first, depth) = self.nest;
                let mut new =
                    Attached::new(descriptor, free_id(first, attached), self.start).at_nesting(depth);
                new.begin(call);
                if !partial || new.parses_partial() {
                    let flipped = call.core.flipped;
                    self.replay(call, &mut new);
                    if call.core.flipped != flipped {
                        attached.iter_mut().for_each(|other| other.flip(call));
                        self.flip();
                    }
                }
                attached.push(new);
            }
        }
        self.over = self.candidates == 0
            || self.orig.len() + self.resp.len() > MAX_BYTES
            || self.chunks.len() > MAX_CHUNKS;
    }

    /// The candidates that recognise what there is; one whose probe panics is none any more.
    fn matches(
        &mut self,
        dir: Direction,
        bytes: &[u8],
        active: &Active,
        panics: &mut Vec<(&'static str, Box<dyn Any + Send>)>,
    ) -> Vec<&'static Descriptor> {
        let transport = self.start.transport;
        let sample = match (transport, dir) {
            (Transport::Tcp, _) => Sample { transport, orig: &self.orig, resp: &self.resp },
            (Transport::Udp, Direction::Orig) => Sample { transport, orig: bytes, resp: &[] },
            (Transport::Udp, Direction::Resp) => Sample { transport, orig: &[], resp: bytes },
        };
        let mut matched = Vec::new();
        let (mut left, mut keep, mut seen) = (self.candidates, self.candidates, self.seen);
        while left != 0 {
            let at = left.trailing_zeros();
            let bit: Mask = 1 << at;
            left &= !bit;
            let descriptor = active.probes().get(at as usize).copied();
            let Some((descriptor, probe)) = descriptor.and_then(|one| Some((one, one.probe?))) else {
                keep &= !bit;
                continue;
            };
            let sample = match (seen.orig & bit != 0, seen.resp & bit != 0) {
                (true, _) => Sample { orig: &[], ..sample },
                (_, true) => Sample { resp: &[], ..sample },
                _ => sample,
            };
            let again = match catch_unwind(|| probe(&sample)) {
                Ok(Likeness::Match) => {
                    matched.push(descriptor);
                    let first = (seen.orig | seen.resp) & bit == 0;
                    *seen.of_mut(dir) |= bit;
                    transport == Transport::Tcp && first
                }
                Ok(Likeness::Unsure) => true,
                // A later datagram may still be recognised.
                Ok(Likeness::No) => transport == Transport::Udp,
                Err(panic) => {
                    panics.push((descriptor.name, panic));
                    false
                }
            };
            if !again {
                keep &= !bit;
            }
        }
        (self.candidates, self.seen) = (keep, seen);
        matched
    }

    /// Shows everything that was kept. After a flip on the way, directions are the other ones.
    fn replay(&self, call: &mut Call<'_>, new: &mut Attached) {
        let (mut orig, mut resp) = (self.orig.as_slice(), self.resp.as_slice());
        let flipped = call.core.flipped;
        for chunk in &self.chunks {
            let now = |dir: Direction, call: &Call<'_>| {
                if call.core.flipped == flipped { dir } else { dir.other() }
            };
            match *chunk {
                Chunk::Gap(dir, len) => new.gap(call, now(dir, call), len),
                Chunk::Bytes(dir, len) => {
                    let from = match dir {
                        Direction::Orig => &mut orig,
                        Direction::Resp => &mut resp,
                    };
                    let (bytes, rest) = from.split_at_checked(len).unwrap_or((from, &[]));
                    *from = rest;
                    match self.start.transport {
                        Transport::Tcp => new.stream(call, now(dir, call), bytes),
                        Transport::Udp => new.datagram(call, now(dir, call), bytes),
                    }
                }
            }
        }
    }
}
