//! Detection by content: the first bytes of a connection, kept until an analyzer recognises them or none can.

use std::any::Any;
use std::panic::catch_unwind;

use super::active::{Active, Mask};
use super::analyzer::Descriptor;
use super::terms::{Likeness, Sample, Start};
use crate::base::direction::{Direction, Pair, Transport};
use crate::base::list;

/// Bytes that are kept, of both directions together; the chunk that goes beyond it is still looked at whole.
const MAX_BYTES: usize = 1024;
/// Chunks that are kept; the one beyond it is still looked at.
const MAX_CHUNKS: usize = 100;
/// One thing that happened, for replay: bytes, by their length, or a gap.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Bytes(Direction, usize),
    Gap(Direction, u64),
}

/// One thing that is shown again.
pub(super) enum Chunk<'a> {
    Bytes(&'a [u8]),
    Gap(u64),
}

/// What a look found.
pub(super) struct Found {
    pub(super) matched: Vec<&'static Descriptor>,
    /// Probes that panicked.
    pub(super) panics: Vec<(&'static str, Box<dyn Any + Send>)>,
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
    chunks: Vec<Kept>,
    over: bool,
    /// How often the sides had changed places when it was told last.
    flips: u8,
}

impl Detection {
    /// Detection on what begins, unless nobody could be detected.
    pub(super) fn of(active: &Active, start: Start, flips: u8) -> Option<Box<Self>> {
        let candidates = active.candidates(start.transport);
        (candidates != 0).then(|| {
            let (orig, resp, chunks) = (Vec::new(), Vec::new(), Vec::new());
            Box::new(Self {
                start,
                candidates,
                seen: Pair::default(),
                orig,
                resp,
                chunks,
                over: false,
                flips,
            })
        })
    }

    pub(super) fn start(&self) -> Start {
        self.start
    }

    /// Bytes of memory held.
    pub(crate) fn held(&self) -> usize {
        self.orig.capacity() + self.resp.capacity() + self.chunks.capacity() * size_of::<Kept>()
    }

    /// Nothing more can be detected.
    pub(crate) fn over(&self) -> bool {
        self.over
    }

    /// Bytes that were never seen. Those before any others are not shown again: who is found by what follows begins there.
    pub(super) fn gap(&mut self, dir: Direction, len: u64) {
        if !self.chunks.is_empty() && self.chunks.len() <= MAX_CHUNKS {
            self.chunks.push(Kept::Gap(dir, len));
        }
    }

    /// The sides have changed places so often by now.
    pub(super) fn sync(&mut self, flips: u8) {
        if std::mem::replace(&mut self.flips, flips).wrapping_sub(flips) & 1 == 0 {
            return;
        }
        std::mem::swap(&mut self.orig, &mut self.resp);
        self.seen.swap();
        for chunk in &mut self.chunks {
            match chunk {
                Kept::Bytes(dir, _) | Kept::Gap(dir, _) => *dir = dir.other(),
            }
        }
    }

    /// Looks at one more chunk: who is recognised now.
    pub(super) fn look(&mut self, dir: Direction, bytes: &[u8], active: &Active) -> Found {
        match dir {
            Direction::Orig => self.orig.extend_from_slice(bytes),
            Direction::Resp => self.resp.extend_from_slice(bytes),
        }
        let chunk = Kept::Bytes(dir, bytes.len());
        match self.start.transport {
            Transport::Tcp => self.chunks.push(chunk),
            // Of very many flows of datagrams no second one is seen.
            Transport::Udp => list::push_only(&mut self.chunks, chunk),
        }
        let found = self.matches(dir, bytes, active);
        self.over = self.candidates == 0
            || self.orig.len() + self.resp.len() > MAX_BYTES
            || self.chunks.len() > MAX_CHUNKS;
        found
    }

    /// The candidates that recognise what there is; one whose probe panics is none any more.
    fn matches(&mut self, dir: Direction, bytes: &[u8], active: &Active) -> Found {
        let transport = self.start.transport;
        let sample = match (transport, dir) {
            (Transport::Tcp, _) => Sample::new(transport, &self.orig, &self.resp),
            (Transport::Udp, Direction::Orig) => {
                Sample { answers: &self.resp, ..Sample::new(transport, bytes, &[]) }
            }
            (Transport::Udp, Direction::Resp) => {
                Sample { answers: &self.orig, ..Sample::new(transport, &[], bytes) }
            }
        };
        let (mut matched, mut panics) = (Vec::new(), Vec::new());
        let asked = active.asked(sample.orig, sample.resp);
        // Where both sides have begun, none begins as another one looks for any more; a later datagram may.
        let over = transport == Transport::Tcp && !sample.orig.is_empty() && !sample.resp.is_empty();
        let mut keep = if over { self.candidates & asked } else { self.candidates };
        let (mut left, mut seen) = (self.candidates & asked, self.seen);
        debug_assert!(
            find_nothing(self.candidates & !asked, &sample, active),
            "a probe does not begin as it says"
        );
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
                    first && (transport == Transport::Tcp || descriptor.both_ways)
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
        Found { matched, panics }
    }

    /// Everything that was kept, in order.
    pub(super) fn chunks(&self) -> impl Iterator<Item = (Direction, Chunk<'_>)> {
        let (mut orig, mut resp) = (self.orig.as_slice(), self.resp.as_slice());
        self.chunks.iter().map(move |chunk| match *chunk {
            Kept::Gap(dir, len) => (dir, Chunk::Gap(len)),
            Kept::Bytes(dir, len) => {
                let from = match dir {
                    Direction::Orig => &mut orig,
                    Direction::Resp => &mut resp,
                };
                let (bytes, rest) = from.split_at_checked(len).unwrap_or((from, &[]));
                *from = rest;
                (dir, Chunk::Bytes(bytes))
            }
        })
    }
}

/// Whether these probes, that are not asked, would find nothing.
fn find_nothing(unasked: Mask, sample: &Sample<'_>, active: &Active) -> bool {
    let probes = active.probes().iter().enumerate().filter(|(at, _)| unasked >> at & 1 != 0);
    probes.filter_map(|(_, one)| one.probe).all(|probe| probe(sample) != Likeness::Match)
}
