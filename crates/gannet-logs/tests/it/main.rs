//! Tests of the logs as a whole, in one binary.

mod examples;
mod serde;
