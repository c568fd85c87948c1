//! What an engine is told before it starts.

use crate::analyzers::{Descriptor, REGISTRY};
use crate::balance::{Balance, Decap};
use crate::base::limits::{Limits, Totals};
use crate::base::nets::LocalNets;
use crate::base::settings::Settings;
use crate::base::time::Interval;
use crate::capture;
use crate::events::fold::Watcher;
use crate::events::{AnalyzerFailure, FoldDescriptor, Given, Label, LogStream, Weird};
use crate::files::{self, FileDescriptor, FileInfo, Interests, hash};
use crate::flow;
use crate::worker::state::Wants;

/// Configuration of an engine, or of a run of several: made by a [`ConfigBuilder`](crate::ConfigBuilder), which tests it, so that whoever has one
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
    /// Whether more services than Zeek's are asked for.
    pub(crate) more: bool,
    /// The analyzers that may run.
    pub(crate) analyzers: Vec<&'static Descriptor>,
    /// Tags that rows get.
    pub(crate) labels: Vec<&'static Label>,
    /// The folds that run beside those of analyzers.
    pub(crate) folds: Vec<&'static FoldDescriptor>,
    /// What folds are given.
    pub(crate) given: Vec<(&'static FoldDescriptor, Given)>,
    /// Packets that it does not match are counted and otherwise ignored.
    #[cfg(feature = "libpcap")]
    pub(crate) filter: Option<capture::Filter>,
    /// Limits.
    pub(crate) limits: Limits,
    /// What decides which shard a packet belongs to.
    pub(crate) balance: Balance,
    /// Tunnels to be opened, whose inner packets are analysed, filtered and balanced as if they had been captured alone.
    pub(crate) decap: Vec<Decap>,
    /// Ages at which a connection makes an interim record ([`OpenConn`](crate::flow::OpenConn)), in ascending order; the last
    /// one is repeated. None if empty. Ages below a second count as one.
    pub(crate) long_connections: Vec<Interval>,
    pub(crate) reorder: Interval,
    pub(crate) more_tunnels: bool,
    pub(crate) trace_undecoded: bool,
    pub(crate) more_answers: bool,
    /// Worker threads; 1 works on the caller's thread.
    pub(crate) workers: usize,
    /// Most packets in a batch.
    pub(crate) batch: usize,
    /// Batches that may wait for a worker.
    pub(crate) queue: usize,
    /// For tests: seed of every hash table inside a worker; random if unset. Nothing that is reported may depend on it.
    pub(crate) table_seed: Option<u64>,
    pub(crate) young: usize,
    /// For tests: threads yield at random, after this seed.
    pub(crate) yield_seed: Option<u64>,
    /// For fuzzing: several workers, but one after the other.
    pub(crate) in_turn: bool,
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
            more: false,
            more_tunnels: false,
            trace_undecoded: false,
            more_answers: false,
            analyzers: known(false),
            labels: Vec::new(),
            folds: Vec::new(),
            given: Vec::new(),
            #[cfg(feature = "libpcap")]
            filter: None,
            limits: Limits::default(),
            balance: Balance::Pair,
            decap: Vec::new(),
            long_connections: Vec::new(),
            reorder: Interval::ZERO,
            workers: 1,
            batch: capture::DEFAULT_BATCH,
            queue: 4,
            table_seed: None,
            young: flow::YOUNG,
            yield_seed: None,
            in_turn: false,
        }
    }
}

/// The analyzers that there are, with those of services that Zeek does not name or without. One of those takes the place of
/// another one of its name.
pub(super) fn known(more: bool) -> Vec<&'static Descriptor> {
    let replaced = |one: &Descriptor| REGISTRY.iter().any(|other| other.beyond && other.name == one.name);
    let runs = |one: &&Descriptor| if more { one.beyond || !replaced(one) } else { !one.beyond };
    REGISTRY.iter().copied().filter(runs).collect()
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

    /// Whether records of this kind are listened to.
    pub fn wants(&self, stream: &LogStream) -> bool {
        Wants::new(self.wanted.clone()).subscribed(stream)
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

    /// What the stages are told of it.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            checksums: self.checksums,
            local_nets: self.local_nets.clone(),
            more: self.more,
            more_tunnels: self.more_tunnels,
            trace_undecoded: self.trace_undecoded,
            more_answers: self.more_answers,
            uid_seed: self.uid_seed,
            long_connections: self.long_connections.clone(),
            reorder: self.reorder,
            limits: self.limits.clone(),
            totals: Totals::default(),
            table_seed: self.table_seed,
            young: self.young,
        }
    }

    /// The kinds of records that somebody listens to.
    pub(crate) fn wanted_records(&self) -> Wants {
        let wants = Wants::new(self.wanted.clone());
        let heard = |fold: &&'static FoldDescriptor| fold.heard(|records| wants.any(records));
        let heard: Vec<_> = self.folds().into_iter().filter(heard).collect();
        let watching = heard.into_iter().filter(|fold| fold.watched.is_some());
        let watchers = watching.map(|fold| Watcher { fold, given: self.given(fold).cloned() });
        wants.with_watchers(watchers.collect()).with_labels(self.labels.clone())
    }

    /// What a fold is given.
    pub(super) fn given(&self, fold: &FoldDescriptor) -> Option<&Given> {
        self.given.iter().find(|(to, _)| to.name == fold.name).map(|(_, given)| given)
    }

    /// The folds that may run, each once: those of the analyzers, that of tunnels, and those that were added.
    pub(super) fn folds(&self) -> Vec<&'static FoldDescriptor> {
        let of_analyzers = self.analyzers.iter().filter_map(|one| one.fold);
        let mut all: Vec<&'static FoldDescriptor> = Vec::new();
        for fold in of_analyzers.chain([&flow::TUNNELS]).chain(self.folds.iter().copied()) {
            if !all.iter().any(|known| known.name == fold.name) {
                all.push(fold);
            }
        }
        all
    }

    /// What is wanted of files.
    pub(crate) fn interests(&self) -> Interests {
        let wants = self.wanted_records();
        let listened =
            |d: &&'static FileDescriptor| d.records.iter().any(|s: &&'static LogStream| wants.has(s));
        Interests {
            any: wants.has(FileInfo::STREAM)
                || wants.has(Weird::STREAM)
                || wants.has(AnalyzerFailure::STREAM)
                || self.contents
                || self.file_analyzers.iter().any(listened),
            contents: self.contents,
            hashes: self.hashes,
            analyzers: self.file_analyzers.clone(),
        }
    }
}
