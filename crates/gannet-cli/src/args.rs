//! The command line.

use std::hash::Hasher;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use gannet::capture::Filter;
use gannet::events::Stream;
use gannet::files::hash;
use gannet::flow::LocalNets;
use gannet::{Config, Interval};
use gannet_logs::{Format, Options, streams};
use siphasher::sip128::{Hasher128, SipHasher24};

/// Worker threads at most, unless the user asks for more.
const MOST_WORKERS: usize = 16;

/// What the user wants.
pub(crate) enum Task {
    /// Captures to be analysed.
    Analyse(Box<Args>),
    /// `--list-analyzers`
    ListAnalyzers,
    /// `schema`
    Schema(SchemaArgs),
}

/// Reads packet captures and writes what happened in them: every connection, and what was said in it, as logs.
#[derive(Parser)]
#[command(name = "gannet", version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    /// Capture file (pcap or pcapng, also gzip or zstd), or directory of them, or - for standard input; may be
    /// repeated, and all are read as one capture in the order of time
    #[arg(short = 'r', long = "read", value_name = "FILE")]
    pub(crate) read: Vec<PathBuf>,

    /// Use packets with wrong checksums (captures made on the sending host often have them)
    #[arg(short = 'C', long = "no-checksums")]
    pub(crate) no_checksums: bool,

    /// Look only at packets that match, in the syntax of pcap-filter(7)
    #[arg(short = 'f', long = "filter", value_name = "EXPRESSION", value_parser = Filter::compile)]
    pub(crate) filter: Option<Filter>,

    /// Directory to write the logs to; made if there is none
    #[arg(short = 'o', long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,

    /// Write JSON lines instead of tab-separated columns
    #[arg(long)]
    json: bool,

    /// Write Zeek's columns only
    #[arg(long)]
    no_extras: bool,

    /// Write only these logs
    #[arg(long = "log", value_name = "NAME", value_delimiter = ',', value_parser = stream)]
    logs: Vec<&'static Stream>,

    /// Worker threads; 1 does everything on one thread [default: the number of cores, at most 16]
    #[arg(long, value_name = "N", value_parser = workers)]
    workers: Option<usize>,

    /// Networks of the site, in place of the private ones, such as 192.0.2.0/24,2001:db8::/32
    #[arg(long, value_name = "NETS", value_parser = LocalNets::parse)]
    local_nets: Option<LocalNets>,

    /// Hashes of the content of files to write to files.log: some of md5, sha1 and sha256
    #[arg(long = "hash", value_name = "NAMES", value_parser = hash::Wanted::parse)]
    hashes: Option<hash::Wanted>,

    /// Ages at which connections that go on make a row in conn_long.log, such as 10m,30m,1h; the last is repeated
    #[arg(long, value_name = "AGES", value_delimiter = ',', value_parser = age)]
    long_conns: Vec<Interval>,

    /// Any text: connection ids differ from those made with another text
    #[arg(long, value_name = "TEXT")]
    uid_seed: Option<String>,

    /// How to sum up: text for people on standard error, or a JSON object for programs on standard output
    #[arg(long, value_name = "FORM", value_enum, default_value_t = SummaryForm::Text)]
    pub(crate) summary: SummaryForm,

    /// Print no progress and no text summary; warnings and errors stay
    #[arg(short = 'q', long)]
    pub(crate) quiet: bool,

    /// Tell more: what is read, and which files of a directory are no captures
    #[arg(short = 'v', long, conflicts_with = "quiet")]
    pub(crate) verbose: bool,

    /// List the protocols that are understood, and the types of files that are looked into
    #[arg(long)]
    list_analyzers: bool,

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
  gannet schema                             JSON Schema of every log";

#[derive(Subcommand)]
enum Command {
    /// Print the JSON Schema of every log
    Schema(SchemaArgs),
}

/// Which columns `schema` shows, and how.
#[derive(clap::Args)]
pub(crate) struct SchemaArgs {
    /// Leave out the columns beyond Zeek's
    #[arg(long)]
    pub(crate) no_extras: bool,

    /// Print tables of the columns in Markdown instead
    #[arg(long)]
    pub(crate) markdown: bool,
}

/// How a run is summed up.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryForm {
    /// Lines for people, on standard error.
    Text,
    /// One JSON object, on standard output.
    Json,
}

/// Reads the command line. What it says wrong ends the program with exit status 2, `--help` with 0.
pub(crate) fn parse() -> Task {
    let mut args = Args::parse();
    if let Some(Command::Schema(columns)) = args.command.take() {
        return Task::Schema(columns);
    }
    if args.list_analyzers {
        return Task::ListAnalyzers;
    }
    if args.read.is_empty() {
        let what = "nothing to read: expected a capture file, a directory of captures, or - for standard input \
                    behind -r (live capture comes later)";
        Args::command().error(ErrorKind::MissingRequiredArgument, what).exit();
    }
    if args.read.iter().any(|path| path.as_os_str() == "-") && std::io::stdin().is_terminal() {
        let what = "-r - reads a capture from standard input, which is a terminal: expected a pipe or a file";
        Args::command().error(ErrorKind::InvalidValue, what).exit();
    }
    Task::Analyse(Box::new(args))
}

impl Args {
    /// What the engine has to know.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::default();
        config.checksums = !self.no_checksums;
        config.filter = self.filter.clone();
        config.workers = self.workers();
        config.batch = self.batch.unwrap_or(config.batch);
        config.queue = self.queue.unwrap_or(config.queue);
        config.table_seed = self.table_seed;
        config.yield_seed = self.yield_seed;
        if let Some(nets) = &self.local_nets {
            config.local_nets = nets.clone();
        }
        config.hashes = self.hashes.unwrap_or_default();
        config.long_connections.clone_from(&self.long_conns);
        config.long_connections.sort_unstable();
        config.long_connections.dedup();
        if let Some(text) = &self.uid_seed {
            config.uid_seed = seed(text);
        }
        for stream in &self.logs {
            config.listen(stream);
        }
        config
    }

    /// How logs are written.
    pub(crate) fn options(&self) -> Options {
        Options::new(if self.json { Format::Json } else { Format::Tsv }).with_extras(!self.no_extras)
    }

    /// Whether a log is to be written.
    pub(crate) fn wants(&self, stream: &Stream) -> bool {
        self.logs.is_empty() || self.logs.iter().any(|wanted| wanted.name == stream.name)
    }

    fn workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_WORKERS));
        self.workers.unwrap_or_else(cores)
    }
}

fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n @ 1..=256) => Ok(n),
        _ => Err("expected a number from 1 to 256".to_owned()),
    }
}

/// An age of a second or more: a number, and s, m, h or d behind it.
fn age(text: &str) -> Result<Interval, String> {
    let unit = match text.as_bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 3600,
        Some(b'd') => 86_400,
        _ => 0,
    };
    let number = text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse::<u32>().ok());
    match number.map(|number| i64::from(number) * unit) {
        Some(seconds @ 1..=31_536_000) => Ok(Interval::from_secs(seconds)),
        _ => Err("expected a number and s, m, h or d behind it, from 1s to 365d".to_owned()),
    }
}

/// The stream of a log's name.
fn stream(name: &str) -> Result<&'static Stream, String> {
    let known = streams();
    known.iter().find(|stream| stream.name == name).copied().ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|stream| stream.name).collect();
        format!("there is no such log; expected one of {}", names.join(", "))
    })
}

/// A key for connection ids from any text.
fn seed(text: &str) -> u128 {
    let mut hasher = SipHasher24::new_with_keys(0x6761_6e6e_6574, 0x7569_6473);
    hasher.write(text.as_bytes());
    hasher.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_reach_the_engine() {
        let line =
            "gannet -C -r x --workers 3 --log conn,dns -f udp --hash md5,sha256 --long-conns 1h,90s,10m,1h";
        let args = Args::parse_from(line.split(' '));
        let config = args.config();
        assert!(!config.checksums);
        assert_eq!(config.workers, 3);
        assert_eq!(config.wanted, Some(vec!["conn", "dns"]));
        assert_eq!(config.filter.expect("a filter").expression(), "udp");
        assert_eq!((config.hashes.md5, config.hashes.sha1, config.hashes.sha256), (true, false, true));
        assert_eq!(config.long_connections, [90, 600, 3600].map(Interval::from_secs));
        assert!(!args.wants(gannet_logs::Reporter::STREAM));
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        let bad = [
            ["--workers", "0"],
            ["--log", "nonsense"],
            ["--local-nets", "10.0.0.0/99"],
            ["-f", "host host"],
            ["--summary", "xml"],
            ["--hash", "md5,crc32"],
            ["--hash", ""],
            ["--long-conns", "10"],
            ["--long-conns", "0s"],
            ["--long-conns", "1h,xm"],
            ["--long-conns", "9999999d"],
        ];
        for [option, value] in bad {
            let error = Args::try_parse_from(["gannet", "-r", "x", option, value]).err().expect(option);
            assert_eq!(error.exit_code(), 2, "{option}");
        }
    }

    #[test]
    fn seeds_differ() {
        assert_ne!(seed(""), seed("a"));
        assert_ne!(seed("a"), seed("b"));
    }
}
