//! Tunnels: what carries a packet, level by level, and what is said of it.

mod beyond;
mod fold;
mod gre;
mod gtp;
mod level;
mod pairs;
#[cfg(test)]
mod tests;
mod udp;

pub(crate) use fold::{TUNNELS, over, seen};
pub(crate) use gre::{What, gre};
pub(crate) use level::{Encap, Inner, Level, MAX_CHANGES, UdpState};
pub(crate) use pairs::Tunnels;
pub(crate) use udp::{Fit, exact, unwrap};
