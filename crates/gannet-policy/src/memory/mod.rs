//! What policies know beyond the end of a run.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use gannet::{Interval, Timestamp};

/// Time between two times at which what is known is kept.
const EVERY: Interval = Interval::from_secs(3600);
/// What is later than the run's beginning by more than this was written by a clock that was wrong.
const AHEAD: Interval = Interval::from_secs(3600);
/// Nothing lasts longer than a year.
const FARTHEST: Interval = Interval::from_secs(366 * 86_400);

/// The form of what is kept. It is another one with each change of what any policy writes.
pub const VERSION: u32 = 1;

/// Where a policy keeps what it knows for the next run. Clones are the same; by default nothing is kept.
#[derive(Clone, Default)]
pub struct Memory(Option<Arc<Inner>>);

struct Inner {
    /// What the run before has kept.
    before: Mutex<Option<Vec<u8>>>,
    /// When this one begins.
    begin: Timestamp,
    keep: Box<dyn Fn(Vec<u8>) + Send + Sync>,
    refuse: Box<dyn Fn() + Send + Sync>,
}

impl Memory {
    /// With what the run before has kept, at the time of now. `keep` is called from time to time, and at the end, with all that is
    /// known, and must not wait; `refuse` is called if the policy cannot read what there was.
    pub fn new(
        before: Option<Vec<u8>>,
        begin: Timestamp,
        keep: impl Fn(Vec<u8>) + Send + Sync + 'static,
        refuse: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let (keep, refuse) = (Box::new(keep), Box::new(refuse));
        Self(Some(Arc::new(Inner { before: Mutex::new(before), begin, keep, refuse })))
    }

    /// What the run before knew, if `read` finds it whole.
    pub(crate) fn recall<T>(&self, read: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Option<T> {
        let inner = self.0.as_ref()?;
        let before = inner.before.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let mut reader = Reader { rest: &before, latest: inner.begin + AHEAD };
        let known = read(&mut reader).filter(|_| reader.rest.is_empty());
        if known.is_none() {
            (inner.refuse)();
        }
        known
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Memory").field(&self.0.is_some()).finish()
    }
}

/// When what is known is kept.
#[derive(Default)]
pub(crate) struct Keeper {
    memory: Memory,
    next: Option<Timestamp>,
}

impl Keeper {
    pub(crate) fn new(memory: Memory) -> Self {
        Self { memory, next: None }
    }

    /// Keeps what `write` writes, if it is time for that.
    pub(crate) fn look(&mut self, now: Timestamp, write: impl FnOnce(&mut Writer)) {
        if now >= *self.next.get_or_insert(now + EVERY) {
            self.next = Some(now + EVERY);
            self.keep(write);
        }
    }

    /// Keeps it.
    pub(crate) fn keep(&self, write: impl FnOnce(&mut Writer)) {
        if let Some(inner) = &self.memory.0 {
            let mut writer = Writer::default();
            write(&mut writer);
            (inner.keep)(writer.0);
        }
    }
}

/// What is kept, in the making: numbers of eight bytes, the lowest first, and bytes behind their number.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn array<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn time(&mut self, time: Timestamp) {
        self.number(time.nanos().cast_unsigned());
    }

    pub(crate) fn host(&mut self, host: IpAddr) {
        match host {
            IpAddr::V4(host) => self.bytes(&host.octets()),
            IpAddr::V6(host) => self.bytes(&host.octets()),
        }
    }
}

/// Reads what was kept. Whatever it is: a place that is not there gives nothing.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    latest: Timestamp,
}

impl<'a> Reader<'a> {
    pub(crate) fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*first)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(crate) fn time(&mut self) -> Option<Timestamp> {
        self.number().map(|nanos| Timestamp::from_nanos(nanos.cast_signed()))
    }

    /// A time that cannot be later than the run's beginning, and whether it is.
    pub(crate) fn past(&mut self) -> Option<(Timestamp, bool)> {
        self.time().map(|time| (time, time > self.latest))
    }

    /// A time to come, and whether it is too far off.
    pub(crate) fn future(&mut self) -> Option<(Timestamp, bool)> {
        self.time().map(|time| (time, time > self.latest + FARTHEST))
    }

    pub(crate) fn host(&mut self) -> Option<IpAddr> {
        let bytes = self.bytes()?;
        let v4 = bytes.try_into().ok().map(|octets: [u8; 4]| Ipv4Addr::from(octets).into());
        v4.or_else(|| bytes.try_into().ok().map(|octets: [u8; 16]| Ipv6Addr::from(octets).into()))
    }
}
