//! The engine seen from outside: one binary for all tests that need more than one module of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines
)]

mod alloc;
mod apart;
mod busy;
mod contents;
mod contract;
#[cfg(feature = "libpcap")]
mod decap;
mod examples;
mod face;
mod folds;
mod identity;
mod lab;
#[cfg(feature = "libpcap")]
mod layers;
mod live;
mod probes;
mod record;
mod records;
#[cfg(all(feature = "afpacket", feature = "libpcap", target_os = "linux"))]
mod ring;
mod room;
mod subscriptions;
mod support;
mod tidy;
mod traffic;
mod tunnels;
mod watching;
