//! What an engine is told before it starts.

use crate::analyzers::{Descriptor, REGISTRY};
use crate::balance::{Balance, Decap};
use crate::base::limits::Limits;
use crate::base::nets::LocalNets;
use crate::base::settings::Settings;
use crate::base::time::Interval;
use crate::capture;
use crate::events::Stream;
use crate::files::{self, FileDescriptor, FileInfo, Interests, hash};
use crate::worker::state::Wants;

/// Configuration of an engine, or of a run of several.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Whether checksums are verified; packets with wrong ones are counted and otherwise ignored.
    pub checksums: bool,
    /// The networks of the site.
    pub local_nets: LocalNets,
    /// Key of the hash that makes connection ids.
    pub uid_seed: u128,
    /// Names of the records that somebody listens to; all of them if unset.
    pub wanted: Option<Vec<&'static str>>,
    /// The file analyzers that may run.
    pub file_analyzers: Vec<&'static FileDescriptor>,
    /// Whether the handler wants the content of files.
    pub contents: bool,
    /// Hashes of file content that are wanted.
    pub hashes: hash::Wanted,
    /// The analyzers that may run.
    pub analyzers: Vec<&'static Descriptor>,
    /// Packets that it does not match are counted and otherwise ignored.
    #[cfg(feature = "libpcap")]
    pub filter: Option<capture::Filter>,
    /// Limits.
    pub limits: Limits,
    /// What decides which shard a packet belongs to.
    pub balance: Balance,
    /// Tunnels to be opened, whose inner packets are analysed, filtered and balanced as if they had been captured alone.
    pub decap: Vec<Decap>,
    /// Ages at which a connection makes an interim record ([`ConnLong`](crate::flow::ConnLong)), in ascending order; the last
    /// one is repeated. None if empty. Ages below a second count as one.
    pub long_connections: Vec<Interval>,
    /// Worker threads; 1 works on the caller's thread.
    pub workers: usize,
    /// Most packets in a batch.
    pub batch: usize,
    /// Batches that may wait for a worker.
    pub queue: usize,
    /// Seed of every hash table inside a worker; random if unset. Nothing that is reported may depend on it.
    pub table_seed: Option<u64>,
    /// For tests: threads yield at random, after this seed.
    pub yield_seed: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            checksums: true,
            local_nets: LocalNets::default(),
            uid_seed: crate::flow::DEFAULT_SEED,
            wanted: None,
            file_analyzers: files::REGISTRY.to_vec(),
            contents: false,
            hashes: hash::Wanted::default(),
            analyzers: REGISTRY.to_vec(),
            #[cfg(feature = "libpcap")]
            filter: None,
            limits: Limits::default(),
            balance: Balance::Pair,
            decap: Vec::new(),
            long_connections: Vec::new(),
            workers: 1,
            batch: capture::DEFAULT_BATCH,
            queue: 4,
            table_seed: None,
            yield_seed: None,
        }
    }
}

impl Config {
    /// This configuration, with those parts of another one that can change while a run goes on: checksums, the networks of
    /// the site, the filter, the records that are wanted, limits, and ages of connections.
    #[must_use]
    pub fn changed_to(&self, other: &Self) -> Self {
        Self {
            checksums: other.checksums,
            local_nets: other.local_nets.clone(),
            wanted: other.wanted.clone(),
            limits: other.limits.clone(),
            long_connections: other.long_connections.clone(),
            #[cfg(feature = "libpcap")]
            filter: other.filter.clone(),
            ..self.clone()
        }
    }

    /// Listen to records of this kind too. The first call ends listening to all of them.
    pub fn listen(&mut self, stream: &'static Stream) -> &mut Self {
        self.wanted.get_or_insert_default().push(stream.name);
        self
    }

    /// What the stages are told of it.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            checksums: self.checksums,
            local_nets: self.local_nets.clone(),
            uid_seed: self.uid_seed,
            long_connections: self.long_connections.clone(),
            limits: self.limits.clone(),
            workers: self.workers,
            table_seed: self.table_seed,
        }
    }

    /// The kinds of records that somebody listens to.
    pub(crate) fn wants(&self) -> Wants {
        Wants::new(self.wanted.clone())
    }

    /// What is wanted of files.
    pub(crate) fn interests(&self) -> Interests {
        let wants = self.wants();
        let listened = |d: &&'static FileDescriptor| d.records.iter().any(|s: &&'static Stream| wants.has(s));
        Interests {
            any: wants.has(FileInfo::STREAM) || self.contents || self.file_analyzers.iter().any(listened),
            contents: self.contents,
            hashes: self.hashes,
            analyzers: self.file_analyzers.clone(),
        }
    }
}
