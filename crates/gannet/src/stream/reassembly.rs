//! Bytes of one direction in order. In-order data passes through; what waits behind a hole is copied, within limits.
//!
//! Positions are relative: the first byte of the stream is at 1, as if a SYN were at 0.

/// A run of bytes behind a hole. When nobody listens only its length is kept.
#[derive(Debug, PartialEq, Eq)]
struct Waiting {
    seq: u64,
    len: u64,
    bytes: Vec<u8>,
}

impl Waiting {
    fn upper(&self) -> u64 {
        self.seq + self.len
    }
}

/// Memory that a waiting run costs beside its bytes.
const OVERHEAD: usize = std::mem::size_of::<Waiting>();
/// Most runs that wait in one direction; hostile one-byte segments must not make the list long.
const MAX_WAITING: usize = 4096;

/// The reassembler of one direction.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reassembler {
    /// Next position to deliver.
    next: u64,
    /// Everything below was acknowledged.
    trim: u64,
    /// One past the last byte delivered.
    delivered: u64,
    /// What waits; most streams never need it.
    aside: Option<Box<Aside>>,
    /// Deliveries have stopped for good.
    pub(crate) stopped: bool,
    pub(crate) had_gap: bool,
    pub(crate) ended: bool,
}

/// What waits behind a hole.
#[derive(Debug, Default, PartialEq, Eq)]
struct Aside {
    /// Sorted, not overlapping, all above the next position.
    runs: Vec<Waiting>,
    /// Their length.
    bytes: u64,
    allocated: usize,
    /// Segments whose bytes differ from those that wait at the same place.
    conflicts: u32,
}

impl Default for Reassembler {
    fn default() -> Self {
        Self { next: 1, trim: 1, delivered: 1, aside: None, stopped: false, had_gap: false, ended: false }
    }
}

/// Data that can be delivered now.
pub(crate) enum Ready<'a> {
    /// From the segment at hand.
    Now(&'a [u8]),
    /// From what waited.
    Kept(Vec<u8>),
    /// Bytes that nobody listened to when they came.
    Unheard,
}

impl Reassembler {
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// How far what waits reaches from a position on without a hole.
    pub(crate) fn reach(&self, position: u64) -> u64 {
        self.runs().iter().fold(
            position,
            |reached, run| if run.seq <= reached { reached.max(run.upper()) } else { reached },
        )
    }

    pub(crate) fn trimmed(&self) -> u64 {
        self.trim
    }

    /// Bytes of memory held.
    pub(crate) fn allocated(&self) -> usize {
        self.aside.as_ref().map_or(0, |aside| aside.allocated)
    }

    /// Segments whose bytes differ from those that wait at the same place.
    pub(crate) fn conflicts(&self) -> u32 {
        self.aside.as_ref().map_or(0, |aside| aside.conflicts)
    }

    fn runs(&self) -> &[Waiting] {
        self.aside.as_ref().map_or(&[], |aside| &aside.runs)
    }

    /// Something was delivered and not acknowledged, or waits.
    pub(crate) fn has_blocks(&self) -> bool {
        !self.runs().is_empty() || self.delivered > self.trim
    }

    /// Distance from the next position to the end of what waits.
    pub(crate) fn undelivered(&self) -> u64 {
        self.runs().last().map_or(0, |last| last.upper() - self.next)
    }

    /// Bytes delivered and not acknowledged, and bytes waiting.
    pub(crate) fn unacknowledged(&self) -> u64 {
        self.delivered.saturating_sub(self.trim) + self.aside.as_ref().map_or(0, |aside| aside.bytes)
    }

    /// Gives up this direction.
    pub(crate) fn stop(&mut self) {
        self.clear();
        self.stopped = true;
    }

    /// Forgets what waits.
    pub(crate) fn clear(&mut self) {
        if let Some(aside) = &mut self.aside {
            **aside = Aside { conflicts: aside.conflicts, ..Aside::default() };
        }
    }

    /// A segment's payload. What can be delivered from it at once is returned; then call [`Self::pop_ready`].
    pub(crate) fn insert<'a>(&mut self, seq: u64, bytes: &'a [u8], keep: bool) -> Option<Ready<'a>> {
        let upper = seq.saturating_add(bytes.len() as u64);
        let from = seq.max(self.trim).max(self.next);
        if upper <= self.trim || from >= upper {
            return None;
        }
        let bytes = bytes.get((from - seq) as usize..)?;
        let limit = self.runs().first().map_or(upper, |first| first.seq.min(upper));
        if from == self.next && limit > from {
            let (now, rest) = bytes.split_at_checked((limit - from) as usize)?;
            self.next = limit;
            self.delivered = limit;
            if !rest.is_empty() {
                self.aside().wait(limit, rest, keep);
            }
            return Some(if keep { Ready::Now(now) } else { Ready::Unheard });
        }
        self.aside().wait(from, bytes, keep);
        None
    }

    fn aside(&mut self) -> &mut Aside {
        self.aside.get_or_insert_default()
    }

    /// Too many runs wait for the list to be searched and moved about cheaply.
    pub(crate) fn is_crowded(&self) -> bool {
        self.runs().len() > MAX_WAITING
    }

    /// What waited and can be delivered now.
    pub(crate) fn pop_ready(&mut self) -> Option<Ready<'static>> {
        let aside = self.aside.as_mut()?;
        if aside.runs.first()?.seq > self.next {
            return None;
        }
        let first = aside.runs.remove(0);
        aside.bytes -= first.len;
        aside.allocated = aside.allocated.saturating_sub(first.bytes.capacity() + OVERHEAD);
        self.next = first.upper();
        self.delivered = self.next;
        Some(if first.bytes.is_empty() { Ready::Unheard } else { Ready::Kept(first.bytes) })
    }

    /// The hole below `up_to`: its length, up to the next run that waits. The position moves past it.
    pub(crate) fn pop_gap(&mut self, up_to: u64) -> Option<u64> {
        let end = self.runs().first().map_or(up_to, |first| first.seq.min(up_to));
        if end <= self.next {
            return None;
        }
        let len = end - self.next;
        self.next = end;
        Some(len)
    }

    /// Moves the position without a gap: nothing below will be delivered.
    pub(crate) fn jump(&mut self, up_to: u64) {
        self.next = self.next.max(up_to);
    }

    /// Everything below was acknowledged.
    pub(crate) fn trim(&mut self, seq: u64) {
        self.trim = self.trim.max(seq);
    }
}

impl Aside {
    /// Copies the parts that no earlier run holds.
    fn wait(&mut self, mut seq: u64, mut bytes: &[u8], keep: bool) {
        let mut at = self.runs.partition_point(|w| w.upper() <= seq);
        while !bytes.is_empty() {
            let upper = seq + bytes.len() as u64;
            let (free, covered) = match self.runs.get(at) {
                Some(w) if w.seq < upper => (w.seq.saturating_sub(seq), w.upper()),
                _ => (bytes.len() as u64, upper),
            };
            let (new, rest) = bytes.split_at_checked(free as usize).unwrap_or((bytes, &[]));
            if !new.is_empty() {
                at += self.put(at, seq, new, keep);
            }
            let skip = covered.saturating_sub(seq + free).min(rest.len() as u64);
            self.compare(at, seq + free, rest.get(..skip as usize).unwrap_or_default());
            bytes = rest.get(skip as usize..).unwrap_or_default();
            seq += free + skip;
            at += usize::from(!rest.is_empty());
        }
    }

    /// Compares bytes with those of a run that waits at the same place; the first copy stays.
    fn compare(&mut self, at: usize, seq: u64, bytes: &[u8]) {
        let Some(waiting) = self.runs.get(at).filter(|waiting| waiting.bytes.len() as u64 == waiting.len)
        else {
            return;
        };
        let from = seq.saturating_sub(waiting.seq) as usize;
        if waiting.bytes.get(from..from + bytes.len()).is_some_and(|first| first != bytes) {
            self.conflicts = self.conflicts.saturating_add(1);
        }
    }

    /// Puts a run at a place in the list, joined to the one before it where they touch; returns how many were added.
    fn put(&mut self, at: usize, seq: u64, bytes: &[u8], keep: bool) -> usize {
        self.bytes += bytes.len() as u64;
        if let Some(before) = at.checked_sub(1).and_then(|i| self.runs.get_mut(i)) {
            let heard = before.bytes.len() as u64 == before.len;
            if before.upper() == seq && heard == keep {
                before.len += bytes.len() as u64;
                if keep {
                    let old = before.bytes.capacity();
                    before.bytes.extend_from_slice(bytes);
                    self.allocated += before.bytes.capacity() - old;
                }
                return 0;
            }
        }
        let kept = if keep { bytes.to_vec() } else { Vec::new() };
        self.allocated += kept.capacity() + OVERHEAD;
        self.runs.insert(at, Waiting { seq, len: bytes.len() as u64, bytes: kept });
        1
    }
}
