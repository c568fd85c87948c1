//! Tests of the logs as a whole, in one binary.

mod serde;
