//! Gannet: packets in, typed events out.
//!
//! The folders of this crate are the stages of a packet's path, in this order: [`capture`] → balance → decode → [`flow`] →
//! stream → [`analyzers`] → [`files`] → [`events`]. Under them are base (time, keys, limits) and worker (what belongs to one
//! thread: clock, timers, counters); what parsers of several protocols need is in [`parsers`]. An [`Engine`] is one worker's
//! worth of all that, on the caller's thread; [`run`] drives several of them over a source and brings their records into
//! one order.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::too_many_lines
    )
)]

pub mod analyzers;
mod balance;
mod base;
pub mod capture;
mod decode;
mod engine;
pub mod events;
pub mod files;
pub mod flow;
pub mod parsers;
mod stream;
#[cfg(test)]
mod testing;
mod worker;

pub use balance::{Balance, Decap};
pub use base::limits::Limits;
pub use base::packet::LinkType;
pub use base::shard::SHARDS;
pub use base::time::{Interval, Timestamp};
pub use capture::PacketSource;
#[doc(hidden)]
pub use decode::{Outline, outline};
#[doc(hidden)]
pub use engine::TestKnobs;
pub use engine::{
    Config, ConfigBuilder, ConfigError, Control, Edge, Engine, Entry, Headway, Output, Report, RunError,
    Summary, WorkerId, WorkerReport, each, run, run_live, streams,
};
#[cfg(feature = "serde")]
#[doc(hidden)]
pub use serde;
pub use worker::budget::{Shed, Shedding};
pub use worker::stats::Stats;
pub use worker::undecoded::Undecoded;

/// The README's examples are compiled with the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So is the worked example of the map.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Map;
