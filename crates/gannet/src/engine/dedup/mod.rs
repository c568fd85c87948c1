//! Drops repeats: records that may appear once only within a time, over all shards.

use std::collections::VecDeque;

use ahash::RandomState;
use hashbrown::HashSet;

use super::config::Config;
use crate::base::time::{Interval, Timestamp};
use crate::events::{Event, FileMeta, Interest, Meta, Once, Piece, Subscriber};

/// Remembers the limits of records that were kept, each for its time to live on the capture's clock.
///
/// A limit ends exactly at its time to live: a record at that very time is kept again. (Zeek looks for ended limits
/// every ten seconds, so its limits may last that much longer.) Takes no memory before the first limit.
pub(crate) struct Dedup {
    seen: HashSet<u128, RandomState>,
    /// One queue for each time to live, so that each is in order of time: few, since they come from code.
    queues: Vec<Queue>,
    clock: Timestamp,
    cap: usize,
    #[cfg(test)]
    evicted: u64,
    #[cfg(test)]
    suppressed: u64,
}

struct Queue {
    ttl: Interval,
    /// When it was kept, and its key.
    kept: VecDeque<(Timestamp, u128)>,
}

impl Dedup {
    /// Limits remembered at most, unless set otherwise: about 64 MiB.
    pub(crate) const CAP: usize = 1 << 20;

    /// Remembers nothing yet, and at most [`Dedup::CAP`] limits.
    pub(crate) fn new(config: &Config) -> Self {
        Self::with_cap(config.settings().hasher(8), Self::CAP)
    }

    /// Remembers at most `cap` limits; when there are more, the oldest are forgotten first.
    fn with_cap(hasher: RandomState, cap: usize) -> Self {
        Self {
            seen: HashSet::with_hasher(hasher),
            queues: Vec::new(),
            clock: Timestamp::from_nanos(i64::MIN),
            cap,
            #[cfg(test)]
            evicted: 0,
            #[cfg(test)]
            suppressed: 0,
        }
    }

    /// Whether a record with these limits may be handed on now.
    ///
    /// Tests them in order; only if all allow it, all are remembered. A time before that of an earlier call counts as
    /// that earlier time.
    pub(crate) fn admit(&mut self, now: Timestamp, once: &[Once]) -> bool {
        if once.is_empty() {
            return true;
        }
        self.clock = self.clock.max(now);
        self.expire();
        if once.iter().any(|limit| self.seen.contains(&limit.key)) {
            #[cfg(test)]
            {
                self.suppressed += 1;
            }
            return false;
        }
        for limit in once {
            self.remember(limit);
        }
        true
    }

    /// Limits that are remembered.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none is remembered.
    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Limits that were forgotten early for want of room.
    #[cfg(test)]
    fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Rows that were not admitted.
    #[cfg(test)]
    fn suppressed(&self) -> u64 {
        self.suppressed
    }

    fn remember(&mut self, limit: &Once) {
        // A limit named twice by one row counts once.
        if limit.ttl <= Interval::ZERO || !self.seen.insert(limit.key) {
            return;
        }
        let entry = (self.clock, limit.key);
        match self.queues.iter_mut().find(|queue| queue.ttl == limit.ttl) {
            Some(queue) => queue.kept.push_back(entry),
            None => self.queues.push(Queue { ttl: limit.ttl, kept: VecDeque::from([entry]) }),
        }
        while self.seen.len() > self.cap {
            self.evict();
        }
    }

    fn expire(&mut self) {
        for queue in &mut self.queues {
            while let Some(&(kept, key)) = queue.kept.front()
                && self.clock - kept >= queue.ttl
            {
                queue.kept.pop_front();
                self.seen.remove(&key);
            }
        }
    }

    /// Forgets the oldest.
    fn evict(&mut self) {
        let front = |queue: &Queue| queue.kept.front().map_or(Timestamp::MAX, |&(kept, _)| kept);
        let Some(queue) = self.queues.iter_mut().min_by_key(|queue| front(queue)) else { return };
        if let Some((_, key)) = queue.kept.pop_front() {
            self.seen.remove(&key);
            #[cfg(test)]
            {
                self.evicted += 1;
            }
        }
    }
}

/// A subscriber behind the limits: repeats do not come to it.
pub(super) struct Limited<'a> {
    pub(super) dedup: &'a mut Dedup,
    pub(super) inner: &'a mut dyn Subscriber,
}

impl Subscriber for Limited<'_> {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        if self.dedup.admit(meta.key.now, meta.once) {
            self.inner.event(meta, event);
        }
    }

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        self.inner.content(file, piece);
    }

    fn decide(&mut self, file: &FileMeta<'_>, first: &[u8]) -> Interest {
        self.inner.decide(file, first)
    }
}

#[cfg(test)]
mod tests;
