//! Packets from memory, for tests and for programs that have them already.

use std::collections::VecDeque;

use super::block::{Block, Pool};
use super::{Batch, Filled, PacketSource, SourceError, SourceStatus};
use crate::base::packet::{LinkType, PacketMeta};
use crate::base::time::Timestamp;

const BLOCK: usize = 64 * 1024;

/// Gives the packets that were pushed, in that order, and then ends.
#[derive(Debug, Default)]
pub struct Memory {
    packets: VecDeque<(PacketMeta, Vec<u8>)>,
    pool: Option<Pool>,
    total: u64,
    given: u64,
}

impl Memory {
    /// A source without packets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a packet: its link type, time, length on the wire in bytes, and captured bytes.
    pub fn push(&mut self, link: LinkType, ts: Timestamp, wire: u32, bytes: impl Into<Vec<u8>>) {
        self.push_packet(PacketMeta { ts, wire, link, ..PacketMeta::default() }, bytes);
    }

    /// Appends a packet with all that a source may say of it: time, length on the wire, link type, interface and flags.
    pub fn push_packet(&mut self, meta: PacketMeta, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.total += u64::from(captured);
        self.packets.push_back((PacketMeta { captured, ..meta }, bytes));
    }

    /// Packets that are still to come.
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether all packets have been given.
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }
}

impl PacketSource for Memory {
    fn fill(&mut self, batch: &mut Batch, max: usize) -> Result<Filled, SourceError> {
        batch.packets.clear();
        let pool = self.pool.get_or_insert_with(|| Pool::new(BLOCK));
        batch.block = Block::default();
        let Some((first, _)) = self.packets.front() else { return Ok(Filled::End) };
        let mut shared = pool.take(first.captured as usize);
        if let Some(mut block) = shared.exclusive() {
            let mut used = 0;
            while batch.packets.len() < max
                && let Some((mut packet, bytes)) =
                    self.packets.pop_front_if(|(_, bytes)| block.len() - used >= bytes.len())
            {
                if let Some(to) = block.get_mut(used..used + bytes.len()) {
                    to.copy_from_slice(&bytes);
                }
                packet.at = used as u32;
                used += bytes.len();
                self.given += bytes.len() as u64;
                batch.packets.push(packet);
            }
        }
        batch.block = shared.clone();
        pool.give(shared);
        Ok(if batch.packets.is_empty() { Filled::Idle } else { Filled::Packets })
    }

    fn status(&self) -> SourceStatus {
        SourceStatus { bytes_read: self.given, bytes_total: Some(self.total), ..SourceStatus::default() }
    }
}

impl Extend<(LinkType, Timestamp, u32, Vec<u8>)> for Memory {
    fn extend<I: IntoIterator<Item = (LinkType, Timestamp, u32, Vec<u8>)>>(&mut self, packets: I) {
        for (link, ts, wire, bytes) in packets {
            self.push(link, ts, wire, bytes);
        }
    }
}
