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
mod scan;
mod source;
mod status;
#[cfg(test)]
mod tests;
pub mod write;
#[cfg(feature = "compression")]
mod zstd;

use crate::base::time::Timestamp;

pub use block::Block;
pub use error::{Blame, Damage, DamageKind, Refusal, SourceError};
pub use files::Files;
#[cfg(feature = "libpcap")]
pub use filter::{Filter, FilterError};
pub use memory::Memory;
pub use record::Recorder;
pub(crate) use source::DEFAULT_BATCH;
pub use source::{Batch, Filled, PacketSource};
pub use status::{RingStatus, SourceEvent, SourceStatus, What};

/// The link type of a packet: a DLT number as libpcap defines it (1 is Ethernet).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

/// What a source knows of one packet, and where its bytes are in the batch's block.
#[derive(Clone, Copy, Debug, Default)]
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
