//! Connections: their key, their table, their timers, what is counted for them and what is said of them at their end.

mod budget;
pub mod community;
mod conn;
mod expiry;
mod frag;
mod history;
mod icmp;
mod key;
mod local;
mod network;
mod ports;
mod record;
mod report;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod timer;
mod tracker;
mod transport;
mod tunnel;
mod uid;

pub use local::{LocalNets, NetError};
pub use record::{AnalyzerFailure, Conn, ConnLong};
pub use tunnel::Tunnel;

pub(crate) use budget::{Room, ShardBudget, Shed};
pub(crate) use conn::{Asleep, Core, Pair, transport_name};
pub(crate) use history::{History, Scaled, case, mark};
pub(crate) use key::Addr;
pub(crate) use ports::patient;
pub(crate) use state::{EndPhase, Out, State, Wants};
pub(crate) use timer::{Timer, TimerKind};
pub(crate) use tracker::{Arrival, Tracker};
pub(crate) use uid::DEFAULT_SEED;
