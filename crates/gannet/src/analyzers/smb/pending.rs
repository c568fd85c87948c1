//! What is kept of requests until their replies come.

use super::table::Table;

/// Requests of one kind without a reply of which something is kept; if there are more, all is forgotten.
const MAX_OPEN: usize = 1000;

/// What is kept of requests of version 1 until their replies come, by their numbers.
pub(super) struct PendingV1 {
    /// Where a reading begins.
    pub(super) reads: Table<u64>,
    /// Whether a transaction is with a pipe.
    pub(super) transactions: Table<bool>,
}

impl Default for PendingV1 {
    fn default() -> Self {
        Self { reads: Table::new(MAX_OPEN), transactions: Table::new(MAX_OPEN) }
    }
}

impl PendingV1 {
    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.reads.held() + self.transactions.held()
    }
}

/// What is kept of requests of version 2 until their replies come, by their numbers.
pub(super) struct PendingV2 {
    /// The share of each.
    pub(super) trees: Table<u32>,
    /// Where a reading begins, and of which file.
    pub(super) reads: Table<(u64, u64)>,
    /// The file of each request to a device.
    pub(super) ioctls: Table<u64>,
}

impl Default for PendingV2 {
    fn default() -> Self {
        Self { trees: Table::new(MAX_OPEN), reads: Table::new(MAX_OPEN), ioctls: Table::new(MAX_OPEN) }
    }
}

impl PendingV2 {
    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        self.trees.held() + self.reads.held() + self.ioctls.held()
    }
}
