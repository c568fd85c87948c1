//! Where packets come from: capture files, and what a batch of packets looks like to the rest of the engine.
//!
//! A source reads bytes into large shared [`Block`]s; packets are ranges of a block and are not copied one by one.
//! A block goes back to its pool when the last batch on it is dropped, so nothing downstream may keep one longer.

mod block;
#[cfg(any(feature = "libpcap", all(feature = "afpacket", target_os = "linux")))]
mod bpf;
mod error;
mod files;
#[cfg(feature = "libpcap")]
mod filter;
mod find;
mod input;
mod link;
pub mod live;
mod memory;
mod pcap;
mod pcapng;
mod pipe;
mod reader;
mod record;
mod status;
#[cfg(test)]
mod tests;
pub mod write;
#[cfg(feature = "compression")]
mod zstd;

use std::sync::Arc;

use crate::base::time::Timestamp;

pub use block::Block;
pub use error::{Damage, DamageKind, SourceError};
pub use files::Files;
#[cfg(feature = "libpcap")]
pub use filter::{Filter, FilterError};
pub use memory::Memory;
pub use record::Recorder;
pub use status::{RingStatus, SourceEvent, SourceStatus, What};

/// The link type of a packet: a DLT number as libpcap defines it.
///
/// Not `#[non_exhaustive]`: it is a number and no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: the address family in the host's byte order, then IP.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// PPP, with or without its HDLC framing.
    pub const PPP: Self = Self(9);
    /// FDDI.
    pub const FDDI: Self = Self(10);
    /// IP without a link header, of either version.
    pub const RAW: Self = Self(12);
    /// PPP over a serial line, with HDLC framing.
    pub const PPP_SERIAL: Self = Self(50);
    /// IEEE 802.11.
    pub const IEEE802_11: Self = Self(105);
    /// OpenBSD loopback: as [`Self::NULL`], in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux "cooked" capture.
    pub const LINUX_SLL: Self = Self(113);
    /// IEEE 802.11 behind a radiotap header.
    pub const RADIOTAP: Self = Self(127);
    /// IPv4 without a link header.
    pub const IPV4: Self = Self(228);
    /// IPv6 without a link header.
    pub const IPV6: Self = Self(229);
    /// Linux netfilter log.
    pub const NFLOG: Self = Self(239);
    /// Linux "cooked" capture, second version.
    pub const LINUX_SLL2: Self = Self(276);
}

/// What a source knows of one packet, and where its bytes are in the batch's block.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct PacketMeta {
    /// The packet's own time.
    pub ts: Timestamp,
    /// The capture's clock: the running maximum of all `ts` so far, never below one second, or zero while no packet has counted.
    pub now: Timestamp,
    /// Number of the packet in the capture, from 1.
    pub number: u64,
    /// Offset of the packet's first byte in the block.
    pub at: u32,
    /// Bytes captured.
    pub captured: u32,
    /// Bytes that were on the wire; at least `captured` in a sane file.
    pub wire: u32,
    /// Link type of the interface that saw it.
    pub link: LinkType,
    /// Shard of the packet's address pair; set when packets are handed to several workers.
    pub shard: u16,
    /// Number of the interface that saw it, among those of its source.
    pub interface: u16,
    /// What the recording host said of it.
    pub flags: PacketFlags,
}

impl PacketMeta {
    /// A packet of `captured` bytes at an offset of the block, of `wire` bytes on the wire. What a reader does not know is as
    /// the default has it; the engine numbers packets and sets its clock.
    pub fn new(link: LinkType, ts: Timestamp, at: u32, captured: u32, wire: u32) -> Self {
        Self { ts, at, captured, wire, link, ..Self::default() }
    }
}

/// What the recording host said of a packet, beside its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PacketFlags(u8);

impl PacketFlags {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// The sender left the transport checksum to its network card, and the packet was seen before that: it is not wrong.
    pub const CHECKSUM_NOT_READY: Self = Self(1);
    /// The network card has verified the transport checksum.
    pub const CHECKSUM_VALID: Self = Self(2);
    /// It stands for several packets on the wire: the network card cuts it up, or has put it together.
    pub const SEGMENTATION_OFFLOADED: Self = Self(4);
    /// It came in a tunnel that was opened.
    pub(crate) const DECAPSULATED: Self = Self(8);
    /// It is a fragment of what may be a tunnel to be opened.
    pub(crate) const TUNNEL_FRAGMENT: Self = Self(16);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all that `other` says is said.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether a checksum in the packet says nothing, for it was not computed yet or has been verified already.
    pub const fn excuse_checksums(self) -> bool {
        self.0 & (Self::CHECKSUM_NOT_READY.0 | Self::CHECKSUM_VALID.0) != 0
    }
}

/// A run of packets in the order of the capture, and the block they lie in.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Batch {
    /// The bytes of all the packets.
    pub block: Arc<Block>,
    /// The packets; `now` never decreases and `number` counts up by one.
    pub packets: Vec<PacketMeta>,
    /// Per worker, the indices of its packets in `packets`; filled by `balance`, empty with one worker.
    pub lists: Vec<Vec<u32>>,
    /// How far a live source's clock has come: no packet of an earlier time is to be expected. It goes back only if the
    /// system's clock was set back, and by more than five seconds then. A source that ends, such as
    /// a file, leaves it alone; its packets alone move the clock.
    pub frontier: Timestamp,
}

impl Batch {
    /// The captured bytes of a packet of this batch.
    pub fn bytes(&self, packet: &PacketMeta) -> &[u8] {
        let start = packet.at as usize;
        self.block.bytes().get(start..start.saturating_add(packet.captured as usize)).unwrap_or_default()
    }
}

/// Where packets come from: files, memory, an interface.
///
/// A source gives packets in the order of the capture. It sets `ts`, `at`, `captured`, `wire`, `link`, `interface` and
/// `flags` of each packet; the run loop sets the rest.
pub trait PacketSource: Send {
    /// Replaces the packets of `batch` with up to `max` next ones, and its block with the one they lie in.
    ///
    /// A batch may hold fewer packets than `max` and still not be the last: it ends where its block ends. With
    /// `max` 0 nothing is read and the answer is [`Filled::Idle`]. After [`Filled::End`] every call answers the same.
    ///
    /// # Errors
    ///
    /// A source that cannot be read at all: a missing file, a failing disk, a file that is no capture. A file that is
    /// cut or damaged is no error: its packets end there, and [`PacketSource::status`] tells of it.
    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError>;

    /// How far the source has come and what it met; cheap enough for a progress bar.
    fn status(&self) -> SourceStatus;

    /// What happened to a live source's interfaces since the last call.
    fn take_events(&mut self) -> Vec<SourceEvent> {
        Vec::new()
    }

    /// Sets or takes away the filter that keeps packets out before they get here, where the source has one. The engine
    /// applies the filter of its configuration in any case; this one saves work.
    ///
    /// # Errors
    ///
    /// The filter cannot be set; the one before it stays.
    #[cfg(feature = "libpcap")]
    fn set_filter(&mut self, _filter: Option<&Filter>) -> Result<(), SourceError> {
        Ok(())
    }

    /// No more packets are wanted: a live source gives those that it has seen already and then ends.
    fn stop(&mut self) {}
}

/// What a call to [`PacketSource::fill`] left in the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Filled {
    /// At least one packet.
    Packets,
    /// Nothing for now; the source is alive.
    Idle,
    /// Nothing, and never again.
    End,
}

/// Packets in a batch, unless the caller wants another number.
pub(crate) const DEFAULT_BATCH: usize = 2048;
