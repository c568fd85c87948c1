//! What an engine is told before it starts.

use ahash::RandomState;

use crate::analyzers::{Descriptor, REGISTRY};
use crate::balance::{Balance, Decap};
use crate::capture;
use crate::events::Stream;
use crate::files::{self, FileDescriptor, hash};
use crate::flow::LocalNets;

/// Limits on what is held. They hold for each shard alone, so that what happens does not depend on the number of workers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Connections in one shard; the oldest without an answer goes first.
    pub flows_per_shard: u32,
    /// Connections of all shards together: the emergency brake. When it acts, what is reported may depend on the number of
    /// workers, and [`Stats::brakes`](crate::Stats::brakes) tells so.
    pub flows: usize,
    /// Bytes that wait for holes to be filled, of all connections of one shard.
    pub reassembly_per_shard: usize,
    /// Open files in one shard; the oldest goes first.
    pub files_per_shard: u32,
    /// Bytes that the open files of one shard hold: what comes ahead of holes, first bytes until the type is decided,
    /// state of file analyzers.
    pub file_bytes_per_shard: usize,
    /// Bytes that decoders of content hold for whoever listens to content, of all files of one shard. One that needs more
    /// gives up; the file itself goes on.
    pub unpacking_per_shard: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            flows_per_shard: 131_072,
            flows: 8_388_608,
            reassembly_per_shard: 32 * 1024 * 1024,
            files_per_shard: 16_384,
            file_bytes_per_shard: 32 * 1024 * 1024,
            unpacking_per_shard: 32 * 1024 * 1024,
        }
    }
}

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
    /// the site, the filter, the records that are wanted, and limits.
    #[must_use]
    pub fn changed_to(&self, other: &Self) -> Self {
        Self {
            checksums: other.checksums,
            local_nets: other.local_nets.clone(),
            wanted: other.wanted.clone(),
            limits: other.limits.clone(),
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

    /// The hasher of a table.
    pub(crate) fn hasher(&self, table: u64) -> RandomState {
        match self.table_seed {
            Some(seed) => RandomState::with_seeds(seed, table, !seed, 0x5bd1_e995),
            None => RandomState::new(),
        }
    }
}
