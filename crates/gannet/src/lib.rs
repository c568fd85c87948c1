//! Gannet: packets in, typed events out.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod capture;
pub mod events;
pub mod flow;
mod time;

pub use time::{Interval, Timestamp};
