//! What the command line says, and what that means for the engine.

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use gannet::capture::Filter;
use gannet::events::LogStream;
use gannet::files::hash;
use gannet::flow::LocalNets;
use gannet::{Config, ConfigError, Decap, Interval, Limits, TestKnobs};
use gannet_logs::{Format, Options};

use super::live::LiveArgs;
use crate::values::{self, SummaryForm};

/// Worker threads at most, unless the user asks for more.
const MOST_WORKERS: usize = 16;
/// Where logs go, unless the user says otherwise.
const HERE: &str = ".";

/// Reads packets, from captures or off the wire, and writes what happened in them: every connection, and what was
/// said in it, as logs.
#[derive(Clone, Default, Parser)]
#[command(name = "gannet", version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// Capture file (pcap or pcapng, also gzip or zstd), or directory of them, or - for standard input; may be
    /// repeated, and all are read as one capture in the order of time
    #[arg(short = 'r', long = "read", value_name = "FILE", conflicts_with = "interfaces")]
    pub(crate) read: Vec<PathBuf>,

    /// Use packets with wrong checksums (captures made on the sending host often have them)
    #[arg(short = 'C', long = "no-checksums")]
    pub(crate) no_checksums: bool,

    /// Look only at packets that match, in the syntax of pcap-filter(7)
    #[arg(short = 'f', long = "filter", value_name = "EXPRESSION", value_parser = Filter::compile)]
    pub(crate) filter: Option<Filter>,

    /// Directory to write the logs to; made if there is none [default: .]
    #[arg(short = 'o', long = "out", value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Write JSON lines instead of tab-separated columns
    #[arg(long)]
    pub(crate) json: bool,

    /// Write Zeek's columns only
    #[arg(long)]
    pub(crate) no_extras: bool,

    /// Write only these logs
    #[arg(long = "log", value_name = "NAME", value_delimiter = ',', value_parser = values::stream)]
    pub(crate) logs: Vec<&'static LogStream>,

    /// Worker threads; 1 does everything on one thread [default: the number of cores, at most 16]
    #[arg(long, value_name = "N", value_parser = values::workers)]
    pub(crate) workers: Option<usize>,

    /// Networks of the site, in place of the private ones, such as 192.0.2.0/24,2001:db8::/32
    #[arg(long, value_name = "NETS", value_parser = LocalNets::parse)]
    pub(crate) local_nets: Option<LocalNets>,

    /// Open these mirror tunnels, and see what is in them as if it had been captured here: vxlan, geneve, erspan or gre, with
    /// another port or only of one peer as in vxlan:8472 or gre@192.0.2.1
    #[arg(long, value_name = "TUNNELS", value_delimiter = ',')]
    pub(crate) decap: Vec<Decap>,

    /// Hashes of the content of files to write to files.log: some of md5, sha1 and sha256
    #[arg(long = "hash", value_name = "NAMES", value_parser = hash::Wanted::parse)]
    pub(crate) hashes: Option<hash::Wanted>,

    /// Ages at which connections that go on make a row in conn_long.log, such as 10min,1h,1d; the last is repeated
    /// [default: 10min,30min,1h,12h,1d with -i, none with -r]
    #[arg(long, value_name = "AGES", value_delimiter = ',', value_parser = values::age)]
    pub(crate) long_conns: Vec<Interval>,

    /// Any text: connection ids differ from those made with another text
    #[arg(long, value_name = "TEXT")]
    pub(crate) uid_seed: Option<String>,

    /// How to sum up: text for people on standard error, or json, an object for programs on standard output
    /// [default: text]
    #[arg(long, value_name = "FORM", value_enum, hide_possible_values = true)]
    pub(crate) summary: Option<SummaryForm>,

    /// Print no progress and no text summary; warnings and errors stay
    #[arg(short = 'q', long)]
    pub(crate) quiet: bool,

    /// Tell more: what is read, and which files of a directory are no captures
    #[arg(short = 'v', long, conflicts_with = "quiet")]
    pub(crate) verbose: bool,

    /// Take what the command line leaves open from this file (TOML; dist/gannet.toml has all keys)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) live: LiveArgs,

    /// Limits, which only a configuration file sets
    #[arg(skip)]
    pub(crate) limits: Limits,

    /// List the protocols that are understood, and the types of files that are looked into
    #[arg(long)]
    pub(super) list_analyzers: bool,

    /// For tests: most packets in a batch
    #[arg(long, hide = true)]
    batch: Option<usize>,

    /// For tests: batches that may wait for a worker
    #[arg(long, hide = true)]
    queue: Option<usize>,

    /// For tests: seed of the hash tables, which nothing that is written may depend on
    #[arg(long, hide = true)]
    table_seed: Option<u64>,

    /// For tests: threads yield at random, after this seed
    #[arg(long, hide = true)]
    yield_seed: Option<u64>,
}

const EXAMPLES: &str = "Examples:
  gannet -r capture.pcap                    logs into the current directory
  gannet -C -r captures/ -o logs --json     a directory of captures, JSON lines into logs/
  tcpdump -w - | gannet -r - -o logs        from a pipe; ^C keeps what was analysed
  gannet -i eth0 -o /var/log/gannet         off the wire, until SIGTERM or ^C
  gannet schema                             JSON Schema of every log";

#[derive(Clone, Subcommand)]
pub(super) enum Command {
    /// Print the JSON Schema of every log
    Schema(SchemaArgs),
}

/// Which columns `schema` shows, and how.
#[derive(Clone, clap::Args)]
pub(crate) struct SchemaArgs {
    /// Leave out the columns beyond Zeek's
    #[arg(long)]
    pub(crate) no_extras: bool,

    /// Print tables of the columns in Markdown instead
    #[arg(long)]
    pub(crate) markdown: bool,
}

impl Args {
    /// What the engine has to know.
    ///
    /// # Errors
    /// A setting that cannot be.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        let mut config = Config::builder();
        config
            .checksums(!self.no_checksums)
            .filter(self.filter.clone())
            .workers(self.workers())
            .table_seed(self.table_seed)
            .yield_seed(self.yield_seed)
            .decap(self.decap.iter().cloned())
            .hashes(self.hashes.unwrap_or_default())
            .limits(|limits| limits.clone_from(&self.limits))
            .balance(self.live.balance.unwrap_or_default().into());
        if let Some(packets) = self.batch {
            config.batch(packets);
        }
        if let Some(batches) = self.queue {
            config.queue(batches);
        }
        if let Some(nets) = &self.local_nets {
            config.local_nets(nets.clone());
        }
        let mut ages = self.long_conns();
        ages.sort_unstable();
        ages.dedup();
        config.long_connections(ages);
        if let Some(text) = &self.uid_seed {
            config.uid_seed(values::seed(text));
        }
        if !self.logs.is_empty() {
            config.only(self.logs.iter().copied());
        }
        config.build()
    }

    /// How logs are written.
    pub(crate) fn options(&self) -> Options {
        Options::new(if self.json { Format::Json } else { Format::Tsv }).with_extras(!self.no_extras)
    }

    /// Whether a log is to be written.
    pub(crate) fn wants(&self, stream: &LogStream) -> bool {
        self.logs.is_empty() || self.logs.iter().any(|wanted| wanted.name == stream.name)
    }

    /// Where logs go.
    pub(crate) fn out(&self) -> &Path {
        self.out.as_deref().unwrap_or(Path::new(HERE))
    }

    /// How the run is summed up.
    pub(crate) fn summary(&self) -> SummaryForm {
        self.summary.unwrap_or_default()
    }

    /// Ages that make a row of a connection that goes on.
    pub(crate) fn long_conns(&self) -> Vec<Interval> {
        const MINUTE: i64 = 60;
        const HOUR: i64 = 60 * MINUTE;
        let live = !self.live.interfaces.is_empty();
        if live && self.long_conns.is_empty() {
            return [10 * MINUTE, 30 * MINUTE, HOUR, 12 * HOUR, 24 * HOUR].map(Interval::from_secs).into();
        }
        self.long_conns.clone()
    }

    /// Worker threads.
    pub(crate) fn workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_WORKERS));
        self.workers.unwrap_or_else(cores)
    }
}
