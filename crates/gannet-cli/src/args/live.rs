//! Options of live capture.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use gannet::capture::live::Interface;

use crate::values::{self, Cpus, Spread};

/// Bytes of a ring, unless the user says otherwise.
pub(crate) const RING_SIZE: usize = 64 << 20;
/// Time between two rows of a worker in `stats.log`.
pub(crate) const STATS_INTERVAL: Duration = Duration::from_secs(300);
/// Time between two rows of a worker in `capture_loss.log`.
pub(crate) const CAPTURE_LOSS_INTERVAL: Duration = Duration::from_secs(900);

/// What only a live run needs to know.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Live capture")]
pub(crate) struct LiveArgs {
    /// Interface to read packets from, or pcap:NAME to read it through libpcap; may be repeated, and all are read as
    /// one, such as the two directions of a tap
    #[arg(short = 'i', long = "interface", value_name = "NAME")]
    pub(crate) interfaces: Vec<Interface>,

    /// Processors that the workers run on, one each, such as 2-9,12 [default: wherever the system puts them]
    #[arg(long, value_name = "LIST", value_parser = values::cpus)]
    pub(crate) cpus: Option<Cpus>,

    /// What decides which worker a packet goes to: pair, its two addresses, or flow, its addresses and ports, for a
    /// site with a few heavy pairs [default: pair]
    #[arg(long, value_name = "WHAT", value_parser = values::spread)]
    pub(crate) balance: Option<Spread>,

    /// Size of the ring that the kernel writes packets into, for each interface and worker [default: 64M]
    #[arg(long, value_name = "BYTES", value_parser = values::size)]
    pub(crate) ring_size: Option<usize>,

    /// Look only at packets that are for this host
    #[arg(long)]
    pub(crate) no_promiscuous: bool,

    /// Take the network card's timestamps, where it makes some
    #[arg(long)]
    pub(crate) hardware_time: bool,

    /// Also keep the packets in FILE (pcapng); with more than one worker, one file each, such as
    /// seen.0.pcapng and seen.1.pcapng
    #[arg(long, value_name = "FILE")]
    pub(crate) write: Option<PathBuf>,

    /// Time between two rows of a worker in stats.log, such as 30s, 5min or 1h; with -r, one row for all of it, and
    /// only if this is given [default: 5min]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) stats_interval: Option<Duration>,

    /// Time between two rows of a worker in capture_loss.log; the first comes after a minute; with -r, one row,
    /// and only if this is given [default: 15min]
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) capture_loss_interval: Option<Duration>,

    /// Address to answer Prometheus at, on the path /metrics, such as 127.0.0.1:9991
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics: Option<SocketAddr>,

    /// Open the interfaces as root, and go on as this user with nothing but CAP_NET_RAW
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
}

impl LiveArgs {
    /// Bytes of each ring.
    pub(crate) fn ring_size(&self) -> usize {
        self.ring_size.unwrap_or(RING_SIZE)
    }

    /// Time between two rows of a worker in `stats.log`.
    pub(crate) fn stats_interval(&self) -> Duration {
        self.stats_interval.unwrap_or(STATS_INTERVAL)
    }

    /// Time between two rows of a worker in `capture_loss.log`.
    pub(crate) fn capture_loss_interval(&self) -> Duration {
        self.capture_loss_interval.unwrap_or(CAPTURE_LOSS_INTERVAL)
    }
}
