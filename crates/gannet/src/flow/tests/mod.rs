//! Connections: which packets make one, who is its originator, when it ends, and what is said of it.

mod fields;
mod fragments;
mod icmp;
mod limits;
mod long;
mod originator;
mod parts;
mod reuse;
mod timers;
