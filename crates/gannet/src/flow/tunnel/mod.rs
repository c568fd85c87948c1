//! Tunnels: what carries a packet, level by level, and what is said of it.

mod active;
mod discover;
mod gre;
mod gtp;
mod level;
#[cfg(test)]
mod tests;
mod udp;

pub(crate) use active::Tunnels;
pub(crate) use gre::{What, gre};
pub(crate) use level::{Encap, Inner, Level, MAX_CHANGES, UdpState};
pub(crate) use udp::{Fit, exact, unwrap};
