//! What the command line says, and what that means for the engine.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use clap_complete::Shell;
use gannet::capture::shown;
use gannet::events::LogStream;
use gannet::files::hash;
use gannet::{Config, ConfigError, Interval, Undecoded};
use gannet_logs::{Archiving, FilterSpec, Filters, Format, Options};
use gannet_policy::Policy;

use super::archive::ArchiveArgs;
#[cfg(target_os = "linux")]
use super::doctor::DoctorArgs;
use super::help;
use super::input::InputArgs;
use super::live::LiveArgs;
use super::logs::{CatArgs, ConvertArgs, CutArgs, DiffArgs, SearchArgs};
use super::publish::PublishArgs;
use crate::extract::{self, Extraction, Kind};
use crate::values::{self, Condition, SummaryForm};

/// Where logs go, unless the user says otherwise.
const HERE: &str = ".";
/// The name of standard output.
const STDOUT: &str = "-";

/// Read packets, from captures or from the network, and write what happened in them as logs
///
/// Gannet follows every connection, parses the protocols in it, and writes logs that are compatible with Zeek's: one row for
/// each connection, each DNS query, each HTTP request, each file and so on.
#[derive(Clone, Default, Parser)]
#[command(
    name = "gannet",
    version,
    args_conflicts_with_subcommands = true,
    max_term_width = 100,
    override_usage = help::USAGE,
    after_help = help::SHORT,
    after_long_help = help::LONG
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// Directory for the logs, or - for standard output [default: .]
    ///
    /// A directory is made if there is none. With - all rows go to standard output as JSON lines; _path names the log of
    /// each row.
    #[arg(short = 'o', long = "out", value_name = "DIR", help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,

    /// Write JSON lines instead of tab-separated columns
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,

    /// Write Zeek's columns only
    #[arg(long, help_heading = "Output")]
    pub(crate) no_extras: bool,

    /// Write only these logs, such as conn,dns
    #[arg(long = "log", value_name = "NAMES", value_delimiter = ',', value_parser = values::stream, help_heading = "Output")]
    pub(crate) logs: Vec<&'static LogStream>,

    /// Write only rows that match, such as 'conn: id.resp_p == 443'
    ///
    /// Logs, a colon, and a predicate over their columns: 'conn,http: id.orig_h in 10.0.0.0/8 && !(id.resp_p == 80)'. Several
    /// for a log have all to match. The configuration file has more to say: columns, names, a file for each value.
    #[arg(long = "where", value_name = "LOGS: PREDICATE", value_parser = values::condition, help_heading = "Output")]
    pub(crate) conditions: Vec<Condition>,

    /// Filters, which only a configuration file sets
    #[arg(skip)]
    pub(crate) specs: Vec<FilterSpec>,

    /// Saved predicates, which only a configuration file sets
    #[arg(skip)]
    pub(crate) predicates: Vec<(String, String)>,

    /// The filters of the run, made of all of these
    #[arg(skip)]
    pub(crate) filters: Filters,

    /// Add hashes of files to files.log: md5, sha1, sha256
    #[arg(long = "hash", value_name = "NAMES", value_parser = hash::Wanted::parse, help_heading = "Output")]
    pub(crate) hashes: Option<hash::Wanted>,

    /// Extract files of these types: application/pdf,image/*, or all
    ///
    /// A file is written when its type is known, under a name made of the protocol, the file's id and its type; files.log has
    /// the name. Bytes that were never seen are zero.
    #[arg(
        long,
        value_name = "TYPES",
        value_delimiter = ',',
        value_parser = Kind::parse,
        help_heading = "Output"
    )]
    pub(crate) extract: Vec<Kind>,

    /// Directory for extracted files [default: extract_files beside the logs]
    #[arg(long, value_name = "DIR", hide_short_help = true, help_heading = "Output")]
    pub(crate) extract_to: Option<PathBuf>,

    /// Bytes that are extracted of one file at most [default: 100M]
    #[arg(long, value_name = "SIZE", hide_short_help = true, value_parser = values::size, help_heading = "Output")]
    pub(crate) extract_size: Option<usize>,

    /// Bytes that are extracted at most in all [default: 10G]
    #[arg(long, value_name = "SIZE", hide_short_help = true, value_parser = values::size, help_heading = "Output")]
    pub(crate) extract_total: Option<usize>,

    /// Name services that Zeek does not name, with logs of their own
    ///
    /// WireGuard, OpenVPN, IKE, STUN, TFTP, Ident and BitTorrent, HTTP/2, SIP over TCP with the media that it announces, and
    /// questions of Finger. Without this, the column service is what Zeek makes of it.
    #[arg(long, hide_short_help = true, help_heading = "Output")]
    pub(crate) more_services: bool,

    /// Run these policies, such as known_hosts, or local for those of Zeek's local.zeek [default: none]
    ///
    /// gannet policy list shows all of them. none: not even those that the configuration file names.
    #[arg(
        long = "policy",
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = values::policy,
        hide_short_help = true,
        help_heading = "Output"
    )]
    pub(crate) policies: Vec<String>,

    /// Ages at which an open connection makes a row in open_conn.log
    ///
    /// Such as 10min,1h,1d; the last one is repeated. With -i the default is 10min,30min,1h,12h,1d; with captures there is
    /// none.
    #[arg(long, value_name = "AGES", hide_short_help = true, value_delimiter = ',', value_parser = values::age, help_heading = "Output")]
    pub(crate) long_conns: Vec<Interval>,

    /// Summary at the end: text or json [default: text]
    ///
    /// The text is for people and goes to standard error. json is one object for programs on standard output.
    #[arg(long, value_name = "FORM", value_enum, hide_possible_values = true, help_heading = "Output")]
    pub(crate) summary: Option<SummaryForm>,

    /// Print warnings and errors only
    #[arg(short = 'q', long, help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Print more, such as which files of a directory are no captures
    #[arg(short = 'v', long, conflicts_with = "quiet", help_heading = "Output")]
    pub(crate) verbose: bool,

    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,

    #[command(flatten)]
    pub(crate) publish: PublishArgs,

    #[command(flatten)]
    pub(crate) live: LiveArgs,

    /// Read options that the command line does not name from this file
    ///
    /// The format is TOML; dist/gannet.toml has all keys with their defaults.
    #[arg(long, value_name = "FILE", help_heading = "Other")]
    pub(crate) config: Option<PathBuf>,

    /// List the protocols and file types that Gannet knows
    #[arg(long, help_heading = "Other")]
    pub(super) list_analyzers: bool,
}

/// Other jobs than to write logs.
#[derive(Clone, Subcommand)]
pub(super) enum Command {
    /// Sum up captures: talkers, services, names, files, failures, beacons
    Summary(Box<SummaryArgs>),
    /// Print the columns of logs: name, type and meaning
    Schema(SchemaArgs),
    /// Find rows in logs, count and group them
    Search(Box<SearchArgs>),
    /// Print columns of logs, as zeek-cut does
    Cut(CutArgs),
    /// Merge logs, such as rotated ones, in the order of time
    Cat(CatArgs),
    /// Convert logs between TSV and JSON
    Convert(ConvertArgs),
    /// Compare two folders of logs, such as Zeek's and Gannet's
    Diff(DiffArgs),
    /// Look for what keeps this host's interfaces from seeing all packets
    #[cfg(target_os = "linux")]
    Doctor(DoctorArgs),
    /// Show the policies that there are
    Policy {
        /// What to show
        #[command(subcommand)]
        what: PolicyCommand,
    },
    /// Print completions for a shell
    ///
    /// For bash: gannet completions bash > ~/.local/share/bash-completion/completions/gannet
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    ///
    /// To read it: gannet man > gannet.1 && man ./gannet.1
    Man {
        /// The page of a command instead, such as summary
        #[arg(value_name = "COMMAND")]
        of: Option<String>,
    },
}

/// What `policy` shows.
#[derive(Clone, Subcommand)]
pub(super) enum PolicyCommand {
    /// List all policies: what they tell, and in which logs
    List,
}

/// What `summary` reads, and how it answers.
#[derive(Clone, clap::Args)]
#[command(after_help = help::SUMMARY)]
pub(crate) struct SummaryArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,

    /// Print one JSON object instead of tables
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,

    /// Rows of each table at most, 1 to 1000
    #[arg(long, value_name = "N", default_value = "10", value_parser = values::top, help_heading = "Output")]
    pub(crate) top: usize,

    /// Show no progress
    #[arg(short = 'q', long, help_heading = "Output")]
    pub(crate) quiet: bool,
}

/// Which columns `schema` shows, and how.
#[derive(Clone, clap::Args)]
#[command(after_help = help::SCHEMA)]
pub(crate) struct SchemaArgs {
    /// Logs, such as conn dns [default: all]
    #[arg(value_name = "LOG", value_parser = values::stream)]
    pub(crate) logs: Vec<&'static LogStream>,

    /// Print a JSON Schema
    #[arg(long)]
    pub(crate) json: bool,

    /// Print tables in Markdown
    #[arg(long, conflicts_with = "json")]
    pub(crate) markdown: bool,

    /// Leave out the columns beyond Zeek's
    #[arg(long)]
    pub(crate) no_extras: bool,
}

impl Args {
    /// What the engine has to know.
    ///
    /// # Errors
    /// A setting that cannot be.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        let mut config = Config::builder();
        self.input.configure(&mut config);
        config.hashes(self.hashes.unwrap_or_default()).balance(self.live.balance.unwrap_or_default().into());
        let mut ages = self.long_conns();
        ages.sort_unstable();
        ages.dedup();
        config.long_connections(ages).contents(!self.extract.is_empty());
        config.more_services(self.more_services);
        config.trace_undecoded(self.input.trace_undecoded || self.names(Undecoded::STREAM));
        let policies = self.policies();
        config.labels(policies.iter().filter_map(|policy| policy.label));
        config.folds(policies.into_iter().map(|policy| policy.fold));
        let wanted = self.wanted();
        if !wanted.is_empty() {
            config.only(wanted);
        }
        config.build()
    }

    /// The policies that run.
    fn policies(&self) -> Vec<&'static Policy> {
        let names = self.policies.iter().map(String::as_str).filter(|name| *name != values::NO_POLICY);
        // Each name was looked up when it was read.
        gannet_policy::select(names).unwrap_or_default()
    }

    /// Whether a policy measures what was lost, so that the program does not.
    pub(crate) fn policy_measures_loss(&self) -> bool {
        let name = gannet_policy::capture_loss::POLICY.name;
        self.policies().iter().any(|policy| policy.name == name)
    }

    /// How logs are written.
    pub(crate) fn options(&self) -> Options {
        let stream = self.out_is_stream();
        let format = if self.json || stream { Format::Json } else { Format::Tsv };
        self.publish.options(Options::new(format).with_extras(!self.no_extras).with_path(stream))
    }

    /// Whether a log is to be written.
    pub(crate) fn wants(&self, stream: &LogStream) -> bool {
        let asked = self.input.trace_undecoded && stream.name == Undecoded::STREAM.name;
        let named = self.logs.is_empty() || asked || self.names(stream);
        named && !self.filters.is_off(stream)
    }

    fn names(&self, stream: &LogStream) -> bool {
        self.logs.iter().any(|wanted| wanted.name == stream.name)
    }

    /// Where logs go.
    pub(crate) fn out(&self) -> &Path {
        self.out.as_deref().unwrap_or(Path::new(HERE))
    }

    /// Where closed logs go, if they are archived.
    pub(crate) fn archiving(&self) -> Option<Archiving> {
        self.archive.archiving(self.out())
    }

    /// Whether rows go to standard output.
    pub(crate) fn out_is_stream(&self) -> bool {
        self.out().as_os_str() == STDOUT
    }

    /// Where extracted files go.
    pub(crate) fn extract_to(&self) -> PathBuf {
        /// A folder beside the logs; where they go to standard output, in the current directory.
        const FOLDER: &str = "extract_files";
        let beside = || if self.out_is_stream() { Path::new(HERE) } else { self.out() };
        self.extract_to.clone().unwrap_or_else(|| beside().join(FOLDER))
    }

    /// The folder for extracted files, if there are to be any. `waits` says whether workers wait for the disk.
    ///
    /// # Errors
    /// A folder that cannot be made or opened.
    pub(crate) fn extraction(&self, waits: bool) -> anyhow::Result<Option<Extraction>> {
        if self.extract.is_empty() {
            return Ok(None);
        }
        let mut limits = extract::Limits::default();
        limits.file = self.extract_size.map_or(limits.file, |size| size as u64);
        limits.total = self.extract_total.map_or(limits.total, |size| size as u64);
        let dir = self.extract_to();
        let opened = Extraction::open(&dir, &self.extract, limits, waits);
        opened.map(Some).with_context(|| format!("cannot extract files to {}", shown(&dir)))
    }

    /// How the run is summed up.
    pub(crate) fn summary(&self) -> SummaryForm {
        self.summary.unwrap_or_default()
    }

    /// Ages that make a row of an open connection.
    pub(crate) fn long_conns(&self) -> Vec<Interval> {
        const MINUTE: i64 = 60;
        const HOUR: i64 = 60 * MINUTE;
        let live = !self.live.interfaces.is_empty();
        if live && self.long_conns.is_empty() {
            return [10 * MINUTE, 30 * MINUTE, HOUR, 12 * HOUR, 24 * HOUR].map(Interval::from_secs).into();
        }
        self.long_conns.clone()
    }
}
