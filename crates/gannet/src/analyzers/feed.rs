//! One direction's bytes on the way to an analyzer: what it has not consumed, and what it waits for.

use memchr::memchr;

use super::terms::Progress;

/// What an analyzer waits for in one direction; there are many of these, and no tail is as long as their numbers may say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Wait {
    #[default]
    Nothing,
    Bytes(u32),
    Byte {
        byte: u8,
        max: u32,
        searched: u32,
    },
}

/// A length of bytes, as it is kept.
fn narrow(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl Wait {
    /// So many bytes are needed.
    pub(super) fn bytes(need: usize) -> Self {
        Self::Bytes(narrow(need))
    }

    /// A byte is needed among the first `max`, and is not among those that were searched.
    pub(super) fn byte(byte: u8, max: usize, searched: usize) -> Self {
        Self::Byte { byte, max: narrow(max), searched: narrow(searched) }
    }
}

/// One direction's bytes.
#[derive(Debug, Default)]
pub(super) struct Feed {
    pub(super) tail: Vec<u8>,
    pub(super) wait: Wait,
    /// Bytes that are not shown.
    pub(super) skip: u64,
    pub(super) done: bool,
    pub(super) ended: bool,
}

/// The unit at hand is longer than what is kept.
pub(super) struct TooLong;

impl Feed {
    /// Drops what is not to be shown from the front.
    pub(super) fn pass<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let skipped = self.skip.min(bytes.len() as u64);
        self.skip -= skipped;
        bytes.get(skipped as usize..).unwrap_or_default()
    }

    /// The part of a gap that is not in what is not to be shown anyway.
    pub(super) fn pass_gap(&mut self, len: u64) -> u64 {
        let skipped = self.skip.min(len);
        self.skip -= skipped;
        len - skipped
    }

    /// Takes the tail with more behind it, if that is what was waited for; otherwise keeps it.
    pub(super) fn join(&mut self, bytes: &[u8], max_tail: usize) -> Result<Option<Vec<u8>>, TooLong> {
        let mut tail = std::mem::take(&mut self.tail);
        tail.extend_from_slice(bytes);
        let ready = match &mut self.wait {
            Wait::Nothing => true,
            Wait::Bytes(need) => tail.len() >= *need as usize,
            Wait::Byte { byte, max, searched } => {
                let found = memchr(*byte, tail.get(*searched as usize..).unwrap_or_default()).is_some();
                *searched = narrow(tail.len());
                found || tail.len() > *max as usize
            }
        };
        if ready {
            return Ok(Some(tail));
        }
        if tail.len() > max_tail {
            return Err(TooLong);
        }
        self.tail = tail;
        Ok(None)
    }

    /// Keeps what was not consumed, within the limit.
    pub(super) fn keep(&mut self, rest: &[u8], max_tail: usize) -> Result<(), TooLong> {
        let limit = match self.wait {
            Wait::Byte { max, .. } => (max as usize).min(max_tail),
            Wait::Nothing | Wait::Bytes(_) => max_tail,
        };
        if rest.len() > limit {
            return Err(TooLong);
        }
        self.tail.clear();
        self.tail.extend_from_slice(rest);
        Ok(())
    }

    /// Acts on what an analyzer says at a gap; the reason, if it is a violation.
    pub(super) fn after_gap(&mut self, progress: Progress) -> Option<&'static str> {
        match progress {
            Progress::Consumed(0) => {}
            Progress::Consumed(n) => {
                self.tail.drain(..n.min(self.tail.len()));
                self.wait = Wait::Nothing;
            }
            Progress::Need(n) => self.wait = Wait::bytes(n),
            Progress::Until { byte, max } => self.wait = Wait::byte(byte, max, 0),
            Progress::Skip(n) => {
                self.tail.clear();
                self.wait = Wait::Nothing;
                self.skip = n;
            }
            Progress::Done => self.done = true,
            Progress::Violation(reason) => {
                self.done = true;
                return Some(reason);
            }
        }
        None
    }
}
