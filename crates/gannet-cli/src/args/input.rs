//! What is read, and how it is looked at: the same for every job on captures.

use std::path::PathBuf;

use clap::{ArgMatches, Args};
use gannet::capture::Filter;
use gannet::flow::LocalNets;
use gannet::{ConfigBuilder, Decap, Interval, Limits};

use crate::moment::{self, Moment};
use crate::values;

/// Worker threads at most, unless the user asks for more.
const MOST_WORKERS: usize = 16;
/// The name of standard input.
const STDIN: &str = "-";

/// Captures, and what of them counts.
#[derive(Clone, Default, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// Capture files, directories of them, or - for standard input
    ///
    /// Formats: pcap and pcapng, also packed by gzip or zstd. All are read as one capture, sorted by time.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The same as FILE
    #[arg(short = 'r', long = "read", value_name = "FILE", num_args = 1..)]
    pub(crate) read: Vec<PathBuf>,

    /// Use packets with wrong checksums too
    ///
    /// A capture that was made on the sending host often has wrong checksums, because the network card fills them in later.
    #[arg(short = 'C', long = "no-checksums")]
    pub(crate) no_checksums: bool,

    /// Use only packets that match, such as 'net 10.1.0.0/16'
    ///
    /// The syntax is that of tcpdump: pcap-filter(7).
    #[arg(short = 'f', long = "filter", value_name = "EXPRESSION", value_parser = Filter::compile)]
    pub(crate) filter: Option<Filter>,

    /// Leave out the rows of what was over before TIME
    ///
    /// TIME is a date and time (2026-11-25T19:17:16Z; UTC, unless it ends with another zone such as +02:00), seconds since
    /// 1970, or a time after the first packet (+10m, +1h, +90s). The capture is still read from its beginning, so that
    /// connections that go on at TIME have the same uid and the same counts as without this option.
    #[arg(long, value_name = "TIME", value_parser = moment::parse, allow_hyphen_values = true)]
    pub(crate) from: Option<Moment>,

    /// End the capture at TIME
    ///
    /// TIME is written as for --from. What is open then is reported as at the end of a capture.
    #[arg(long, value_name = "TIME", value_parser = moment::parse, allow_hyphen_values = true)]
    pub(crate) to: Option<Moment>,

    /// Look into these mirror tunnels: vxlan, geneve, erspan, gre, tzsp
    ///
    /// What is in them is seen as if it had been captured here. Another port is named as in vxlan:8472, one sender as in
    /// gre@192.0.2.1.
    #[arg(long, value_name = "TUNNELS", value_delimiter = ',', help_heading = "Analysis")]
    pub(crate) decap: Vec<Decap>,

    /// Look into tunnels that Zeek knows nothing of: L2TP, MPLS over UDP, TZSP
    ///
    /// They are told by their UDP ports, 1701, 6635 and 37008. What is in them has rows of its own, as in other tunnels.
    #[arg(long, help_heading = "Analysis")]
    pub(crate) more_tunnels: bool,

    /// Show DNS answers that Zeek leaves out: SVCB and HTTPS with their parameters, CAA
    #[arg(long, help_heading = "Analysis")]
    pub(crate) more_answers: bool,

    /// Write a row of undecoded.log for each packet that cannot be decoded
    ///
    /// It has the packet's number and addresses, the reason, and its first bytes. Packets with wrong checksums are among them.
    #[arg(long, hide_short_help = true, help_heading = "Analysis")]
    pub(crate) trace_undecoded: bool,

    /// Wait so long for what a TCP segment acknowledges, such as 100ms [default: not at all]
    ///
    /// For links whose two directions are captured apart, so that acknowledgements come before their data: these are put in
    /// order again, where they would be holes. At most 10s, 128 segments and 256 KiB of a connection.
    #[arg(long, value_name = "TIME", value_parser = values::wait, help_heading = "Analysis")]
    pub(crate) reorder: Option<Interval>,

    /// Networks of the site, such as 192.0.2.0/24,2001:db8::/32 [default: the private ones]
    #[arg(long, value_name = "NETS", value_parser = LocalNets::parse, help_heading = "Analysis")]
    pub(crate) local_nets: Option<LocalNets>,

    /// Worker threads, 1 to 256 [default: number of cores, at most 16]
    ///
    /// Results do not depend on it. With 1 everything is done on one thread.
    #[arg(long, value_name = "N", value_parser = values::workers, help_heading = "Analysis")]
    pub(crate) workers: Option<usize>,

    /// Any text: another TEXT makes other connection ids
    ///
    /// Without it, the same capture gives the same ids in every run.
    #[arg(long, value_name = "TEXT", hide_short_help = true, help_heading = "Analysis")]
    pub(crate) uid_seed: Option<String>,

    /// Limits, which only a configuration file sets
    #[arg(skip)]
    pub(crate) limits: Limits,

    /// For tests: most packets in a batch
    #[arg(long, hide = true)]
    pub(super) batch: Option<usize>,

    /// For tests: batches that may wait for a worker
    #[arg(long, hide = true)]
    pub(super) queue: Option<usize>,

    /// For tests: seed of the hash tables, which nothing that is written may depend on
    #[arg(long, hide = true)]
    pub(super) table_seed: Option<u64>,

    /// For tests: threads yield at random, after this seed
    #[arg(long, hide = true)]
    pub(super) yield_seed: Option<u64>,
}

impl InputArgs {
    /// Puts all the files that the command line names into its order, whichever way they are named.
    pub(super) fn sort(&mut self, matches: &ArgMatches) {
        let mut all = Vec::new();
        for (id, paths) in [("files", &mut self.files), ("read", &mut self.read)] {
            let places = matches.indices_of(id).into_iter().flatten();
            all.extend(places.zip(std::mem::take(paths)));
        }
        all.sort_by_key(|(place, _)| *place);
        self.read = all.into_iter().map(|(_, path)| path).collect();
    }

    /// Whether standard input is read.
    pub(super) fn reads_stdin(&self) -> bool {
        self.read.iter().any(|path| path.as_os_str() == STDIN)
    }

    /// Worker threads.
    pub(crate) fn workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_WORKERS));
        self.workers.unwrap_or_else(cores)
    }

    /// The filter's expression.
    pub(crate) fn filter_text(&self) -> Option<&str> {
        self.filter.as_ref().map(|filter| filter.expression())
    }

    /// Tells the engine of all this.
    pub(crate) fn configure(&self, config: &mut ConfigBuilder) {
        use gannet::TestKnobs;
        config
            .checksums(!self.no_checksums)
            .filter(self.filter.clone())
            .workers(self.workers())
            .table_seed(self.table_seed)
            .yield_seed(self.yield_seed)
            .decap(self.decap.iter().cloned())
            .more_tunnels(self.more_tunnels)
            .more_answers(self.more_answers)
            .reorder(self.reorder.unwrap_or_default())
            .limits(|limits| limits.clone_from(&self.limits));
        if let Some(packets) = self.batch {
            config.batch(packets);
        }
        if let Some(batches) = self.queue {
            config.queue(batches);
        }
        if let Some(nets) = &self.local_nets {
            config.local_nets(nets.clone());
        }
        if let Some(text) = &self.uid_seed {
            config.uid_seed(values::seed(text));
        }
    }
}
