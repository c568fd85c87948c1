//! What may be held, and what goes first when there is too much.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// Limits on what is held, and what goes first when one of them is reached.
///
/// **A limit bites when memory is short.** `half_open_bytes`, `connection_bytes`, `reassembly_bytes`, `fragment_bytes`,
/// `file_bytes` and `unpacking_bytes` are for all shards of all workers of a run together. As long as the whole is within
/// them, nothing is given up, however busy one shard is: two hosts between which everything goes (a relay, a resolver, a
/// scan) are one shard, and may take what they need. So rows do not depend on the number of workers.
///
/// When the whole is exhausted, those pay who hold most. Each shard has a share of 1/1024 that it keeps: if the shard of the
/// packet at hand holds more than that, what is in the table below goes in this shard; otherwise it goes in the shard that
/// holds most (of those of the worker that has the packet). Only an eighth above the limit a share protects no more. From
/// then on what is reported may depend on the number of workers, which each worker's part of the traffic decides, and
/// [`Shedding::brakes`](crate::Shedding::brakes) tells how often that was. Workers tell one another what they hold in steps
/// of 64 KiB: by so much for each worker the whole may be larger.
///
/// | what is full | what goes first | counted in [`Stats`](crate::Stats), and as a weird |
/// |---|---|---|
/// | connections without an answer | the oldest of them | `connections_shed` |
/// | memory of all connections | the oldest without an answer, then the analyzers of the connection at hand, then the oldest of all | `connections_shed`, `analyzers_shed` |
/// | memory of one analyzer on one connection | that analyzer | `analyzers_shed` |
/// | bytes behind holes | the direction at hand: its bytes are counted, and analyzed no more | `reassembly_stops`, weird `reassembly_shed` |
/// | incomplete datagrams | the oldest of them | `datagrams_shed`, weird `fragments_shed` |
/// | open files | the oldest: its row comes early | `files_shed` |
/// | bytes of decoders | the decoder at hand: only what listens to content misses it | `unpackings_shed`, no weird |
/// | any of these, for all shards together | as above | `brakes`, weird `memory_brake` |
///
/// Of what can only be stopped where it is (bytes behind holes, decoders), nothing goes in another shard.
///
/// Limits with `per_shard` in their name are **off** (the largest number there is) unless they are set. One that is set
/// holds for each of the 1024 shards alone, whatever room there is, and gives up the same in that shard for any number of
/// workers. It costs a busy shard rows that there is room for.
///
/// A connection that goes makes no row of its own: the rows in `conn.log` and the connections shed are together all
/// connections that there were. What its analyzers know already they say. An answered connection goes only when its shard
/// has no other left. A weird about a limit appears at most once in ten minutes, however often the limit acts.
///
/// How soon a connection without an answer may go: at two million new ones in a second, the default keeps each for some
/// seconds, which is longer than the way to any server and back. If all of them are aimed at one shard (the hash is public),
/// that shard pays, and the connections of others stay.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Connections in one shard; off by default.
    pub flows_per_shard: u32,
    /// Bytes of the connections that no answer has been seen for: floods and scans are made of them. What they take in tables
    /// and timers is part of it. The last 1024 of a worker take more than is counted, less than a megabyte together.
    pub half_open_bytes: usize,
    /// The same for one shard alone; off by default.
    pub half_open_bytes_per_shard: usize,
    /// Bytes of all connections, what analyzers hold for them included.
    pub connection_bytes: usize,
    /// The same for one shard alone; off by default.
    pub connection_bytes_per_shard: usize,
    /// Bytes that one analyzer may hold for one connection, unconsumed bytes included.
    pub analyzer_bytes: usize,
    /// Bytes that wait for holes to be filled, of all connections.
    pub reassembly_bytes: usize,
    /// The same for one shard alone; off by default.
    pub reassembly_per_shard: usize,
    /// Bytes of incomplete IP datagrams.
    pub fragment_bytes: usize,
    /// The same for one shard alone; off by default.
    pub fragment_bytes_per_shard: usize,
    /// Open files in one shard; off by default.
    pub files_per_shard: u32,
    /// Bytes that open files hold: the files themselves, what comes ahead of holes, first bytes until the type is decided,
    /// state of file analyzers.
    pub file_bytes: usize,
    /// The same for one shard alone; off by default.
    pub file_bytes_per_shard: usize,
    /// Bytes that decoders of content hold for whoever listens to content, of all files. One that needs more gives up; the
    /// file itself goes on.
    pub unpacking_bytes: usize,
    /// The same for one shard alone; off by default.
    pub unpacking_per_shard: usize,
}

const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

impl Default for Limits {
    fn default() -> Self {
        Self {
            flows_per_shard: u32::MAX,
            half_open_bytes: 2 * GIB,
            half_open_bytes_per_shard: usize::MAX,
            connection_bytes: 4 * GIB,
            connection_bytes_per_shard: usize::MAX,
            analyzer_bytes: 8 * MIB,
            reassembly_bytes: GIB,
            reassembly_per_shard: usize::MAX,
            fragment_bytes: GIB,
            fragment_bytes_per_shard: usize::MAX,
            files_per_shard: u32::MAX,
            file_bytes: GIB,
            file_bytes_per_shard: usize::MAX,
            unpacking_bytes: GIB,
            unpacking_per_shard: usize::MAX,
        }
    }
}

impl Limits {
    /// All of them, with their names.
    pub(crate) fn values(&self) -> [(&'static str, usize); 15] {
        let Self {
            flows_per_shard,
            half_open_bytes,
            half_open_bytes_per_shard,
            connection_bytes,
            connection_bytes_per_shard,
            analyzer_bytes,
            reassembly_bytes,
            reassembly_per_shard,
            fragment_bytes,
            fragment_bytes_per_shard,
            files_per_shard,
            file_bytes,
            file_bytes_per_shard,
            unpacking_bytes,
            unpacking_per_shard,
        } = *self;
        [
            ("flows_per_shard", flows_per_shard as usize),
            ("half_open_bytes", half_open_bytes),
            ("half_open_bytes_per_shard", half_open_bytes_per_shard),
            ("connection_bytes", connection_bytes),
            ("connection_bytes_per_shard", connection_bytes_per_shard),
            ("analyzer_bytes", analyzer_bytes),
            ("reassembly_bytes", reassembly_bytes),
            ("reassembly_per_shard", reassembly_per_shard),
            ("fragment_bytes", fragment_bytes),
            ("fragment_bytes_per_shard", fragment_bytes_per_shard),
            ("files_per_shard", files_per_shard as usize),
            ("file_bytes", file_bytes),
            ("file_bytes_per_shard", file_bytes_per_shard),
            ("unpacking_bytes", unpacking_bytes),
            ("unpacking_per_shard", unpacking_per_shard),
        ]
    }

    /// Connections without an answer: for one shard, and for all.
    pub(crate) fn half_open(&self) -> Bounds {
        Bounds { shard: self.half_open_bytes_per_shard, whole: self.half_open_bytes }
    }

    /// All connections.
    pub(crate) fn connections(&self) -> Bounds {
        Bounds { shard: self.connection_bytes_per_shard, whole: self.connection_bytes }
    }

    /// Bytes behind holes.
    pub(crate) fn reassembly(&self) -> Bounds {
        Bounds { shard: self.reassembly_per_shard, whole: self.reassembly_bytes }
    }

    /// Incomplete datagrams.
    pub(crate) fn fragments(&self) -> Bounds {
        Bounds { shard: self.fragment_bytes_per_shard, whole: self.fragment_bytes }
    }

    /// Open files.
    pub(crate) fn files(&self) -> Bounds {
        Bounds { shard: self.file_bytes_per_shard, whole: self.file_bytes }
    }

    /// Decoders of content.
    pub(crate) fn unpacking(&self) -> Bounds {
        Bounds { shard: self.unpacking_per_shard, whole: self.unpacking_bytes }
    }
}

/// Limits of one kind of memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Of one shard alone, whatever room there is.
    pub(crate) shard: usize,
    /// Of all shards together.
    pub(crate) whole: usize,
}

/// What the engines of a run hold together of one kind.
pub(crate) type Total = Arc<AtomicUsize>;

/// What the engines of a run hold together: the only thing that they share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) half_open: Total,
    pub(crate) connections: Total,
    pub(crate) reassembly: Total,
    pub(crate) fragments: Total,
    pub(crate) files: Total,
    pub(crate) unpacking: Total,
}
