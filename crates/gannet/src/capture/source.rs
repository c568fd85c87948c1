//! What a source is, and what a batch of packets looks like to the rest of the engine.

use super::block::Block;
use super::error::SourceError;
#[cfg(feature = "libpcap")]
use super::filter::Filter;
use super::status::{SourceEvent, SourceStatus};
use crate::base::packet::PacketMeta;
use crate::base::time::Timestamp;

/// A run of packets in the order of the capture, and the block they lie in.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Batch {
    /// The bytes of all the packets.
    pub block: Block,
    /// The packets; `now` never decreases and `number` counts up by one.
    pub packets: Vec<PacketMeta>,
    /// Per worker, the indices of its packets in `packets`; filled by `balance`, empty with one worker.
    pub lists: Vec<Vec<u32>>,
    /// The same of its carriers: packets that may have others in them, which are not in `lists`.
    pub carriers: Vec<Vec<u32>>,
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
