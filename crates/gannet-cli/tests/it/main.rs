//! Tests of the `gannet` program as its users run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod archive;
mod conform;
mod extract;
mod filters;
mod golden;
mod help;
mod input;
mod insight;
mod interrupt;
mod line;
mod live;
mod live_archive;
mod live_doctor;
mod live_life;
mod live_logs;
mod logs;
mod options;
mod output;
mod packets;
#[cfg(feature = "parquet")]
mod parquet;
mod readers;
mod run;
mod syslog;
mod window;
mod zeromq;
