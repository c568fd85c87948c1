//! What several of the tests need: packets, captures, and what an engine says of them.

pub mod captures;
pub mod packets;
pub mod random;
pub mod rows;
