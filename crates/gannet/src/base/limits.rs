//! What may be held, and what goes first when there is too much.

/// Limits on what is held, and what goes first when one of them is reached.
///
/// Those with `per_shard` in their name hold for each of the 1024 shards alone, so that what happens does not depend on the
/// number of workers, and so that a flood between a few addresses costs nobody else; 1024 of them are the budget of the
/// process. The others are for all shards together: **emergency brakes**, of which each worker has its part. When one acts,
/// what is reported may depend on the number of workers, and [`Shedding::brakes`](crate::Shedding::brakes) tells so.
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
    pub(crate) fn values(&self) -> [(&'static str, usize); 12] {
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
