//! What of the traffic was not seen, as its own acknowledgements tell.

use super::record;
use crate::base::time::{Interval, Timestamp};

record! {
    /// How much of what a worker did not see, by what the traffic's own acknowledgements say.
    pub struct CaptureLoss in "capture_loss" {
        /// When it was measured.
        ts: Timestamp,
        /// Time since the measurement before.
        ts_delta: Interval,
        /// The worker, such as `worker-1`.
        peer: String,
        /// Acknowledgements of bytes that were never seen.
        gaps: u64,
        /// Acknowledgements.
        acks: u64,
        /// Share of gaps among the acknowledgements, in percent.
        percent_lost: f64,
    }
}
