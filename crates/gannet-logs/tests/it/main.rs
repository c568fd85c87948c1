//! Tests of the logs as a whole, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod examples;
mod killed;
mod live_disk;
mod serde;
mod syslog;
mod zeromq;
