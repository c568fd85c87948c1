//! What an engine is told before it starts.

use std::hash::{BuildHasher, Hasher};

use ahash::RandomState;

use super::builder::ConfigBuilder;
use crate::analyzers::{Descriptor, REGISTRY};
use crate::balance::{Balance, Decap};
use crate::base::nets::LocalNets;
use crate::base::time::Interval;
use crate::capture;
use crate::events::LogStream;
use crate::files::{self, FileDescriptor, hash};

/// Limits on what is held, and what goes first when one of them is reached.
///
/// Those with `per_shard` in their name hold for each of the 1024 shards alone, so that what happens does not depend on the
/// number of workers, and so that a flood between a few addresses costs nobody else; 1024 of them are the budget of the
/// process. The others are for all shards together: **emergency brakes**, of which each worker has its part. When one acts,
/// what is reported may depend on the number of workers, and [`Stats::brakes`](crate::Stats::brakes) tells so.
///
/// | what is full | what goes first | counted in [`Stats`](crate::Stats), and as a weird |
/// |---|---|---|
/// | connections without an answer | the oldest of them in the shard | `connections_shed` |
/// | connections of a shard | the oldest without an answer, then the oldest of all | `connections_shed` |
/// | memory of a shard's connections | the oldest without an answer, then the analyzers of the connection at hand, then the oldest of all | `connections_shed`, `analyzers_shed` |
/// | memory of one analyzer on one connection | that analyzer | `analyzers_shed` |
/// | bytes behind holes | the direction at hand: its bytes are counted, and analyzed no more | `reassembly_stops`, weird `reassembly_shed` |
/// | incomplete datagrams | the oldest of them in the shard | `datagrams_shed`, weird `fragments_shed` |
/// | open files | the oldest in the shard: its row comes early | `files_shed` |
/// | bytes of decoders | the decoder at hand: only what listens to content misses it | `unpackings_shed`, no weird |
/// | a brake | as above, wherever the packet at hand is | `brakes`, weird `memory_brake` |
///
/// A connection that goes makes no row of its own: the rows in `conn.log` and the connections shed are together all
/// connections that there were. What its analyzers know already they say. An answered connection goes only when its shard
/// has no other left. A weird about a limit appears at most once in ten minutes, however often the limit acts.
///
/// How soon a connection without an answer may go: at two million new ones in a second, spread over all shards, the default
/// keeps each for about a second, which is longer than the way to any server and back. Aimed at one shard (the hash is
/// public) the same flood turns that shard over within a millisecond or two: a new connection there may go before its
/// answer comes, and the rest of it then makes a connection whose beginning was not seen. Other shards do not notice.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Connections in one shard.
    pub flows_per_shard: u32,
    /// Bytes of the connections in one shard that no answer has been seen for: floods and scans are made of them. What they
    /// take in tables and timers is part of it. The default is 2 GiB for all shards together.
    pub half_open_bytes_per_shard: usize,
    /// Bytes of all connections in one shard, what analyzers hold for them included.
    pub connection_bytes_per_shard: usize,
    /// Bytes of the connections of all shards together; a brake.
    pub connection_bytes: usize,
    /// Bytes that one analyzer may hold for one connection, unconsumed bytes included.
    pub analyzer_bytes: usize,
    /// Bytes that wait for holes to be filled, of all connections of one shard.
    pub reassembly_per_shard: usize,
    /// The same for all shards together; a brake.
    pub reassembly_bytes: usize,
    /// Bytes of incomplete IP datagrams in one shard. The default is 1 GiB for all shards together.
    pub fragment_bytes_per_shard: usize,
    /// Open files in one shard.
    pub files_per_shard: u32,
    /// Bytes that the open files of one shard hold: what comes ahead of holes, first bytes until the type is decided,
    /// state of file analyzers.
    pub file_bytes_per_shard: usize,
    /// The same for all shards together; a brake.
    pub file_bytes: usize,
    /// Bytes that decoders of content hold for whoever listens to content, of all files of one shard. One that needs more
    /// gives up; the file itself goes on.
    pub unpacking_per_shard: usize,
}

const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

impl Default for Limits {
    fn default() -> Self {
        Self {
            flows_per_shard: 131_072,
            half_open_bytes_per_shard: 2 * MIB,
            connection_bytes_per_shard: 256 * MIB,
            connection_bytes: 4 * GIB,
            analyzer_bytes: 8 * MIB,
            reassembly_per_shard: 32 * MIB,
            reassembly_bytes: GIB,
            fragment_bytes_per_shard: MIB,
            files_per_shard: 16_384,
            file_bytes_per_shard: 32 * MIB,
            file_bytes: GIB,
            unpacking_per_shard: 32 * MIB,
        }
    }
}

impl Limits {
    /// All of them, with their names.
    pub(super) fn values(&self) -> [(&'static str, usize); 12] {
        let Self {
            flows_per_shard,
            half_open_bytes_per_shard,
            connection_bytes_per_shard,
            connection_bytes,
            analyzer_bytes,
            reassembly_per_shard,
            reassembly_bytes,
            fragment_bytes_per_shard,
            files_per_shard,
            file_bytes_per_shard,
            file_bytes,
            unpacking_per_shard,
        } = *self;
        [
            ("flows_per_shard", flows_per_shard as usize),
            ("half_open_bytes_per_shard", half_open_bytes_per_shard),
            ("connection_bytes_per_shard", connection_bytes_per_shard),
            ("connection_bytes", connection_bytes),
            ("analyzer_bytes", analyzer_bytes),
            ("reassembly_per_shard", reassembly_per_shard),
            ("reassembly_bytes", reassembly_bytes),
            ("fragment_bytes_per_shard", fragment_bytes_per_shard),
            ("files_per_shard", files_per_shard as usize),
            ("file_bytes_per_shard", file_bytes_per_shard),
            ("file_bytes", file_bytes),
            ("unpacking_per_shard", unpacking_per_shard),
        ]
    }
}

/// Configuration of an engine, or of a run of several: made by a [`ConfigBuilder`], which tests it, so that whoever has one
/// has one that works. The default listens to everything, with one worker.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether checksums are verified; packets with wrong ones are counted and otherwise ignored.
    pub(crate) checksums: bool,
    /// The networks of the site.
    pub(crate) local_nets: LocalNets,
    /// Key of the hash that makes connection ids.
    pub(crate) uid_seed: u128,
    /// Names of the records that somebody listens to; all of them if unset.
    pub(crate) wanted: Option<Vec<&'static str>>,
    /// The file analyzers that may run.
    pub(crate) file_analyzers: Vec<&'static FileDescriptor>,
    /// Whether the subscriber wants the content of files.
    pub(crate) contents: bool,
    /// Hashes of file content that are wanted.
    pub(crate) hashes: hash::Wanted,
    /// The analyzers that may run.
    pub(crate) analyzers: Vec<&'static Descriptor>,
    /// Packets that it does not match are counted and otherwise ignored.
    #[cfg(feature = "libpcap")]
    pub(crate) filter: Option<capture::Filter>,
    /// Limits.
    pub(crate) limits: Limits,
    /// What decides which shard a packet belongs to.
    pub(crate) balance: Balance,
    /// Tunnels to be opened, whose inner packets are analysed, filtered and balanced as if they had been captured alone.
    pub(crate) decap: Vec<Decap>,
    /// Ages at which a connection makes an interim record ([`ConnLong`](crate::flow::ConnLong)), in ascending order; the last
    /// one is repeated. None if empty. Ages below a second count as one.
    pub(crate) long_connections: Vec<Interval>,
    /// Worker threads; 1 works on the caller's thread.
    pub(crate) workers: usize,
    /// Most packets in a batch.
    pub(crate) batch: usize,
    /// Batches that may wait for a worker.
    pub(crate) queue: usize,
    /// For tests: seed of every hash table inside a worker; random if unset. Nothing that is reported may depend on it.
    pub(crate) table_seed: Option<u64>,
    /// For tests: threads yield at random, after this seed.
    pub(crate) yield_seed: Option<u64>,
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

    /// Begins with the default.
    pub fn builder() -> ConfigBuilder {
        Self::default().rebuild()
    }

    /// Begins with what this one says, for another one.
    pub fn rebuild(&self) -> ConfigBuilder {
        ConfigBuilder::new(self.clone())
    }

    /// Whether records of this kind are listened to.
    pub fn wants(&self, stream: &LogStream) -> bool {
        self.wanted.as_ref().is_none_or(|names| names.contains(&stream.name))
    }

    /// Names of the kinds of records that are listened to; all kinds if unset.
    pub fn wanted(&self) -> Option<&[&'static str]> {
        self.wanted.as_deref()
    }

    /// Worker threads of a run.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Most packets in a batch.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Whether checksums are verified.
    pub fn checksums(&self) -> bool {
        self.checksums
    }

    /// Limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What decides which shard a packet belongs to.
    pub fn balance(&self) -> Balance {
        self.balance
    }

    /// Tunnels that are opened.
    pub fn decap(&self) -> &[Decap] {
        &self.decap
    }

    /// Hashes of file content that are wanted.
    pub fn hashes(&self) -> hash::Wanted {
        self.hashes
    }

    /// Ages at which a connection makes an interim record.
    pub fn long_connections(&self) -> &[Interval] {
        &self.long_connections
    }

    /// Packets that it does not match are counted and otherwise ignored.
    #[cfg(feature = "libpcap")]
    pub fn filter(&self) -> Option<&capture::Filter> {
        self.filter.as_ref()
    }

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
