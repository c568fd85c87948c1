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
    /// Interface to read packets from; may be repeated
    ///
    /// Several interfaces, such as the two directions of a tap, are read as one. pcap:NAME reads through libpcap.
    #[arg(short = 'i', long = "interface", value_name = "NAME")]
    pub(crate) interfaces: Vec<Interface>,

    /// Processors for the workers, one each, such as 2-9,12
    ///
    /// Without it the system decides.
    #[arg(long, value_name = "LIST", value_parser = values::cpus)]
    pub(crate) cpus: Option<Cpus>,

    /// Spread packets by pair (of addresses) or flow [default: pair]
    ///
    /// By pair, all that two hosts say to each other goes to one worker. By flow, each connection goes to one, which helps
    /// where a few pairs have most of the traffic.
    #[arg(long, value_name = "WHAT", hide_short_help = true, value_parser = values::spread)]
    pub(crate) balance: Option<Spread>,

    /// Bytes of the ring of each interface and worker [default: 64M]
    ///
    /// The kernel writes packets into this ring. At least 256K.
    #[arg(long, value_name = "SIZE", hide_short_help = true, value_parser = values::ring_size)]
    pub(crate) ring_size: Option<usize>,

    /// Read only packets that are for this host
    #[arg(long, hide_short_help = true)]
    pub(crate) no_promiscuous: bool,

    /// Use the network card's timestamps, where it makes some
    #[arg(long, hide_short_help = true)]
    pub(crate) hardware_time: bool,

    /// Also write the packets to FILE (pcapng)
    ///
    /// With more than one worker there is a file for each, such as seen.0.pcapng and seen.1.pcapng.
    #[arg(long, value_name = "FILE")]
    pub(crate) write: Option<PathBuf>,

    /// Time between two rows of a worker in stats.log [default: 5min]
    ///
    /// Such as 30s, 5min or 1h. With captures there is one row for the whole run, and only if this is given.
    #[arg(long, value_name = "TIME", value_parser = values::duration, hide_short_help = true)]
    pub(crate) stats_interval: Option<Duration>,

    /// Time between two rows of a worker in capture_loss.log [default: 15min]
    ///
    /// The first row comes after a minute. With captures there is one row for the whole run, and only if this is given.
    #[arg(long, value_name = "TIME", hide_short_help = true, value_parser = values::duration)]
    pub(crate) capture_loss_interval: Option<Duration>,

    /// Serve metrics for Prometheus there, such as 127.0.0.1:9991
    ///
    /// The path is /metrics.
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = values::socket)]
    pub(crate) metrics: Option<SocketAddr>,

    /// Become this user once the interfaces are open
    ///
    /// All rights but CAP_NET_RAW are given up, which is needed when an interface comes back.
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
