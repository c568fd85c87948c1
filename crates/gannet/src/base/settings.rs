//! What the stages are told of the configuration: nobody below the engine needs more.

use std::hash::{BuildHasher, Hasher};

use ahash::RandomState;

use super::limits::{Limits, Totals};
use super::nets::LocalNets;
use super::time::Interval;

/// The part of a configuration that every stage may need.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Whether checksums are verified.
    pub(crate) checksums: bool,
    /// The networks of the site.
    pub(crate) local_nets: LocalNets,
    /// Whether more services than Zeek's are asked for.
    pub(crate) more: bool,
    /// Whether more tunnels than Zeek's are looked into.
    pub(crate) more_tunnels: bool,
    /// Whether packets that could not be decoded are traced.
    pub(crate) trace_undecoded: bool,
    /// Whether more answers of DNS than Zeek's are shown.
    pub(crate) more_answers: bool,
    /// Key of the hash that makes ids.
    pub(crate) uid_seed: u128,
    /// Ages at which a connection makes an interim record, ascending.
    pub(crate) long_connections: Vec<Interval>,
    /// How long a segment may wait for what it acknowledges; not at all if zero.
    pub(crate) reorder: Interval,
    pub(crate) limits: Limits,
    /// What the engines of the run hold together.
    pub(crate) totals: Totals,
    /// Seed of the hash tables; random if unset.
    pub(crate) table_seed: Option<u64>,
    /// Connections without an answer that are not packed.
    pub(crate) young: usize,
}

impl Settings {
    /// The hasher of a table.
    pub(crate) fn hasher(&self, table: u64) -> RandomState {
        match self.table_seed {
            Some(seed) => RandomState::with_seeds(seed, table, !seed, 0x5bd1_e995),
            None => RandomState::with_seeds(random(), random(), random(), random()),
        }
    }
}

/// A number that nobody can foresee: keys of tables come from the wire.
fn random() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}
