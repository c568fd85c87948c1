//! What waits of a connection: segments that acknowledge what has not been seen yet, and those behind them.

use std::collections::VecDeque;

use crate::base::direction::Direction;
use crate::base::time::Timestamp;
use crate::decode::transport::TcpHeader;

/// What waits of a connection.
#[derive(Default)]
pub(crate) struct Early {
    pub(super) waiting: VecDeque<Waiting>,
    /// Bytes of memory that are on the books for it.
    pub(super) charged: usize,
    /// When a timer is due that looks at it.
    pub(super) due: Option<Timestamp>,
    /// How often it waited in vain.
    pub(super) vain: u8,
}

/// A segment that waits.
pub(super) struct Waiting {
    pub(super) header: TcpHeader,
    /// It came from the lower end of the connection's key.
    pub(super) from_low: bool,
    pub(super) options: Vec<u8>,
    pub(super) payload: Vec<u8>,
    pub(super) len: usize,
    /// What its IP header says is its length.
    pub(super) total: u32,
    /// Its own time, and the clock when it came.
    pub(super) ts: Timestamp,
    pub(super) came: Timestamp,
}

impl Waiting {
    /// Its direction, by whether the originator is the lower end.
    pub(super) fn dir(&self, orig_is_low: bool) -> Direction {
        if self.from_low == orig_is_low { Direction::Orig } else { Direction::Resp }
    }

    /// Bytes of memory that it takes.
    pub(super) fn held(&self) -> usize {
        size_of::<Self>() + self.options.capacity() + self.payload.capacity()
    }
}

impl Early {
    /// Whether anything waits.
    pub(super) fn is_busy(&self) -> bool {
        !self.waiting.is_empty()
    }
}
