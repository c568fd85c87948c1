//! Tests of the `gannet` program as its users run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod conform;
mod golden;
mod input;
mod interrupt;
mod live;
mod live_life;
mod live_logs;
mod options;
mod output;
mod run;
