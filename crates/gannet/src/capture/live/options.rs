//! What a live run is asked to do.

use std::fmt;
use std::str::FromStr;

use crate::balance::{Balance, Decap};

/// What to capture, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveOptions {
    /// The interfaces. Several of them, such as the two directions of a tap, are read as one: packets come in the order of
    /// their times.
    pub interfaces: Vec<Interface>,
    /// Sources to make, one for each worker.
    pub workers: usize,
    /// How packets are spread over the workers.
    pub balance: Balance,
    /// Mirror tunnels that the engine will open: packets of these are spread by the addresses of what is in them, by flow too, for
    /// the kernel's hash of a flow sees the tunnel only; so is then what is in no tunnel.
    pub decap: Vec<Decap>,
    /// Bytes of each ring; there is one for each interface and worker. A smaller number than
    /// [`Self::LEAST_RING_BYTES`] is taken for that one.
    pub ring_bytes: usize,
    /// Whether the interfaces show packets that are not for this host.
    pub promiscuous: bool,
    /// Whether to take the network card's timestamps where it makes some. Its clock has to follow the system's.
    pub hardware_time: bool,
    /// Packets that the kernel keeps out.
    #[cfg(feature = "libpcap")]
    pub filter: Option<crate::capture::Filter>,
}

impl LiveOptions {
    /// Bytes of the smallest ring: two blocks, each for at least one packet of any size.
    pub const LEAST_RING_BYTES: usize = 256 * 1024;
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            interfaces: Vec::new(),
            workers: 1,
            balance: Balance::Pair,
            decap: Vec::new(),
            ring_bytes: 64 * 1024 * 1024,
            promiscuous: true,
            hardware_time: false,
            #[cfg(feature = "libpcap")]
            filter: None,
        }
    }
}

/// An interface and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interface {
    /// Through a ring that is shared with the kernel (Linux).
    Ring(String),
    /// Through libpcap, on any system; one worker.
    Pcap(String),
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ring(name) => f.write_str(name),
            Self::Pcap(name) => write!(f, "pcap:{name}"),
        }
    }
}

impl FromStr for Interface {
    type Err = String;

    /// `eth0`, or `pcap:eth0` for libpcap.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("pcap:") {
            _ if text.is_empty() || text == "pcap:" => Err("expected the name of an interface".to_owned()),
            Some(name) => Ok(Self::Pcap(name.to_owned())),
            None => Ok(Self::Ring(text.to_owned())),
        }
    }
}
