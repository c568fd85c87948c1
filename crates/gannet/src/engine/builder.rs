//! Making a configuration, and what is wrong with one.

use std::error::Error;
use std::fmt;

use super::config::Config;
use crate::analyzers::Descriptor;
use crate::balance::{Balance, Decap};
use crate::base::limits::Limits;
use crate::base::nets::LocalNets;
use crate::base::shard::SHARDS;
use crate::base::time::Interval;
use crate::events::{FoldDescriptor, Given, Label, LogStream};
use crate::files::{FileDescriptor, hash};

/// A setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// The setting, as the method of [`ConfigBuilder`] or the field of [`Limits`] is called.
    pub field: &'static str,
    /// What it was set to.
    pub found: String,
    /// What it may be.
    pub expected: &'static str,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}: expected {}", self.field, self.found, self.expected)
    }
}

impl Error for ConfigError {}

/// Sets what a [`Config`] says, and tests it at the end.
///
/// Whose records are wanted is stated: [`everything`](Self::everything), which is where it begins, [`only`](Self::only) some,
/// or all but some ([`leave_out`](Self::leave_out)). What nobody listens to is not made, and costs nothing.
///
/// ```
/// use gannet::{Config, analyzers::dns::Dns, flow::Conn};
///
/// let config = Config::builder().only([Conn::STREAM, Dns::STREAM]).workers(2).build()?;
/// assert!(config.wants(Conn::STREAM));
/// let error = Config::builder().workers(0).build().unwrap_err();
/// assert_eq!(error.to_string(), "workers is 0: expected 1 to 1024");
/// # Ok::<(), gannet::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConfigBuilder {
    config: Config,
    left_out: Vec<&'static str>,
}

impl Config {
    /// Begins with the default.
    pub fn builder() -> ConfigBuilder {
        Self::default().rebuild()
    }

    /// Begins with what this one says, for another one.
    pub fn rebuild(&self) -> ConfigBuilder {
        ConfigBuilder::new(self.clone())
    }
}

impl ConfigBuilder {
    /// Begins with what a configuration says.
    pub(super) fn new(config: Config) -> Self {
        Self { config, left_out: Vec::new() }
    }

    /// Listen to every kind of record.
    pub fn everything(&mut self) -> &mut Self {
        self.config.wanted = None;
        self.left_out.clear();
        self
    }

    /// Listen to records of these kinds and to no others; to none if the list is empty.
    pub fn only(&mut self, streams: impl IntoIterator<Item = &'static LogStream>) -> &mut Self {
        self.config.wanted = Some(streams.into_iter().map(|stream| stream.name).collect());
        self.left_out.clear();
        self
    }

    /// Do not listen to records of these kinds, of those stated before.
    pub fn leave_out(&mut self, streams: impl IntoIterator<Item = &'static LogStream>) -> &mut Self {
        self.left_out.extend(streams.into_iter().map(|stream| stream.name));
        self
    }

    /// Whether the subscriber gets the content of files. Not unless this is set.
    pub fn contents(&mut self, wanted: bool) -> &mut Self {
        self.config.contents = wanted;
        self
    }

    /// Whether checksums are verified, which they are unless this is set; packets with wrong ones are counted and otherwise
    /// ignored.
    pub fn checksums(&mut self, verified: bool) -> &mut Self {
        self.config.checksums = verified;
        self
    }

    /// The networks of the site.
    pub fn local_nets(&mut self, nets: LocalNets) -> &mut Self {
        self.config.local_nets = nets;
        self
    }

    /// Key of the hash that makes ids of connections and files.
    pub fn uid_seed(&mut self, seed: u128) -> &mut Self {
        self.config.uid_seed = seed;
        self
    }

    /// Whether services are named that Zeek does not name by default, with logs of their own. Not unless this is set; it takes
    /// all the analyzers that there are.
    pub fn more_services(&mut self, wanted: bool) -> &mut Self {
        self.config.more = wanted;
        self.config.analyzers = super::config::known(wanted);
        self
    }

    /// The analyzers that may run, instead of all that there are.
    pub fn analyzers(&mut self, analyzers: impl IntoIterator<Item = &'static Descriptor>) -> &mut Self {
        self.config.analyzers = analyzers.into_iter().collect();
        self
    }

    /// One more analyzer that may run.
    pub fn analyzer(&mut self, analyzer: &'static Descriptor) -> &mut Self {
        self.config.analyzers.push(analyzer);
        self
    }

    /// Folds that run beside those of analyzers, such as policies, if somebody listens to their records.
    pub fn folds(&mut self, folds: impl IntoIterator<Item = &'static FoldDescriptor>) -> &mut Self {
        self.config.folds = folds.into_iter().collect();
        self
    }

    /// Gives a fold something for the run, such as settings or a list, instead of what it was given before. A fold that takes
    /// nothing, or something of another kind, is as without.
    pub fn give(&mut self, fold: &'static FoldDescriptor, given: Given) -> &mut Self {
        self.config.given.retain(|(to, _)| to.name != fold.name);
        self.config.given.push((fold, given));
        self
    }

    /// Tags that rows get by what they say.
    pub fn labels(&mut self, labels: impl IntoIterator<Item = &'static Label>) -> &mut Self {
        self.config.labels = labels.into_iter().collect();
        self
    }

    /// What may look into files, instead of all that there are.
    pub fn file_analyzers(
        &mut self,
        analyzers: impl IntoIterator<Item = &'static FileDescriptor>,
    ) -> &mut Self {
        self.config.file_analyzers = analyzers.into_iter().collect();
        self
    }

    /// One more that may look into files.
    pub fn file_analyzer(&mut self, analyzer: &'static FileDescriptor) -> &mut Self {
        self.config.file_analyzers.push(analyzer);
        self
    }

    /// Hashes of file content that are wanted.
    pub fn hashes(&mut self, wanted: hash::Wanted) -> &mut Self {
        self.config.hashes = wanted;
        self
    }

    /// Packets that the filter does not match are counted and otherwise ignored.
    #[cfg(feature = "libpcap")]
    pub fn filter(&mut self, filter: impl Into<Option<crate::capture::Filter>>) -> &mut Self {
        self.config.filter = filter.into();
        self
    }

    /// Changes the limits, none of which may be 0.
    pub fn limits(&mut self, change: impl FnOnce(&mut Limits)) -> &mut Self {
        change(&mut self.config.limits);
        self
    }

    /// What decides which shard a packet belongs to.
    pub fn balance(&mut self, balance: Balance) -> &mut Self {
        self.config.balance = balance;
        self
    }

    /// Tunnels to be opened, whose inner packets are analysed, filtered and balanced as if they had been captured alone.
    pub fn decap(&mut self, tunnels: impl IntoIterator<Item = Decap>) -> &mut Self {
        self.config.decap = tunnels.into_iter().collect();
        self
    }

    /// Ages at which a connection makes an interim record ([`OpenConn`](crate::flow::OpenConn)), in ascending order; the last
    /// one is repeated. None if empty. Ages below a second count as one.
    pub fn long_connections(&mut self, ages: impl IntoIterator<Item = Interval>) -> &mut Self {
        self.config.long_connections = ages.into_iter().collect();
        self
    }

    /// Whether packets that could not be decoded have a row each ([`Undecoded`](crate::Undecoded)). Not in the beginning.
    pub fn trace_undecoded(&mut self, trace: bool) -> &mut Self {
        self.config.trace_undecoded = trace;
        self
    }

    /// Whether tunnels are looked into that Zeek knows nothing of: L2TP version 2, MPLS over UDP, TZSP. Not in the beginning.
    pub fn more_tunnels(&mut self, more: bool) -> &mut Self {
        self.config.more_tunnels = more;
        self
    }

    /// Whether answers of DNS are shown that Zeek leaves out: SVCB and HTTPS with their parameters (RFC 9460), CAA (RFC 8659).
    /// Not in the beginning.
    pub fn more_answers(&mut self, more: bool) -> &mut Self {
        self.config.more_answers = more;
        self
    }

    /// How long, in capture time, a TCP segment waits for what it acknowledges and was not seen yet, before that is taken for
    /// a hole; zero, which is where it begins, for no time at all. For links whose two directions are captured apart. At
    /// most 128 segments and 256 KiB of a connection wait.
    pub fn reorder(&mut self, wait: Interval) -> &mut Self {
        self.config.reorder = wait;
        self
    }

    /// Worker threads of [`run`](crate::run); 1, which is where it begins, works on the caller's thread. A live run has a
    /// worker for each source.
    pub fn workers(&mut self, workers: usize) -> &mut Self {
        self.config.workers = workers;
        self
    }

    /// Most packets in a batch.
    pub fn batch(&mut self, packets: usize) -> &mut Self {
        self.config.batch = packets;
        self
    }

    /// Batches that may wait for a worker.
    pub fn queue(&mut self, batches: usize) -> &mut Self {
        self.config.queue = batches;
        self
    }

    /// The configuration.
    ///
    /// # Errors
    /// The first setting that cannot be.
    pub fn build(&self) -> Result<Config, ConfigError> {
        let mut config = self.config.clone();
        counts(&config)?;
        for (field, value) in config.limits.values() {
            at_least_one(field, value)?;
        }
        ascending(&config.long_connections)?;
        if !self.left_out.is_empty() {
            let mut wanted = config.wanted.take().unwrap_or_else(|| names(&config));
            wanted.retain(|name| !self.left_out.contains(name));
            config.wanted = Some(wanted);
        }
        Ok(config)
    }
}

/// The names of all kinds of records that an engine with this configuration can make.
fn names(config: &Config) -> Vec<&'static str> {
    let of_analyzers = config.analyzers.iter().flat_map(|analyzer| analyzer.records);
    let of_files = config.file_analyzers.iter().flat_map(|analyzer| analyzer.records);
    let of_folds = config.folds.iter().flat_map(|fold| fold.records);
    let own = of_analyzers.chain(of_files).chain(of_folds).map(|stream| stream.name);
    let mut names: Vec<_> = super::streams::streams().iter().map(|stream| stream.name).chain(own).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn counts(config: &Config) -> Result<(), ConfigError> {
    // A worker without a shard would have nothing to do.
    if !(1..=usize::from(SHARDS)).contains(&config.workers) {
        let found = config.workers.to_string();
        return Err(ConfigError { field: "workers", found, expected: "1 to 1024" });
    }
    at_least_one("batch", config.batch)?;
    at_least_one("queue", config.queue)
}

fn at_least_one(field: &'static str, value: usize) -> Result<(), ConfigError> {
    if value > 0 {
        return Ok(());
    }
    Err(ConfigError { field, found: value.to_string(), expected: "at least 1" })
}

fn ascending(ages: &[Interval]) -> Result<(), ConfigError> {
    let wrong = ages.iter().zip(ages.iter().skip(1)).find(|(age, next)| next <= age);
    let Some((age, next)) = wrong else { return Ok(()) };
    let seconds = |age: &Interval| age.nanos() / 1_000_000_000;
    let found = format!("{} s behind {} s", seconds(next), seconds(age));
    Err(ConfigError { field: "long_connections", found, expected: "each age longer than the one before" })
}

/// What tests set so as to meet other orders of events: nothing that is reported may depend on it.
#[doc(hidden)]
pub trait TestKnobs {
    /// Seed of every hash table inside a worker; random if unset.
    fn table_seed(&mut self, seed: Option<u64>) -> &mut Self;

    /// Threads yield at random, after this seed.
    fn yield_seed(&mut self, seed: Option<u64>) -> &mut Self;

    /// Several workers work one after the other on the caller's thread, each on all that was read: for short captures.
    fn in_turn(&mut self, in_turn: bool) -> &mut Self;
    /// Connections without an answer that an engine keeps unpacked.
    fn young(&mut self, most: usize) -> &mut Self;
}

impl TestKnobs for ConfigBuilder {
    fn table_seed(&mut self, seed: Option<u64>) -> &mut Self {
        self.config.table_seed = seed;
        self
    }

    fn yield_seed(&mut self, seed: Option<u64>) -> &mut Self {
        self.config.yield_seed = seed;
        self
    }

    fn in_turn(&mut self, in_turn: bool) -> &mut Self {
        self.config.in_turn = in_turn;
        self
    }

    fn young(&mut self, most: usize) -> &mut Self {
        self.config.young = most;
        self
    }
}
