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
mod unpack;
pub mod write;
#[cfg(feature = "compression")]
mod zstd;

pub use crate::base::packet::{LinkType, PacketFlags, PacketMeta};
pub use crate::base::shown::{Shown, shown};
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
pub use unpack::unpacked;
