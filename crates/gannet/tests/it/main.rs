//! The engine seen from outside: one binary for all tests that need more than one module of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines
)]

mod alloc;
mod busy;
mod contents;
mod examples;
mod identity;
mod lab;
mod subscriptions;
mod support;
mod tidy;
mod traffic;
