//! Connections: their table, what is counted for them, what wishes of analyzers are granted, and what is said of them at
//! their end.

mod ahead;
mod arrival;
mod birth;
pub mod community;
mod conn;
mod cost;
mod early;
mod expect;
mod expiry;
mod frag;
mod grant;
mod hand;
mod icmp;
mod links;
mod lot;
mod network;
mod pack;
mod ports;
mod record;
mod reorder;
mod report;
mod route;
mod shed;
mod slab;
mod table;
#[cfg(test)]
mod tests;
mod tracker;
mod transport;
mod tunnel;
mod uid;

pub use crate::analyzers::AnalyzerFailure;
pub use crate::base::nets::{LocalNets, NetError};
pub use crate::events::tunnel::{Tunnel, TunnelKind};
pub use record::{Conn, OpenConn};

pub(crate) use ahead::Ahead;
pub(crate) use arrival::Arrival;
pub(crate) use lot::{Lot, Outlet};
pub(crate) use table::YOUNG;
pub(crate) use tracker::Tracker;
pub(crate) use tunnel::TUNNELS;
pub(crate) use uid::DEFAULT_SEED;
