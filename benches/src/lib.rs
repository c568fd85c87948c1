//! What the benchmarks share: a clock, packets from captures, packets made by hand, and subscribers that count.

pub mod count;
pub mod measure;
pub mod packets;
pub mod wire;
